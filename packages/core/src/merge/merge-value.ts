import { type Folding, isEmptyValue, sameValue } from '../model/equality.ts';
import type { JsonValue } from '../model/json.ts';
import { customKey, type FieldPath } from '../model/snapshot.ts';
import type { FieldOwner } from '../policy/ownership-policy.ts';

/** A value, or undefined for a custom key that a side does not hold. */
export type Value = JsonValue | undefined;

/** One field of one issue as the two sides hold it now and held it when they last agreed. */
export interface FieldState {
  path: FieldPath;
  owner: FieldOwner;
  /** Absent at a first meeting. */
  base?: { local: Value; remote: Value };
  local: Value;
  /** In local terms: refs and people translated. */
  remote: Value;
  folding?: Folding;
}

/**
 * What becomes of a field. `local` is the new local value and `baseLocal` the new local half; where the two differ,
 * the change is pending. The remote half becomes what the tracker holds now, except in `same` and `conflict`, where
 * the pair stays as it is. `lost` is the value that had to yield to the owner of the field, `kept` the side it yielded to.
 */
export type FieldMerge =
  | { outcome: 'same' }
  | { outcome: 'conflict' }
  | { outcome: 'put_back'; local: Value; lost: Value }
  | { outcome: 'merged'; local: Value; baseLocal: Value; kept?: 'local' | 'external'; lost?: Value };

type Merged = Extract<FieldMerge, { outcome: 'merged' }>;
const merged = (local: Value, baseLocal: Value): Merged => ({ outcome: 'merged', local, baseLocal });

/** Three-way merge of a field that has one value. Pure; never invents a value. */
export function mergeValue(state: FieldState): FieldMerge {
  const { path, owner, base, local, remote, folding } = state;
  const same = (a: Value, b: Value): boolean => sameValue(path, a, b, folding);
  if (!base) return meetValue(state);
  const localChanged = !same(local, base.local);
  const remoteChanged = !same(remote, base.remote);
  if (!localChanged && !remoteChanged) return { outcome: 'same' };
  if (same(local, remote)) return merged(local, local);
  if (!remoteChanged) {
    if (owner === 'external') return { outcome: 'put_back', local: base.local, lost: local };
    // A custom key of somebody else's that the local side sets for the first time: nobody here saw what it held.
    const unseen = owner === 'local' && base.local === undefined && !isEmptyValue(path, remote);
    return unseen ? { ...merged(local, remote), kept: 'local', lost: remote } : { outcome: 'same' };
  }
  if (owner === 'local') return keepLocal(state);
  if (!localChanged) return merged(remote, remote);
  return owner === 'external'
    ? { ...merged(remote, remote), kept: 'external', lost: local }
    : { outcome: 'conflict' };
}

/** Ownership first; then equal values agree; an empty side yields; two different values are a conflict. */
function meetValue(state: FieldState): FieldMerge {
  const { path, owner, local, remote, folding } = state;
  if (sameValue(path, local, remote, folding)) return merged(local, local);
  const localEmpty = isEmptyValue(path, local);
  if (owner === 'external') {
    return localEmpty ? merged(remote, remote) : { ...merged(remote, remote), kept: 'external', lost: local };
  }
  if (owner === 'local') return keepLocal(state);
  // A key that the tracker does not hold is no content: one that is null here stays.
  if (localEmpty && remote !== undefined) return merged(remote, remote);
  return isEmptyValue(path, remote) ? merged(local, remote) : { outcome: 'conflict' };
}

/**
 * The local side owns the field: its value is sent over the remote one, which is reported. At a first meeting nothing
 * is no value that could lose; later it is somebody's edit.
 */
function keepLocal({ path, base, local, remote }: FieldState): FieldMerge {
  // A custom key that the local side never held is somebody else's: it is never removed.
  if (customKey(path) !== undefined && local === undefined && base?.local === undefined)
    return merged(undefined, undefined);
  if (!base && isEmptyValue(path, remote)) return merged(local, remote);
  return { ...merged(local, remote), kept: 'local', lost: remote };
}
