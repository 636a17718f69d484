import { type Clock, type Ids, RecordStore, type SyncStore, systemClock } from '@spec-kitty/tracker-core';
import { openConnection } from './connection.ts';
import { SqliteBackend } from './sqlite-backend.ts';

/** Where the store's times and ids come from. */
export interface SqliteStoreOptions {
  /** Times of edits and leases. Default: the system's. */
  clock?: Clock;
  /** Ids of drafts and overrides. Default: random ones. */
  ids?: Ids;
}

/**
 * Opens the store in a file, which is created where there is none. Several processes may have it open.
 * @throws ConnectorConfigError where the path is no place for a store, or holds something else.
 * @throws StoreError where the disk is full, or another process keeps the file locked.
 */
export function openSqliteStore(path: string, options: SqliteStoreOptions = {}): SyncStore {
  return new RecordStore(new SqliteBackend(openConnection(path), options.clock ?? systemClock), options);
}
