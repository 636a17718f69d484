import { PGlite } from '@electric-sql/pglite';
import {
  type BindingRow,
  type CanonicalIssue,
  type Clock,
  canonicalIssue,
  fieldsOf,
  OwnershipPolicy,
  type RecordWrite,
  recordWrite,
  refIdentity,
  type StoreBackend,
  type StoredConflict,
  type StoredRecord,
  type SyncStore,
  targetKey,
} from '@spec-kitty/tracker-core';
import pg from 'pg';
import { afterAll, describe, onTestFinished } from 'vitest';
import {
  openPostgresDatabase,
  type PostgresDatabase,
  type PostgresPool,
  singleClientPool,
} from '../src/index.ts';

export const START = '2026-01-01T00:00:00.000Z';
export const TARGET: string = targetKey({ system: 'memory', workspace: 'w', scope: 'w' });

/** A clock that stands still until it is moved. */
export class TestClock implements Clock {
  #now = Date.parse(START);

  now(): string {
    return new Date(this.#now).toISOString();
  }

  advance(ms: number): void {
    this.#now += ms;
  }
}

/** A PostgreSQL to test with. */
export interface Server {
  name: string;
  pool: PostgresPool;
  /** Connections of its own, as another machine has them; the same one where there can be but one. */
  secondPool: PostgresPool;
}

/** The connection string of a real server; undefined, with a word about it, where there is none to test with. */
export const SERVER_URL: string | undefined = process.env['TRACKER_POSTGRES'] || undefined;
if (SERVER_URL === undefined) {
  process.stdout.write(
    'skipped: what needs a server, since TRACKER_POSTGRES names none (see .ci/start-postgres)\n',
  );
}

function pgliteServer(): Server {
  const client = new PGlite();
  const pool = singleClientPool(client);
  afterAll(() => client.close());
  return { name: 'PGlite', pool, secondPool: pool };
}

function realServer(connectionString: string): Server {
  const newPool = (): pg.Pool => {
    const pool = new pg.Pool({ connectionString, max: 5 });
    afterAll(() => pool.end());
    return pool;
  };
  return { name: 'PostgreSQL', pool: newPool(), secondPool: newPool() };
}

/** For `describe.for`: PGlite always, a real server where there is one. */
export function servers(): Server[] {
  return SERVER_URL === undefined ? [pgliteServer()] : [pgliteServer(), realServer(SERVER_URL)];
}

/** Tests of what PGlite, which has one connection, cannot show: skipped where there is no real server. */
export function describeRealServer(tests: (server: Server) => void): void {
  const connectionString = SERVER_URL ?? 'postgres://127.0.0.1';
  describe.skipIf(SERVER_URL === undefined)('PostgreSQL', { timeout: 60_000 }, () =>
    tests(realServer(connectionString)),
  );
}

let schemas = 0;

/** A name that no other test and no other run has. */
export function schemaName(): string {
  return `test_${process.pid}_${Date.now().toString(36)}_${++schemas}`;
}

export async function dropSchema({ pool }: Pick<Server, 'pool'>, schema: string): Promise<void> {
  await run(pool, `DROP SCHEMA IF EXISTS "${schema}" CASCADE`);
}

/** A schema that is dropped when the test has ended. */
export function newSchema(server: Pick<Server, 'pool'>): string {
  const schema = schemaName();
  onTestFinished(() => dropSchema(server, schema));
  return schema;
}

/** One statement over a connection of a pool; `@` before a name stands for the schema. */
export async function run<Row>(pool: PostgresPool, sql: string, values: unknown[] = []): Promise<Row[]> {
  const client = await pool.connect();
  try {
    const { rows } = await client.query(sql, values);
    return rows as Row[];
  } finally {
    client.release();
  }
}

export interface Opened {
  store: SyncStore;
  backend: StoreBackend;
  database: PostgresDatabase;
  clock: TestClock;
  schema: string;
}

/** A store of a new schema, or of one that is there, with a clock that stands still. */
export function openStore(server: Server, options: { schema?: string; tenant?: string } = {}): Opened {
  const { schema = newSchema(server), tenant } = options;
  const clock = new TestClock();
  const database = openPostgresDatabase({ pool: server.pool, schema, clock });
  const store = database.store(tenant);
  return { store, backend: store.backend, database, clock, schema };
}

export function issue(id: string, fields: Partial<CanonicalIssue> = {}): CanonicalIssue {
  const ref = { system: 'memory', workspace: 'w', id };
  return canonicalIssue({ ref, title: `Issue ${id}`, createdAt: START, updatedAt: START, ...fields });
}

export type RecordContent = Omit<StoredRecord, 'id' | 'stamp'>;

/** A record that its tracker agrees with. */
export function content(of: CanonicalIssue, changes: Partial<RecordContent> = {}): RecordContent {
  const pair = { local: fieldsOf(of), remote: fieldsOf(of) };
  const agreements = [{ ref: of.ref, target: TARGET, pair, seen: `seen ${of.ref.id}` }];
  return { revision: 1, issue: of, agreements, aliases: {}, fieldTimes: {}, ...changes };
}

export function write(id: string, fields: Partial<CanonicalIssue> = {}): RecordWrite {
  return recordWrite(content(issue(id, fields)));
}

/** A record with a change that its tracker has not got. */
export function pendingWrite(id: string): RecordWrite {
  const { agreements, ...rest } = content(issue(id));
  return recordWrite({ ...rest, agreements: agreements.map(({ pair: _pair, ...agreement }) => agreement) });
}

export function identity(id: string): string {
  return refIdentity({ system: 'memory', workspace: 'w', id });
}

export function binding(id: string, changes: Partial<BindingRow> = {}): BindingRow {
  const policy = OwnershipPolicy.split({ fieldOwners: {} }).toJSON();
  const place = { system: 'memory', workspace: 'w', scope: 'w' };
  return { id, ...place, policy, checkpoint: {}, filters: '', enrolled: 0, ...changes };
}

export function conflict(id: string, changes: Partial<StoredConflict> = {}): StoredConflict {
  return {
    id,
    issueRef: issue('1').ref,
    field: 'title',
    localValue: 'a',
    externalValue: 'b',
    strategy: 'manual_review',
    status: 'open',
    detectedAt: START,
    recordId: 1,
    bindingId: 'b1',
    target: TARGET,
    ...changes,
  };
}

/** The error that a call throws or rejects with. */
export async function failure(call: () => unknown): Promise<unknown> {
  try {
    await call();
  } catch (error) {
    return error;
  }
  throw new Error('expected an error');
}
