import type { CanonicalIssue, IssueFilters } from '@spec-kitty/tracker-core';
import { type ListingCursor, listingCursor } from '@spec-kitty/tracker-http';
import { z } from 'zod';
import type { Query } from './client.ts';
import { SYSTEM } from './to-canonical.ts';

/** The number behind which a listing goes on, and the time since which it lists; null for all of it. */
export type Place = readonly [after: number, since: string | null];

export const cursors: ListingCursor<Place> = listingCursor(
  SYSTEM,
  'redmine-1.',
  z.tuple([z.int().min(0), z.nullable(z.iso.datetime())]),
);

/** The second in which a time lies, as Redmine takes it: with fractions it is no time to it. */
export const secondOf = (time: string): string => `${new Date(time).toISOString().slice(0, 19)}Z`;

/**
 * Issues behind a number, in the order of numbers, which never change: nothing is skipped when others are edited
 * meanwhile. Closed ones are listed only where that is said.
 */
export function behind(after: number, limit: number): Query {
  return { status_id: '*', issue_id: `>=${after + 1}`, sort: 'id', limit, include: 'relations' };
}

/** Those of the project alone, without its subprojects. */
export function listingOf([after, since]: Place, project: string, limit: number): Query {
  return {
    ...behind(after, limit),
    project_id: project,
    subproject_id: '!*',
    ...(since === null ? {} : { updated_on: `>=${since}` }),
  };
}

export function meets(issue: CanonicalIssue, { queryText, status, assignee, labels }: IssueFilters): boolean {
  if (status && !status.includes(issue.status)) return false;
  if (assignee !== undefined && !issue.assignees.includes(assignee)) return false;
  if (labels && labels.length > 0) return false;
  const text = `${issue.title}\n${issue.body ?? ''}`.toLowerCase();
  return queryText === undefined || text.includes(queryText.toLowerCase());
}

/** What `#12` or `12` names; undefined for what is no key. */
export const keyNumber = (key: string): string | undefined => /^#?([1-9]\d{0,8})$/.exec(key)?.[1];
