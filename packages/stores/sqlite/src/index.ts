export { StoreError } from './errors.ts';
export { inspectSqliteStore, type SqliteStoreInspection } from './inspect-sqlite-store.ts';
export { openSqliteStore, type SqliteStoreOptions } from './open-sqlite-store.ts';
