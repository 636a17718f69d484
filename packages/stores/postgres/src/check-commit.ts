import type { Commit, CommitResult, RecordWrite } from '@spec-kitty/tracker-core';
import type { HeldState } from './held-state.ts';
import { toKey } from './sort-key.ts';

/** Undefined where nothing speaks against a commit. */
export function checkCommit(held: HeldState, commit: Commit): CommitResult | undefined {
  const { records = [], removeRecords = [] } = commit;
  const movedRecords = [...records, ...removeRecords].flatMap(({ id, stamp }) =>
    id !== undefined && held.stamps.get(id) !== stamp ? [id] : [],
  );
  const removed = new Set(removeRecords.map(({ id }) => id));
  const claims = new Map<string, RecordWrite>();
  const takenIdentities: string[] = [];
  for (const write of records) {
    for (const { identity } of write.refs) {
      const holder = held.holders.get(toKey(identity));
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
