import type { ConnectorConfigError } from '@spec-kitty/tracker-core';
import type { PostgresClient } from './client.ts';
import { badOption } from './errors.ts';
import { inSchema } from './in-schema.ts';

/** Bytes are compared: in any other collation two machines may disagree about the order of text. */
const KEY = 'text COLLATE "C"';

/**
 * Each brings a schema one version further; the version is the number of those applied. A published one is never
 * changed: a change is a new entry. `@` before a name stands for the schema.
 *
 * The tenant leads every key, so that no statement can reach a row without naming one, and tenants never wait for each
 * other. All numbers come from the tenant's row of `counters`, which a commit locks until its end: a reader never sees
 * a number whose predecessor is still to come, which sequences of PostgreSQL would not give.
 */
export const MIGRATIONS: readonly (readonly string[])[] = [
  [
    `CREATE TABLE @counters (
      tenant ${KEY} PRIMARY KEY,
      last_record bigint NOT NULL DEFAULT 0,    -- ids are never used again
      last_sequence bigint NOT NULL DEFAULT 0,  -- of changes, and of what is kept in order
      last_commit bigint NOT NULL DEFAULT 0
    )`,

    // What tells whether a commit took effect whose answer was lost.
    `CREATE TABLE @commits (
      tenant ${KEY} NOT NULL,
      number bigint NOT NULL,
      token text NOT NULL,
      PRIMARY KEY (tenant, number)
    )`,

    `CREATE TABLE @records (
      tenant ${KEY} NOT NULL,
      id bigint NOT NULL,
      stamp bigint NOT NULL,
      sequence bigint NOT NULL,
      deleted boolean NOT NULL,
      status text NOT NULL,
      labels text COLLATE "C" NOT NULL,  -- each between two separators
      search text COLLATE "C" NOT NULL,  -- title and body, as they are searched
      text text NOT NULL,
      PRIMARY KEY (tenant, id)
    )`,
    'CREATE UNIQUE INDEX records_by_sequence ON @records (tenant, sequence)',

    `CREATE TABLE @refs (
      tenant ${KEY} NOT NULL,
      identity ${KEY} NOT NULL,
      record_id bigint NOT NULL,
      target ${KEY} NOT NULL,
      draft boolean NOT NULL,
      seen text,
      whole text,  -- where the identity is too long for an index
      PRIMARY KEY (tenant, identity)
    )`,
    'CREATE INDEX refs_by_record ON @refs (tenant, record_id)',
    `CREATE INDEX refs_by_target ON @refs (tenant, target, identity) INCLUDE (record_id) WHERE target <> '' AND NOT draft`,

    `CREATE TABLE @pending (
      tenant ${KEY} NOT NULL,
      target ${KEY} NOT NULL,
      record_id bigint NOT NULL,
      PRIMARY KEY (tenant, target, record_id)
    )`,
    'CREATE INDEX pending_by_record ON @pending (tenant, record_id)',

    `CREATE TABLE @bindings (tenant ${KEY} NOT NULL, id ${KEY} NOT NULL, text text NOT NULL, PRIMARY KEY (tenant, id))`,

    `CREATE TABLE @leases (
      tenant ${KEY} NOT NULL,
      binding_id ${KEY} NOT NULL,
      whole text NOT NULL,  -- the binding's id, which may be too long for an index
      owner text NOT NULL,
      fence bigint NOT NULL,
      until double precision,  -- milliseconds; null once it was given back. The row stays, so that no fence repeats
      PRIMARY KEY (tenant, binding_id)
    )`,

    `CREATE TABLE @intents (
      tenant ${KEY} NOT NULL,
      key ${KEY} NOT NULL,
      binding_id ${KEY} NOT NULL,
      position bigint NOT NULL,
      text text NOT NULL,
      PRIMARY KEY (tenant, key)
    )`,
    'CREATE INDEX intents_by_binding ON @intents (tenant, binding_id, position)',

    `CREATE TABLE @rereads (
      tenant ${KEY} NOT NULL,
      binding_id ${KEY} NOT NULL,
      identity ${KEY} NOT NULL,
      sequence bigint NOT NULL,
      text text NOT NULL,
      PRIMARY KEY (tenant, binding_id, identity)
    )`,
    'CREATE INDEX rereads_by_sequence ON @rereads (tenant, binding_id, sequence)',

    `CREATE TABLE @conflicts (
      tenant ${KEY} NOT NULL,
      id ${KEY} NOT NULL,
      record_id bigint NOT NULL,
      binding_id ${KEY} NOT NULL,
      status text NOT NULL,
      detected_at ${KEY} NOT NULL,
      text text NOT NULL,
      PRIMARY KEY (tenant, id)
    )`,
    'CREATE INDEX conflicts_by_record ON @conflicts (tenant, record_id)',
    'CREATE INDEX conflicts_by_status ON @conflicts (tenant, status, detected_at, id)',
    'CREATE INDEX conflicts_by_binding ON @conflicts (tenant, binding_id, status, detected_at, id)',

    `CREATE TABLE @runs (
      tenant ${KEY} NOT NULL,
      position bigint NOT NULL,
      binding_id ${KEY} NOT NULL,
      text text NOT NULL,
      PRIMARY KEY (tenant, position)
    )`,
    'CREATE INDEX runs_by_binding ON @runs (tenant, binding_id, position)',
    `CREATE TABLE @overrides (
      tenant ${KEY} NOT NULL,
      position bigint NOT NULL,
      binding_id ${KEY} NOT NULL,
      text text NOT NULL,
      PRIMARY KEY (tenant, position)
    )`,
    'CREATE INDEX overrides_by_binding ON @overrides (tenant, binding_id, position)',

    `CREATE TABLE @people (tenant ${KEY} NOT NULL, position bigint NOT NULL, text text NOT NULL, PRIMARY KEY (tenant, position))`,
  ],
];

interface Found {
  encoding: string;
  schema: boolean;
  /** Whether the table that holds it is there. */
  version: boolean;
}

/** What is there of a schema. Asked of the catalogs: the functions that name things may answer from before a wait. */
const FOUND = `SELECT current_setting('server_encoding') AS encoding,
  EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = $1) AS schema,
  EXISTS (
    SELECT FROM pg_catalog.pg_class JOIN pg_catalog.pg_namespace ON pg_namespace.oid = relnamespace
    WHERE nspname = $1 AND relname = 'tracker_schema'
  ) AS version`;

/** The version of a schema; 0 where there is none yet. @throws ConnectorConfigError for a later one than is known. */
export async function versionOf(
  client: PostgresClient,
  schema: string,
  known: number,
): Promise<{ encoding: string; schema: boolean; version: number }> {
  const [found] = (await client.query(FOUND, [schema])).rows as Found[];
  if (!found) throw new TypeError('the catalogs answer nothing');
  if (!found.version) return { ...found, version: 0 };
  const { rows } = await client.query(inSchema(schema, 'SELECT version FROM @tracker_schema'));
  const version = (rows as { version: number }[])[0]?.version ?? 0;
  if (version <= known) return { ...found, version };
  throw badOption(
    'schema',
    `${schema} is of version ${version}, and this package knows versions up to ${known}. Upgrade @spec-kitty/tracker-store-postgres`,
  );
}

/**
 * Brings a schema to the latest version, in one transaction. Several processes may do so at once: they wait for each
 * other, and the version is read again after that.
 */
export async function migrate(
  client: PostgresClient,
  schema: string,
  migrations: readonly (readonly string[])[] = MIGRATIONS,
): Promise<void> {
  if ((await versionOf(client, schema, migrations.length)).version === migrations.length) return;
  await client.query('BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE');
  try {
    await client.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [
      `spec-kitty-tracker ${schema}`,
    ]);
    const found = await versionOf(client, schema, migrations.length);
    if (found.encoding !== 'UTF8') throw otherEncoding(found.encoding);
    if (!found.schema) await client.query(`CREATE SCHEMA "${schema}"`);
    const steps = migrations.slice(found.version).flat();
    for (const statement of found.version === 0 ? [...CREATE_VERSION, ...steps] : steps)
      await client.query(inSchema(schema, statement));
    await client.query(inSchema(schema, 'UPDATE @tracker_schema SET version = $1'), [migrations.length]);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {});
    throw error;
  }
}

/** Keys are in the order of their UTF-8 bytes. */
function otherEncoding(encoding: string): ConnectorConfigError {
  return badOption(
    'connectionString',
    `names a database whose encoding is ${encoding}. Create one with ENCODING 'UTF8' TEMPLATE template0`,
  );
}

const CREATE_VERSION: readonly string[] = [
  'CREATE TABLE @tracker_schema (one boolean PRIMARY KEY CHECK (one), version integer NOT NULL)',
  'INSERT INTO @tracker_schema VALUES (true, 0)',
];
