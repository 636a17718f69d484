import { type Clock, systemClock } from '@spec-kitty/tracker-core';
import Database from 'better-sqlite3';
import { openError } from './errors.ts';
import { fromSortKey } from './sort-key.ts';
import { storePath } from './store-file.ts';

/** How the file of a store stands. */
export interface SqliteStoreInspection {
  /** What SQLite's own check finds damaged, at most 10 of them; empty where the file is whole. */
  damages: string[];
  /** Runs under way, and runs that ended without giving their lease back. */
  leases: { bindingId: string; until: string; held: boolean }[];
}

interface Lease {
  binding_id: string;
  until: number;
}

/**
 * Looks at a store without writing to it. Reads the whole file.
 * @throws ConnectorConfigError where there is no store, StoreError where it cannot be read at the moment.
 */
export function inspectSqliteStore(
  file: string,
  { clock = systemClock }: { clock?: Clock } = {},
): SqliteStoreInspection {
  const path = storePath(file);
  let db: Database.Database | undefined;
  try {
    db = new Database(path, { readonly: true, fileMustExist: true });
    // The file may come from elsewhere: nothing that its schema names is run.
    db.pragma('trusted_schema = OFF');
    const found = db.prepare<[], string>('PRAGMA quick_check(10)').pluck().all();
    const now = Date.parse(clock.now());
    const leases = db
      .prepare<[], Lease>('SELECT binding_id, until FROM leases WHERE until IS NOT NULL')
      .all();
    return {
      damages: found.filter((text) => text !== 'ok'),
      leases: leases.map(({ binding_id, until }) => ({
        bindingId: fromSortKey(binding_id),
        until: new Date(until).toISOString(),
        held: until > now,
      })),
    };
  } catch (error) {
    throw openError(path, error);
  } finally {
    db?.close();
  }
}
