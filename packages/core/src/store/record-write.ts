import { sameValue } from '../model/equality.ts';
import { isDraftRef, refIdentity } from '../model/external-ref.ts';
import { fieldPaths, valueAt } from '../model/snapshot.ts';
import type { RecordWrite, RefRow } from './backend.ts';
import type { Agreement, StoredRecord } from './records.ts';

/** True where the tracker of this agreement may have to be written to. */
export function isPending(record: Omit<StoredRecord, 'id' | 'stamp'>, agreement: Agreement): boolean {
  if (agreement.goneAt !== undefined) return false;
  if (record.deleted) return record.deleted.by === 'local' && agreement.deletionSettled !== true;
  const { pair } = agreement;
  if (!pair) return true;
  return fieldPaths(record.issue, pair.local).some(
    (path) => !sameValue(path, valueAt(record.issue, path), valueAt(pair.local, path)),
  );
}

/** A record with the rows that a backend indexes. `base` is what it was computed from: its id and stamp count. */
export function recordWrite(
  { id: _id, stamp: _stamp, ...record }: Omit<StoredRecord, 'id' | 'stamp'> & Partial<StoredRecord>,
  base?: { id: number; stamp: number },
): RecordWrite {
  const refs: RefRow[] = record.agreements.map((agreement) => ({
    identity: refIdentity(agreement.ref),
    target: agreement.target,
    draft: isDraftRef(agreement.ref),
    ...(agreement.seen === undefined ? {} : { seen: agreement.seen }),
  }));
  for (const identity of Object.keys(record.aliases)) refs.push({ identity, target: '', draft: false });
  const pending = record.agreements
    .filter((agreement) => isPending(record, agreement))
    .map((agreement) => agreement.target);
  return { ...(base ? { id: base.id, stamp: base.stamp } : {}), record, refs, pending };
}
