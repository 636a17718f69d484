import {
  type CanonicalIssue,
  type ListQuery,
  type Page,
  TrackerContractError,
} from '@spec-kitty/tracker-core';
import type { DatabaseState } from './database-rows.ts';
import { DATABASE_CAPABILITIES } from './manifest.ts';
import { meets } from './queries.ts';
import { SYSTEM } from './to-canonical.ts';

const PREFIX = 'd1.';

function refuse(reason: string, message: string): never {
  throw new TrackerContractError(message, { provider: SYSTEM, kind: 'cursor', fieldPath: 'cursor', reason });
}

function writeCursor(id: string, listing: string): string {
  return PREFIX + Buffer.from(JSON.stringify([listing, id])).toString('base64url');
}

function readCursor(cursor: string, listing: string): string {
  const [madeUnder, id] = parts(cursor);
  if (typeof madeUnder !== 'string' || typeof id !== 'string')
    return refuse('malformed', 'this is no cursor of a Beads database');
  return madeUnder === listing ? id : refuse('filters', 'this cursor was made under other filters');
}

function parts(cursor: string): unknown[] {
  try {
    const read: unknown = JSON.parse(Buffer.from(cursor.slice(PREFIX.length), 'base64url').toString());
    if (cursor.startsWith(PREFIX) && Array.isArray(read) && read.length === 2) return read;
  } catch {
    // No JSON: malformed, like every other text that is no cursor.
  }
  return [];
}

/** A page in the order of ids, which never change. What is gone or cannot be read is told on the first one. */
export function databasePage(state: DatabaseState, query: ListQuery, listing: string): Page<CanonicalIssue> {
  const { queryKey, ...filters } = query.filters ?? {};
  const { cursor } = query;
  const after = cursor === undefined ? '' : readCursor(cursor, listing);
  const limit = Math.min(query.limit, DATABASE_CAPABILITIES.limits?.pageSize ?? query.limit);
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
      return { ...page, nextCursor: writeCursor(last.ref.id, listing) };
    page.items.push(issue);
  }
  return page;
}
