import { resolve } from 'node:path';
import type { SyncStore } from '@spec-kitty/tracker-core';
import type { LoadedConfig } from '../config/read-config.ts';
import { ofField } from '../config/usage-error.ts';
import type { CommandContext } from './context.ts';
import { inPostgres, postgresOf } from './postgres.ts';

export interface OpenedStore {
  store: SyncStore;
  /** The file, or the schema and the tenant, as they are shown. */
  place: string;
}

/** The SQLite file of a config file; undefined where its store is a PostgreSQL database. */
export function storeFile({ folder, config }: LoadedConfig): string | undefined {
  return config.store.path === undefined ? undefined : resolve(folder, config.store.path);
}

/** The store that a config file names. @throws UsageError */
export async function openStore(context: CommandContext, loaded: LoadedConfig): Promise<OpenedStore> {
  const file = storeFile(loaded);
  if (file !== undefined) return { store: await openFile(file), place: file };
  const { openPostgresStore, options, place } = await postgresOf(context, loaded);
  return inPostgres(async () => {
    const store = openPostgresStore(options);
    try {
      // The first call connects, and says what is wrong with the place.
      await store.getPeople();
      return { store, place };
    } catch (error) {
      await store[Symbol.asyncDispose]();
      throw error;
    }
  });
}

/** @throws UsageError */
export async function openFile(path: string): Promise<SyncStore> {
  const { openSqliteStore } = await import('@spec-kitty/tracker-store-sqlite');
  try {
    return openSqliteStore(path);
  } catch (error) {
    throw ofField(error, 'store.path');
  }
}
