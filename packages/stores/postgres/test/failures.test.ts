import pg from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  openPostgresDatabase,
  openPostgresStore,
  type PooledClient,
  type PostgresPool,
  StoreError,
} from '../src/index.ts';
import { type Cut, CuttingProxy } from './cutting-proxy.ts';
import {
  binding,
  describeRealServer,
  failure,
  identity,
  newSchema,
  openStore,
  pendingWrite,
  run,
  SERVER_URL,
  type Server,
  servers,
  TARGET,
  write,
} from './support.ts';
import { watchedPool } from './watched-pool.ts';

const noSleep = async (): Promise<void> => {};

/** What a commit of two new records and their binding leaves. */
const COMMIT = { records: [write('1'), pendingWrite('2')], binding: binding('b1') };
const WRITTEN = { changed: { ids: [1, 2], sequence: 2 }, bindings: 1, pending: [2], commits: 1 };
const NOTHING = { changed: { ids: [], sequence: 0 }, bindings: 0, pending: [], commits: 0 };

async function found(server: Server, schema: string): Promise<typeof WRITTEN> {
  const { backend } = openPostgresDatabase({ pool: server.secondPool, schema }).store();
  const counted = await run(server.secondPool, `SELECT 1 FROM "${schema}".commits`);
  return {
    changed: await backend.changed(0, 10),
    bindings: (await backend.bindings()).length,
    pending: await backend.pending([TARGET], { after: 0, limit: 10 }),
    commits: counted.length,
  };
}

/** The server ends a connection, as it does when it shuts down. What it said of that has been read after this. */
async function terminate(server: Server, client: PooledClient): Promise<void> {
  const { rows } = await client.query('SELECT pg_backend_pid() AS pid');
  const [{ pid } = { pid: 0 }] = rows as { pid: number }[];
  await run(server.secondPool, 'SELECT pg_terminate_backend($1, 10000)', [pid]);
  await letSocketsBeRead(server);
}

/** What the server sent before is in this machine's buffers: they are emptied before a later answer comes. */
async function letSocketsBeRead({ secondPool }: Server): Promise<void> {
  for (let i = 0; i < 3; i++) await run(secondPool, 'SELECT 1');
}

async function proxied(
  schema: string,
  cuts: Cut[],
): Promise<{ proxy: CuttingProxy; open: typeof openPostgresStore }> {
  const proxy = await CuttingProxy.listen(SERVER_URL ?? '');
  onTestFinished(() => proxy.close());
  return {
    proxy,
    open(options) {
      proxy.cuts.push(...cuts);
      const store = openPostgresStore({
        ...options,
        sleep: noSleep,
        connectionString: proxy.connectionString,
        schema,
      });
      onTestFinished(() => store[Symbol.asyncDispose]());
      return store;
    },
  };
}

describeRealServer((server) => {
  const cuts: [string, Cut[]][] = [
    ['the answer of a COMMIT is lost', ['after_commit']],
    ['a COMMIT does not arrive', ['before_commit']],
    ['both happen, again and again', ['before_commit', 'after_commit', 'before_commit', 'after_commit']],
  ];
  test.for(cuts)('%s: the commit is written once', async ([, kinds]) => {
    const schema = newSchema(server);
    await openPostgresDatabase({ pool: server.pool, schema }).ready();
    const { proxy, open } = await proxied(schema, kinds);
    const { backend } = open({ connectionString: '' });
    expect(await backend.commit(COMMIT)).toEqual({ ok: true });
    expect(proxy.cuts.length).toBe(
      kinds.lastIndexOf('after_commit') >= 0 ? kinds.length - 1 - kinds.indexOf('after_commit') : 0,
    );
    expect(await found(server, schema)).toEqual(WRITTEN);
    proxy.cuts.length = 0;
    const again = await backend.commit(COMMIT);
    expect(again).toEqual({ ok: false, movedRecords: [], takenIdentities: ['1', '2'].map(identity) });
  });

  test('others may commit before a lost answer is asked after', async () => {
    const schema = newSchema(server);
    const other = openPostgresDatabase({ pool: server.pool, schema }).store().backend;
    await other.bindings();
    const proxy = await CuttingProxy.listen(SERVER_URL ?? '');
    onTestFinished(() => proxy.close());
    proxy.cuts.push('before_commit', 'after_commit');
    let id = 0;
    const { connectionString } = proxy;
    const store = openPostgresStore({
      connectionString,
      schema,
      sleep: async () => void (await other.commit({ records: [write(`other${++id}`)] })),
    });
    onTestFinished(() => store[Symbol.asyncDispose]());
    await store.backend.commit({ records: [write('mine')] });
    const page = await other.query({}, { after: 0, limit: 10 });
    const ids = page.map(({ issue }) => issue.ref.id);
    expect(ids.filter((name) => name === 'mine')).toHaveLength(1);
    expect(ids).toHaveLength(1 + id);
  });

  test.for<[Cut, typeof WRITTEN]>([
    ['after_commit', WRITTEN],
    ['before_commit', NOTHING],
  ])('a server that is gone after a cut (%s) leaves it open what became of a commit', async ([cut, left]) => {
    const schema = newSchema(server);
    await openPostgresDatabase({ pool: server.pool, schema }).ready();
    const { proxy, open } = await proxied(schema, [cut]);
    proxy.refusesAfterCut = true;
    const { backend } = open({ connectionString: '' });
    const error = await failure(() => backend.commit(COMMIT));
    expect(error).toBeInstanceOf(StoreError);
    expect(error).toMatchObject({ code: 'store_io', outcomeUnknown: true, retryable: false });
    expect(await found(server, schema)).toEqual(left);
    // What is only read says that it may be read again.
    const reading = await failure(() => backend.bindings());
    expect(reading).toMatchObject({ code: 'store_io', outcomeUnknown: false, retryable: true });
  });

  const STEPS = [
    'BEGIN',
    'WITH locked',
    "SELECT 'record'",
    'INSERT INTO @records',
    'INSERT INTO @refs',
    'WITH counted',
    'COMMIT',
  ];
  test.for(STEPS)('a connection that the server ends before %s is replaced', async (step) => {
    const schema = newSchema(server);
    await openPostgresDatabase({ pool: server.pool, schema }).ready();
    let ended = 0;
    const start = step.replace('@', `"${schema}".`);
    const pool = watchedPool(server.pool, async (text, client) => {
      if (!text.startsWith(start) || ended > 0) return;
      ended++;
      await terminate(server, client);
    });
    const { backend } = openPostgresDatabase({ pool, schema, sleep: noSleep }).store();
    expect(await backend.commit(COMMIT)).toEqual({ ok: true });
    expect(ended).toBe(1);
    expect(await found(server, schema)).toEqual(WRITTEN);
  });

  test('an idle connection that ends is nobody’s failure', async () => {
    const schema = newSchema(server);
    const store = openPostgresStore({ connectionString: SERVER_URL ?? '', schema, pool: { max: 1 } });
    onTestFinished(() => store[Symbol.asyncDispose]());
    await store.backend.bindings();
    const ended = await run(
      server.pool,
      `SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
        WHERE application_name = 'spec-kitty-tracker' AND query LIKE '%' || $1 || '%'`,
      [schema],
    );
    expect(ended).toHaveLength(1);
    await letSocketsBeRead(server);
    expect(await store.backend.commit(COMMIT)).toEqual({ ok: true });
    expect(await found(server, schema)).toEqual(WRITTEN);
  });

  test('writers whose connections the server ends again and again write everything once', async () => {
    const schema = newSchema(server);
    await openPostgresDatabase({ pool: server.pool, schema }).ready();
    const endSome = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE application_name = 'spec-kitty-tracker' AND query LIKE '%' || $1 || '%' AND pid % 2 = $2`;
    const writers = ['a', 'b', 'c'].map(async (name, writer) => {
      const store = openPostgresStore({ connectionString: SERVER_URL ?? '', schema, sleep: noSleep });
      onTestFinished(() => store[Symbol.asyncDispose]());
      for (let i = 0; i < 20; i++) {
        const committing = store.backend.commit({ records: [write(`${name}${i}`)] });
        // In the middle of what the others do, and of this commit.
        if (i % 4 === writer) await run(server.secondPool, endSome, [schema, i % 2]);
        expect(await committing).toEqual({ ok: true });
      }
    });
    await Promise.all(writers);
    const { backend } = openPostgresDatabase({ pool: server.pool, schema }).store();
    const found = await backend.query({}, { after: 0, limit: 1000 });
    expect(new Set(found.map(({ issue }) => issue.ref.id)).size).toBe(60);
    expect(found.map(({ id }) => id)).toEqual(Array.from({ length: 60 }, (_, i) => i + 1));
    expect(await run(server.pool, `SELECT 1 FROM "${schema}".commits`)).toHaveLength(60);
  });

  test('a pool whose connections are all taken fails in time, and works once one is free', async () => {
    const schema = newSchema(server);
    const pool = new pg.Pool({ connectionString: SERVER_URL ?? '', max: 1, connectionTimeoutMillis: 1000 });
    onTestFinished(() => pool.end());
    const { backend } = openPostgresDatabase({ pool, schema, sleep: noSleep }).store();
    await backend.bindings();
    pool.options.connectionTimeoutMillis = 1;
    const taken = await pool.connect();
    const error = await failure(() => backend.commit(COMMIT));
    expect(error).toMatchObject({ code: 'store_io', retryable: true, outcomeUnknown: false });
    expect(String(error)).toMatch(/pool.*nothing of this call was written/);
    taken.release();
    expect(await backend.commit(COMMIT)).toEqual({ ok: true });
  });

  test('a read-only server is not written to', async () => {
    const schema = newSchema(server);
    await openPostgresDatabase({ pool: server.pool, schema }).ready();
    let tries = 0;
    const pool = watchedPool(server.pool, async (text, client) => {
      if (!text.startsWith('WITH locked')) return;
      // As a server that was the first one before a failover: only the second connection is to the new one.
      if (++tries === 1) await client.query('SET TRANSACTION READ ONLY');
    });
    const { backend } = openPostgresDatabase({ pool, schema, sleep: noSleep }).store();
    expect(await backend.commit(COMMIT)).toEqual({ ok: true });
    expect(tries).toBeGreaterThan(1);
    expect(await found(server, schema)).toEqual(WRITTEN);
  });
});

function databaseError(code: string): Error {
  return Object.assign(new Error(`failed with ${code}`), { code });
}

describe.for(servers())('$name', { timeout: 60_000 }, (server) => {
  test.for(['40001', '40P01'])('a commit that lost against another one (%s) is tried again', async (code) => {
    const { database, schema } = openStore(server);
    await database.ready();
    for (const step of ['INSERT INTO', 'COMMIT']) {
      let thrown = 0;
      const pool = watchedPool(server.pool, (text) => {
        if (text.startsWith(step) && ++thrown <= 2) throw databaseError(code);
      });
      const waits: number[] = [];
      const sleep = async (ms: number): Promise<void> => void waits.push(ms);
      const { backend } = openPostgresDatabase({ pool, schema, sleep }).store(step);
      expect(await backend.commit(COMMIT)).toEqual({ ok: true });
      expect(waits).toEqual([100]);
      expect(await backend.changed(0, 10)).toEqual({ ids: [1, 2], sequence: 2 });
    }
  });

  test.for(['57P03', '53300', 'ECONNREFUSED'])(
    'a server that takes no connection (%s) is waited for',
    async (code) => {
      const { database, schema } = openStore(server);
      await database.ready();
      let tries = 0;
      const pool: PostgresPool = {
        async connect() {
          if (++tries <= 3) throw databaseError(code);
          return server.pool.connect();
        },
      };
      const waits: number[] = [];
      const sleep = async (ms: number): Promise<void> => void waits.push(ms);
      const { backend } = openPostgresDatabase({ pool, schema, sleep }).store();
      expect(await backend.commit(COMMIT)).toEqual({ ok: true });
      expect(waits).toEqual([100, 200]);
    },
  );

  test('an answer that is asked after too late leaves it open what became of a commit', async () => {
    const { database, schema } = openStore(server);
    await database.ready();
    const losses = ['COMMIT', 'BEGIN'];
    const pool = watchedPool(server.pool, async (text, client) => {
      if (losses[0] === undefined || !text.startsWith(losses[0])) return;
      if (losses.shift() === 'COMMIT') await client.query(text);
      throw databaseError('ECONNRESET');
    });
    const sleep = async (): Promise<void> => {
      // As if ten thousand others had committed in between.
      await run(server.pool, `UPDATE "${schema}".counters SET last_commit = last_commit + 10000`);
      await run(server.pool, `DELETE FROM "${schema}".commits`);
    };
    const { backend } = openPostgresDatabase({ pool, schema, sleep }).store();
    const error = await failure(() => backend.commit(COMMIT));
    expect(error).toMatchObject({ code: 'store_io', outcomeUnknown: true, retryable: false });
    expect(losses).toEqual([]);
  });

  test('it is not tried for ever', async () => {
    const { database, schema } = openStore(server);
    await database.ready();
    let tries = 0;
    const pool = watchedPool(server.pool, (text) => {
      if (text.startsWith('WITH locked') && ++tries) throw databaseError('40001');
    });
    const { backend } = openPostgresDatabase({ pool, schema, sleep: noSleep }).store();
    const error = await failure(() => backend.commit(COMMIT));
    expect(error).toMatchObject({
      code: 'store_io',
      retryable: true,
      sqlState: '40001',
      outcomeUnknown: false,
    });
    expect(tries).toBe(9);
    expect(await database.store().backend.changed(0, 10)).toMatchObject({ ids: [] });
  });

  test.for(['53100', '57014', '22P02', 'XX000'])('%s fails the commit whole', async (code) => {
    const { database, schema } = openStore(server);
    await database.ready();
    const pool = watchedPool(server.pool, (text) => {
      if (text.startsWith('WITH counted')) throw databaseError(code);
    });
    const { backend } = openPostgresDatabase({ pool, schema, sleep: noSleep }).store();
    const error = await failure(() => backend.commit(COMMIT));
    expect(error).toMatchObject({
      code: 'store_io',
      sqlState: code,
      retryable: ['53100', '57014'].includes(code),
    });
    const whole = database.store().backend;
    expect(await whole.changed(0, 10)).toMatchObject({ ids: [] });
    expect(await whole.bindings()).toEqual([]);
    expect(await whole.commit(COMMIT)).toEqual({ ok: true });
  });

  test('a refused commit writes nothing, and takes no numbers', async () => {
    const { backend } = openStore(server);
    await backend.commit(COMMIT);
    const refused = await backend.commit({
      records: [write('3'), write('1')],
      people: [{ id: 'p', ids: {} }],
    });
    expect(refused).toEqual({ ok: false, movedRecords: [], takenIdentities: [identity('1')] });
    expect(await backend.people()).toEqual([]);
    await backend.commit({ records: [write('3')] });
    expect(await backend.changed(2, 10)).toEqual({ ids: [3], sequence: 3 });
  });

  test.for(['bindings', 'people'])('a damaged row of %s is named', async (table) => {
    const { backend, schema } = openStore(server);
    await backend.commit(COMMIT);
    const column = table === 'bindings' ? 'id' : 'position';
    await run(
      server.pool,
      `INSERT INTO "${schema}".${table} (tenant, ${column}, text) VALUES ('default', 1, '[')`,
    );
    const error = await failure(() => (table === 'bindings' ? backend.bindings() : backend.people()));
    expect(error).toMatchObject({ code: 'store_io', retryable: false });
    expect(String(error)).toMatch(/is damaged/);
  });

  test('a pool that was closed says so', async () => {
    const pool: PostgresPool = {
      connect: () => Promise.reject(new Error('Cannot use a pool after calling end on the pool')),
    };
    const { backend } = openPostgresDatabase({ pool, sleep: noSleep }).store();
    const error = await failure(() => backend.bindings());
    expect(error).toMatchObject({ code: 'store_io', retryable: false });
    expect(String(error)).toMatch(/closed/);
  });

  test('a closed store says so', async () => {
    const schema = newSchema(server);
    const store = openPostgresStore({ pool: server.pool, schema });
    await store.backend.bindings();
    await store[Symbol.asyncDispose]();
    await store[Symbol.asyncDispose]();
    expect(await failure(() => store.backend.bindings())).toMatchObject({
      code: 'store_io',
      retryable: false,
    });
  });
});
