import type { LogQuery, OverrideRecord, Reread, RunRecord, StoreBackend } from '@spec-kitty/tracker-core';
import { check, equal, present } from '../support/check.ts';
import type { StoreCase } from './case.ts';
import { bindingOf, conflictOf, intentOf, refOf, START } from './world.ts';

const rereadsOf = (backend: StoreBackend, after = 0, limit = 100): Promise<Reread[]> =>
  backend.rereads('b1', { after, limit });
const idsOf = (entries: Reread[]): string[] => entries.map(({ ref }) => ref.id);
const event = (id: string) => ({ bindingId: 'b1', ref: refOf(id), reason: 'event' as const });

const runOf = (id: string, bindingId = 'b1'): RunRecord => ({
  id,
  bindingId,
  operation: 'sync',
  startedAt: START,
  finishedAt: START,
  stats: { unchanged: 1 },
  conflicts: 0,
  overrides: 0,
  failures: [{ code: 'not_found', issue: null, message: 'x' }],
});
const overrideOf = (id: string, bindingId = 'b1'): OverrideRecord => ({
  id,
  bindingId,
  issueRef: refOf('1'),
  field: 'labels',
  kept: 'local',
  keptValue: ['a'],
  lostValue: null,
  at: START,
});
const ids = (rows: { id: string }[]): string[] => rows.map(({ id }) => id);

export const bookkeepingCases: StoreCase[] = [
  {
    name: 'bindings are put, replaced and listed',
    async run(world) {
      const checkpoint = { cursor: 'c', updatedSince: START };
      await world.commit({ binding: bindingOf('b2') });
      await world.commit({ binding: bindingOf('b1', { checkpoint, enrolled: 7 }) });
      await world.commit({ binding: bindingOf('b2', { filters: 'changed' }) });
      const rows = (await world.backend.bindings()).sort((a, b) => (a.id < b.id ? -1 : 1));
      equal(
        rows,
        [bindingOf('b1', { checkpoint, enrolled: 7 }), bindingOf('b2', { filters: 'changed' })],
        'rows',
      );
    },
  },
  {
    name: 'intents keep the order in which they were first put',
    async run(world) {
      for (const key of ['z', 'a', 'm']) await world.commit({ putIntents: [intentOf(key)] });
      await world.commit({ putIntents: [intentOf('b'), intentOf('other', { bindingId: 'b2' })] });
      await world.commit({ putIntents: [intentOf('a', { unclearUntil: START })] });
      const intents = await world.backend.intents('b1');
      equal(
        intents.map(({ key }) => key),
        ['z', 'a', 'm', 'b'],
        'keys',
      );
      equal(intents[1], intentOf('a', { unclearUntil: START }), 'an intent that was put again');
      await world.commit({ removeIntents: ['a', 'unknown'], putIntents: [intentOf('c')] });
      const keys = (await world.backend.intents('b1')).map(({ key }) => key);
      equal(keys, ['z', 'm', 'b', 'c'], 'keys after a removal');
      equal(
        ids((await world.backend.intents('b2')).map(({ key: id }) => ({ id }))),
        ['other'],
        'another binding',
      );
    },
  },
  {
    name: 'rereads are replaced by issue, and come in order of their sequence',
    async run(world) {
      await world.commit({ putRereads: [event('1'), event('2'), event('3')] });
      await world.commit({ putRereads: [{ ...event('1'), reason: 'deleted', from: refOf('0') }] });
      const entries = await rereadsOf(world.backend);
      equal(idsOf(entries), ['2', '3', '1'], 'entries');
      equal([entries[2]?.reason, entries[2]?.from?.id], ['deleted', '0'], 'the entry that was put again');
      const sequences = entries.map(({ sequence }) => sequence);
      equal(
        [...sequences].sort((a, b) => a - b),
        sequences,
        'the order of sequences',
      );
      const second = present(sequences[0], 'a sequence');
      equal(idsOf(await rereadsOf(world.backend, second, 1)), ['3'], 'a page after the first entry');
      equal(await world.backend.rereads('b2', { after: 0, limit: 10 }), [], 'another binding');
    },
  },
  {
    name: 'a reread that is put again keeps the ref that its issue came from',
    async run(world) {
      await world.commit({ putRereads: [{ ...event('1'), from: refOf('0') }] });
      await world.commit({ putRereads: [{ ...event('1'), reason: 'held' }] });
      const [entry] = await rereadsOf(world.backend);
      equal([entry?.reason, entry?.from?.id], ['held', '0'], 'the entry that was put without it');
      await world.commit({ putRereads: [{ ...event('1'), from: refOf('2') }] });
      equal((await rereadsOf(world.backend))[0]?.from?.id, '2', 'where it is told anew');
    },
  },
  {
    name: 'a reread is removed only as it was read',
    async run(world) {
      await world.commit({ putRereads: [event('1'), event('2')] });
      const read = await rereadsOf(world.backend);
      await world.commit({ putRereads: [event('1')] });
      const removeRereads = read.map(({ ref, sequence }) => ({
        bindingId: 'b1',
        identity: `first:w:${ref.id}`,
        sequence,
      }));
      await world.commit({ removeRereads });
      const left = await rereadsOf(world.backend);
      equal(idsOf(left), ['1'], 'what was put again since it was read stays');
      await world.commit({ putRereads: [event('3')] });
      const later = (await rereadsOf(world.backend)).at(-1)?.sequence ?? 0;
      check(later > (left[0]?.sequence ?? 0), 'a sequence came again after a removal');
    },
  },
  {
    name: 'conflicts are asked for by id, status, binding and records',
    async run(world) {
      const later = '2030-01-01T00:00:01.000Z';
      await world.commit({
        putConflicts: [
          conflictOf('c3', { recordId: 2 }),
          conflictOf('c2', { detectedAt: later, baseValue: null, externalRaw: [{ a: 1 }] }),
          conflictOf('c1', { bindingId: 'b2', detectedAt: later }),
          conflictOf('c4', { recordId: 3, status: 'resolved', resolvedValue: 'x' }),
        ],
      });
      const ask = async (query: Parameters<StoreBackend['conflicts']>[0]): Promise<string[]> =>
        ids(await world.backend.conflicts(query));
      equal(await ask({}), ['c3', 'c4', 'c1', 'c2'], 'all, by detection and id');
      equal(await ask({ status: 'open' }), ['c3', 'c1', 'c2'], 'open');
      equal(await ask({ status: 'resolved' }), ['c4'], 'resolved');
      equal(await ask({ bindingId: 'b1' }), ['c3', 'c4', 'c2'], 'of a binding');
      equal(await ask({ recordIds: [2, 3] }), ['c3', 'c4'], 'of records');
      equal(await ask({ recordIds: [] }), [], 'of no record');
      equal(await ask({ id: 'c2' }), ['c2'], 'one');
      equal(await ask({ id: 'unknown' }), [], 'an unknown one');
      equal(await ask({ limit: 2 }), ['c3', 'c4'], 'at most two');
      const held = present((await world.backend.conflicts({ id: 'c2' }))[0], 'a conflict');
      equal([held.baseValue, held.externalRaw], [null, [{ a: 1 }]], 'its values');
      await world.commit({ putConflicts: [conflictOf('c3', { recordId: 3, status: 'resolved' })] });
      equal(await ask({ status: 'open' }), ['c1', 'c2'], 'open after one was resolved');
      equal(await ask({ recordIds: [2] }), [], 'of the record that it was of');
    },
  },
  {
    name: 'people are replaced as a whole table',
    async run({ store }) {
      equal(await store.getPeople(), [], 'people at first');
      await store.setPeople([{ id: 'ada', ids: { 'first:w': '1', 'second:w': 'a' } }]);
      await store.setPeople([{ id: 'grace', ids: { 'first:w': '2' } }]);
      equal(await store.getPeople(), [{ id: 'grace', ids: { 'first:w': '2' } }], 'people');
    },
  },
  {
    name: 'the logs are told newest first, of one binding or of all',
    async run(world) {
      for (const id of ['1', '2', '3']) {
        await world.commit({ run: runOf(id), overrides: [overrideOf(`${id}a`), overrideOf(`${id}b`)] });
      }
      await world.commit({ run: runOf('4', 'b2'), overrides: [overrideOf('4a', 'b2')] });
      const { backend } = world;
      equal(ids(await backend.runs({})), ['4', '3', '2', '1'], 'runs');
      equal(ids(await backend.runs({ bindingId: 'b1', limit: 2 })), ['3', '2'], 'runs of a binding');
      equal((await backend.runs({ limit: 1 }))[0], runOf('4', 'b2'), 'a run');
      equal(ids(await backend.overrides({ limit: 3 })), ['4a', '3b', '3a'], 'overrides');
      equal(ids(await backend.overrides({ bindingId: 'b2' })), ['4a'], 'overrides of a binding');
      equal((await backend.overrides({ limit: 1 }))[0], overrideOf('4a', 'b2'), 'an override');
    },
  },
  {
    name: 'the logs are read to their end page by page',
    async run(world) {
      for (const id of ['1', '2', '3', '4', '5']) {
        const bindingId = id === '3' ? 'b2' : 'b1';
        await world.commit({ run: runOf(id, bindingId), overrides: [overrideOf(id, bindingId)] });
      }
      for (const log of ['runs', 'overrides'] as const) {
        const page = async (query: LogQuery): Promise<string[]> => ids(await world.backend[log](query));
        equal(await page({ limit: 2, skip: 0 }), ['5', '4'], `the first page of ${log}`);
        equal(await page({ limit: 2, skip: 2 }), ['3', '2'], `the second page of ${log}`);
        equal(await page({ limit: 2, skip: 4 }), ['1'], `the last page of ${log}`);
        equal(await page({ skip: 5 }), [], `a page of ${log} after the last one`);
        equal(
          await page({ bindingId: 'b1', limit: 2, skip: 1 }),
          ['4', '2'],
          `a page of ${log} of a binding`,
        );
        equal(await page({ bindingId: 'b1', skip: 3 }), ['1'], `the last page of ${log} of a binding`);
      }
    },
  },
  {
    name: 'the logs give a hundred unless more is asked for',
    async run(world) {
      for (let i = 0; i < 105; i++) {
        await world.commit({ run: runOf(`r${i}`), overrides: [overrideOf(`o${i}`)] });
      }
      equal((await world.backend.runs({})).length, 100, 'runs');
      equal((await world.backend.overrides({ limit: 1000 })).length, 105, 'overrides');
    },
  },
];
