import type { CanonicalIssue, IssueFilters } from '@spec-kitty/tracker-core';
import { among, equals, holdsWords, since } from './jql.ts';

export interface Narrowing {
  projectKey: string;
  updatedSince?: string | undefined;
  timeZone: string | undefined;
  filters: IssueFilters;
  /** The ids of the statuses that read as those that are wanted. */
  statusIds?: readonly string[] | undefined;
}

/** The oldest change first: what is edited meanwhile moves behind what is still to be read. */
export const ORDER = 'ORDER BY updated ASC, key ASC';

/** What Jira itself narrows; whether an issue meets the filters is looked at here as well. */
export function jqlOf({ projectKey, updatedSince, timeZone, filters, statusIds }: Narrowing): string {
  const { queryText, assignee, labels = [] } = filters;
  const clauses = [
    equals('project', projectKey),
    since('updated', updatedSince, timeZone),
    statusIds && statusIds.length > 0 ? among('status', statusIds) : undefined,
    assignee === undefined ? undefined : equals('assignee', assignee),
    ...labels.filter((label) => label !== '').map((label) => equals('labels', label)),
    queryText === undefined ? undefined : holdsWords(queryText),
  ];
  return `${clauses.filter((clause) => clause !== undefined).join(' AND ')} ${ORDER}`;
}

export function meets(issue: CanonicalIssue, { queryText, status, assignee, labels }: IssueFilters): boolean {
  if (status && !status.includes(issue.status)) return false;
  if (assignee !== undefined && !issue.assignees.includes(assignee)) return false;
  if (labels && !labels.every((label) => issue.labels.includes(label))) return false;
  return (
    queryText === undefined ||
    `${issue.title}\n${issue.body ?? ''}`.toLowerCase().includes(queryText.toLowerCase())
  );
}

/** The key in capitals, where it is one of the project's. */
export function keyIn(text: string, projectKey: string): string | undefined {
  const key = text.trim().toUpperCase();
  const [, project] = /^([A-Z][A-Z0-9_]*)-[1-9]\d{0,14}$/.exec(key) ?? [];
  return project === projectKey ? key : undefined;
}
