import type { CanonicalIssue, ListQuery, Page } from '@spec-kitty/tracker-core';
import { decodeCursor, encodeCursor, refuseCursor } from './cursor.ts';
import type { DatabaseState } from './database-rows.ts';
import { PAGE_SIZE } from './manifest.ts';
import { meets } from './queries.ts';

const KIND = 'd1';

function readCursor(cursor: string, listing: string): string {
  const [madeUnder, id] = decodeCursor(KIND, cursor, 2);
  if (typeof madeUnder !== 'string' || typeof id !== 'string')
    return refuseCursor('malformed', 'this is no cursor of a Beads database');
  return madeUnder === listing ? id : refuseCursor('filters', 'this cursor was made under other filters');
}

/** A page in the order of ids, which never change. What is gone or cannot be read is told on the first one. */
export function databasePage(state: DatabaseState, query: ListQuery, listing: string): Page<CanonicalIssue> {
  const { queryKey, ...filters } = query.filters ?? {};
  const { cursor } = query;
  const after = cursor === undefined ? '' : readCursor(cursor, listing);
  const limit = Math.min(query.limit, PAGE_SIZE);
  const page: Page<CanonicalIssue> = { items: [] };
  if (cursor === undefined && state.gone.length > 0) page.gone = state.gone;
  if (cursor === undefined && state.failures.length > 0) page.failures = state.failures;
  if (queryKey !== undefined) {
    const held = state.issues.get(queryKey);
    return { ...page, items: held ? [held.issue] : [] };
  }
  for (const id of [...state.issues.keys()].sort()) {
    const issue = state.issues.get(id)?.issue;
    if (!issue || id <= after || !meets(issue, filters)) continue;
    const last = page.items.at(-1);
    if (last && page.items.length === limit)
      return { ...page, nextCursor: encodeCursor(KIND, [listing, last.ref.id]) };
    page.items.push(issue);
  }
  return page;
}
