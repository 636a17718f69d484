import type { CanonicalIssue, IssueFilters } from '@spec-kitty/tracker-core';

const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

export function meets(issue: CanonicalIssue, { queryText, status, assignee, labels }: IssueFilters): boolean {
  if (status && !status.includes(issue.status)) return false;
  if (assignee !== undefined && !issue.assignees.some((one) => same(one, assignee))) return false;
  if (labels && !labels.every((label) => issue.labels.some((one) => same(one, label)))) return false;
  return (
    queryText === undefined ||
    `${issue.title}\n${issue.body ?? ''}`.toLowerCase().includes(queryText.toLowerCase())
  );
}

/** The id in `organization/project#12`, `#12` or `12`; undefined for a key of another project, or none. */
export function idInKey(key: string, workspace: string): string | undefined {
  const at = key.lastIndexOf('#');
  const [place, digits] = [key.slice(0, Math.max(0, at)), key.slice(at + 1)];
  if (place !== '' && !same(place, workspace)) return undefined;
  return knownId(digits);
}

/** An id that an item may have; undefined for every other text. */
export function knownId(id: string): string | undefined {
  return /^[1-9]\d{0,9}$/.test(id) && Number(id) <= 2_147_483_647 ? id : undefined;
}
