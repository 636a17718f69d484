import type { CanonicalIssue } from '../model/issue.ts';
import type { IssueQuery } from './backend.ts';
import type { StoredRecord } from './records.ts';

const lower = (text: string): string => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

function matchesContent(issue: CanonicalIssue, query: IssueQuery): boolean {
  const { status, labels, text } = query;
  if (status !== undefined && !(Array.isArray(status) ? status : [status]).includes(issue.status))
    return false;
  if (labels !== undefined && !labels.every((label) => issue.labels.includes(label))) return false;
  if (text === undefined) return true;
  const wanted = lower(text);
  return lower(issue.title).includes(wanted) || (issue.body !== null && lower(issue.body).includes(wanted));
}

/** Whether a record meets a query; `pending` is for the caller to look up. */
export function matchesQuery(record: StoredRecord, query: IssueQuery): boolean {
  if ((query.deleted === true) !== (record.deleted !== undefined)) return false;
  const { system, workspace } = query;
  const placed = record.agreements.some(
    ({ ref }) =>
      (system === undefined || ref.system === system) &&
      (workspace === undefined || ref.workspace === workspace),
  );
  return placed && matchesContent(record.issue, query);
}
