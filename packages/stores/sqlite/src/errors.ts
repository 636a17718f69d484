import { ConnectorConfigError, type ErrorDetails, SpecKittyTrackerError } from '@spec-kitty/tracker-core';
import Database from 'better-sqlite3';

/** The store's file could not be read or written. What the failed call was to write is not in the file. */
export class StoreError extends SpecKittyTrackerError {
  readonly path: string;

  constructor(message: string, details: ErrorDetails & { path: string }) {
    super(message, details, 'store_io');
    this.path = details.path;
  }
}

interface Explanation {
  says: string;
  /** The path that was configured is at fault, and not the moment. */
  configuration: boolean;
}

/** By primary result code: https://www.sqlite.org/rescode.html */
const EXPLANATIONS: Record<string, Explanation> = {
  SQLITE_FULL: {
    says: 'the disk is full; nothing of this call was written. Free some space and try again',
    configuration: false,
  },
  SQLITE_BUSY: {
    says: 'another process kept it locked for too long; nothing was written. Try again',
    configuration: false,
  },
  SQLITE_IOERR: {
    says: 'the file system failed to read or write it. Check the disk, and that it is not on a network share',
    configuration: false,
  },
  SQLITE_READONLY: {
    says: 'it cannot be written. Give this user write permission for the file and its folder',
    configuration: true,
  },
  SQLITE_CANTOPEN: {
    says: 'it cannot be opened. Check that the file and its folder exist and that this user may write there',
    configuration: true,
  },
  SQLITE_PERM: { says: 'access to it is denied. Check the permissions of the file', configuration: true },
  SQLITE_NOTADB: { says: 'it is not a SQLite database. Choose another path', configuration: true },
  SQLITE_CORRUPT: {
    says: 'it is damaged. Restore it from a copy, or move it away and sync into a new one',
    configuration: true,
  },
};

function explain(error: InstanceType<typeof Database.SqliteError>): Explanation {
  const primary = error.code.split('_').slice(0, 2).join('_');
  return EXPLANATIONS[primary] ?? { says: error.message, configuration: false };
}

/** What a call throws for a failure of SQLite; any other error is given back as it is. */
export function storeError(path: string, error: unknown): unknown {
  if (!(error instanceof Database.SqliteError)) return error;
  return new StoreError(`${path}: ${explain(error).says} (${error.code})`, { path, cause: error });
}

/** The same for a failure while the file is opened: then a wrong path is a matter of configuration. */
export function openError(path: string, error: unknown): unknown {
  if (!(error instanceof Database.SqliteError)) return error;
  const { says, configuration } = explain(error);
  // A schema that the statements do not fit was not made by this package.
  const foreign = error.code === 'SQLITE_ERROR';
  if (!configuration && !foreign) return storeError(path, error);
  return badPath(path, foreign ? `it is damaged or was changed by another program: ${says}` : says, error);
}

export function badPath(path: string, says: string, cause?: unknown): ConnectorConfigError {
  return new ConnectorConfigError(`cannot open the store at ${path}: ${says}`, {
    fieldPath: 'path',
    ...(cause === undefined ? {} : { cause }),
  });
}

export function damaged(path: string, what: string, cause?: unknown): StoreError {
  return new StoreError(
    `${path}: ${what} is damaged. Restore the file from a copy, or move it away and sync into a new one`,
    { path, ...(cause === undefined ? {} : { cause }) },
  );
}
