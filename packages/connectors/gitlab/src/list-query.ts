import {
  type CanonicalIssue,
  CapabilityNotSupportedError,
  type IssueFilters,
} from '@spec-kitty/tracker-core';
import { assertFilters } from '@spec-kitty/tracker-http';
import type { Query } from './client.ts';
import { SYSTEM } from './to-canonical.ts';

/** @throws CapabilityNotSupportedError naming a filter that is not known, or of another kind. */
export function assertOwnFilters(filters: IssueFilters): void {
  assertFilters(SYSTEM, filters, ['confidential']);
  if (filters['confidential'] === undefined || typeof filters['confidential'] === 'boolean') return;
  const fieldPath = 'filters.confidential';
  throw new CapabilityNotSupportedError('the filter "confidential" is true or false', {
    capability: fieldPath,
    fieldPath,
  });
}

/** What GitLab itself narrows; whether an issue meets the filters is looked at here as well. */
export function narrowed({ labels = [], status, confidential }: IssueFilters): Query {
  const isClosed = (one: string): boolean => one === 'done' || one === 'canceled';
  // `None` and `Any` are words of GitLab's filter, and a comma ends a name there.
  const named = labels.filter((label) => !/^(?:none|any)$|,/i.test(label));
  return {
    ...(named.length > 0 ? { labels: named.join(',') } : {}),
    ...(status && status.length > 0 && status.every(isClosed) ? { state: 'closed' } : {}),
    ...(status && status.length > 0 && !status.some(isClosed) ? { state: 'opened' } : {}),
    ...(confidential === undefined ? {} : { confidential: String(confidential) }),
  };
}

export function meets(issue: CanonicalIssue, { queryText, status, assignee, labels }: IssueFilters): boolean {
  if (status && !status.includes(issue.status)) return false;
  if (assignee !== undefined && !issue.assignees.some((one) => one.toLowerCase() === assignee.toLowerCase()))
    return false;
  if (labels && !labels.every((label) => issue.labels.includes(label))) return false;
  return (
    queryText === undefined ||
    `${issue.title}\n${issue.body ?? ''}`.toLowerCase().includes(queryText.toLowerCase())
  );
}

/** What `group/project#12`, `#12` or `12` names; undefined for what is no key. */
export function keyParts(key: string): { path: string; iid: number } | undefined {
  const [, path = '', digits = ''] = /^(?:([\w.-]+(?:\/[\w.-]+)*)?#)?([1-9]\d{0,8})$/.exec(key) ?? [];
  return digits === '' ? undefined : { path, iid: Number(digits) };
}
