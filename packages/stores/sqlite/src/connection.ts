import Database from 'better-sqlite3';
import { badPath, openError, storeError } from './errors.ts';
import { isNewFile, migrate } from './migrations.ts';
import { Statements } from './statements.ts';
import { createFile, restrictAccess, storePath } from './store-file.ts';

export interface ConnectionOptions {
  /** How long a call waits while another process writes, in milliseconds. */
  busyTimeoutMs?: number;
  /** The file does not grow beyond this many pages. */
  maxPages?: number;
}

/** A commit holds the lock for milliseconds; a checkpoint of a slow disk for a second or two. */
const BUSY_TIMEOUT_MS = 10_000;

/** Between two attempts to open a file that others are opening, too. */
const RETRY_MS = 10;

/** Records of one or two kilobytes fill such a page better than the default one of 4096 bytes. */
const PAGE_SIZE = 8192;

/** An open file, and the transactions over it. */
export class Connection {
  readonly path: string;
  readonly db: Database.Database;
  readonly statements: Statements;
  readonly #begin: Database.Statement;
  readonly #beginImmediate: Database.Statement;
  readonly #commit: Database.Statement;
  readonly #rollback: Database.Statement;

  constructor(path: string, db: Database.Database) {
    this.path = path;
    this.db = db;
    this.statements = new Statements(db);
    this.#begin = db.prepare('BEGIN');
    this.#beginImmediate = db.prepare('BEGIN IMMEDIATE');
    this.#commit = db.prepare('COMMIT');
    this.#rollback = db.prepare('ROLLBACK');
  }

  /** `work` sees one state of the store, whatever other processes write meanwhile. */
  read<T>(work: () => T): T {
    return this.#transaction(this.#begin, work);
  }

  /** What `work` writes is kept whole or not at all, and nobody else writes meanwhile. */
  write<T>(work: () => T): T {
    return this.#transaction(this.#beginImmediate, work);
  }

  close(): void {
    try {
      this.db.close();
    } catch (error) {
      throw storeError(this.path, error);
    }
  }

  #transaction<T>(begin: Database.Statement, work: () => T): T {
    try {
      begin.run();
      try {
        const result = work();
        this.#commit.run();
        return result;
      } catch (error) {
        if (this.db.inTransaction) this.#rollback.run();
        throw error;
      }
    } catch (error) {
      throw storeError(this.path, error);
    }
  }
}

function configure(db: Database.Database, path: string, options: ConnectionOptions): void {
  // Before anything is changed: the file may be somebody else's.
  if (isNewFile(db, path)) db.pragma(`page_size = ${PAGE_SIZE}`);
  if (db.pragma('journal_mode = WAL', { simple: true }) !== 'wal') {
    throw badPath(
      path,
      'its file system does not support write-ahead logging. Choose a path on a local disk',
    );
  }
  // A write to a tracker follows what is committed here (an intent, a key). With NORMAL a power cut would take back
  // the last commits of a write-ahead log, and the write would be sent again: FULL keeps what was committed.
  db.pragma('synchronous = FULL');
  // Pages that many commits rewrite are copied into the file once in a while and not every few commits: 32 MB of log.
  db.pragma('wal_autocheckpoint = 4000');
  // Records are read once and written once; a larger cache was 30 MB more of memory in a first pull, and no faster.
  db.pragma('cache_size = -4000');
  // The file may come from elsewhere: nothing that its schema names is run.
  db.pragma('trusted_schema = OFF');
  if (options.maxPages !== undefined) db.pragma(`max_page_count = ${options.maxPages}`);
  migrate(db, path);
  restrictAccess(path);
}

function isBusy(error: unknown): boolean {
  return error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY');
}

/** @throws ConnectorConfigError where the path or the file is at fault, StoreError where the moment is. */
export function openConnection(file: string, options: ConnectionOptions = {}): Connection {
  const path = storePath(file);
  createFile(path);
  const timeout = options.busyTimeoutMs ?? BUSY_TIMEOUT_MS;
  const start = performance.now();
  for (;;) {
    let db: Database.Database | undefined;
    try {
      db = new Database(path, { fileMustExist: true, timeout });
      configure(db, path, options);
      return new Connection(path, db);
    } catch (error) {
      db?.close();
      // SQLite does not wait where waiting might be for ever, as when two processes turn one file to WAL.
      if (!isBusy(error) || performance.now() - start >= timeout) throw openError(path, error);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
    }
  }
}
