import {
  type CanonicalIssue,
  CapabilityNotSupportedError,
  fingerprint,
  type IssueFilters,
  type JsonValue,
  stableStringify,
} from '@spec-kitty/tracker-core';

const FILTERS = new Set(['queryKey', 'queryText', 'status', 'assignee', 'labels']);

/** What tells two listings apart: a cursor of one is no cursor of the other. */
export function listingIdentity(workspace: string, filters: IssueFilters): string {
  const given = Object.entries(filters).filter(([, value]) => value !== undefined);
  return fingerprint(stableStringify([workspace, Object.fromEntries(given) as JsonValue]));
}

/** @throws CapabilityNotSupportedError naming a filter that is not known. */
export function assertFilters(filters: IssueFilters): void {
  const unknown = Object.keys(filters).find((name) => filters[name] !== undefined && !FILTERS.has(name));
  if (unknown === undefined) return;
  const fieldPath = `filters.${unknown}`;
  throw new CapabilityNotSupportedError(`Beads has no filter "${unknown}"`, {
    capability: fieldPath,
    fieldPath,
  });
}

/** Whether an issue meets every filter but `queryKey`. */
export function meets(issue: CanonicalIssue, filters: IssueFilters): boolean {
  const { queryText, status, assignee, labels } = filters;
  if (status && !status.includes(issue.status)) return false;
  if (assignee !== undefined && !issue.assignees.includes(assignee)) return false;
  if (labels && !labels.every((label) => issue.labels.includes(label))) return false;
  if (queryText === undefined) return true;
  return `${issue.title}\n${issue.body ?? ''}`.toLowerCase().includes(queryText.toLowerCase());
}
