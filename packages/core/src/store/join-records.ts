import { mergeField } from '../merge/merge-field.ts';
import { sameValue } from '../model/equality.ts';
import type { IssueFields } from '../model/issue.ts';
import type { JsonValue } from '../model/json.ts';
import { type FieldPath, fieldPaths, fieldsOf, valueAt, withValue } from '../model/snapshot.ts';
import { laterOf } from '../model/timestamp.ts';
import type { Ids } from '../protocol/context.ts';
import {
  type Agreement,
  agreementAt,
  type OverrideRecord,
  type StoredConflict,
  type StoredRecord,
} from './records.ts';

/** A field of one of two records, and what it was when that one met the tracker. */
interface HeldValue {
  value: JsonValue | undefined;
  base: JsonValue | undefined;
}

/** A value of the joined record that had to yield. */
export interface LostValue {
  field: string;
  keptValue: JsonValue;
  lostValue: JsonValue;
}

/** A record that has met the tracker of a target, and its agreement with it. */
interface Meeting {
  record: StoredRecord;
  agreement: Agreement & Required<Pick<Agreement, 'pair'>>;
}

function meeting(record: StoredRecord, target: string): Meeting | undefined {
  const agreement = agreementAt(record, target);
  return agreement?.pair && { record, agreement: { ...agreement, pair: agreement.pair } };
}

const heldBy = ({ record, agreement }: Meeting, path: FieldPath): HeldValue => ({
  value: valueAt(record.issue, path),
  base: valueAt(agreement.pair.local, path),
});

/** What two records are when they are one. */
interface Joined {
  fields: IssueFields;
  /** Their agreement with the tracker that both have met. */
  agreement?: Agreement;
  lost: LostValue[];
}

/** As at a first meeting: the first's value stays where both hold one, an empty side yields, sets unite. */
function unite(first: StoredRecord, second: StoredRecord): Joined {
  let fields = fieldsOf(first.issue);
  const lost: LostValue[] = [];
  for (const path of fieldPaths(first.issue, second.issue)) {
    const [local, remote] = [valueAt(first.issue, path), valueAt(second.issue, path)];
    const merge = mergeField({ path, owner: 'shared', local, remote });
    if (merge.outcome === 'merged') fields = withValue(fields, path, merge.local);
    if (merge.outcome !== 'conflict') continue;
    const known = second.agreements.some(
      ({ pair }) => pair && sameValue(path, valueAt(pair.local, path), remote),
    );
    if (!known) lost.push({ field: path, keptValue: local ?? null, lostValue: remote ?? null });
  }
  return { fields, lost };
}

/**
 * Both have met the tracker, one later than the other. A field stands as the earlier one has it, with its halves: the
 * next look at the issue brings what the tracker changed meanwhile. Where the host changed it in the later one alone, it
 * stands as it is there; where in both, a set is merged, and of values the later one stays.
 */
function mergeMet(elder: Meeting, later: Meeting): Joined {
  let fields = fieldsOf(elder.record.issue);
  let { local: localHalf, remote: remoteHalf } = elder.agreement.pair;
  const lost: LostValue[] = [];
  const { local, remote } = later.agreement.pair;
  for (const path of fieldPaths(fields, later.record.issue, localHalf, remoteHalf, local, remote)) {
    const [old, now] = [heldBy(elder, path), heldBy(later, path)];
    if (sameValue(path, now.value, now.base)) continue;
    const base = { local: now.base, remote: old.base };
    const merge = mergeField({ path, owner: 'shared', base, local: now.value, remote: old.value });
    fields = withValue(fields, path, merge.outcome === 'merged' ? merge.local : now.value);
    localHalf = withValue(localHalf, path, now.base);
    remoteHalf = withValue(remoteHalf, path, valueAt(remote, path));
    if (merge.outcome === 'conflict')
      lost.push({ field: path, keptValue: now.value ?? null, lostValue: old.value ?? null });
  }
  const { seen: _seen, ...rest } = later.agreement;
  return { fields, agreement: { ...rest, pair: { local: localHalf, remote: remoteHalf } }, lost };
}

/**
 * Two records made one. The second's agreements, but for the one with the tracker of `target` that both have met, meet
 * again from the start, so that the next sync decides what differs at its trackers under policy and strategy; what
 * yields here and no tracker has yet is in `lost`.
 */
export function joinRecords(
  first: StoredRecord,
  second: StoredRecord,
  target?: string,
): { record: StoredRecord; lost: LostValue[] } {
  const [mine, theirs] = target === undefined ? [] : [meeting(first, target), meeting(second, target)];
  const isLater = (theirs?.agreement.remoteUpdatedAt ?? '') > (mine?.agreement.remoteUpdatedAt ?? '');
  const { fields, agreement, lost } =
    mine && theirs ? (isLater ? mergeMet(mine, theirs) : mergeMet(theirs, mine)) : unite(first, second);
  const agreements = first.agreements.map((one) =>
    agreement && one.target === target ? { ...agreement, ref: one.ref } : one,
  );
  const joined = second.agreements.map(({ pair: _pair, seen: _seen, refused: _refused, ...rest }) => rest);
  const fieldTimes = { ...first.fieldTimes };
  for (const [path, time] of Object.entries(second.fieldTimes)) {
    fieldTimes[path] = laterOf(fieldTimes[path], time) ?? time;
  }
  const updatedAt = laterOf(first.issue.updatedAt, second.issue.updatedAt);
  const record: StoredRecord = {
    ...first,
    issue: { ...first.issue, ...fields, updatedAt },
    // A copy of either that a host still holds is outdated.
    revision: Math.max(first.revision, second.revision) + 1,
    agreements: [...agreements, ...joined],
    aliases: { ...first.aliases, ...second.aliases },
    fieldTimes,
  };
  return { record, lost };
}

/** Open conflicts of a record that another one takes in: its agreements meet again, and with them what was in dispute. */
export function joinedConflicts(open: readonly StoredConflict[], recordId: number): StoredConflict[] {
  return open.map((conflict) => ({ ...conflict, recordId, status: 'resolved', strategy: 'linked' }));
}

/**
 * Two records that turned out to hold one issue of one tracker: see {@link mergeMet}. What yields and no
 * tracker has is recorded.
 */
export function joinOfOneIssue(
  first: StoredRecord,
  second: StoredRecord,
  target: string,
  note: Pick<OverrideRecord, 'bindingId' | 'at'> & { ids: Ids },
): { record: StoredRecord; overrides: OverrideRecord[] } {
  const { record, lost } = joinRecords(first, second, target);
  const { ids, ...rest } = note;
  const targets = new Set<string>();
  const agreements = record.agreements.filter((one) => !targets.has(one.target) && targets.add(one.target));
  const overrides = lost.map(
    (value): OverrideRecord => ({ ...value, ...rest, id: ids(), issueRef: first.issue.ref, kept: 'local' }),
  );
  const deleted = first.deleted ?? (second.deleted?.by === 'local' ? second.deleted : undefined);
  return { record: { ...record, agreements, ...(deleted ? { deleted } : {}) }, overrides };
}
