import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { openConnection } from '../src/connection.ts';
import { StoreError } from '../src/index.ts';
import { failure, identity, openBackend, temporaryPath, write } from './support.ts';

test('a full disk fails the commit whole, and what fits is written afterwards', async () => {
  const { backend, path } = openBackend(temporaryPath(), { maxPages: 64 });
  await backend.commit({ records: [write('1')] });
  const tooMuch = Array.from({ length: 200 }, (_, i) => write(`big${i}`, { body: 'x'.repeat(5000) }));
  const error = await failure(() =>
    backend.commit({ records: [write('2'), ...tooMuch], people: [{ id: 'p', ids: {} }] }),
  );
  expect(error).toBeInstanceOf(StoreError);
  expect(error).toMatchObject({ code: 'store_io', path });
  expect(String(error)).toMatch(/disk is full; nothing of this call was written.*SQLITE_FULL/);
  expect(await backend.changed(0, 1000)).toMatchObject({ ids: [1] });
  expect(await backend.people()).toEqual([]);
  expect(await backend.lookup([identity('2'), identity('big0')])).toEqual([undefined, undefined]);
  expect(await backend.commit({ records: [write('2')] })).toEqual({ ok: true });
  expect(await backend.lookup([identity('2')])).toMatchObject([{ recordId: 2 }]);
});

test('a disk that is full when the store is created is no matter of configuration', async () => {
  const path = temporaryPath();
  expect(await failure(() => openConnection(path, { maxPages: 2 }))).toMatchObject({
    code: 'store_io',
    path,
  });
  openConnection(path).close();
});

test('a file that another process keeps locked fails after the time-out, and works once it is free', async () => {
  const { backend, path } = openBackend(temporaryPath(), { busyTimeoutMs: 1 });
  const other = new Database(path);
  other.exec('BEGIN IMMEDIATE');
  const error = await failure(() => backend.commit({ records: [write('1')] }));
  expect(error).toMatchObject({ code: 'store_io', path });
  expect(String(error)).toMatch(/another process.*Try again/);
  expect(await backend.changed(0, 10)).toMatchObject({ ids: [] });
  expect(await failure(() => openConnection(path, { busyTimeoutMs: 1 }))).toMatchObject({
    code: 'store_io',
    path,
  });
  other.exec('ROLLBACK');
  other.close();
  expect(await backend.commit({ records: [write('1')] })).toEqual({ ok: true });
});

const damages: Record<string, string> = {
  'no JSON': '{"revision":1,',
  'another value': '"text"',
  null: 'null',
  'no issue': '{"revision":1,"agreements":[],"aliases":{},"fieldTimes":{}}',
  'no agreements':
    '{"revision":1,"issue":{"ref":{},"title":"x","labels":[],"customFields":{}},"aliases":{},"fieldTimes":{}}',
  'an empty text': '',
};

test.for(Object.entries(damages))('a record that holds %s is named, others are read', async ([, text]) => {
  const { backend, connection, path } = openBackend();
  await backend.commit({ records: ['1', '2', '3'].map((id) => write(id)) });
  connection.db.prepare('UPDATE records SET text = ? WHERE id = 2').run(text);
  const error = await failure(() => backend.load([1, 2, 3]));
  expect(error).toMatchObject({ code: 'store_io', path });
  expect(String(error)).toContain(path);
  expect(String(error)).toContain('record 2');
  expect(await backend.load([1, 3])).toMatchObject([{ id: 1 }, { id: 3 }]);
});

test.for(['bindings', 'people'])('a damaged row of %s is named', async (table) => {
  const { backend, connection, path } = openBackend();
  const columns = table === 'bindings' ? '(id, text)' : '(position, text)';
  connection.db.exec(`INSERT INTO ${table} ${columns} VALUES (1, '[')`);
  const error = await failure(() => (table === 'bindings' ? backend.bindings() : backend.people()));
  expect(error).toMatchObject({ code: 'store_io', path });
  expect(String(error)).toMatch(/is damaged/);
});

test('a store without its counters writes nothing', async () => {
  const { backend, connection, path } = openBackend();
  connection.db.exec('DELETE FROM counters');
  expect(await failure(() => backend.commit({ records: [write('1')] }))).toMatchObject({
    code: 'store_io',
    path,
  });
  expect(await backend.query({}, { after: 0, limit: 1 })).toEqual([]);
});

test('a closed store says so', async () => {
  const { backend } = openBackend();
  await backend[Symbol.asyncDispose]();
  await backend[Symbol.asyncDispose]();
  expect(await failure(() => backend.bindings())).toBeInstanceOf(TypeError);
});
