import { IssuePayloadContractError } from '../errors/contract-errors.ts';
import { issuePatch } from '../model/canonical-issue.ts';
import { sameValue } from '../model/equality.ts';
import type { IssueFields } from '../model/issue.ts';
import { isJsonValue, type JsonValue } from '../model/json.ts';
import { customKey, type FieldPath, valueAt, withValue } from '../model/snapshot.ts';
import type { Agreement, StoredConflict, StoredRecord } from './records.ts';
import type { ConflictChoice } from './sync-store.ts';

/** The value that a choice stands for, as a value of the conflict's field. @throws IssuePayloadContractError */
function chosenValue(conflict: StoredConflict, localValue: JsonValue, choice: ConflictChoice): JsonValue {
  if (choice === 'local') return localValue;
  if (choice === 'external') return conflict.externalValue;
  const { value } = choice;
  if (conflict.field === 'deleted') {
    if (typeof value === 'boolean') return value;
    throw new IssuePayloadContractError('expected true (deleted) or false (kept)', { fieldPath: 'deleted' });
  }
  const key = customKey(conflict.field);
  if (key !== undefined) {
    if (isJsonValue(value)) return value;
    throw new IssuePayloadContractError('expected JSON data', { fieldPath: conflict.field });
  }
  const parsed: Record<string, unknown> = issuePatch({ [conflict.field]: value });
  return parsed[conflict.field] as JsonValue;
}

/**
 * The record after a decision. The pair becomes what the tracker holds on both halves, and local takes the chosen
 * value: what then differs is an ordinary pending change, so nothing is decided twice.
 */
export function settleConflict(
  record: StoredRecord,
  conflict: StoredConflict,
  choice: ConflictChoice,
  now: string,
): { record: StoredRecord; value: JsonValue; localValue: JsonValue } {
  // The host may have edited the field since the conflict was noted; it means what it sees.
  const localValue =
    conflict.field === 'deleted'
      ? conflict.localValue
      : (valueAt(record.issue, conflict.field as FieldPath) ?? null);
  const value = chosenValue(conflict, localValue, choice);
  const settled =
    conflict.field === 'deleted' ? settleDeletion(record, conflict, value === true, now) : undefined;
  if (settled) return { record: settled, value, localValue };

  const path = conflict.field as FieldPath;
  const agreements = record.agreements.map((agreement): Agreement => {
    if (agreement.target !== conflict.target || !agreement.pair) return agreement;
    const { seen: _seen, unmet, ...rest } = agreement;
    const left = unmet?.filter((field) => field !== path) ?? [];
    const local = withValue(agreement.pair.local, path, presence(conflict, conflict.externalValue));
    const external = conflict.externalRaw ?? conflict.externalValue;
    const remote = withValue(agreement.pair.remote, path, presence(conflict, external));
    return { ...rest, pair: { local, remote }, ...(left.length > 0 ? { unmet: left } : {}) };
  });
  const issue = withValue(record.issue, path, presence(conflict, value));
  if (!sameValue(path, localValue, value)) issue.updatedAt = now;
  const fieldTimes = { ...record.fieldTimes, [path]: now };
  return {
    record: { ...record, revision: record.revision + 1, issue, agreements, fieldTimes },
    value,
    localValue,
  };
}

/** A custom key that a side did not hold stands in a conflict as null. */
function presence(conflict: StoredConflict, value: JsonValue): JsonValue | undefined {
  return value === null && customKey(conflict.field) !== undefined ? undefined : value;
}

function settleDeletion(
  record: StoredRecord,
  conflict: StoredConflict,
  gone: boolean,
  now: string,
): StoredRecord {
  const revision = record.revision + 1;
  if (conflict.externalValue === true) {
    // The tracker holds it no longer: keeping it means keeping it here. Nothing is recreated by itself.
    const { deleted: _deleted, ...kept } = record;
    return gone ? { ...record, revision, deleted: { at: now, by: 'external' } } : { ...kept, revision };
  }
  if (!gone) {
    const { deleted: _deleted, ...kept } = record;
    return { ...kept, revision, agreements: record.agreements.map(({ seen: _seen, ...rest }) => rest) };
  }
  const agreements = record.agreements.map((agreement): Agreement => {
    if (agreement.target !== conflict.target || !agreement.pair || conflict.externalRaw === undefined) {
      return agreement;
    }
    const { unmet: _unmet, ...met } = agreement;
    return { ...met, pair: { ...agreement.pair, remote: conflict.externalRaw as unknown as IssueFields } };
  });
  return { ...record, revision, agreements, deleted: record.deleted ?? { at: now, by: 'local' } };
}
