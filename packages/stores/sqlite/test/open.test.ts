import {
  chmodSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { openConnection } from '../src/connection.ts';
import { openSqliteStore } from '../src/index.ts';
import { createFile } from '../src/store-file.ts';
import {
  asOrdinaryUser,
  failure,
  issue,
  openBackend,
  temporaryFolder,
  temporaryPath,
  write,
} from './support.ts';

const modeOf = (path: string): number => statSync(path).mode & 0o777;

test('the file, its log and its index are for its owner alone, whatever the umask', async () => {
  const before = process.umask(0);
  try {
    const { backend, path } = openBackend();
    await backend.commit({ records: [write('1')] });
    expect([path, `${path}-wal`, `${path}-shm`].map(modeOf)).toEqual([0o600, 0o600, 0o600]);
  } finally {
    process.umask(before);
  }
});

test('the file is closed to others from its first moment, before SQLite opens it', () => {
  const path = temporaryPath();
  const before = process.umask(0);
  try {
    createFile(path);
    expect(modeOf(path)).toBe(0o600);
  } finally {
    process.umask(before);
  }
});

test('a store that others could read is closed to them when it is opened', async () => {
  const path = temporaryPath();
  await openSqliteStore(path)[Symbol.asyncDispose]();
  chmodSync(path, 0o644);
  openBackend(path);
  expect(modeOf(path)).toBe(0o600);
});

test('an empty file is taken as a new store', async () => {
  const path = temporaryPath();
  writeFileSync(path, '', { mode: 0o666 });
  const { backend } = openBackend(path);
  await backend.commit({ records: [write('1')] });
  expect(modeOf(path)).toBe(0o600);
});

test('a store keeps what it holds over a restart, and commits survive a power cut', async () => {
  const path = temporaryPath();
  const store = openSqliteStore(path);
  await store.upsertIssue(issue('1', { title: 'Kept' }));
  await store[Symbol.asyncDispose]();
  const { connection } = openBackend(path);
  expect(connection.db.pragma('journal_mode', { simple: true })).toBe('wal');
  expect(connection.db.pragma('synchronous', { simple: true })).toBe(2);
  const again = openSqliteStore(path);
  expect(await again.getIssue(issue('1').ref)).toMatchObject({ title: 'Kept', localRevision: 1 });
  await again[Symbol.asyncDispose]();
});

const unusable: Record<string, { make: (path: string) => string; says: RegExp }> = {
  'a text file': {
    make: (path) => {
      writeFileSync(path, 'hello, this is no database\n'.repeat(100));
      return path;
    },
    says: /not a SQLite database/,
  },
  'a few bytes': {
    make: (path) => {
      writeFileSync(path, 'hello');
      return path;
    },
    says: /not a SQLite database/,
  },
  'a database of another program': {
    make: (path) => {
      const db = new Database(path);
      db.exec('CREATE TABLE bookmarks (url TEXT)');
      db.close();
      return path;
    },
    says: /another program/,
  },
  'a database marked by another program': {
    make: (path) => {
      const db = new Database(path);
      db.pragma('application_id = 1234');
      db.close();
      return path;
    },
    says: /another program/,
  },
  'a store of a later version': {
    make: (path) => {
      const { db } = openConnection(path);
      db.pragma('user_version = 1000');
      db.close();
      return path;
    },
    says: /version 1000.*Upgrade/,
  },
  'a store without one of its tables': {
    make: (path) => {
      const { db } = openConnection(path);
      db.exec('DROP TABLE rereads');
      db.close();
      return path;
    },
    says: /damaged or was changed by another program/,
  },
  'a store cut off': {
    make: (path) => {
      openConnection(path).close();
      truncateSync(path, statSync(path).size / 2 - 100);
      return path;
    },
    says: /damaged/,
  },
  'a folder': { make: dirname, says: /is a folder/ },
  'a folder that is missing': {
    make: (path) => join(path, 'missing', 'store.db'),
    says: /folder does not exist/,
  },
  'a file as folder': {
    make: (path) => {
      writeFileSync(path, '');
      return join(path, 'store.db');
    },
    says: /folder is a file/,
  },
  'a link to nothing': {
    make: (path) => {
      symlinkSync(`${path}-missing`, path);
      return path;
    },
    says: /link to nothing/,
  },
  'the name for a database in memory': { make: () => ':memory:', says: /InMemoryIssueStore/ },
  'an empty path': { make: () => '', says: /no path/ },
  'a path with a NUL': { make: (path) => `${path}\0`, says: /no path/ },
  'a name that SQLite would shorten': { make: (path) => `${path} `, says: /white space/ },
  'a name too long': { make: (path) => path + 'x'.repeat(300), says: /too long/ },
};

test.for(Object.entries(unusable))('%s is refused and named', async ([, { make, says }]) => {
  const path = make(temporaryPath());
  const error = await failure(() => openSqliteStore(path));
  expect(error).toMatchObject({ code: 'connector_config', fieldPath: 'path' });
  expect(String(error)).toMatch(says);
  expect(String(error)).toContain(path.trim().replace('\0', ''));
});

test.for(['a text file', 'a database of another program'])('%s stays as it was', async (name) => {
  const path = unusable[name]?.make(temporaryPath()) ?? '';
  const before = readFileSync(path);
  const mode = modeOf(path);
  await failure(() => openSqliteStore(path));
  expect(readFileSync(path).equals(before)).toBe(true);
  expect(modeOf(path)).toBe(mode);
});

test('a name in the form of a URI is a name', () => {
  const folder = temporaryFolder();
  const before = process.cwd();
  process.chdir(folder);
  try {
    openConnection('file:x?mode=memory').close();
  } finally {
    process.chdir(before);
  }
  expect(modeOf(join(folder, 'file:x?mode=memory'))).toBe(0o600);
});

test('a file that cannot be written is refused when it is opened', async () => {
  const path = temporaryPath();
  openConnection(path).close();
  chmodSync(dirname(path), 0o755);
  chmodSync(path, 0o444);
  const error = await failure(() => asOrdinaryUser(() => openSqliteStore(path)));
  expect(error).toMatchObject({ code: 'connector_config', fieldPath: 'path' });
  expect(String(error)).toMatch(/write permission/);
});

test('a folder that cannot be written is refused when the store is opened or created', async () => {
  const folder = join(temporaryFolder(), 'folder');
  mkdirSync(folder);
  const path = join(folder, 'store.db');
  openConnection(path).close();
  chmodSync(path, 0o666);
  chmodSync(dirname(folder), 0o755);
  chmodSync(folder, 0o555);
  for (const file of [path, join(folder, 'new.db')]) {
    const error = await failure(() => asOrdinaryUser(() => openSqliteStore(file)));
    expect(error).toMatchObject({ code: 'connector_config', fieldPath: 'path' });
    expect(String(error)).toContain(file);
  }
  chmodSync(folder, 0o755);
});
