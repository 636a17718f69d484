import type { RecordWrite, RefRow } from '@spec-kitty/tracker-core';
import type { HeldState, StoredRef } from './held-state.ts';
import { toKey, toSortKey } from './sort-key.ts';

/** What has to change of that by which records are found: mostly little, since only what differs is written. */
export interface IndexChanges {
  putRefs: (StoredRef & { recordId: number; whole: string | null })[];
  deleteRefs: string[];
  putPending: { target: string; recordId: number }[];
  deletePending: { target: string; recordId: number }[];
}

function storedRef({ identity, target, draft, seen }: RefRow): StoredRef {
  return {
    identity: toKey(identity),
    target: toKey(target),
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
  const wholes = wholeIdentities(writes);
  for (const [recordId, write] of writes) {
    // An identity that is named twice is what was named last.
    const wanted = new Map(write.refs.map(storedRef).map((ref) => [ref.identity, ref]));
    const before = new Map(held.refs.get(recordId)?.map((ref) => [ref.identity, ref]));
    for (const ref of wanted.values()) {
      claimed.add(ref.identity);
      const stored = before.get(ref.identity);
      if (!stored || !isSame(stored, ref))
        changes.putRefs.push({ ...ref, recordId, whole: wholes.get(ref.identity) ?? null });
    }
    setPending(changes, held, recordId, write.pending.map(toKey));
  }
  for (const recordId of removed) setPending(changes, held, recordId, []);
  for (const recordId of [...writes.keys(), ...removed]) {
    for (const { identity } of held.refs.get(recordId) ?? [])
      if (!claimed.has(identity)) changes.deleteRefs.push(identity);
  }
  return changes;
}

/** The sort keys of identities that are too long for an index, by what stands for them there. */
function wholeIdentities(writes: ReadonlyMap<number, RecordWrite>): Map<string, string> {
  const wholes = new Map<string, string>();
  for (const { refs } of writes.values()) {
    for (const { identity } of refs) {
      const [key, whole] = [toKey(identity), toSortKey(identity)];
      if (key !== whole) wholes.set(key, whole);
    }
  }
  return wholes;
}

function setPending(changes: IndexChanges, held: HeldState, recordId: number, targets: string[]): void {
  const before = held.pending.get(recordId) ?? [];
  for (const target of before)
    if (!targets.includes(target)) changes.deletePending.push({ target, recordId });
  for (const target of new Set(targets))
    if (!before.includes(target)) changes.putPending.push({ target, recordId });
}
