import type { FieldOwner, IssueFields, JsonValue } from '../../../src/index.ts';
import type { Value } from '../../../src/merge/merge-value.ts';
import { sameValue } from '../../../src/model/equality.ts';
import { type FieldPath, fieldPaths, valueAt, withValue } from '../../../src/model/snapshot.ts';
import type { Agreement, StoredConflict, StoredRecord } from '../../../src/store/records.ts';
import type { PlanningCase } from './planning-case.ts';
import { contextOf, foldingFor, type Setting, TARGET } from './settings.ts';

/** The agreement with the tracker. */
export function agreed(record: StoredRecord): Agreement {
  const agreement = record.agreements.find(({ target }) => target === TARGET);
  if (!agreement) throw new Error('the record has no agreement with the tracker');
  return agreement;
}

/** The elements of a local set that the tracker has no name for; written apart from the code under test. */
const nameless = (setting: Setting, path: FieldPath, element: JsonValue): boolean =>
  !setting.home &&
  (path === 'assignees'
    ? element === 'e9'
    : JSON.stringify(element).includes('"elsewhere","workspace":"w","id":"3"'));

/** A local value less what the tracker has no name for. */
export const named = (setting: Setting, path: FieldPath, value: Value): Value =>
  Array.isArray(value) && path !== 'labels'
    ? value.filter((element) => !nameless(setting, path, element))
    : value;

/** One field as reconciling sees it, in the record's terms. */
export interface Sides {
  owner: FieldOwner;
  /** What local and the tracker held at the last agreement; absent where the field never met. */
  base: { local: Value; remote: Value } | undefined;
  local: Value;
  remote: Value;
}

export function sidesOf({ setting, record, remote }: PlanningCase, path: FieldPath): Sides {
  const context = contextOf(setting);
  const { pair, unmet = [] } = agreed(record);
  const inbound = (fields: IssueFields): Value => valueAt(context.translator.inbound(record, fields), path);
  const met = pair && !unmet.includes(path);
  return {
    owner: context.policy.ownerFor(path),
    base: met
      ? { local: named(setting, path, valueAt(pair.local, path)), remote: inbound(pair.remote) }
      : undefined,
    local: named(setting, path, valueAt(record.issue, path)),
    remote: inbound(remote),
  };
}

export const same = (setting: Setting, path: FieldPath, a: Value, b: Value): boolean =>
  sameValue(path, a, b, foldingFor(setting));

export const pathsOf = ({ record, remote }: PlanningCase): FieldPath[] => {
  const { pair } = agreed(record);
  return fieldPaths(record.issue, remote, pair?.local, pair?.remote);
};

/** The fields that differ from the local half. */
export function pendingOf(setting: Setting, record: StoredRecord): FieldPath[] {
  const { pair } = agreed(record);
  if (!pair) return [];
  return fieldPaths(record.issue, pair.local).filter((path) => {
    const [now, before] = [record.issue, pair.local].map((fields) =>
      named(setting, path, valueAt(fields, path)),
    );
    return !same(setting, path, now, before);
  });
}

/** Open conflicts after a step: what it wrote replaces what stood. */
export function stillOpen(
  open: readonly StoredConflict[],
  written: readonly StoredConflict[],
): StoredConflict[] {
  const all = new Map([...open, ...written].map((conflict) => [conflict.id, conflict]));
  return [...all.values()].filter(({ status }) => status === 'open');
}

/** `fields` with the values of `from` at some paths. */
export const withFieldsOf = <T extends IssueFields>(
  fields: T,
  from: IssueFields,
  paths: readonly FieldPath[],
): T => paths.reduce((next, path) => withValue(next, path, valueAt(from, path)), fields);
