import {
  type Commit,
  type CommitResult,
  packRecord,
  type RecordWrite,
  refIdentity,
} from '@spec-kitty/tracker-core';
import { damaged } from './errors.ts';
import type { Identities } from './identities.ts';
import { requireLease } from './leases.ts';
import { RecordIndex } from './record-index.ts';
import { toSortKey } from './sort-key.ts';
import type { SqlValue, Statements } from './statements.ts';

interface Counters {
  last_record: number;
  last_sequence: number;
  fresh: number;
}

export interface CommitContext {
  path: string;
  statements: Statements;
  identities: Identities;
}

/** Runs inside of a writing transaction. Everything is checked before anything is written. `now` in milliseconds. */
export function applyCommit(context: CommitContext, commit: Commit, now: number): CommitResult {
  const { path, statements } = context;
  if (commit.lease) requireLease(statements, commit.lease, now);
  if (commit.records || commit.removeRecords || commit.putRereads) {
    const counters = statements.get<Counters>('counters');
    if (!counters) throw damaged(path, 'the table of counters');
    const refused = check(context, commit, counters.last_sequence);
    if (refused) return refused;
    writeCounted(context, commit, counters);
  }
  writeRest(statements, commit);
  return { ok: true };
}

function check(
  { statements, identities }: CommitContext,
  commit: Commit,
  sequence: number,
): CommitResult | undefined {
  const movedRecords: number[] = [];
  for (const { id, stamp } of [...(commit.records ?? []), ...(commit.removeRecords ?? [])]) {
    if (id !== undefined && statements.get<{ stamp: number }>('stamp', id)?.stamp !== stamp)
      movedRecords.push(id);
  }
  const takenIdentities: string[] = [];
  const removed = new Set(commit.removeRecords?.map(({ id }) => id));
  const claims = new Map<string, RecordWrite>();
  for (const write of commit.records ?? []) {
    for (const { identity } of write.refs) {
      const holder = identities.holder(identity, sequence);
      const foreign = holder !== undefined && holder !== write.id && !removed.has(holder);
      const claim = claims.get(identity);
      if (foreign || (claim !== undefined && claim !== write)) takenIdentities.push(identity);
      claims.set(identity, write);
    }
  }
  return movedRecords.length + takenIdentities.length > 0
    ? { ok: false, movedRecords, takenIdentities }
    : undefined;
}

/** What takes numbers from the counters. */
function writeCounted({ statements, identities }: CommitContext, commit: Commit, counters: Counters): void {
  let { last_record: lastRecord, last_sequence: sequence } = counters;
  const index = new RecordIndex(statements, identities);
  const newRecords: SqlValue[][] = [];
  for (const { id } of commit.removeRecords ?? []) {
    index.remove(id);
    statements.run('deleteRecord', id);
  }
  for (const write of commit.records ?? []) {
    const { record } = write;
    const deleted = record.deleted ? 1 : 0;
    const text = packRecord(record);
    sequence += 1;
    if (write.id === undefined) {
      lastRecord += 1;
      newRecords.push([lastRecord, sequence, deleted, record.issue.status, text]);
      index.insert(lastRecord, write);
    } else {
      statements.run('updateRecord', sequence, deleted, record.issue.status, text, write.id);
      index.update(write.id, write);
    }
  }
  for (const entry of commit.putRereads ?? []) {
    sequence += 1;
    const identity = toSortKey(refIdentity(entry.ref));
    statements.run('putReread', toSortKey(entry.bindingId), identity, sequence, JSON.stringify(entry));
  }
  statements.insertAll('insertRecord', newRecords);
  statements.run('setCounters', lastRecord, sequence, index.flush(counters.fresh));
}

function writeRest(statements: Statements, commit: Commit): void {
  const { binding, run, people } = commit;
  if (binding) statements.run('putBinding', toSortKey(binding.id), JSON.stringify(binding));
  for (const intent of commit.putIntents ?? []) {
    statements.run('putIntent', toSortKey(intent.key), toSortKey(intent.bindingId), JSON.stringify(intent));
  }
  for (const key of commit.removeIntents ?? []) statements.run('deleteIntent', toSortKey(key));
  for (const conflict of commit.putConflicts ?? []) {
    const { id, recordId, bindingId, status, detectedAt } = conflict;
    const text = JSON.stringify(conflict);
    statements.run('putConflict', toSortKey(id), recordId, toSortKey(bindingId), status, detectedAt, text);
  }
  for (const { bindingId, identity, sequence } of commit.removeRereads ?? []) {
    statements.run('deleteReread', toSortKey(bindingId), toSortKey(identity), sequence);
  }
  for (const override of commit.overrides ?? []) {
    statements.run('insertOverride', toSortKey(override.bindingId), JSON.stringify(override));
  }
  if (run) statements.run('insertRun', toSortKey(run.bindingId), JSON.stringify(run));
  if (people) {
    statements.run('clearPeople');
    for (const person of people) statements.run('insertPerson', JSON.stringify(person));
  }
}
