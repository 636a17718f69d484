export { type PooledClient, type PostgresClient, type PostgresPool, singleClientPool } from './client.ts';
export { StoreError } from './errors.ts';
export type { PostgresStoreInspection } from './inspect-postgres-store.ts';
export {
  openPostgresDatabase,
  openPostgresStore,
  type PostgresAccess,
  type PostgresDatabase,
  type PostgresDatabaseOptions,
  type PostgresStoreOptions,
} from './open-postgres-store.ts';
export type { PoolSettings } from './own-pool.ts';
