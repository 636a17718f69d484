import type Database from 'better-sqlite3';
import { badPath } from './errors.ts';

/** Marks a file as this package's: 'SKTR' as a big-endian integer. */
export const APPLICATION_ID = 0x534b5452;

/**
 * Each brings the file one version further; the version is the number of those applied. A published one is never
 * changed: a change of the schema is a new entry.
 *
 * What makes a first pull cheap: a commit rewrites every page that it touches, so an import must touch few. Records
 * and refs are appended in order of record; keys that come in random order (identities often do) are collected in
 * `fresh_keys`, which is small, and moved to `settled_keys` thousands at a time and sorted. `listed_refs` is filled
 * when it is first asked for.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE counters (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    last_record INTEGER NOT NULL,    -- ids are never used again
    last_sequence INTEGER NOT NULL,  -- of changes to records and of rereads
    fresh INTEGER NOT NULL,          -- rows of fresh_keys, or more
    listed INTEGER NOT NULL          -- listed_refs holds what changed up to this sequence
  ) STRICT;
  INSERT INTO counters VALUES (1, 0, 0, 0, 0);

  -- What queries filter by stands before the text, so that they need not read past it.
  CREATE TABLE records (
    id INTEGER PRIMARY KEY,
    stamp INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    deleted INTEGER NOT NULL,
    status TEXT NOT NULL,
    text TEXT NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX records_by_sequence ON records (sequence);

  CREATE TABLE refs (
    record_id INTEGER NOT NULL,
    identity TEXT NOT NULL,
    target TEXT NOT NULL,
    draft INTEGER NOT NULL,
    seen TEXT,
    PRIMARY KEY (record_id, identity)
  ) STRICT, WITHOUT ROWID;

  -- The records that may hold an identity, by its hash: refs tells whether they do.
  CREATE TABLE fresh_keys (hash INTEGER NOT NULL, record_id INTEGER NOT NULL, PRIMARY KEY (hash, record_id)) STRICT, WITHOUT ROWID;
  CREATE TABLE settled_keys (hash INTEGER NOT NULL, record_id INTEGER NOT NULL, PRIMARY KEY (hash, record_id)) STRICT, WITHOUT ROWID;

  CREATE TABLE listed_refs (
    target TEXT NOT NULL,
    identity TEXT NOT NULL,
    record_id INTEGER NOT NULL,
    PRIMARY KEY (target, identity)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE pending (target TEXT NOT NULL, record_id INTEGER NOT NULL, PRIMARY KEY (target, record_id)) STRICT, WITHOUT ROWID;
  CREATE INDEX pending_by_record ON pending (record_id);

  CREATE TABLE bindings (id TEXT PRIMARY KEY, text TEXT NOT NULL) STRICT, WITHOUT ROWID;

  CREATE TABLE leases (
    binding_id TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    fence INTEGER NOT NULL,
    until INTEGER  -- null once it was given back; the row stays, so that no fence repeats
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE intents (
    position INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    binding_id TEXT NOT NULL,
    text TEXT NOT NULL
  ) STRICT;
  CREATE INDEX intents_by_binding ON intents (binding_id);

  CREATE TABLE rereads (
    binding_id TEXT NOT NULL,
    identity TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (binding_id, identity)
  ) STRICT, WITHOUT ROWID;
  CREATE UNIQUE INDEX rereads_by_sequence ON rereads (binding_id, sequence);

  CREATE TABLE conflicts (
    id TEXT PRIMARY KEY,
    record_id INTEGER NOT NULL,
    binding_id TEXT NOT NULL,
    status TEXT NOT NULL,
    detected_at TEXT NOT NULL,
    text TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX conflicts_by_record ON conflicts (record_id);
  CREATE INDEX conflicts_by_status ON conflicts (status, detected_at, id);
  CREATE INDEX conflicts_by_binding ON conflicts (binding_id, status, detected_at, id);

  CREATE TABLE runs (position INTEGER PRIMARY KEY, binding_id TEXT NOT NULL, text TEXT NOT NULL) STRICT;
  CREATE INDEX runs_by_binding ON runs (binding_id);
  CREATE TABLE overrides (position INTEGER PRIMARY KEY, binding_id TEXT NOT NULL, text TEXT NOT NULL) STRICT;
  CREATE INDEX overrides_by_binding ON overrides (binding_id);
  CREATE TABLE people (position INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT;
  `,
];

/** @throws ConnectorConfigError for a file of another program, or of a later version of this one. */
function versionOf(db: Database.Database, path: string, known: number): number {
  const applicationId = db.prepare('PRAGMA application_id').pluck().get();
  const version = Number(db.prepare('PRAGMA user_version').pluck().get());
  if (applicationId === APPLICATION_ID) {
    if (version <= known) return version;
    throw badPath(
      path,
      `its format is version ${version}, and this package knows versions up to ${known}. Upgrade @spec-kitty/tracker-store-sqlite`,
    );
  }
  const holdsSomething = db.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() !== undefined;
  if (applicationId === 0 && version === 0 && !holdsSomething) return 0;
  throw badPath(path, 'it is a SQLite database of another program. Choose another path');
}

/** Throws where the file is not one to be used; writes nothing. True for one without content yet. */
export function isNewFile(
  db: Database.Database,
  path: string,
  migrations: readonly string[] = MIGRATIONS,
): boolean {
  // One transaction: another process may be creating the store between two reads.
  return db.transaction(() => versionOf(db, path, migrations.length)).deferred() === 0;
}

/**
 * Brings the file to the latest version. The version is read inside of each transaction: another process may be
 * doing the same. Also where nothing is left to do, having begun to write shows that the file can be written.
 */
export function migrate(
  db: Database.Database,
  path: string,
  migrations: readonly string[] = MIGRATIONS,
): void {
  const step = db.transaction((): boolean => {
    const version = versionOf(db, path, migrations.length);
    const migration = migrations[version];
    if (migration === undefined) return false;
    db.exec(migration);
    db.pragma(`application_id = ${APPLICATION_ID}`);
    db.pragma(`user_version = ${version + 1}`);
    return true;
  });
  while (step.immediate());
}
