import { describe, expect, test } from 'vitest';
import { openPostgresDatabase } from '../src/index.ts';
import { MIGRATIONS, migrate } from '../src/migrations.ts';
import { failure, newSchema, openStore, run, type Server, servers, write } from './support.ts';

const STEPS = [
  ['CREATE TABLE @a (x integer)'],
  ['ALTER TABLE @a ADD COLUMN y text', 'UPDATE @a SET y = x'],
  ['CREATE TABLE @b (z text)'],
];

async function migrated(
  server: Server,
  schema: string,
  steps: readonly (readonly string[])[],
): Promise<void> {
  const client = await server.pool.connect();
  try {
    await migrate(client, schema, steps);
  } finally {
    client.release();
  }
}

async function stateOf(server: Server, schema: string): Promise<unknown> {
  const [version] = await run(server.pool, `SELECT version FROM "${schema}".tracker_schema`);
  const tables = await run<{ name: string }>(
    server.pool,
    'SELECT tablename AS name FROM pg_tables WHERE schemaname = $1 ORDER BY 1',
    [schema],
  );
  return { ...(version as object), tables: tables.map(({ name }) => name) };
}

describe.for(servers())('$name', { timeout: 60_000 }, (server) => {
  test('a new schema gets every step, an older one those that it lacks', async () => {
    const schema = newSchema(server);
    await migrated(server, schema, STEPS.slice(0, 1));
    await run(server.pool, `INSERT INTO "${schema}".a VALUES (7)`);
    await migrated(server, schema, STEPS);
    await migrated(server, schema, STEPS);
    expect(await stateOf(server, schema)).toEqual({ version: 3, tables: ['a', 'b', 'tracker_schema'] });
    expect(await run(server.pool, `SELECT x, y FROM "${schema}".a`)).toEqual([{ x: 7, y: '7' }]);
  });

  test('a step that fails leaves the schema as it was', async () => {
    const schema = newSchema(server);
    await migrated(server, schema, STEPS.slice(0, 1));
    const broken = [...STEPS.slice(0, 1), ['CREATE TABLE @c (x integer)', 'CREATE TABLE @a (x integer)']];
    expect(await failure(() => migrated(server, schema, broken))).toMatchObject({ code: '42P07' });
    expect(await stateOf(server, schema)).toEqual({ version: 1, tables: ['a', 'tracker_schema'] });
    await migrated(server, schema, STEPS);
    expect(await stateOf(server, schema)).toMatchObject({ version: 3 });
  });

  test('a schema of a later version is refused untouched', async () => {
    const { store, schema } = openStore(server);
    await store.getPeople();
    await run(server.pool, `UPDATE "${schema}".tracker_schema SET version = version + 1`);
    const before = await stateOf(server, schema);
    const { backend } = openPostgresDatabase({ pool: server.pool, schema }).store();
    const error = await failure(() => backend.commit({ records: [write('1')] }));
    expect(error).toMatchObject({ code: 'connector_config', fieldPath: 'schema' });
    expect(String(error)).toMatch(
      new RegExp(`${schema} is of version ${MIGRATIONS.length + 1}.*up to ${MIGRATIONS.length}.*Upgrade`),
    );
    expect(await stateOf(server, schema)).toEqual(before);
    expect(await run(server.pool, `SELECT 1 FROM "${schema}".records`)).toEqual([]);
    // Once it is mended, the same store opens.
    await run(server.pool, `UPDATE "${schema}".tracker_schema SET version = version - 1`);
    expect(await backend.commit({ records: [write('1')] })).toEqual({ ok: true });
  });

  test('a schema that holds another program’s tables is refused untouched', async () => {
    const schema = newSchema(server);
    await run(server.pool, `CREATE SCHEMA "${schema}"`);
    await run(server.pool, `CREATE TABLE "${schema}".records (mine text)`);
    const error = await failure(() => openPostgresDatabase({ pool: server.pool, schema }).ready());
    expect(error).toMatchObject({ code: 'connector_config', fieldPath: 'schema' });
    expect(String(error)).toMatch(/tables of another program/);
    const tables = await run(server.pool, 'SELECT tablename FROM pg_tables WHERE schemaname = $1', [schema]);
    expect(tables).toEqual([{ tablename: 'records' }]);
  });

  test('a table that was dropped is told of', async () => {
    const { store, schema } = openStore(server);
    await store.getPeople();
    await run(server.pool, `DROP TABLE "${schema}".people`);
    const error = await failure(() => store.getPeople());
    expect(error).toMatchObject({ code: 'connector_config', fieldPath: 'schema' });
  });
});
