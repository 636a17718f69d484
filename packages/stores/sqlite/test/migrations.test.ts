import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { openConnection } from '../src/connection.ts';
import { APPLICATION_ID, MIGRATIONS, migrate } from '../src/migrations.ts';
import { failure, temporaryPath } from './support.ts';

const STEPS = [
  'CREATE TABLE a (x INTEGER) STRICT',
  'ALTER TABLE a ADD COLUMN y TEXT',
  'CREATE TABLE b (z TEXT) STRICT',
];

function open(path: string): Database.Database {
  return new Database(path);
}

function stateOf(db: Database.Database): unknown {
  return {
    application: db.pragma('application_id', { simple: true }),
    version: db.pragma('user_version', { simple: true }),
    tables: db.prepare('SELECT name FROM sqlite_schema ORDER BY name').pluck().all(),
  };
}

test('a new file gets every step, and is marked as ours', () => {
  const db = open(temporaryPath());
  migrate(db, 'p', STEPS);
  expect(stateOf(db)).toEqual({ application: APPLICATION_ID, version: 3, tables: ['a', 'b'] });
  db.close();
});

test('an older file gets the steps that it lacks and keeps what it holds', () => {
  const db = open(temporaryPath());
  migrate(db, 'p', STEPS.slice(0, 1));
  db.exec('INSERT INTO a VALUES (7)');
  migrate(db, 'p', STEPS);
  migrate(db, 'p', STEPS);
  expect(stateOf(db)).toMatchObject({ version: 3 });
  expect(db.prepare('SELECT x, y FROM a').all()).toEqual([{ x: 7, y: null }]);
  db.close();
});

test('a step that fails leaves the version before it, whole', async () => {
  const db = open(temporaryPath());
  const broken = [...STEPS.slice(0, 1), 'CREATE TABLE c (x INTEGER); CREATE TABLE a (x INTEGER)'];
  await failure(() => migrate(db, 'p', broken));
  expect(stateOf(db)).toEqual({ application: APPLICATION_ID, version: 1, tables: ['a'] });
  migrate(db, 'p', STEPS);
  expect(stateOf(db)).toMatchObject({ version: 3 });
  db.close();
});

test('steps that another connection took meanwhile are not taken again', () => {
  const path = temporaryPath();
  const first = open(path);
  const second = open(path);
  migrate(first, path, STEPS.slice(0, 2));
  migrate(second, path, STEPS);
  migrate(first, path, STEPS);
  expect(stateOf(first)).toMatchObject({ version: 3 });
  first.close();
  second.close();
});

test('a file of a later version is refused untouched', async () => {
  const db = open(temporaryPath());
  migrate(db, 'p', STEPS);
  const before = stateOf(db);
  const error = await failure(() => migrate(db, 'the-path', STEPS.slice(0, 2)));
  expect(error).toMatchObject({ code: 'connector_config' });
  expect(String(error)).toMatch(/the-path.*version 3.*up to 2.*Upgrade/);
  expect(stateOf(db)).toEqual(before);
  db.close();
});

test('the store is at the latest version, on large pages', () => {
  const connection = openConnection(temporaryPath());
  expect(stateOf(connection.db)).toMatchObject({ application: APPLICATION_ID, version: MIGRATIONS.length });
  expect(connection.db.pragma('page_size', { simple: true })).toBe(8192);
  connection.close();
});
