import pg from 'pg';
import type { PostgresPool } from './client.ts';

/** How a pool of this package is made. */
export interface PoolSettings {
  /** Connections at most, of all tenants together. Default 10. */
  max?: number;
  /** How long a call waits for a connection, in milliseconds. Default 10 seconds. */
  connectionTimeoutMs?: number;
  /** A connection that was not used for so long is closed, in milliseconds. Default 10 seconds. */
  idleTimeoutMs?: number;
  /** How long a statement may take, in milliseconds: then its connection counts as lost. Default 60 seconds. */
  statementTimeoutMs?: number;
}

export interface OwnPool {
  pool: PostgresPool;
  close(): Promise<void>;
}

/** Opens no connection yet. */
export function ownPool(connectionString: string, settings: PoolSettings = {}): OwnPool {
  const {
    max = 10,
    connectionTimeoutMs = 10_000,
    idleTimeoutMs = 10_000,
    statementTimeoutMs = 60_000,
  } = settings;
  const pool = new pg.Pool({
    connectionString,
    max,
    connectionTimeoutMillis: connectionTimeoutMs,
    idleTimeoutMillis: idleTimeoutMs,
    query_timeout: statementTimeoutMs,
    application_name: 'spec-kitty-tracker',
    // A server that vanished without a word would be waited for.
    keepAlive: true,
    allowExitOnIdle: true,
  });
  // An idle connection that ends is taken out by the pool; unheard, this event would end the process.
  pool.on('error', () => {});
  return { pool, close: () => pool.end() };
}
