import { type ConflictQuery, recordWrite } from '@spec-kitty/tracker-core';
import { expect, test } from 'vitest';
import { fromSortKey, toSortKey } from '../src/sort-key.ts';
import {
  conflict,
  content,
  identity,
  issue,
  openBackend,
  pendingWrite,
  stored,
  TARGET,
  write,
} from './support.ts';

test('look-ups and loads answer in the order of what was asked, with gaps', async () => {
  const { backend } = openBackend();
  await backend.commit({ records: [write('1'), write('2')] });
  const asked = ['2', 'x', '1', '2'].map(identity);
  expect(await backend.lookup(asked)).toEqual([
    { recordId: 2, seen: 'seen 2' },
    undefined,
    { recordId: 1, seen: 'seen 1' },
    { recordId: 2, seen: 'seen 2' },
  ]);
  expect((await backend.load([2, 99, 1])).map((record) => record?.id)).toEqual([2, undefined, 1]);
  expect(await backend.lookup([])).toEqual([]);
  expect(await backend.load([])).toEqual([]);
});

test('a record is found by its draft and its aliases, which are no refs of the target', async () => {
  const { backend } = openBackend();
  const draft = content(issue('draft:1'), { aliases: { [identity('old')]: identity('draft:1') } });
  await backend.commit({ records: [recordWrite(draft)] });
  expect(await backend.lookup([identity('draft:1'), identity('old')])).toEqual([
    { recordId: 1, seen: 'seen draft:1' },
    { recordId: 1 },
  ]);
  expect(await backend.refs(TARGET, { after: '', limit: 10 })).toEqual([]);
  expect(await backend.refs('', { after: '', limit: 10 })).toEqual([]);
  const settled = content(issue('5'), { aliases: { [identity('draft:1')]: identity('5') } });
  await backend.commit({ records: [recordWrite(settled, { id: 1, stamp: 1 })] });
  expect(await backend.lookup(['draft:1', '5', 'old'].map(identity))).toEqual([
    { recordId: 1 },
    { recordId: 1, seen: 'seen 5' },
    undefined,
  ]);
  expect(await backend.refs(TARGET, { after: '', limit: 10 })).toEqual([
    { identity: identity('5'), recordId: 1 },
  ]);
});

test('a look-up gives what was last seen of each ref', async () => {
  const { backend } = openBackend();
  await backend.commit({ records: [write('1')] });
  for (const seen of ['newer', undefined]) {
    const record = await stored(backend, 1);
    const agreements = record.agreements.map(({ seen: _seen, ...rest }) => (seen ? { ...rest, seen } : rest));
    await backend.commit({ records: [recordWrite({ ...record, agreements }, record)] });
    expect(await backend.lookup([identity('1')])).toEqual([{ recordId: 1, ...(seen ? { seen } : {}) }]);
  }
});

test('thousands of identities are found, are refused to others and can be given up', async () => {
  const { backend, connection } = openBackend();
  const ids = Array.from({ length: 6000 }, (_, i) => `i${i}`);
  for (let i = 0; i < ids.length; i += 500) {
    await backend.commit({ records: ids.slice(i, i + 500).map((id) => write(id)) });
  }
  const count = (table: string): unknown =>
    connection.db.prepare(`SELECT count(*) FROM ${table}`).pluck().get();
  expect([count('settled_keys'), count('fresh_keys')]).toEqual([4500, 1500]);
  const found = await backend.lookup(ids.map(identity));
  expect(found.map((holder) => holder?.recordId)).toEqual(ids.map((_, i) => i + 1));
  for (const id of ['i3', 'i5999']) {
    const [holder] = await backend.lookup([identity(id)]);
    const recordId = holder?.recordId ?? 0;
    expect(await backend.commit({ records: [write(id)] })).toMatchObject({ takenIdentities: [identity(id)] });
    await backend.commit({ removeRecords: [{ id: recordId, stamp: 1 }] });
    expect(await backend.lookup([identity(id)])).toEqual([undefined]);
    expect(await backend.commit({ records: [write(id)] })).toEqual({ ok: true });
  }
  // What is given up leaves nothing behind.
  expect([count('settled_keys'), count('fresh_keys')]).toEqual([4499, 1501]);
});

test('pending records of several targets come once each, in order, in pages', async () => {
  const { backend } = openBackend();
  const both = { ...pendingWrite('2'), pending: ['t1', 't2'] };
  await backend.commit({
    records: [
      { ...pendingWrite('1'), pending: ['t2'] },
      both,
      { ...write('3') },
      { ...pendingWrite('4'), pending: ['t1'] },
    ],
  });
  expect(await backend.pending(['t1', 't2'], { after: 0, limit: 10 })).toEqual([1, 2, 4]);
  expect(await backend.pending(['t1', 't2'], { after: 0, limit: 2 })).toEqual([1, 2]);
  expect(await backend.pending(['t1', 't2'], { after: 2, limit: 2 })).toEqual([4]);
  expect(await backend.pending(['t3'], { after: 0, limit: 10 })).toEqual([]);
  expect(await backend.pending([], { after: 0, limit: 10 })).toEqual([]);
  await backend.commit({ records: [{ ...both, id: 2, stamp: 1, pending: ['t2'] }] });
  expect(await backend.pending(['t1'], { after: 0, limit: 10 })).toEqual([4]);
});

test('refs of a target come in code-unit order, in pages, also after the first reading', async () => {
  const { backend } = openBackend();
  const ids = ['b', 'a', '\u{1f600}', '\uffee', 'Z', '\ud7ff', '\ue000', '\ud800', 'é'];
  await backend.commit({ records: ids.map((id) => write(id)) });
  const sorted = ids.map(identity).sort();
  const listed = async (): Promise<string[]> => {
    const found: string[] = [];
    for (;;) {
      const page = await backend.refs(TARGET, { after: found.at(-1) ?? '', limit: 2 });
      if (page.length === 0) return found;
      found.push(...page.map((row) => row.identity));
    }
  };
  expect(await listed()).toEqual(sorted);
  await backend.commit({ records: [write('aa')], removeRecords: [{ id: 1, stamp: 1 }] });
  expect(await listed()).toEqual([...sorted.filter((one) => one !== identity('b')), identity('aa')].sort());
  const [holder] = await backend.lookup([identity('\ud800')]);
  expect(holder?.recordId).toBe(8);
  expect(await backend.refs('memory:w:other', { after: '', limit: 10 })).toEqual([]);
});

test('a sort key is one to one, and in code-unit order', () => {
  const texts = [
    '',
    'a',
    '\0',
    '%3A',
    'é',
    '\ud7ff',
    '\ud800',
    '\udfff',
    '\ue000',
    '\uffff',
    '\u{10000}',
    'x\u{10ffff}y',
  ];
  expect(texts.map(toSortKey).map(fromSortKey)).toEqual(texts);
  const inOrder = [...texts].sort();
  const asBytes = [...texts].sort((a, b) =>
    Buffer.compare(Buffer.from(toSortKey(a)), Buffer.from(toSortKey(b))),
  );
  expect(asBytes).toEqual(inOrder);
});

test('what changed is paged by a sequence that goes on from any point', async () => {
  const { backend } = openBackend();
  expect(await backend.changed(0, 10)).toEqual({ ids: [], sequence: 0 });
  await backend.commit({ records: ['1', '2', '3'].map((id) => write(id)) });
  const first = await backend.changed(0, 2);
  expect(first.ids).toEqual([1, 2]);
  const second = await backend.changed(first.sequence, 2);
  expect(second.ids).toEqual([3]);
  expect(await backend.changed(second.sequence, 2)).toEqual({ ids: [], sequence: second.sequence });
  await backend.commit({ records: [recordWrite(await stored(backend, 2), { id: 2, stamp: 1 })] });
  expect((await backend.changed(second.sequence, 2)).ids).toEqual([2]);
});

const conflictQueries: [ConflictQuery, string[]][] = [
  [{}, ['d', 'a', 'c', 'b']],
  [{ limit: 2 }, ['d', 'a']],
  [{ id: 'c' }, ['c']],
  [{ id: 'unknown' }, []],
  [{ id: 'c', status: 'resolved' }, []],
  [{ status: 'open' }, ['a', 'c']],
  [{ status: 'resolved', limit: 1 }, ['d']],
  [{ bindingId: 'b1' }, ['a', 'c', 'b']],
  [{ bindingId: 'b1', status: 'open', limit: 1 }, ['a']],
  [{ bindingId: 'b2' }, ['d']],
  [{ recordIds: [1, 2, 1] }, ['d', 'a', 'b']],
  [{ recordIds: [1], status: 'open' }, ['a']],
  [{ recordIds: [] }, []],
];

test.for(conflictQueries)('conflicts %j', async ([query, expected]) => {
  const { backend } = openBackend();
  const later = '2026-01-02T00:00:00.000Z';
  await backend.commit({
    putConflicts: [
      conflict('b', { status: 'resolved', detectedAt: '2026-01-03T00:00:00.000Z' }),
      conflict('a', { status: 'resolved', detectedAt: later }),
      conflict('c', { recordId: 3, detectedAt: later }),
      conflict('d', { recordId: 2, bindingId: 'b2', status: 'resolved' }),
    ],
  });
  await backend.commit({ putConflicts: [conflict('a', { detectedAt: later })] });
  expect((await backend.conflicts(query)).map(({ id }) => id)).toEqual(expected);
});
