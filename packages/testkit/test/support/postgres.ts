import { PGlite } from '@electric-sql/pglite';
import { type PostgresPool, singleClientPool } from '@spec-kitty/tracker-store-postgres';
import pg from 'pg';

/** A PostgreSQL to test with. Each schema has a name of its own, so that runs do not meet. */
export interface PostgresServer {
  name: string;
  pool: PostgresPool;
  /** Another pool, as another process has it; the same one where there can be but one. */
  secondPool: PostgresPool;
  newSchema(): string;
  dropSchema(schema: string): Promise<void>;
  close(): Promise<void>;
}

const URL_OF_SERVER = process.env['TRACKER_POSTGRES'] || undefined;

function serverOver(
  name: string,
  [pool, secondPool]: [PostgresPool, PostgresPool],
  close: () => Promise<void>,
): PostgresServer {
  let schemas = 0;
  return {
    name,
    pool,
    secondPool,
    newSchema: () => `testkit_${process.pid}_${Date.now().toString(36)}_${++schemas}`,
    async dropSchema(schema) {
      const client = await pool.connect();
      await client.query('SET client_min_messages = warning');
      await client.query(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`);
      client.release();
    },
    close,
  };
}

/** In this process, and always to be had. */
export function pgliteServer(): PostgresServer {
  const client = new PGlite();
  const pool = singleClientPool(client);
  return serverOver('PGlite', [pool, pool], () => client.close());
}

/** The one that `TRACKER_POSTGRES` names. Where it names none, nothing is connected, and the tests are to be skipped. */
export function realServer(): PostgresServer & { isThere: boolean } {
  const isThere = URL_OF_SERVER !== undefined;
  if (!isThere) {
    process.stdout.write(
      'skipped: PostgreSQL, since TRACKER_POSTGRES names no server (see .ci/start-postgres)\n',
    );
  }
  const connectionString = URL_OF_SERVER ?? 'postgres://127.0.0.1';
  const [pool, secondPool] = [newPool(connectionString), newPool(connectionString)];
  const close = async (): Promise<void> => {
    await pool.end();
    await secondPool.end();
  };
  return { isThere, ...serverOver('PostgreSQL', [pool, secondPool], close) };
}

function newPool(connectionString: string): pg.Pool {
  return new pg.Pool({ connectionString, max: 4 });
}
