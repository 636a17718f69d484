import { type Commit, type CommitResult, recordWrite } from '@spec-kitty/tracker-core';
import { expect, test } from 'vitest';
import type { SqliteBackend } from '../src/sqlite-backend.ts';
import {
  binding,
  conflict,
  content,
  failure,
  identity,
  issue,
  openBackend,
  pendingWrite,
  START,
  stored,
  TARGET,
  write,
} from './support.ts';

/** Everything that the store can tell. */
async function everything(backend: SqliteBackend): Promise<unknown> {
  return {
    records: await backend.query({}, { after: 0, limit: 100 }),
    tombstones: await backend.query({ deleted: true }, { after: 0, limit: 100 }),
    lookup: await backend.lookup(['1', '2', '3', 'new'].map(identity)),
    pending: await backend.pending([TARGET], { after: 0, limit: 100 }),
    refs: await backend.refs(TARGET, { after: '', limit: 100 }),
    changed: await backend.changed(0, 100),
    bindings: await backend.bindings(),
    intents: await backend.intents('b1'),
    rereads: await backend.rereads('b1', { after: 0, limit: 100 }),
    conflicts: await backend.conflicts({}),
    people: await backend.people(),
    runs: await backend.runs({}),
    overrides: await backend.overrides({}),
  };
}

const intent = {
  key: 'k1',
  bindingId: 'b1',
  recordId: 1,
  ref: issue('1').ref,
  kind: 'update' as const,
  at: START,
  local: issue('1'),
  paths: ['title'],
};
const override = {
  id: 'o1',
  bindingId: 'b1',
  issueRef: issue('1').ref,
  field: 'title',
  kept: 'local' as const,
  keptValue: 'a',
  lostValue: 'b',
  at: START,
};
const run = {
  id: 'r1',
  bindingId: 'b1',
  operation: 'sync',
  startedAt: START,
  finishedAt: START,
  stats: {},
  conflicts: 0,
  overrides: 0,
  failures: [],
};

/** One of everything. */
const full: Commit = {
  binding: binding('b1', { checkpoint: { cursor: 'next' } }),
  putIntents: [intent],
  putConflicts: [conflict('c1')],
  putRereads: [{ bindingId: 'b1', ref: issue('9').ref, reason: 'event' }],
  overrides: [override],
  run,
  people: [{ id: 'p1', ids: { 'memory:w': 'ann' } }],
};

async function withThree(): Promise<ReturnType<typeof openBackend>> {
  const opened = openBackend();
  await opened.backend.commit({ records: [write('1'), write('2'), pendingWrite('3')] });
  return opened;
}

test('a commit writes all that it names', async () => {
  const { backend } = openBackend();
  await backend.commit({ ...full, records: [write('1'), pendingWrite('2')] });
  expect(await everything(backend)).toMatchObject({
    records: [{ id: 1, stamp: 1, issue: { title: 'Issue 1' } }, { id: 2 }],
    lookup: [{ recordId: 1, seen: 'seen 1' }, { recordId: 2 }, undefined, undefined],
    pending: [2],
    refs: [{ identity: identity('1'), recordId: 1 }, { recordId: 2 }],
    changed: { ids: [1, 2] },
    bindings: [full.binding],
    intents: [intent],
    rereads: [{ bindingId: 'b1', ref: issue('9').ref, reason: 'event', sequence: 3 }],
    conflicts: [conflict('c1')],
    people: full.people,
    runs: [run],
    overrides: [override],
  });
});

const refusals: Record<string, { commit: Commit; result: Partial<CommitResult> }> = {
  'a stamp that has moved': {
    commit: { records: [{ ...write('1'), id: 1, stamp: 7 }] },
    result: { movedRecords: [1], takenIdentities: [] },
  },
  'a record that is not there': {
    commit: { records: [{ ...write('8'), id: 8, stamp: 1 }] },
    result: { movedRecords: [8], takenIdentities: [] },
  },
  'a record to be removed that has moved': {
    commit: { removeRecords: [{ id: 2, stamp: 9 }] },
    result: { movedRecords: [2], takenIdentities: [] },
  },
  'an identity of another record, wanted by a new one': {
    commit: { records: [write('1')] },
    result: { movedRecords: [], takenIdentities: [identity('1')] },
  },
  'an identity of another record, wanted by an old one': {
    commit: { records: [{ ...write('1'), id: 2, stamp: 1 }] },
    result: { movedRecords: [], takenIdentities: [identity('1')] },
  },
  'an identity that two new records want': {
    commit: { records: [write('new'), write('new')] },
    result: { movedRecords: [], takenIdentities: [identity('new')] },
  },
  'several at once': {
    commit: { records: [{ ...write('1'), id: 1, stamp: 7 }, write('2'), write('new')] },
    result: { movedRecords: [1], takenIdentities: [identity('2')] },
  },
};

test.for(Object.entries(refusals))('%s refuses the whole commit', async ([, { commit, result }]) => {
  const { backend } = await withThree();
  const before = await everything(backend);
  const records = [...(commit.records ?? []), write('also new')];
  expect(await backend.commit({ ...full, ...commit, records })).toEqual({ ok: false, ...result });
  expect(await everything(backend)).toEqual(before);
});

test('a failure midway leaves nothing of the commit', async () => {
  const { backend } = await withThree();
  const before = await everything(backend);
  const unwritable = { ...run, stats: { bad: 1n as unknown as number } };
  const error = await failure(() => backend.commit({ ...full, records: [write('new')], run: unwritable }));
  expect(error).toBeInstanceOf(TypeError);
  expect(await everything(backend)).toEqual(before);
  expect(await backend.commit({ ...full, records: [write('new')] })).toEqual({ ok: true });
});

test('a write moves the stamp by one and the record to the end of what changed', async () => {
  const { backend } = await withThree();
  const first = await backend.changed(0, 100);
  await backend.commit({
    records: [recordWrite({ ...(await stored(backend, 1)), revision: 2 }, { id: 1, stamp: 1 })],
  });
  expect(await stored(backend, 1)).toMatchObject({ stamp: 2, revision: 2 });
  expect(await backend.changed(first.sequence, 100)).toMatchObject({ ids: [1] });
  expect((await backend.changed(0, 100)).ids).toEqual([2, 3, 1]);
});

test('ids ascend and are never used again, over a restart too', async () => {
  const { backend, path } = await withThree();
  await backend.commit({ removeRecords: [{ id: 3, stamp: 1 }] });
  await backend[Symbol.asyncDispose]();
  const again = openBackend(path).backend;
  await again.commit({ records: [write('3')] });
  expect(await again.lookup([identity('3')])).toMatchObject([{ recordId: 4 }]);
});

test('a record that takes in another one takes its identities in the same commit', async () => {
  const { backend } = await withThree();
  const [first, second] = await Promise.all([stored(backend, 1), stored(backend, 2)]);
  const joined = { ...first, agreements: [...first.agreements, ...second.agreements] };
  const commit = { records: [recordWrite(joined, first)], removeRecords: [{ id: 2, stamp: 1 }] };
  expect(await backend.commit(commit)).toEqual({ ok: true });
  expect(await backend.lookup([identity('1'), identity('2')])).toMatchObject([
    { recordId: 1 },
    { recordId: 1 },
  ]);
  expect(await backend.load([2])).toEqual([undefined]);
  expect(await backend.refs(TARGET, { after: '', limit: 10 })).toContainEqual({
    identity: identity('2'),
    recordId: 1,
  });
  expect((await backend.changed(0, 100)).ids).toEqual([3, 1]);
});

test('an identity that a record gives up is free for another one', async () => {
  const { backend } = await withThree();
  await backend.refs(TARGET, { after: '', limit: 10 });
  const moved = content(issue('moved'));
  await backend.commit({ records: [recordWrite(moved, { id: 1, stamp: 1 })] });
  expect(await backend.lookup([identity('1')])).toEqual([undefined]);
  expect(await backend.commit({ records: [write('1')] })).toEqual({ ok: true });
  expect(await backend.lookup([identity('1'), identity('moved')])).toMatchObject([
    { recordId: 4 },
    { recordId: 1 },
  ]);
  const refs = await backend.refs(TARGET, { after: '', limit: 10 });
  expect(refs.map(({ recordId }) => recordId)).toEqual([4, 2, 3, 1]);
});

test('what a look-up did not find is checked again once somebody else wrote', async () => {
  const { backend, path } = openBackend();
  const other = openBackend(path).backend;
  expect(await backend.lookup([identity('1')])).toEqual([undefined]);
  await other.commit({ records: [write('1')] });
  expect(await backend.commit({ records: [write('1')] })).toMatchObject({ takenIdentities: [identity('1')] });
});

test('intents are replaced by key, kept in order and removed by key', async () => {
  const { backend } = openBackend();
  await backend.commit({
    putIntents: [intent, { ...intent, key: 'k2' }, { ...intent, key: 'k3', bindingId: 'b2' }],
  });
  await backend.commit({ putIntents: [{ ...intent, paths: ['body'] }], removeIntents: ['k3', 'unknown'] });
  expect(await backend.intents('b1')).toMatchObject([{ key: 'k1', paths: ['body'] }, { key: 'k2' }]);
  expect(await backend.intents('b2')).toEqual([]);
});

test('a reread is replaced by a later one, and removed only as it was read', async () => {
  const { backend } = openBackend();
  const reread = { bindingId: 'b1', ref: issue('1').ref, reason: 'event' as const };
  await backend.commit({ putRereads: [reread, { ...reread, ref: issue('2').ref }] });
  await backend.commit({
    putRereads: [
      { ...reread, reason: 'held' },
      { ...reread, bindingId: 'b2' },
    ],
  });
  const page = await backend.rereads('b1', { after: 0, limit: 10 });
  expect(page).toMatchObject([{ ref: { id: '2' } }, { ref: { id: '1' }, reason: 'held' }]);
  await backend.commit({ removeRereads: [{ bindingId: 'b1', identity: identity('1'), sequence: 1 }] });
  expect(await backend.rereads('b1', { after: 0, limit: 10 })).toHaveLength(2);
  const last = page[1]?.sequence ?? 0;
  await backend.commit({ removeRereads: [{ bindingId: 'b1', identity: identity('1'), sequence: last }] });
  expect(await backend.rereads('b1', { after: 0, limit: 10 })).toMatchObject([{ ref: { id: '2' } }]);
  expect(await backend.rereads('b1', { after: page[0]?.sequence ?? 0, limit: 10 })).toEqual([]);
  expect(await backend.rereads('b2', { after: 0, limit: 10 })).toHaveLength(1);
});

test('logs are read newest first, a hundred unless more are asked for', async () => {
  const { backend } = openBackend();
  for (let i = 1; i <= 120; i++) {
    const bindingId = i % 2 === 0 ? 'b2' : 'b1';
    await backend.commit({
      run: { ...run, id: `r${i}`, bindingId },
      overrides: [{ ...override, id: `o${i}`, bindingId }],
    });
  }
  const ids = (rows: { id: string }[]): string[] => rows.map(({ id }) => id);
  expect(await backend.runs({})).toHaveLength(100);
  expect(ids(await backend.runs({ limit: 2 }))).toEqual(['r120', 'r119']);
  expect(ids(await backend.runs({ bindingId: 'b1', limit: 2 }))).toEqual(['r119', 'r117']);
  expect(ids(await backend.overrides({ bindingId: 'b2', limit: 1 }))).toEqual(['o120']);
  expect(await backend.overrides({ limit: 1000 })).toHaveLength(120);
});

test('people are replaced as a whole and keep their order', async () => {
  const { backend } = openBackend();
  await backend.commit({ people: ['z', 'a', 'm'].map((id) => ({ id, ids: {} })) });
  expect((await backend.people()).map(({ id }) => id)).toEqual(['z', 'a', 'm']);
  await backend.commit({ people: [] });
  expect(await backend.people()).toEqual([]);
});

test('what a call answered is a copy', async () => {
  const { backend } = await withThree();
  const record = await stored(backend, 1);
  record.issue.labels.push('changed');
  record.agreements.length = 0;
  expect(await stored(backend, 1)).toMatchObject({ issue: { labels: [] }, agreements: [{}] });
});
