import type { CanonicalIssue } from '@spec-kitty/tracker-core';
import Database from 'better-sqlite3';
import { syntheticIssues } from '../synthetic/synthetic-issue.ts';
import { PAGE_SIZE } from './pull.ts';
import { Stopwatch } from './stopwatch.ts';

export interface TimedInsert {
  /** The inserts and their transactions. */
  milliseconds: number;
  /** Making JSON of the issues, which is not in `milliseconds`. */
  serialising: number;
}

/**
 * The least that keeping the issues costs: their JSON as the only column of one table, one row an issue, one
 * transaction a page, under the settings that the SQLite store uses.
 */
export function timedBareInsert(path: string, size: number): TimedInsert {
  const inserting = new Stopwatch();
  const serialising = new Stopwatch();
  const db = inserting.time(() => openLikeTheStore(path));
  const insert = db.prepare('INSERT INTO issues (text) VALUES (?)');
  const insertPage = db.transaction((texts: readonly string[]) => {
    for (const text of texts) insert.run(text);
  });
  for (let start = 0; start < size; start += PAGE_SIZE) {
    const issues = syntheticIssues(start, start + PAGE_SIZE, size);
    const texts = serialising.time(() => issues.map((issue: CanonicalIssue) => JSON.stringify(issue)));
    inserting.time(() => insertPage.immediate(texts));
  }
  inserting.time(() => db.close());
  return { milliseconds: inserting.milliseconds, serialising: serialising.milliseconds };
}

function openLikeTheStore(path: string): Database.Database {
  const db = new Database(path);
  db.pragma('page_size = 8192');
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.pragma('wal_autocheckpoint = 4000');
  db.pragma('cache_size = -4000');
  db.pragma('trusted_schema = OFF');
  db.exec('CREATE TABLE issues (text TEXT NOT NULL) STRICT');
  return db;
}
