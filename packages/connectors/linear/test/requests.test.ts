import {
  InMemoryIssueStore,
  OwnershipPolicy,
  SyncEngine,
  type SyncResult,
  type TaskTrackerConnector,
} from '@spec-kitty/tracker-core';
import { describe, expect, it } from 'vitest';
import { type World, world } from './fixtures.ts';

const MANY = 1000;
/** Issues so far apart are not listed twice to be sure. */
const SPREAD_MS = 600_000;
const place = { system: 'linear', workspace: 'linear' };

function synced(
  { emulator }: World,
  connector: TaskTrackerConnector,
): { store: InMemoryIssueStore; sync(): Promise<SyncResult> } {
  const { clock, sleep } = emulator.time;
  const store = new InMemoryIssueStore({ clock });
  const policy = OwnershipPolicy.split({ fieldOwners: {} });
  const engine = new SyncEngine({ connector, store, policy, clock, sleep });
  return { store, sync: () => engine.sync() };
}

describe('the number of requests', { timeout: 120_000 }, () => {
  it(`of a first pull of ${MANY} issues, and of a quiet one, is small`, async () => {
    const held = world();
    held.emulator.people.createIssues(
      Array.from({ length: MANY }, (_, i) => ({ title: `Issue ${i}`, labels: [`label ${i % 7}`] })),
      SPREAD_MS,
    );
    const { sync, store } = synced(held, held.connector);
    let result: SyncResult | undefined;
    const first = await held.requests(async () => {
      result = await sync();
    });
    expect(result?.failures).toEqual([]);
    expect((await store.listIssues()).length).toBe(MANY);
    expect(first).toBeLessThanOrEqual(20);
    held.emulator.time.advance(SPREAD_MS);
    const quiet = await held.requests(sync);
    expect(quiet).toBe(1);
    // What was looked up of the team is older than it may be.
    expect(held.lookUps()).toBe(2);
  });

  it(`of ${MANY} different updates is at most 60`, async () => {
    const held = world();
    held.emulator.people.createIssues(
      Array.from({ length: MANY }, (_, i) => ({ title: `Issue ${i}` })),
      SPREAD_MS,
    );
    const { sync, store } = synced(held, held.connector);
    await sync();
    for (const { ref, title } of await store.listIssues())
      await store.editIssue(ref, { title: `${title}, edited` });
    held.emulator.time.advance(SPREAD_MS);
    let result: SyncResult | undefined;
    const count = await held.requests(async () => {
      result = await sync();
    });
    expect(result).toMatchObject({ failures: [], stats: { pushedUpdated: MANY } });
    expect(held.emulator.issues().every(({ title }) => title.endsWith(', edited'))).toBe(true);
    expect(count).toBeLessThanOrEqual(60);
  });

  it(`of ${MANY} creates is at most 25`, async () => {
    const held = world();
    const { sync, store } = synced(held, held.connector);
    await sync();
    for (let i = 0; i < MANY; i += 1)
      await store.createDraft(
        { ...place, scope: held.connector.scope },
        { title: `New ${i}`, labels: ['new'] },
      );
    let result: SyncResult | undefined;
    const count = await held.requests(async () => {
      result = await sync();
    });
    expect(result).toMatchObject({ failures: [], stats: { pushedCreated: MANY } });
    expect(held.emulator.issues()).toHaveLength(MANY);
    expect(count).toBeLessThanOrEqual(25);
  });

  it('of updates that say the same is a fiftieth of theirs', async () => {
    const held = world();
    const ids = held.emulator.people.createIssues(
      Array.from({ length: 200 }, (_, i) => ({ title: `Issue ${i}` })),
    );
    const items = ids.map((id) => ({ ref: { ...place, id }, patch: { priority: 0 } as const, options: {} }));
    const count = await held.requests(() => held.connector.updateIssues(items));
    expect(count).toBe(2);
    expect(held.emulator.issues().every(({ priority }) => priority === 1)).toBe(true);
  });
});
