import { chmodSync, closeSync, openSync, type Stats, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { badPath, StoreError } from './errors.ts';

const OWNER_ONLY = 0o600;

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

const SAYS: Record<string, string> = {
  ENOENT: 'its folder does not exist. Create the folder first, or choose another path',
  ENOTDIR: 'its folder is a file. Choose another path',
  EACCES: 'it cannot be created. Give this user write permission for the folder',
  EPERM: 'it cannot be created. Give this user write permission for the folder',
  EROFS: 'it stands on a read-only file system. Choose another path',
  ENAMETOOLONG: 'its name is too long. Choose another path',
  ELOOP: 'it is a symbolic link that leads to itself. Choose another path',
};

function fileError(path: string, error: unknown): Error {
  const code = codeOf(error);
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new StoreError(`${path}: the disk is full. Free some space and try again`, { path, cause: error });
  }
  return badPath(path, SAYS[code] ?? `the file system refuses it (${code})`, error);
}

/** The path as SQLite will take it. SQLite reads some names in its own way; those are refused. */
export function storePath(path: string): string {
  if (path.trim() === '' || path.includes('\0'))
    throw badPath(JSON.stringify(path), 'it is no path of a file');
  if (path === ':memory:') {
    throw badPath(
      path,
      'this store is a file. Use InMemoryIssueStore of @spec-kitty/tracker-core for one in memory',
    );
  }
  const absolute = resolve(path);
  if (absolute !== absolute.trim())
    throw badPath(JSON.stringify(path), 'it ends in white space. Choose another path');
  return absolute;
}

function statOf(path: string): Stats {
  try {
    return statSync(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT')
      throw badPath(path, 'it is a symbolic link to nothing. Remove the link', error);
    throw fileError(path, error);
  }
}

/**
 * Creates the file before SQLite does, so that nobody else can read it at any time: SQLite gives `-wal` and `-shm` the
 * mode of the file. One that exists is never opened here: closing it would drop the locks that another connection
 * of this process holds (https://www.sqlite.org/howtocorrupt.html, 2.2).
 */
export function createFile(path: string): void {
  try {
    closeSync(openSync(path, 'wx', OWNER_ONLY));
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw fileError(path, error);
    const stat = statOf(path);
    if (stat.isDirectory()) throw badPath(path, 'it is a folder. Name a file in it');
    if (!stat.isFile()) throw badPath(path, 'it is not a regular file. Choose another path');
    // SQLite takes a file of one byte for an empty one, and would write over it.
    if (stat.size === 1) throw badPath(path, 'it is not a SQLite database. Choose another path');
  }
}

/** Takes the file from everybody but its owner, as it would have been created. */
export function restrictAccess(path: string): void {
  for (const file of [path, `${path}-wal`, `${path}-shm`]) {
    try {
      if ((statSync(file).mode & 0o077) !== 0) chmodSync(file, OWNER_ONLY);
    } catch (error) {
      // ENOENT: there is no such file at the moment. EPERM: it belongs to somebody else, whose choice its mode is.
      if (!['ENOENT', 'EPERM'].includes(codeOf(error))) throw fileError(path, error);
    }
  }
}
