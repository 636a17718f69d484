import { elementKey, isEmptyValue, SET_FIELDS, sameValue } from '../model/equality.ts';
import type { JsonValue } from '../model/json.ts';
import { fieldPaths, valueAt, withValue } from '../model/snapshot.ts';
import { laterOf } from '../model/timestamp.ts';
import type { Ids } from '../protocol/context.ts';
import type { OverrideRecord, StoredRecord } from './records.ts';

/** A value of the joined record that had to yield. */
export interface LostValue {
  field: string;
  keptValue: JsonValue;
  lostValue: JsonValue;
}

/**
 * Two records made one. The first's value stays where both hold one, an empty side yields, sets unite. The second's
 * agreements meet again from the start, so that the next sync decides what differs at its trackers under policy and
 * strategy; what yields here and no tracker has yet is in `lost`.
 */
export function joinRecords(
  first: StoredRecord,
  second: StoredRecord,
): { record: StoredRecord; lost: LostValue[] } {
  let issue = first.issue;
  const lost: LostValue[] = [];
  for (const path of fieldPaths(first.issue, second.issue)) {
    const kept = valueAt(first.issue, path);
    const other = valueAt(second.issue, path);
    if (other === undefined || sameValue(path, kept, other) || isEmptyValue(path, other)) continue;
    if (isEmptyValue(path, kept)) {
      issue = withValue(issue, path, other);
    } else if (SET_FIELDS.has(path) && Array.isArray(kept) && Array.isArray(other)) {
      const held = new Set(kept.map((element) => elementKey(path, element)));
      issue = withValue(issue, path, [
        ...kept,
        ...other.filter((element) => !held.has(elementKey(path, element))),
      ]);
    } else {
      const known = second.agreements.some(
        ({ pair }) => pair && sameValue(path, valueAt(pair.local, path), other),
      );
      if (!known) lost.push({ field: path, keptValue: kept ?? null, lostValue: other });
    }
  }
  const joined = second.agreements.map(({ pair: _pair, seen: _seen, refused: _refused, ...rest }) => rest);
  const fieldTimes = { ...first.fieldTimes };
  for (const [path, time] of Object.entries(second.fieldTimes)) {
    fieldTimes[path] = laterOf(fieldTimes[path], time) ?? time;
  }
  const record: StoredRecord = {
    ...first,
    issue: { ...issue, updatedAt: laterOf(first.issue.updatedAt, second.issue.updatedAt) },
    // A copy of either that a host still holds is outdated.
    revision: Math.max(first.revision, second.revision) + 1,
    agreements: [...first.agreements, ...joined],
    aliases: { ...first.aliases, ...second.aliases },
    fieldTimes,
  };
  return { record, lost };
}

/**
 * Two records that turned out to hold one issue of one tracker: the first's agreement with it stands. What yields and
 * no tracker has is recorded.
 */
export function joinOfOneIssue(
  first: StoredRecord,
  second: StoredRecord,
  note: Pick<OverrideRecord, 'bindingId' | 'at'> & { ids: Ids },
): { record: StoredRecord; overrides: OverrideRecord[] } {
  const { record, lost } = joinRecords(first, second);
  const { ids, ...rest } = note;
  const targets = new Set<string>();
  const agreements = record.agreements.filter(({ target }) => !targets.has(target) && targets.add(target));
  const overrides = lost.map(
    (value): OverrideRecord => ({ ...value, ...rest, id: ids(), issueRef: first.issue.ref, kept: 'local' }),
  );
  return { record: { ...record, agreements }, overrides };
}
