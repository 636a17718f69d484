import type { CanonicalIssue, IssueFilters, JsonObject } from '@spec-kitty/tracker-core';
import type { Home } from './home.ts';

/** What GitHub itself narrows; whether an issue meets the filters is looked at here as well. */
export function filterBy(filters: IssueFilters, updatedSince: string | undefined): JsonObject {
  const { labels, status } = filters;
  const since = updatedSince === undefined ? Number.NaN : Date.parse(updatedSince);
  const closed = status?.every((one) => one === 'done' || one === 'canceled');
  const open = status?.every((one) => one !== 'done' && one !== 'canceled');
  return {
    // A time as old as the epoch finds nothing.
    ...(since > 0 ? { since: new Date(since).toISOString() } : {}),
    ...(labels && labels.length > 0 ? { labels } : {}),
    ...(status && status.length > 0 && closed ? { states: ['CLOSED'] } : {}),
    ...(status && status.length > 0 && open ? { states: ['OPEN'] } : {}),
  };
}

export function meets(issue: CanonicalIssue, { queryText, status, assignee, labels }: IssueFilters): boolean {
  const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();
  if (status && !status.includes(issue.status)) return false;
  if (assignee !== undefined && !issue.assignees.some((one) => same(one, assignee))) return false;
  if (labels && !labels.every((label) => issue.labels.some((one) => same(one, label)))) return false;
  return (
    queryText === undefined ||
    `${issue.title}\n${issue.body ?? ''}`.toLowerCase().includes(queryText.toLowerCase())
  );
}

/** The number in `owner/repo#12`, `#12` or `12`; undefined for a key of another repository, or none. */
export function numberIn(key: string, home: Home): number | undefined {
  const [, place = '', digits = ''] = /^(?:([\w.-]+\/[\w.-]+)?#)?([1-9]\d{0,8})$/.exec(key) ?? [];
  if (digits === '' || (place !== '' && !home.is(place))) return undefined;
  return Number(digits);
}
