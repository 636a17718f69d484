import type { GitlabEmulator } from '@spec-kitty/tooling-emulators';
import { InMemoryIssueStore, OwnershipPolicy, SyncEngine, type SyncResult } from '@spec-kitty/tracker-core';
import { describe, expect, it, test } from 'vitest';
import { connectorOf, emulatorOf, personAt, refOf, WORKSPACE } from './fixtures.ts';

const BINDING = { system: 'gitlab', workspace: WORKSPACE };
const LISTING = 'GET /projects/{id}/issues';
const ISSUE = '/projects/{id}/issues/{issue_iid}';

interface World {
  emulator: GitlabEmulator;
  store: InMemoryIssueStore;
  engine: SyncEngine;
  sync(operation?: 'sync' | 'pull' | 'push'): Promise<SyncResult>;
}

function worldOf(emulator = emulatorOf()): World {
  const { clock, sleep } = emulator.time;
  const store = new InMemoryIssueStore({ clock });
  const engine = new SyncEngine({
    connector: connectorOf(emulator),
    store,
    policy: OwnershipPolicy.split({ fieldOwners: {}, defaultOwner: 'shared' }),
    strategy: 'newer_timestamp',
    clock,
    sleep,
  });
  return { emulator, store, engine, sync: (operation = 'sync') => engine[operation]() };
}

const written = ({ stats }: SyncResult): number =>
  stats.pulledCreated + stats.pulledUpdated + stats.pushedCreated + stats.pushedUpdated;

test('both sides are brought together, and another run asks once and writes nothing', async () => {
  const { emulator, store, sync } = worldOf();
  const person = personAt(emulator);
  const theirs = person.create({
    title: 'theirs',
    body: 'text',
    labels: ['bug'],
    status: 'blocked',
    priority: 1,
  });
  await store.createDraft(BINDING, { title: 'first', status: 'in_progress', priority: 2 });
  const second = await store.createDraft(BINDING, { title: 'second', issueType: 'bug', labels: ['new'] });
  await sync();
  await store.editIssue(second.ref, { links: [{ type: 'blocked_by', target: refOf(theirs) }] });
  await store.editIssue(refOf(theirs), { status: 'done', assignees: ['grace'] });
  const result = await sync();
  expect([result.failures, result.conflicts]).toEqual([[], []]);
  // That it blocks the other one moves the time of `theirs`: it is looked at twice.
  for (let run = 0; run < 2; run += 1) {
    emulator.time.advance(600_000);
    await sync();
  }
  emulator.time.advance(600_000);
  const from = emulator.log.all.length;
  const quiet = await sync();
  expect([written(quiet), emulator.log.counts(from)]).toEqual([0, { [LISTING]: 1 }]);
  expect(theirs).toMatchObject({ state: 'closed', labels: expect.not.arrayContaining(['status::blocked']) });
  const stored = await store.getIssue(second.ref);
  expect(stored).toMatchObject({ issueType: 'bug', labels: ['new'], links: [{ type: 'blocked_by' }] });
  expect(emulator.state.issues.size).toBe(3);
});

describe('relations, which no listing tells', () => {
  async function linked(): Promise<World & { one: ReturnType<typeof refOf> }> {
    const world = worldOf();
    const person = personAt(world.emulator);
    const [one, two] = [person.create({ title: 'one' }), person.create({ title: 'two' })].map(refOf);
    await world.sync();
    if (!one || !two) throw new TypeError('two issues were made');
    await world.store.editIssue(one, { links: [{ type: 'relates_to', target: two }] });
    await world.sync();
    world.emulator.time.advance(600_000);
    return { ...world, one };
  }

  it('stay as they were agreed while listings show other changes', async () => {
    const { emulator, store, sync, one } = await linked();
    personAt(emulator).edit(one, { title: 'edited by a person' });
    const { failures } = await sync();
    expect([failures, await store.getIssue(one)]).toMatchObject([
      [],
      { title: 'edited by a person', links: [{ type: 'relates_to', target: { id: '2' } }] },
    ]);
    expect(emulator.state.links.size).toBe(1);
  });

  it('that a person takes away are seen where the issue itself is read, as after a webhook', async () => {
    const { emulator, engine, store, one } = await linked();
    const [link] = emulator.state.links.keys();
    emulator.state.unlink(link ?? 0);
    const issue = emulator.state.byNumber(emulator.state.project, Number(one.id));
    const delivery = emulator.deliver('Issue Hook', 'update', issue, { proof: 'signature' });
    await engine.applyEvents(await connectorOf(emulator).parseWebhook(delivery));
    expect((await store.getIssue(one))?.links).toEqual([]);
  });

  it('that are paid for are told as a refused field, and the run goes on', async () => {
    const { emulator, store, sync } = worldOf(emulatorOf({ tier: 'free' }));
    const person = personAt(emulator);
    const [one, two] = [person.create({ title: 'one' }), person.create({ title: 'two' })].map(refOf);
    await sync();
    if (!one || !two) throw new TypeError('two issues were made');
    await store.editIssue(one, { title: 'renamed', links: [{ type: 'blocks', target: two }] });
    const { failures, stats } = await sync();
    expect(failures).toMatchObject([
      { operation: 'link', code: 'capability_not_supported', retryable: false },
    ]);
    expect([stats.pushedUpdated, emulator.state.byNumber(emulator.state.project, 1).title]).toEqual([
      1,
      'renamed',
    ]);
  });
});

test('an issue that is moved away is gone here, and nothing is written to its shell', async () => {
  const projects = [
    { id: 42, path: 'acme/shop' },
    { id: 43, path: 'acme/other' },
  ] as const;
  const { emulator, store, sync } = worldOf(emulatorOf({ projects }));
  const issue = personAt(emulator).create({ title: 'moves' });
  await sync();
  emulator.time.advance(60_000);
  emulator.state.move(issue.id, projects[1]);
  const { failures } = await sync();
  expect([failures, (await store.listIssues()).map(({ title, status }) => [title, status])]).toEqual([
    [],
    [],
  ]);
  expect(emulator.log.all.every(({ kind }) => kind === 'read')).toBe(true);
});

test('a comment that people leave is no change, and none is written', async () => {
  const { emulator, sync } = worldOf();
  const issue = personAt(emulator).create({ title: 'theirs' });
  await sync();
  emulator.time.advance(600_000);
  emulator.state.note('ada', issue.id, 'hello');
  expect(written(await sync())).toBe(0);
  expect(emulator.state.notes.size).toBe(1);
});

describe('requests', () => {
  async function filled(count: number, options = {}): Promise<World> {
    const world = worldOf(emulatorOf(options));
    const person = personAt(world.emulator);
    for (let index = 0; index < count; index += 1) {
      person.create({ title: `issue ${index}`, labels: ['bug'] });
      world.emulator.time.advance(60_000);
    }
    return world;
  }

  it.each([
    [true, 10],
    [false, 11],
  ])(
    'of a first pull of 1,000, whose last page is told (%s), are %i, and of a quiet one 1',
    async (pageHeaders, pages) => {
      const { emulator, store, sync } = await filled(1000, { pageHeaders });
      await sync('pull');
      expect([emulator.log.counts(), (await store.listIssues()).length]).toEqual([
        { [LISTING]: pages },
        1000,
      ]);
      emulator.time.advance(600_000);
      const from = emulator.log.all.length;
      await sync('pull');
      expect(emulator.log.counts(from)).toEqual({ [LISTING]: 1 });
    },
  );

  it('of 1,000 updates are one each, one each for what relates to them, and 10', async () => {
    const { emulator, store, sync } = await filled(1000);
    await sync('pull');
    for (const [index, { ref }] of (await store.listIssues()).entries())
      await store.editIssue(ref, { title: `changed ${index}`, body: `text ${index}` });
    emulator.time.advance(600_000);
    const from = emulator.log.all.length;
    const { stats } = await sync('push');
    expect(stats.pushedUpdated).toBe(1000);
    expect(emulator.log.counts(from)).toEqual({
      [LISTING]: 10,
      [`GET ${ISSUE}/links`]: 1000,
      [`PUT ${ISSUE}`]: 1000,
    });
    expect(emulator.log.all.filter(({ limited }) => limited)).toEqual([]);
  });

  it('of 1,000 creates are one each, wait for the limit that GitLab publishes, and meet none', async () => {
    const { emulator, store, sync } = worldOf();
    for (let index = 0; index < 1000; index += 1)
      await store.createDraft(BINDING, {
        title: `issue ${index}`,
        status: index % 2 === 0 ? 'in_progress' : 'todo',
      });
    const began = emulator.time.ms;
    let created = 0;
    for (let runs = 0; runs < 10 && created < 1000; runs += 1)
      created += (await sync('push')).stats.pushedCreated;
    expect([created, emulator.log.counts()]).toEqual([
      1000,
      { 'GET /user': 1, 'POST /projects/{id}/issues': 1000 },
    ]);
    expect(emulator.log.all.filter(({ limited }) => limited)).toEqual([]);
    // 200 a minute: the fifth two hundred go out after four of them.
    expect((emulator.time.ms - began) / (4 * 60_000)).toBeLessThan(1.1);
  });
});
