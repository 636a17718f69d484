import { type JiraEmulator, seedJira } from '@spec-kitty/tooling-emulators';
import { InMemoryIssueStore, OwnershipPolicy, SyncEngine, type SyncResult } from '@spec-kitty/tracker-core';
import { describe, expect, it, test } from 'vitest';
import { connectorOf, emulatorOf, personAt, refOf, WORKSPACE } from './fixtures.ts';

const BINDING = { system: 'jira', workspace: WORKSPACE, scope: 'SHOP' };

interface World {
  emulator: JiraEmulator;
  store: InMemoryIssueStore;
  sync(operation?: 'sync' | 'pull' | 'push'): Promise<SyncResult>;
}

function worldOf(emulator = emulatorOf()): World {
  const { time } = emulator;
  const store = new InMemoryIssueStore({ clock: time.clock });
  const engine = new SyncEngine({
    connector: connectorOf(emulator),
    store,
    policy: OwnershipPolicy.split({ fieldOwners: {}, defaultOwner: 'shared' }),
    strategy: 'newer_timestamp',
    clock: time.clock,
    sleep: time.sleep,
  });
  return { emulator, store, sync: (operation = 'sync') => engine[operation]() };
}

const written = ({ stats }: SyncResult): number =>
  stats.pulledCreated + stats.pulledUpdated + stats.pushedCreated + stats.pushedUpdated;

const sum = (counts: Record<string, number>): number =>
  Object.values(counts).reduce((all, one) => all + one, 0);

/** Requests but those that find out what the site is like. */
function work(counts: Record<string, number>): number {
  const lookUps = [
    'GET /myself',
    'GET /priority/search',
    'GET /issue/createmeta/{projectIdOrKey}/issuetypes',
  ];
  return sum(Object.fromEntries(Object.entries(counts).filter(([name]) => !lookUps.includes(name))));
}

test.each(['America/New_York', 'Europe/Moscow', 'Asia/Kolkata'])(
  'both sides are brought together, and another run asks once and writes nothing: %s',
  async (timeZone) => {
    const { emulator, store, sync } = worldOf(emulatorOf({ timeZone, indexLagMs: 10_000 }));
    const person = personAt(emulator);
    const theirs = person.create({
      title: 'theirs',
      body: 'text\n\nmore\nlines',
      labels: ['bug'],
      status: 'in_review',
      priority: 1,
    });
    const epic = await store.createDraft(BINDING, {
      title: 'epic',
      issueType: 'epic',
      status: 'in_progress',
    });
    const second = await store.createDraft(BINDING, {
      title: 'second',
      body: '* as\n* written\n\n<!-- kept -->',
      parent: epic.ref,
      labels: ['new'],
      priority: 4,
    });
    emulator.time.advance(60_000);
    await sync();
    await store.editIssue(second.ref, { links: [{ type: 'blocked_by', target: refOf(theirs) }] });
    await store.editIssue(refOf(theirs), { status: 'done', assignees: [...emulator.people.slice(0, 1)] });
    const result = await sync();
    expect([result.failures, result.conflicts]).toEqual([[], []]);
    for (let run = 0; run < 2; run += 1) {
      emulator.time.advance(600_000);
      await sync();
    }
    emulator.time.advance(600_000);
    const from = emulator.log.all.length;
    const quiet = await sync();
    expect([written(quiet), emulator.log.counts(from)]).toEqual([0, { 'POST /search/jql': 1 }]);
    expect(emulator.state.issue(theirs.id)).toMatchObject({ status: '3004', assignee: emulator.people[0] });
    expect(await store.getIssue(second.ref)).toMatchObject({
      title: 'second',
      body: '* as\n* written\n\n<!-- kept -->',
      labels: ['new'],
      links: [{ type: 'blocked_by' }],
    });
    expect(emulator.state.issues.size).toBe(3);
  },
);

test('a comment that people leave, and a move inside the site, are no reason to write', async () => {
  const { emulator, store, sync } = worldOf();
  const person = personAt(emulator);
  const issue = person.create({ title: 'theirs', body: 'text' });
  await sync();
  emulator.time.advance(600_000);
  const document = {
    type: 'doc',
    version: 1,
    content: [{ type: 'paragraph', content: [{ type: 'text', text: 'hello' }] }],
  };
  emulator.state.comment(emulator.people[0] ?? '', issue.id, document);
  expect(written(await sync())).toBe(0);
  emulator.state.move(issue.id, 'OPS');
  emulator.time.advance(600_000);
  await sync();
  expect((await store.listIssues()).map(({ title }) => title)).toEqual(['theirs']);
  expect(emulator.log.all.filter(({ kind }) => kind === 'write')).toEqual([]);
});

test('what Jira cannot hold is told, and neither written again and again nor twice', async () => {
  const { emulator, store, sync } = worldOf();
  const parent = await store.createDraft(BINDING, { title: 'parent' });
  await store.createDraft(BINDING, { title: 'not below it', parent: parent.ref, status: 'blocked' });
  await store.createDraft(BINDING, { title: 'labels', labels: ['two words', 'fine'], status: 'done' });
  const fields = (await sync()).failures.map(({ fieldPath }) => fieldPath);
  expect(fields.toSorted()).toEqual(['labels', 'parent', 'status']);
  for (let run = 0; run < 3; run += 1) {
    emulator.time.advance(600_000);
    await sync();
  }
  const from = emulator.log.all.length;
  emulator.time.advance(600_000);
  expect(written(await sync())).toBe(0);
  expect(emulator.log.all.slice(from).filter(({ kind }) => kind === 'write')).toEqual([]);
  expect([...emulator.state.issues.values()].map(({ summary, status }) => [summary, status])).toEqual([
    ['parent', '3001'],
    ['labels', '3004'],
    ['not below it', '3001'],
  ]);
});

describe('requests', () => {
  it('of a first pull of 1,000 are 16 at most, and of a quiet one 1', async () => {
    const world = worldOf();
    seedJira(world.emulator, 1000);
    const { emulator, store, sync } = world;
    await sync('pull');
    expect((await store.listIssues()).length).toBe(1000);
    expect(sum(emulator.log.counts())).toBeLessThanOrEqual(16);
    expect(sum(emulator.log.counts())).toBeGreaterThanOrEqual(10);
    emulator.time.advance(600_000);
    const from = emulator.log.all.length;
    await sync('pull');
    expect(emulator.log.counts(from)).toEqual({ 'POST /search/jql': 1 });
  });

  it('of 1,000 creates are 30, and meet no limit', async () => {
    const { emulator, store, sync } = worldOf();
    for (let index = 0; index < 1000; index += 1)
      await store.createDraft(BINDING, {
        title: `issue ${index}`,
        body: `* text ${index}`,
        labels: ['made'],
      });
    const { stats } = await sync('push');
    expect(stats.pushedCreated).toBe(1000);
    expect(work(emulator.log.counts())).toBeLessThanOrEqual(40);
    expect(emulator.log.counts()).toMatchObject({ 'POST /issue/bulk': 20, 'POST /issue/bulkfetch': 10 });
    expect(emulator.log.all.some(({ limited }) => limited)).toBe(false);
  });

  it('of 1,000 edits of title and body are one each, and 20 that read', async () => {
    const { emulator, store, sync } = worldOf();
    seedJira(emulator, 1000);
    await sync('pull');
    for (const [index, { ref }] of (await store.listIssues()).entries())
      await store.editIssue(ref, { title: `changed ${index}`, body: `text ${index}` });
    emulator.time.advance(600_000);
    const from = emulator.log.all.length;
    const { stats } = await sync('push');
    expect(stats.pushedUpdated).toBe(1000);
    expect(emulator.log.counts(from)).toEqual({
      'POST /issue/bulkfetch': 20,
      'PUT /issue/{issueIdOrKey}': 1000,
    });
  });
});
