import { fileURLToPath } from 'node:url';
import { isTrackerError } from '@spec-kitty/tracker-core';
import type { PostgresStoreOptions } from '@spec-kitty/tracker-store-postgres';
import type { LoadedConfig } from '../config/read-config.ts';
import type { PostgresConfig } from '../config/schema.ts';
import { secretOf } from '../config/secret-of.ts';
import { ofField } from '../config/usage-error.ts';
import type { CommandContext } from './context.ts';
import { loadPackage } from './load-package.ts';

type Package = Pick<
  typeof import('@spec-kitty/tracker-store-postgres'),
  'openPostgresDatabase' | 'openPostgresStore'
>;

/** What opens the database of a config file. */
export interface Postgres extends Package {
  connectionString: string;
  schema: string;
  tenant: string;
  options: PostgresStoreOptions;
  /** As it is shown: without the connection string. */
  place: string;
}

const PACKAGE = '@spec-kitty/tracker-store-postgres';

/** Connects to nothing yet. @throws UsageError */
export async function postgresOf(
  { io, printer }: CommandContext,
  { folder, config }: LoadedConfig,
): Promise<Postgres> {
  const { connectionString: reference, ...names }: PostgresConfig = config.store.postgres ?? {
    connectionString: '',
  };
  const field = 'store.postgres.connectionString';
  const connectionString = secretOf(reference, field, 'DATABASE_URL', io.env);
  for (const secret of secretsIn(connectionString)) printer.hide(secret);
  // The config file's own; else what was installed with the command line.
  const folders = [folder, fileURLToPath(new URL('.', import.meta.url))];
  const { openPostgresDatabase, openPostgresStore } = (await loadPackage(
    PACKAGE,
    folders,
    'store.postgres',
  )) as Package;
  const { schema = 'spec_kitty_tracker', tenant = 'default' } = names;
  const place = `PostgreSQL schema ${schema}, tenant ${tenant}`;
  const options = { connectionString, schema, tenant };
  return { openPostgresDatabase, openPostgresStore, ...options, options, place };
}

/** A bad setting is a matter of the config file. */
export async function inPostgres<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const field = isTrackerError(error) ? error.fieldPath : undefined;
    throw ofField(error, field === undefined ? 'store.postgres' : `store.postgres.${field}`);
  }
}

/** The whole, and the password in it, by which a message might name it. */
function secretsIn(connectionString: string): string[] {
  if (!URL.canParse(connectionString)) return [connectionString];
  const { password } = new URL(connectionString);
  return [connectionString, password, decoded(password)].filter((secret) => secret !== '');
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
