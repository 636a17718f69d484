import type { RecordWrite, RefRow } from '@spec-kitty/tracker-core';
import type { HeldState, StoredRef } from './held-state.ts';
import { toSortKey } from './sort-key.ts';

/** What has to change of that by which records are found: mostly little, since only what differs is written. */
export interface IndexChanges {
  putRefs: (StoredRef & { recordId: number })[];
  deleteRefs: string[];
  putPending: { target: string; recordId: number }[];
  deletePending: { target: string; recordId: number }[];
}

function storedRef({ identity, target, draft, seen }: RefRow): StoredRef {
  return {
    identity: toSortKey(identity),
    target: toSortKey(target),
    draft,
    seen: seen === undefined ? null : toSortKey(seen),
  };
}

function isSame(a: StoredRef, b: StoredRef): boolean {
  return a.target === b.target && a.draft === b.draft && a.seen === b.seen;
}

/** `writes` by the ids of their records. */
export function indexChanges(
  held: HeldState,
  writes: ReadonlyMap<number, RecordWrite>,
  removed: readonly number[],
): IndexChanges {
  const changes: IndexChanges = { putRefs: [], deleteRefs: [], putPending: [], deletePending: [] };
  const claimed = new Set<string>();
  for (const [recordId, write] of writes) {
    // An identity that is named twice is what was named last.
    const wanted = new Map(write.refs.map(storedRef).map((ref) => [ref.identity, ref]));
    const before = new Map(held.refs.get(recordId)?.map((ref) => [ref.identity, ref]));
    for (const ref of wanted.values()) {
      claimed.add(ref.identity);
      const stored = before.get(ref.identity);
      if (!stored || !isSame(stored, ref)) changes.putRefs.push({ ...ref, recordId });
    }
    setPending(changes, held, recordId, write.pending.map(toSortKey));
  }
  for (const recordId of removed) setPending(changes, held, recordId, []);
  for (const recordId of [...writes.keys(), ...removed]) {
    for (const { identity } of held.refs.get(recordId) ?? [])
      if (!claimed.has(identity)) changes.deleteRefs.push(identity);
  }
  return changes;
}

function setPending(changes: IndexChanges, held: HeldState, recordId: number, targets: string[]): void {
  const before = held.pending.get(recordId) ?? [];
  for (const target of before)
    if (!targets.includes(target)) changes.deletePending.push({ target, recordId });
  for (const target of new Set(targets))
    if (!before.includes(target)) changes.putPending.push({ target, recordId });
}
