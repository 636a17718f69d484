import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type BindingRow,
  type CanonicalIssue,
  type Clock,
  canonicalIssue,
  fieldsOf,
  OwnershipPolicy,
  type RecordWrite,
  recordWrite,
  refIdentity,
  type StoredConflict,
  type StoredRecord,
  targetKey,
} from '@spec-kitty/tracker-core';
import { onTestFinished } from 'vitest';
import { type Connection, type ConnectionOptions, openConnection } from '../src/connection.ts';
import { SqliteBackend } from '../src/sqlite-backend.ts';

export const START = '2026-01-01T00:00:00.000Z';
export const TARGET: string = targetKey({ system: 'memory', workspace: 'w', scope: 'w' });

/** A clock that stands still until it is moved. */
export class TestClock implements Clock {
  #now = Date.parse(START);

  now(): string {
    return new Date(this.#now).toISOString();
  }

  advance(ms: number): void {
    this.#now += ms;
  }
}

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tracker-sqlite-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function temporaryPath(): string {
  return join(temporaryFolder(), 'store.db');
}

export interface Opened {
  backend: SqliteBackend;
  connection: Connection;
  clock: TestClock;
  path: string;
}

/** A backend over a new file, or over another connection to the file of one. */
export function openBackend(path: string = temporaryPath(), options: ConnectionOptions = {}): Opened {
  const connection = openConnection(path, options);
  onTestFinished(() => connection.close());
  const clock = new TestClock();
  return { backend: new SqliteBackend(connection, clock), connection, clock, path };
}

export function issue(id: string, fields: Partial<CanonicalIssue> = {}): CanonicalIssue {
  const ref = { system: 'memory', workspace: 'w', id };
  return canonicalIssue({ ref, title: `Issue ${id}`, createdAt: START, updatedAt: START, ...fields });
}

export type RecordContent = Omit<StoredRecord, 'id' | 'stamp'>;

/** A record that its tracker agrees with. */
export function content(of: CanonicalIssue, changes: Partial<RecordContent> = {}): RecordContent {
  const pair = { local: fieldsOf(of), remote: fieldsOf(of) };
  const agreements = [{ ref: of.ref, target: TARGET, pair, seen: `seen ${of.ref.id}` }];
  return { revision: 1, issue: of, agreements, aliases: {}, fieldTimes: {}, ...changes };
}

export function write(id: string, fields: Partial<CanonicalIssue> = {}): RecordWrite {
  return recordWrite(content(issue(id, fields)));
}

/** A record with a change that its tracker has not got. */
export function pendingWrite(id: string): RecordWrite {
  const { agreements, ...rest } = content(issue(id));
  return recordWrite({ ...rest, agreements: agreements.map(({ pair: _pair, ...agreement }) => agreement) });
}

export function identity(id: string): string {
  return refIdentity({ system: 'memory', workspace: 'w', id });
}

export async function stored(backend: SqliteBackend, id: number): Promise<StoredRecord> {
  const [record] = await backend.load([id]);
  if (!record) throw new Error(`there is no record ${id}`);
  return record;
}

export function binding(id: string, changes: Partial<BindingRow> = {}): BindingRow {
  const policy = OwnershipPolicy.split({ fieldOwners: {} }).toJSON();
  const place = { system: 'memory', workspace: 'w', scope: 'w' };
  return { id, ...place, policy, checkpoint: {}, filters: '', enrolled: 0, ...changes };
}

export function conflict(id: string, changes: Partial<StoredConflict> = {}): StoredConflict {
  return {
    id,
    issueRef: issue('1').ref,
    field: 'title',
    localValue: 'a',
    externalValue: 'b',
    strategy: 'manual_review',
    status: 'open',
    detectedAt: START,
    recordId: 1,
    bindingId: 'b1',
    target: TARGET,
    ...changes,
  };
}

/** Runs something without the privileges that make every file writable. */
export function asOrdinaryUser<T>(work: () => T): T {
  if (process.getuid?.() !== 0 || !process.seteuid) return work();
  process.seteuid(65534);
  try {
    return work();
  } finally {
    process.seteuid(0);
  }
}

/** The error that a call throws or rejects with. */
export async function failure(call: () => unknown): Promise<unknown> {
  try {
    await call();
  } catch (error) {
    return error;
  }
  throw new Error('expected an error');
}
