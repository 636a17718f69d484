import { type Commit, packRecord, type RecordWrite } from '@spec-kitty/tracker-core';
import type { CommitWriter } from './commit-writer.ts';
import type { HeldState } from './held-state.ts';
import { indexChanges } from './record-index.ts';
import { labelsOf, searchOf } from './search-columns.ts';

interface NumberedWrite {
  id: number;
  stamp: number;
  sequence: number;
  write: RecordWrite;
}

/** The records of a commit and all by which they are found: a handful of statements, however many there are. */
export async function writeRecords(writer: CommitWriter, held: HeldState, commit: Commit): Promise<void> {
  const rows = (commit.records ?? []).map(
    (write): NumberedWrite => ({
      id: write.id ?? writer.nextRecord(),
      stamp: (write.stamp ?? 0) + 1,
      sequence: writer.nextSequence(),
      write,
    }),
  );
  const removed = (commit.removeRecords ?? []).map(({ id }) => id);
  if (rows.length + removed.length === 0) return;
  if (removed.length > 0) await writer.run('deleteRecords', removed);
  await writer.runForAll(
    'putRecords',
    rows,
    ({ id }) => id,
    ({ stamp }) => stamp,
    ({ sequence }) => sequence,
    ({ write: { record } }) => record.deleted !== undefined,
    ({ write: { record } }) => record.issue.status,
    ({ write: { record } }) => labelsOf(record.issue),
    ({ write: { record } }) => searchOf(record.issue),
    ({ write: { record } }) => packRecord(record),
  );
  const changes = indexChanges(held, new Map(rows.map(({ id, write }) => [id, write])), removed);
  const { putRefs, deleteRefs, putPending, deletePending } = changes;
  if (deleteRefs.length > 0) await writer.run('deleteRefs', deleteRefs);
  await writer.runForAll(
    'putRefs',
    putRefs,
    ({ identity }) => identity,
    ({ recordId }) => recordId,
    ({ target }) => target,
    ({ draft }) => draft,
    ({ seen }) => seen,
    ({ whole }) => whole,
  );
  for (const [name, pending] of [
    ['deletePending', deletePending],
    ['putPending', putPending],
  ] as const) {
    await writer.runForAll(
      name,
      pending,
      ({ target }) => target,
      ({ recordId }) => recordId,
    );
  }
}
