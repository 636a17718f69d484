import { type ExternalRef, refIdentity } from '../model/external-ref.ts';
import type { CanonicalIssue } from '../model/issue.ts';
import type { IssueQuery } from './backend.ts';
import type { ConflictRecord, StoredConflict, StoredRecord } from './records.ts';

/** A ref as people read it. */
export function label(ref: ExternalRef): string {
  const name = ref.key ?? ref.id;
  return `${ref.system} ${ref.workspace} ${name}`;
}

/** A record as a host sees it, under the ref that it asked for. */
export function present(record: StoredRecord, ref: ExternalRef): CanonicalIssue {
  const asked = refIdentity(ref);
  const held = record.aliases[asked] ?? asked;
  const agreement = record.agreements.find((candidate) => refIdentity(candidate.ref) === held);
  const issue: CanonicalIssue = {
    ...record.issue,
    ref: agreement?.ref ?? record.issue.ref,
    localRevision: record.revision,
  };
  if (agreement?.version !== undefined) issue.version = agreement.version;
  return issue;
}

/** The ref by which a query found the record: the one in the system and workspace asked for. */
export function placed(record: StoredRecord, query: IssueQuery): ExternalRef {
  const found = record.agreements.find(
    ({ ref }) =>
      (query.system === undefined || ref.system === query.system) &&
      (query.workspace === undefined || ref.workspace === query.workspace),
  );
  return found?.ref ?? record.issue.ref;
}

/** A conflict as hosts see it. */
export function publicConflict(conflict: StoredConflict): ConflictRecord {
  const {
    id,
    issueRef,
    field,
    baseValue,
    localValue,
    externalValue,
    resolvedValue,
    strategy,
    status,
    detectedAt,
  } = conflict;
  return {
    id,
    issueRef,
    field,
    ...(baseValue === undefined ? {} : { baseValue }),
    localValue,
    externalValue,
    ...(resolvedValue === undefined ? {} : { resolvedValue }),
    strategy,
    status,
    detectedAt,
  };
}
