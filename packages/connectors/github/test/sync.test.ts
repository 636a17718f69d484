import type { GithubEmulator } from '@spec-kitty/tooling-emulators';
import { InMemoryIssueStore, OwnershipPolicy, SyncEngine, type SyncResult } from '@spec-kitty/tracker-core';
import { describe, expect, it, test } from 'vitest';
import { GitHubConnector } from '../src/index.ts';
import { emulatorOf, personAt, refOf, WORKSPACE } from './fixtures.ts';

const BINDING = { system: 'github', workspace: WORKSPACE };

interface World {
  emulator: GithubEmulator;
  store: InMemoryIssueStore;
  sync(operation?: 'sync' | 'pull' | 'push'): Promise<SyncResult>;
}

function worldOf(emulator = emulatorOf(), fetch = emulator.fetch): World {
  const { time, token } = emulator;
  const store = new InMemoryIssueStore({ clock: time.clock });
  const engine = new SyncEngine({
    connector: new GitHubConnector(
      { owner: 'acme', repo: 'shop', token },
      { fetch, clock: time.clock, sleep: time.sleep },
    ),
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
  const first = await store.createDraft(BINDING, { title: 'first', status: 'in_progress', priority: 2 });
  const second = await store.createDraft(BINDING, { title: 'second', parent: first.ref, labels: ['new'] });
  await sync();
  await store.editIssue(second.ref, { links: [{ type: 'blocked_by', target: refOf(theirs) }] });
  await store.editIssue(refOf(theirs), { status: 'done', assignees: ['grace'] });
  const result = await sync();
  expect([result.failures, result.conflicts]).toEqual([[], []]);
  // That it blocks the other one does not move the time of `theirs`: it is looked at twice.
  for (let run = 0; run < 2; run += 1) {
    emulator.time.advance(600_000);
    await sync();
  }
  emulator.time.advance(600_000);
  const from = emulator.log.all.length;
  const quiet = await sync();
  expect([written(quiet), emulator.log.counts(from)]).toEqual([0, { repository: 1 }]);
  expect(emulator.state.issue(theirs.id)).toMatchObject({ state: 'CLOSED', stateReason: 'COMPLETED' });
  const stored = await store.getIssue(second.ref);
  expect(stored).toMatchObject({ title: 'second', labels: ['new'], links: [{ type: 'blocked_by' }] });
  expect(emulator.state.issues.size).toBe(3);
});

test('a comment that people leave is no change, and none is written', async () => {
  const { emulator, sync } = worldOf();
  const issue = personAt(emulator).create({ title: 'theirs' });
  await sync();
  emulator.time.advance(600_000);
  emulator.state.comment('ada', issue.id, 'hello');
  expect(written(await sync())).toBe(0);
  expect(emulator.state.comments.size).toBe(1);
});

describe('requests', () => {
  async function filled(count: number): Promise<World> {
    const world = worldOf(emulatorOf({ limits: true }));
    const person = personAt(world.emulator);
    for (let index = 0; index < count; index += 1) {
      person.create({ title: `issue ${index}`, labels: ['bug'] });
      world.emulator.time.advance(60_000);
    }
    return world;
  }

  it('of a first pull of 1,000 are 10, and of a quiet one 1', async () => {
    const { emulator, store, sync } = await filled(1000);
    await sync('pull');
    expect([emulator.log.counts(), (await store.listIssues()).length]).toEqual([{ repository: 10 }, 1000]);
    emulator.time.advance(600_000);
    const from = emulator.log.all.length;
    await sync('pull');
    expect(emulator.log.counts(from)).toEqual({ repository: 1 });
  });

  it('of 1,000 updates are 60, those that read included', async () => {
    const { emulator, store, sync } = await filled(1000);
    await sync('pull');
    for (const [index, { ref }] of (await store.listIssues()).entries())
      await store.editIssue(ref, { title: `changed ${index}`, body: `text ${index}` });
    emulator.time.advance(600_000);
    const from = emulator.log.all.length;
    const { stats } = await sync('push');
    expect(stats.pushedUpdated).toBe(1000);
    const { 'viewer repository': setUp = 0, ...counts } = emulator.log.counts(from);
    expect(setUp).toBeLessThanOrEqual(1);
    expect(Object.values(counts).reduce((sum, one) => sum + one, 0)).toBeLessThanOrEqual(60);
  });

  it('of 1,000 creates are 60, wait for the limits that GitHub publishes, and meet none', async () => {
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
    const { 'viewer repository': setUp = 0, createLabel = 0, ...counts } = emulator.log.counts();
    expect([created, setUp, createLabel]).toEqual([1000, 1, 1]);
    expect(Object.values(counts).reduce((sum, one) => sum + one, 0)).toBeLessThanOrEqual(60);
    expect(emulator.log.all.filter(({ limited }) => limited)).toEqual([]);
    // 500 an hour and 80 a minute: the last twenty of the second 500 go out six minutes after that hour.
    const dictated = 3_600_000 + 6 * 60_000;
    expect((emulator.time.ms - began) / dictated).toBeLessThan(1.1);
  });
});
