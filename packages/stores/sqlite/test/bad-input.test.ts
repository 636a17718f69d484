import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CanonicalIssue, isTrackerError, type SyncStore } from '@spec-kitty/tracker-core';
import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { openSqliteStore } from '../src/index.ts';
import { failure, issue, openBackend, temporaryFolder, temporaryPath, write } from './support.ts';

const SECRET = 'hunter2-planted-secret';

function expectHarmless(error: unknown, code: string, fieldPath?: string): void {
  if (!isTrackerError(error)) throw new Error('it failed without a code', { cause: error });
  expect({ code: error.code, fieldPath: error.fieldPath }).toEqual({ code, fieldPath });
  expect(error.message).not.toContain(SECRET);
  expect(error.message.length).toBeLessThan(2000);
}

/** A database of another program, or a store that somebody changed. */
function database(path: string, change: (db: Database.Database) => void): void {
  const db = new Database(path);
  change(db);
  db.close();
}

async function closedStore(path: string, issues: readonly CanonicalIssue[] = [issue('1')]): Promise<void> {
  const store = openSqliteStore(path);
  for (const each of issues) await store.upsertIssue(each);
  await store[Symbol.asyncDispose]();
}

describe('a file that is no store is refused untouched', () => {
  const files: { name: string; make: (path: string) => unknown }[] = [
    { name: 'text', make: (path) => writeFileSync(path, `token=${SECRET}\n`.repeat(100)) },
    { name: 'a line of JSON', make: (path) => writeFileSync(path, JSON.stringify({ id: SECRET })) },
    { name: 'one byte', make: (path) => writeFileSync(path, '\0') },
    { name: 'zeros', make: (path) => writeFileSync(path, Buffer.alloc(8192)) },
    {
      name: 'the header of a database and nothing else',
      make: (path) => writeFileSync(path, 'SQLite format 3\0'),
    },
    {
      name: "another program's tables",
      make: (path) =>
        database(path, (db) => db.exec(`CREATE TABLE secrets (a); INSERT INTO secrets VALUES ('${SECRET}')`)),
    },
    {
      name: "another program's mark",
      make: (path) => database(path, (db) => db.pragma('application_id = 252006673')),
    },
    {
      name: 'a version without a mark',
      make: (path) => database(path, (db) => db.pragma('user_version = 7')),
    },
    {
      name: 'a later version',
      make: async (path) => {
        await closedStore(path);
        database(path, (db) => db.pragma('user_version = 1000'));
      },
    },
    {
      name: 'a table that was dropped',
      make: async (path) => {
        await closedStore(path);
        database(path, (db) => db.exec('DROP TABLE refs'));
      },
    },
    {
      name: 'a table that has another name',
      make: async (path) => {
        await closedStore(path);
        database(path, (db) => db.exec('ALTER TABLE records RENAME TO taken'));
      },
    },
  ];
  test.each(files)('$name', async ({ make }) => {
    const path = temporaryPath();
    await make(path);
    const before = readFileSync(path);
    const error = await failure(() => openSqliteStore(path));
    expectHarmless(error, 'connector_config', 'path');
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  const paths: { name: string; of: (folder: string) => string }[] = [
    { name: 'nothing', of: () => '' },
    { name: 'memory', of: () => ':memory:' },
    { name: 'a folder', of: (folder) => folder },
    { name: 'a folder that is not there', of: (folder) => join(folder, 'none', 'store.db') },
    { name: 'NUL', of: (folder) => join(folder, `a\0${SECRET}`) },
    { name: 'an endless name', of: (folder) => join(folder, 'x'.repeat(5000)) },
  ];
  test.each(paths)('the path is $name', async ({ of }) => {
    const error = await failure(() => openSqliteStore(of(temporaryFolder())));
    if (!isTrackerError(error)) throw new Error('it failed without a code', { cause: error });
    expect([error.code, error.fieldPath]).toEqual(['connector_config', 'path']);
  });

  test(`${files.length + paths.length} bad files and paths were tried`, () => {
    process.stdout.write(`bad input: ${files.length + paths.length} files and paths\n`);
  });
});

describe('a row that was damaged names itself, and is not overwritten', () => {
  const texts: [string, string][] = [
    ['no JSON', `{"title":"${SECRET}"`],
    ['no text', ''],
    ['null', 'null'],
    ['a list', '[]'],
    ['text', JSON.stringify(SECRET)],
    ['an object of nothing', '{}'],
    ['a record without agreements', JSON.stringify({ revision: 1, issue: issue('1'), agreements: [] })],
    ['a record of other types', '{"revision":"1","issue":5,"agreements":7}'],
    ['a prototype', '{"__proto__":{"revision":1,"issue":{},"agreements":[]}}'],
    ['nesting of 100,000 levels', '['.repeat(100_000) + ']'.repeat(100_000)],
  ];
  test.each(texts)('%s', async (_, text) => {
    const { backend, connection, path } = openBackend();
    await backend.commit({ records: [write('1')] });
    database(path, (db) => db.prepare('UPDATE records SET text = ?').run(text));
    expectHarmless(await failure(() => backend.load([1])), 'store_io');
    expectHarmless(await failure(() => backend.query({}, { after: 0, limit: 10 })), 'store_io');
    expect(connection.db.prepare('SELECT text FROM records').pluck().get()).toBe(text);
  });
  test(`${texts.length} bad rows were tried`, () => {
    process.stdout.write(`bad input: ${texts.length} rows\n`);
  });
});

describe('a row that is JSON of another kind names itself', () => {
  const other = JSON.stringify({ ref: { system: 's', workspace: 'w', id: '1' }, token: SECRET });
  const kinds: [string, (path: string) => Promise<unknown>][] = [
    ['people', (path) => reading(path, (store) => store.getPeople())],
    ['bindings', (path) => reading(path, (store) => store.backend.bindings())],
    ['rereads', (path) => reading(path, (store) => store.backend.rereads('b', { after: 0, limit: 10 }))],
  ];
  async function reading(path: string, read: (store: SyncStore) => Promise<unknown>): Promise<unknown> {
    const store = openSqliteStore(path);
    try {
      return await read(store);
    } finally {
      await store[Symbol.asyncDispose]();
    }
  }
  test.each(kinds)('%s', async (table, read) => {
    const path = temporaryPath();
    await closedStore(path);
    const store = openSqliteStore(path);
    const { ref } = issue('1');
    await store.setPeople([{ id: 'ada', ids: { 'a:b': 'c' } }]);
    await store.putEvents('b', [
      { eventId: 'e', eventType: 'updated', issueRef: ref, timestamp: '', payload: null },
    ]);
    const policy = { mode: 'external_authoritative' as const };
    const place = { system: 'a', workspace: 'b', scope: 'c' };
    await store.backend.commit({
      binding: { id: 'b', ...place, policy, checkpoint: {}, filters: '', enrolled: 0 },
    });
    await store[Symbol.asyncDispose]();
    await read(path);
    database(path, (db) => db.prepare(`UPDATE ${table} SET text = ?`).run(other));
    expectHarmless(await failure(() => read(path)), 'store_io');
  });
});

test('what looks hostile and is data is kept to the letter', async () => {
  const path = join(temporaryFolder(), "a b'c;--.db");
  mkdirSync(join(path, '..'), { recursive: true });
  const hostile = issue("1'); DROP TABLE records; --\0\ud800", {
    title: 'a\0b \ud800 \u202e',
    body: '\udfff'.repeat(1_000_000),
    labels: ["x' OR 1=1", '%_', '\0'],
    customFields: JSON.parse('{"__proto__":{"polluted":1},"constructor":null,"":0}'),
  });
  await closedStore(path, [hostile]);
  const store = openSqliteStore(path);
  const kept = await store.getIssue(hostile.ref);
  expect(JSON.stringify(kept)).toBe(JSON.stringify({ ...hostile, localRevision: 1 }));
  expect(await store.listIssues({ text: "OR 1=1' --" })).toEqual([]);
  expect(await store.listIssues({ labels: ["x' OR 1=1", '\0'] })).toHaveLength(1);
  expect(Reflect.get({}, 'polluted')).toBeUndefined();
  await store[Symbol.asyncDispose]();
});
