import { mergeField } from '../merge/merge-field.ts';
import { sameValue } from '../model/equality.ts';
import type { CanonicalIssue } from '../model/issue.ts';
import type { JsonValue } from '../model/json.ts';
import { fieldPaths, fieldsOf, valueAt, withValue } from '../model/snapshot.ts';
import { laterOf } from '../model/timestamp.ts';
import type { Ids } from '../protocol/context.ts';
import type { Agreement, OverrideRecord, StoredConflict, StoredRecord } from './records.ts';

type Met = Agreement & Required<Pick<Agreement, 'pair'>>;

/** A value of the joined record that had to yield. */
export interface LostValue {
  field: string;
  keptValue: JsonValue;
  lostValue: JsonValue;
}

/** The agreements of two records with the tracker of a target, where both have met it. */
function bothMet(
  first: StoredRecord,
  second: StoredRecord,
  target: string | undefined,
): { ofFirst: Met; ofSecond: Met } | undefined {
  const [ofFirst, ofSecond] = [first, second].map(({ agreements }) =>
    agreements.find(
      (agreement): agreement is Met => agreement.target === target && agreement.pair !== undefined,
    ),
  );
  return ofFirst && ofSecond && { ofFirst, ofSecond };
}

/**
 * Two records made one, as at a first meeting: the first's value stays where both hold one, an empty side yields, sets
 * unite. Where both have met the tracker of `target`, the later agreement stands, and what hosts did to each of them
 * since is merged. The second's other agreements meet again from the start, so that the next sync decides what differs
 * at its trackers under policy and strategy; what yields here and no tracker has yet is in `lost`.
 */
export function joinRecords(
  first: StoredRecord,
  second: StoredRecord,
  target?: string,
): { record: StoredRecord; lost: LostValue[] } {
  const met = bothMet(first, second, target);
  const later = met && (met.ofSecond.remoteUpdatedAt ?? '') > (met.ofFirst.remoteUpdatedAt ?? '');
  const [mine, theirs] = later ? [second, first] : [first, second];
  const halves = met && {
    local: (later ? met.ofSecond : met.ofFirst).pair.local,
    remote: (later ? met.ofFirst : met.ofSecond).pair.local,
  };
  let issue: CanonicalIssue = { ...first.issue, ...fieldsOf(mine.issue) };
  const lost: LostValue[] = [];
  for (const path of fieldPaths(first.issue, second.issue, halves?.local, halves?.remote)) {
    const [local, remote] = [valueAt(mine.issue, path), valueAt(theirs.issue, path)];
    const base = halves && { local: valueAt(halves.local, path), remote: valueAt(halves.remote, path) };
    const merge = mergeField({ path, owner: 'shared', local, remote, ...(base ? { base } : {}) });
    if (merge.outcome === 'merged') issue = withValue(issue, path, merge.local);
    if (merge.outcome !== 'conflict') continue;
    const known = theirs.agreements.some(
      ({ pair }) => pair && sameValue(path, valueAt(pair.local, path), remote),
    );
    if (!known) lost.push({ field: path, keptValue: local ?? null, lostValue: remote ?? null });
  }
  const agreements = first.agreements.map((agreement) => {
    if (!met || !later || agreement.target !== target) return agreement;
    const { seen: _seen, ...rest } = met.ofSecond;
    return { ...rest, ref: agreement.ref };
  });
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
 * Two records that turned out to hold one issue of one tracker: the later agreement with it stands. What yields and
 * no tracker has is recorded.
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
