import { recordWrite, type StoreBackend, type SyncStore } from '@spec-kitty/tracker-core';
import { check, equal, refusal } from '../support/check.ts';
import type { StoreCase } from './case.ts';
import {
  agreed,
  BUSY,
  bindingOf,
  conflictOf,
  contentOf,
  identityOf,
  intentOf,
  issueOf,
  PLACE,
  pendingWrite,
  refOf,
  START,
  type StoreWorld,
  TARGET,
} from './world.ts';

const ALL = { after: 0, limit: 1000 };

/** All that a store holds, as plain data. */
async function everything({ backend, ...store }: { backend: StoreBackend } & Pick<SyncStore, 'getPeople'>) {
  const records = await backend.query({}, ALL);
  const tombstones = await backend.query({ deleted: true }, ALL);
  const identities = [...records, ...tombstones].flatMap(({ agreements, aliases }) => [
    ...agreements.map(({ ref }) => identityOf(ref.id)),
    ...Object.keys(aliases),
  ]);
  return {
    records,
    tombstones,
    lookup: await backend.lookup(identities),
    pending: await backend.pending([TARGET], ALL),
    refs: await backend.refs(TARGET, { after: '', limit: 1000 }),
    changed: await backend.changed(0, 1000),
    bindings: await backend.bindings(),
    intents: await backend.intents('b1'),
    rereads: await backend.rereads('b1', ALL),
    conflicts: await backend.conflicts({}),
    runs: await backend.runs({}),
    overrides: await backend.overrides({}),
    people: await store.getPeople(),
  };
}

const snapshot = (store: SyncStore): ReturnType<typeof everything> =>
  everything({ backend: store.backend, getPeople: () => store.getPeople() });

/** A short life of a store: what hosts and runs do, one step after the other. */
const STEPS: readonly ((world: StoreWorld) => Promise<void>)[] = [
  async (world) => world.commit({ binding: bindingOf('b1') }),
  async (world) => world.commit({ records: [agreed('1'), agreed('2'), pendingWrite('3')] }),
  async ({ store }) => store.upsertIssue(issueOf('4')),
  async ({ store }) => void (await store.editIssue(refOf('1'), { title: 'Edited', labels: ['x'] })),
  async ({ store }) => void (await store.createDraft(PLACE, { title: 'A draft' })),
  async (world) => world.commit({ putIntents: [intentOf('k1'), intentOf('k2')] }),
  async (world) => {
    const record = await world.record('1');
    await world.commit({
      records: [recordWrite(contentOf(record.issue), record)],
      removeIntents: ['k1'],
      binding: bindingOf('b1', { checkpoint: { updatedSince: START } }),
      putConflicts: [conflictOf('c1', { recordId: record.id })],
      putRereads: [{ bindingId: 'b1', ref: refOf('9'), reason: 'held' }],
    });
  },
  async ({ store }) => store.deleteIssue(refOf('2')),
  async ({ store }) => void (await store.resolveConflict('c1', { value: 'Settled' })),
  async ({ store }) => store.setPeople([{ id: 'ada', ids: { 'first:w': '1' } }]),
  async (world) => {
    const record = await world.record('3');
    await world.commit({ removeRecords: [{ id: record.id, stamp: record.stamp }] });
  },
];

export const reopenCases: StoreCase[] = [
  {
    name: 'what was done is there after a crash between any two steps',
    async run(world) {
      for (const step of [async () => {}, ...STEPS]) {
        await step(world);
        const before = await snapshot(world.store);
        equal(await snapshot(await world.reopened()), before, 'the store opened again');
      }
    },
  },
  {
    name: 'numbers go on after a crash',
    async run(world) {
      await world.commit({
        records: [agreed('1')],
        putRereads: [{ bindingId: 'b1', ref: refOf('1'), reason: 'event' }],
      });
      const { fence } = await world.backend.acquireLease('b1', 'ada', 60_000);
      const first = await world.record('1');
      const { backend } = await world.reopened();
      await backend.commit({
        records: [agreed('2')],
        putRereads: [{ bindingId: 'b1', ref: refOf('2'), reason: 'event' }],
      });
      const second = await world.record('2', backend);
      check(second.id > first.id, 'the id of a record does not go on');
      const sequences = (await backend.rereads('b1', ALL)).map(({ sequence }) => sequence);
      check((sequences[1] ?? 0) > (sequences[0] ?? 0), 'the sequence of rereads does not go on');
      await refusal(() => backend.acquireLease('b1', 'grace', 60_000), 'a lease of before the crash', BUSY);
      world.clock.advance(60_000);
      check((await backend.acquireLease('b1', 'grace', 60_000)).fence > fence, 'the fence does not go on');
    },
  },
  {
    name: 'two that have the store open see each other’s commits, and lose none',
    async run(world) {
      const other = await world.reopened();
      await world.store.upsertIssue(issueOf('a'));
      equal((await other.getIssue(refOf('a')))?.title, 'Issue a', 'what the other one reads');
      const [mine, theirs] = [await world.record('a'), await world.record('a', other.backend)];
      await world.commit({ records: [recordWrite(contentOf(issueOf('a', { title: 'Mine' })), mine)] });
      const late = { records: [recordWrite(contentOf(issueOf('a', { title: 'Theirs' })), theirs)] };
      equal((await other.backend.commit(late)).ok, false, 'a commit on a record that another one moved');
      for (let i = 0; i < 5; i++) {
        await Promise.all([
          world.store.editIssue(refOf('a'), { title: `Title ${i}` }),
          other.editIssue(refOf('a'), { body: `Body ${i}` }),
        ]);
      }
      const issue = await world.store.getIssue(refOf('a'));
      equal([issue?.title, issue?.body], ['Title 4', 'Body 4'], 'the fields');
      const { fence } = await world.backend.acquireLease('b1', 'ada', 60_000);
      await refusal(() => other.backend.acquireLease('b1', 'grace', 60_000), 'a lease that is held', BUSY);
      await world.backend.releaseLease('b1', fence);
      const lease = { bindingId: 'b1', fence };
      await refusal(() => other.backend.commit({ lease, people: [] }), 'a commit without the lease', BUSY);
    },
  },
];
