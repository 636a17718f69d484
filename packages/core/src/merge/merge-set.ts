import { elementKey } from '../model/equality.ts';
import type { JsonValue } from '../model/json.ts';
import type { FieldMerge, FieldState, Value } from './merge-value.ts';

type Elements = Map<string, JsonValue>;

const without = (set: Elements, other: { has(key: string): boolean }): Elements =>
  new Map([...set].filter(([key]) => !other.has(key)));

const within = (set: Elements, other: { has(key: string): boolean }): Elements =>
  new Map([...set].filter(([key]) => other.has(key)));

/** `set`, then what of `more` it does not hold. */
const united = (set: Elements, more: Elements): Elements => new Map([...set, ...without(more, set)]);

/**
 * Merge of a set, element by element: what each side added or removed against its own half is applied to the other
 * side. An addition beats a removal of the same element. Pure; an element of the result was on one of the sides.
 */
export function mergeSet(state: FieldState): FieldMerge {
  const elements = (value: Value): Elements =>
    new Map(
      (Array.isArray(value) ? value : []).map((element) => [
        elementKey(state.path, element, state.folding),
        element,
      ]),
    );
  const local = elements(state.local);
  const remote = elements(state.remote);
  const base = state.base && { local: elements(state.base.local), remote: elements(state.base.remote) };
  const added = without(local, base?.local ?? new Map());
  const removed = base ? without(base.local, local) : new Map<string, JsonValue>();
  const remoteAdded = without(remote, base?.remote ?? new Map());
  const remoteRemoved = base ? without(base.remote, remote) : new Map<string, JsonValue>();
  const localChanged = added.size + removed.size > 0;
  const remoteChanged = remoteAdded.size + remoteRemoved.size > 0;
  if (base && !localChanged && !remoteChanged) return { outcome: 'same' };

  if (state.owner === 'external') {
    const kept = base ? united(without(base.local, remoteRemoved), remoteAdded) : remote;
    if (base && !remoteChanged) return { outcome: 'put_back', local: list(kept), lost: state.local };
    const undone = without(added, kept).size + without(within(removed, kept), remoteAdded).size;
    return settle(kept, kept, undone > 0 ? { kept: 'external', lost: state.local } : undefined);
  }

  const localOwns = state.owner === 'local';
  // Relations that somebody else made are never removed: they are no value that lost, but none of ours.
  const foreign =
    localOwns && state.path !== 'links' ? without(remoteAdded, local) : new Map<string, JsonValue>();
  const restored = localOwns ? within(remoteRemoved, local) : new Map<string, JsonValue>();
  if (base && !remoteChanged) {
    const pending = without(added, remote).size + within(removed, remote).size;
    return pending > 0 ? { outcome: 'same' } : settle(local, local);
  }
  const next = localOwns ? local : united(without(local, without(remoteRemoved, added)), remoteAdded);
  const toAdd = new Map([...without(added, remote), ...restored]);
  const toRemove = new Map([
    ...without(within(removed, remote), localOwns ? new Map() : remoteAdded),
    ...foreign,
  ]);
  const overridden = foreign.size + without(restored, added).size > 0;
  return settle(
    next,
    united(without(next, toAdd), toRemove),
    overridden ? { kept: 'local', lost: state.remote } : undefined,
  );
}

const list = (set: Elements): JsonValue => [...set.values()];

function settle(
  local: Elements,
  baseLocal: Elements,
  override?: { kept: 'local' | 'external'; lost: Value },
): FieldMerge {
  return { outcome: 'merged', local: list(local), baseLocal: list(baseLocal), ...override };
}
