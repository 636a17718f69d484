import { inspect } from 'node:util';
import { isTrackerError } from '@spec-kitty/tracker-core';
import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { openPostgresDatabase, openPostgresStore } from '../src/index.ts';
import { describeRealServer, failure, newSchema, SERVER_URL } from './support.ts';

const SECRET = 'hunter2 planted/secret';
const WRITTEN = [SECRET, encodeURIComponent(SECRET)];

function expectHarmless(shown: unknown): void {
  const told = [String(shown), JSON.stringify(shown), inspect(shown, { depth: 20, showHidden: true })];
  if (shown instanceof Error) told.push(shown.stack ?? '');
  for (const secret of WRITTEN) expect(told.filter((text) => text.includes(secret))).toEqual([]);
}

function expectError(error: unknown, code: string, fieldPath?: string): void {
  if (!isTrackerError(error)) throw new Error('it failed without a code', { cause: error });
  expect([error.code, error.fieldPath]).toEqual([code, fieldPath]);
  expectHarmless(error);
}

const password = encodeURIComponent(SECRET);

test.for([
  '',
  ' ',
  `host=localhost password=${password}`,
  `postgres//user:${password}@localhost`,
  `postgres://user:${password}@local host/x`,
  `postgres://user:${password}@localhost:port/x`,
  `mysql://user:${password}@localhost/x`,
  `https://user:${password}@localhost/x`,
])('a connection string that is none is refused without being told', (connectionString) => {
  let error: unknown;
  try {
    openPostgresStore({ connectionString });
  } catch (thrown) {
    error = thrown;
  }
  expectError(error, 'connector_config', 'connectionString');
});

test.for<[string, object]>([
  ['schema', { schema: 'with space' }],
  ['schema', { schema: 'Upper' }],
  ['schema', { schema: 'a"; DROP SCHEMA public; --' }],
  ['schema', { schema: '' }],
  ['schema', { schema: '1st' }],
  ['schema', { schema: 'pg_catalog' }],
  ['schema', { schema: 'x'.repeat(64) }],
  ['tenant', { tenant: '' }],
  ['tenant', { tenant: ' ' }],
  ['tenant', { tenant: 'x'.repeat(201) }],
])('a bad %s is refused by name (%j)', ([fieldPath, options]) => {
  const open = (): unknown =>
    openPostgresStore({ connectionString: `postgres://user:${password}@localhost/x`, ...options });
  expect(open).toThrow(expect.objectContaining({ code: 'connector_config', fieldPath }));
});

test('a server that is not there', async () => {
  // Nothing listens on the port of discarding.
  const connectionString = `postgres://user:${password}@127.0.0.1:9/x?application_name=${password}`;
  const waits: number[] = [];
  const store = openPostgresStore({ connectionString, sleep: async (ms) => void waits.push(ms) });
  onTestFinished(() => store[Symbol.asyncDispose]());
  const error = await failure(() => store.getPeople());
  expectError(error, 'store_io');
  expect(error).toMatchObject({ retryable: true });
  expect(String(error)).toContain('ECONNREFUSED');
  expect(waits.length).toBeGreaterThan(0);
  expectHarmless(store);
});

describeRealServer((server) => {
  const changed: [string, (url: URL) => void, string][] = [
    ['a wrong password', (url) => Object.assign(url, { password: SECRET }), '28P01'],
    [
      'an unknown user',
      (url) => Object.assign(url, { username: 'nobody_at_all', password: SECRET }),
      '28P01',
    ],
    ['no such database', (url) => Object.assign(url, { pathname: '/there_is_none' }), '3D000'],
  ];
  test.for(changed)('%s', async ([, change, sqlState]) => {
    const url = new URL(SERVER_URL ?? '');
    change(url);
    const store = openPostgresStore({ connectionString: url.href, sleep: async () => {} });
    onTestFinished(() => store[Symbol.asyncDispose]());
    const error = await failure(() => store.getPeople());
    expectError(error, 'connector_config', 'connectionString');
    expect(String(error)).toContain(sqlState);
    expect(inspect(error, { depth: 20 })).not.toContain(new URL(SERVER_URL ?? '').password);
  });

  test.for<[string, (url: URL) => void]>([
    ['no password', (url) => Object.assign(url, { password: '' })],
    ['encryption that the server does not have', (url) => url.searchParams.set('sslmode', 'verify-full')],
  ])('%s', async ([, change]) => {
    const url = new URL(SERVER_URL ?? '');
    change(url);
    const store = openPostgresStore({ connectionString: url.href, sleep: async () => {} });
    onTestFinished(() => store[Symbol.asyncDispose]());
    expectError(await failure(() => store.getPeople()), 'connector_config', 'connectionString');
  });

  test('what the server repeats of a password', async () => {
    const url = new URL(SERVER_URL ?? '');
    url.searchParams.set('options', `-c work_mem=${url.password}`);
    const store = openPostgresStore({ connectionString: url.href });
    onTestFinished(() => store[Symbol.asyncDispose]());
    const error = await failure(() => store.getPeople());
    expect(inspect(error, { depth: 20 })).toContain('[redacted]');
    expect(inspect(error, { depth: 20 })).not.toContain(url.password);
  });

  test('a database of another encoding', async () => {
    const name = `${newSchema(server)}_latin`;
    const admin = new pg.Client({ connectionString: SERVER_URL ?? '' });
    await admin.connect();
    await admin.query(`CREATE DATABASE ${name} ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0`);
    onTestFinished(async () => {
      await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
      await admin.end();
    });
    const url = new URL(SERVER_URL ?? '');
    url.pathname = `/${name}`;
    const store = openPostgresStore({ connectionString: url.href });
    onTestFinished(() => store[Symbol.asyncDispose]());
    const error = await failure(() => store.getPeople());
    expectError(error, 'connector_config', 'connectionString');
    expect(String(error)).toContain('LATIN1');
  });

  test('a user that may not make the schema, and one that may use it', async () => {
    const schema = newSchema(server);
    const role = `${schema}_user`;
    const admin = new pg.Client({ connectionString: SERVER_URL ?? '' });
    await admin.connect();
    await admin.query(`CREATE ROLE ${role} LOGIN PASSWORD 'planted'`);
    onTestFinished(async () => {
      await admin.query(`DROP OWNED BY ${role}`);
      await admin.query(`DROP ROLE ${role}`);
      await admin.end();
    });
    const url = new URL(SERVER_URL ?? '');
    Object.assign(url, { username: role, password: 'planted' });
    const database = openPostgresDatabase({ connectionString: url.href, schema });
    onTestFinished(() => database[Symbol.asyncDispose]());
    const error = await failure(() => database.ready());
    expect(error).toMatchObject({ code: 'connector_config' });
    expect(String(error)).toMatch(/lacks a privilege.*42501/);
    await admin.query(`CREATE SCHEMA ${schema}`);
    await admin.query(`GRANT CREATE, USAGE ON SCHEMA ${schema} TO ${role}`);
    await database.ready();
    expect(await database.store().getPeople()).toEqual([]);
  });
});
