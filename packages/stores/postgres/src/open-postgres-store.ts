import {
  type Clock,
  type Ids,
  RecordStore,
  type Sleep,
  type SyncStore,
  systemSleep,
} from '@spec-kitty/tracker-core';
import type { PostgresPool } from './client.ts';
import { Connection } from './connection.ts';
import { parseConnectionString } from './connection-string.ts';
import { badOption, type Redact } from './errors.ts';
import { inspect, type PostgresStoreInspection } from './inspect-postgres-store.ts';
import { ownPool, type PoolSettings } from './own-pool.ts';
import { PostgresBackend } from './postgres-backend.ts';
import { ServerClock } from './server-clock.ts';
import { Tenant } from './tenant.ts';

/** By what the database is reached. A pool of the host's stays its own, and is not closed. */
export type PostgresAccess = { connectionString: string; pool?: PoolSettings } | { pool: PostgresPool };

/** Where the data is, and by whose time it goes. */
export type PostgresDatabaseOptions = PostgresAccess & {
  /** Made where it is not there. Lower-case letters, digits and underscores. Default `spec_kitty_tracker`. */
  schema?: string;
  /** Times of edits and leases. Default: the server's, so that several machines agree. */
  clock?: Clock;
  /** Ids of drafts and overrides. Default: random ones. */
  ids?: Ids;
  /** Waits between two tries to reach the server. */
  sleep?: Sleep;
};

/** Where the data is, and which tenant's it is. */
export type PostgresStoreOptions = PostgresDatabaseOptions & {
  /** Whose data it is; tenants see nothing of each other. Default `default`. */
  tenant?: string;
};

/** One schema with the data of many tenants, over one pool. */
export interface PostgresDatabase extends AsyncDisposable {
  /** The clock of its stores, for the engines over them. */
  readonly clock: Clock;
  /** Connects, and brings the schema to its latest version. Otherwise the first call of a store does. */
  ready(): Promise<void>;
  /** The store of a tenant, `default` where none is named. Disposing of it leaves the database open. */
  store(tenant?: string): SyncStore;
  /** Looks at a tenant's store without writing to the database; makes no schema. */
  inspect(tenant?: string): Promise<PostgresStoreInspection>;
}

const DEFAULT_SCHEMA = 'spec_kitty_tracker';
const DEFAULT_TENANT = 'default';
const MAX_TENANT_LENGTH = 200;

/** A database, and a store over it that may close it. */
class OpenDatabase implements PostgresDatabase {
  readonly clock: Clock;
  readonly #connection: Connection;
  readonly #schema: string;
  readonly #options: PostgresDatabaseOptions;

  constructor(options: PostgresDatabaseOptions) {
    const serverClock = new ServerClock();
    this.clock = options.clock ?? serverClock;
    this.#options = options;
    this.#schema = schemaName(options.schema);
    this.#connection = new Connection({
      ...access(options),
      schema: this.#schema,
      sleep: options.sleep ?? systemSleep,
      serverClock,
    });
  }

  ready(): Promise<void> {
    return this.#connection.read(`PostgreSQL schema ${this.#schema}`, async () => {});
  }

  store(tenant?: string): SyncStore {
    return this.storeOf(tenant);
  }

  /** `close` is what disposing of the store does. */
  storeOf(tenant: string | undefined, close?: () => Promise<void>): SyncStore {
    const { clock, ids } = this.#options;
    const backend = new PostgresBackend(this.#connection, new Tenant(this.#schema, tenantName(tenant)), {
      clock,
      ...(close ? { close } : {}),
    });
    return new RecordStore(backend, { clock: this.clock, ...(ids ? { ids } : {}) });
  }

  inspect(tenant?: string): Promise<PostgresStoreInspection> {
    const named = new Tenant(this.#schema, tenantName(tenant));
    return this.#connection.look(named.place, (client) => inspect(client, named));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#connection.close();
  }
}

/**
 * Opens a database of many tenants. Nothing is connected before the first call.
 * @throws ConnectorConfigError where an option is at fault. So does the first call of a store where the server refuses
 * the user, the database or the schema; and StoreError where the moment is at fault.
 */
export function openPostgresDatabase(options: PostgresDatabaseOptions): PostgresDatabase {
  return new OpenDatabase(options);
}

/** The store of one tenant. Disposing of it closes what was opened for it. Throws as {@link openPostgresDatabase} does. */
export function openPostgresStore(options: PostgresStoreOptions): SyncStore {
  const database = new OpenDatabase(options);
  return database.storeOf(options.tenant, () => database[Symbol.asyncDispose]());
}

function access(options: PostgresAccess): {
  pool: PostgresPool;
  redact: Redact;
  close?: () => Promise<void>;
} {
  if ('connectionString' in options) {
    const { connectionString, redact } = parseConnectionString(options.connectionString);
    return { redact, ...ownPool(connectionString, options.pool) };
  }
  const redact: Redact = (text) => text;
  if (typeof options.pool?.connect === 'function') return { redact, pool: options.pool };
  throw badOption('connectionString', 'is missing, and no pool is given');
}

/** @throws ConnectorConfigError */
function schemaName(schema: unknown = DEFAULT_SCHEMA): string {
  if (typeof schema === 'string' && /^[a-z_][a-z0-9_]{0,62}$/.test(schema) && !schema.startsWith('pg_'))
    return schema;
  throw badOption(
    'schema',
    'has to be at most 63 lower-case letters, digits and underscores, not beginning with a digit or pg_',
  );
}

/** @throws ConnectorConfigError */
function tenantName(tenant: unknown = DEFAULT_TENANT): string {
  if (typeof tenant === 'string' && tenant.trim() !== '' && tenant.length <= MAX_TENANT_LENGTH) return tenant;
  throw badOption('tenant', `has to be a name of at most ${MAX_TENANT_LENGTH} characters`);
}
