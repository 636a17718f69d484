import type { Db } from 'pg-boss';

/** Quoted; the name itself is checked where it comes in. */
export type Schema = string;

/** The newest is last; each brings the tables from its index to the next. */
const MIGRATIONS: readonly ((schema: Schema) => string)[] = [
  (schema) => `
    CREATE TABLE ${schema}.credential (
      name text PRIMARY KEY,
      paused_at timestamptz,
      paused_reason text
    );
    CREATE TABLE ${schema}.binding (
      tenant text NOT NULL,
      name text NOT NULL,
      credential text NOT NULL,
      every_ms bigint NOT NULL,
      revision bigint NOT NULL DEFAULT 1,
      due_at timestamptz NOT NULL DEFAULT now(),
      next_at timestamptz,
      paused_at timestamptz,
      paused_reason text,
      dead boolean NOT NULL DEFAULT false,
      started_at timestamptz,
      ended_at timestamptz,
      succeeded_at timestamptz,
      outcome text,
      failures integer NOT NULL DEFAULT 0,
      failure jsonb,
      open_conflicts integer NOT NULL DEFAULT 0,
      PRIMARY KEY (tenant, name)
    );
    CREATE INDEX binding_credential ON ${schema}.binding (credential);
    CREATE INDEX binding_next ON ${schema}.binding (next_at) WHERE paused_at IS NULL;
    CREATE TABLE ${schema}.shared_state (
      name text PRIMARY KEY,
      document text NOT NULL,
      version bigint NOT NULL,
      updated_at timestamptz NOT NULL DEFAULT now()
    );`,
];

/** "spec": any other program's lock is taken under another number. */
const LOCK = 0x73706563;

/**
 * Makes the tables or brings them up to date; one machine at a time, the others find it done.
 * @throws Error where the tables are newer than this code.
 */
export async function migrate(db: Db, schema: Schema): Promise<void> {
  const steps = MIGRATIONS.map(
    (step, index) => `
      IF current_version = ${index} THEN
        ${step(schema)}
        UPDATE ${schema}.version SET version = ${index + 1};
        current_version := ${index + 1};
      END IF;`,
  );
  await db.executeSql(`
    DO $migration$
    DECLARE current_version integer;
    BEGIN
      PERFORM pg_advisory_xact_lock(${LOCK});
      CREATE SCHEMA IF NOT EXISTS ${schema};
      CREATE TABLE IF NOT EXISTS ${schema}.version (version integer NOT NULL);
      SELECT version INTO current_version FROM ${schema}.version;
      IF current_version IS NULL THEN
        INSERT INTO ${schema}.version VALUES (0);
        current_version := 0;
      END IF;
      IF current_version > ${MIGRATIONS.length} THEN
        RAISE EXCEPTION 'the tables of the worker are of version %, newer than this program knows (${MIGRATIONS.length}); update @spec-kitty/tracker-worker', current_version;
      END IF;
      ${steps.join('\n')}
    END
    $migration$;`);
}
