import type { PostgresPool } from '@spec-kitty/tracker-store-postgres';
import pg from 'pg';

/** The server to measure on; undefined where there is none. */
export const POSTGRES_URL: string | undefined = process.env['TRACKER_POSTGRES'] || undefined;

/** A pool that counts what is sent over it. */
export interface CountingPool extends PostgresPool, AsyncDisposable {
  statements: number;
}

export function countingPool(): CountingPool {
  const pool = new pg.Pool({ connectionString: POSTGRES_URL, max: 16 });
  const counting: CountingPool = {
    statements: 0,
    async connect() {
      const client = await pool.connect();
      return {
        query(text, values) {
          counting.statements += 1;
          return client.query(text, values);
        },
        release: (destroy) => client.release(destroy),
        on: (event, listener) => client.on(event, listener),
        off: (event, listener) => client.off(event, listener),
      };
    },
    [Symbol.asyncDispose]: () => pool.end(),
  };
  return counting;
}

/** Statements over one connection. */
export type Send = (text: string, values?: unknown[]) => Promise<unknown[]>;

/** `work` over a connection of its own, and a schema for each name that is dropped after it. */
export async function withSchemas(
  pool: PostgresPool,
  names: readonly string[],
  work: (send: Send, schemas: readonly string[]) => Promise<void>,
): Promise<void> {
  const client = await pool.connect();
  const send: Send = async (text, values) => (await client.query(text, values)).rows;
  const schemas = names.map((name) => `bench_${process.pid}_${name}`);
  try {
    await work(send, schemas);
  } finally {
    await send('SET client_min_messages = warning');
    for (const schema of schemas) await send(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`);
    client.release();
  }
}
