import { sameValue } from '../model/equality.ts';
import { type ExternalRef, refIdentity } from '../model/external-ref.ts';
import type { CanonicalIssue, IssuePatch } from '../model/issue.ts';
import { applyPatch, fieldPaths, valueAt } from '../model/snapshot.ts';
import type { Commit } from './backend.ts';
import { recordWrite } from './record-write.ts';
import type { Agreement, StoredRecord } from './records.ts';

export function newRecord(issue: CanonicalIssue, agreement: Agreement): Omit<StoredRecord, 'id' | 'stamp'> {
  return { revision: 1, issue, agreements: [agreement], aliases: {}, fieldTimes: {} };
}

/** A draft that turned out to be an issue which the tracker has: the two meet at the next sync. */
export function adopted(record: StoredRecord, draft: Agreement, ref: ExternalRef): StoredRecord {
  const agreements = record.agreements.map((agreement) =>
    agreement === draft ? { ref, target: draft.target } : agreement,
  );
  const first = agreements[0]?.ref ?? ref;
  const aliases = { ...record.aliases, [refIdentity(draft.ref)]: refIdentity(ref) };
  return { ...record, issue: { ...record.issue, ref: first }, agreements, aliases };
}

/** A draft that turned out to be an issue of another record, which is about to be joined to it. */
export function withoutDraft(record: StoredRecord, draft: Agreement, ref: ExternalRef): StoredRecord {
  const agreements = record.agreements.filter((agreement) => agreement !== draft);
  const aliases = { ...record.aliases, [refIdentity(draft.ref)]: refIdentity(ref) };
  return { ...record, issue: { ...record.issue, ref: agreements[0]?.ref ?? ref }, agreements, aliases };
}

/** The commit of a host's edit; empty where nothing changes. Each changed field takes the time `at`. */
export function editCommit(record: StoredRecord, patch: IssuePatch, at: string): Commit {
  const edited = applyPatch(record.issue, onlyFields(patch));
  const changed = fieldPaths(record.issue, edited).filter(
    (path) => JSON.stringify(valueAt(record.issue, path)) !== JSON.stringify(valueAt(edited, path)),
  );
  if (changed.length === 0) return {};
  const meant = changed.some((path) => !sameValue(path, valueAt(record.issue, path), valueAt(edited, path)));
  const fieldTimes = { ...record.fieldTimes };
  for (const path of changed) fieldTimes[path] = at;
  const issue = { ...edited, updatedAt: meant ? at : record.issue.updatedAt };
  return { records: [recordWrite({ ...record, revision: record.revision + 1, issue, fieldTimes }, record)] };
}

function onlyFields(patch: IssuePatch): IssuePatch {
  const fields: Record<string, unknown> = {};
  for (const path of fieldPaths()) if (path in patch) fields[path] = patch[path as keyof IssuePatch];
  if (patch.customFields) fields.customFields = patch.customFields;
  return fields;
}
