import { type IssueFilters, shiftTimestamp, toTimestamp } from '@spec-kitty/tracker-core';
import type { Place } from './cursor.ts';
import type { Known } from './directory.ts';
import { isUuid } from './system.ts';
import { UNMAPPED } from './vocabulary.ts';

/** A time as Linear compares it. @throws TypeError */
export function instantOf(updatedSince: string | undefined): string | undefined {
  if (updatedSince === undefined) return undefined;
  const since = toTimestamp(updatedSince);
  if (since === undefined) throw new TypeError('updatedSince must be an RFC 3339 time with an offset');
  return since;
}

/** What our filters are in Linear's; undefined where no issue can meet them. `queryKey` has a way of its own. */
function conditionsOf(
  { queryText, status, assignee, labels }: IssueFilters,
  known: Known,
): object[] | undefined {
  const conditions: object[] = [];
  if (queryText !== undefined)
    conditions.push({
      or: [{ title: { containsIgnoreCase: queryText } }, { description: { containsIgnoreCase: queryText } }],
    });
  if (status) {
    const states = known.statesOf(status, UNMAPPED);
    if (states.length === 0) return undefined;
    conditions.push({ state: { id: { in: states } } });
  }
  if (assignee !== undefined) {
    if (!isUuid(assignee)) return undefined;
    conditions.push({ assignee: { id: { eq: assignee } } });
  }
  for (const name of labels ?? []) conditions.push({ labels: { some: { name: { eqIgnoreCase: name } } } });
  return conditions;
}

/**
 * The issues of the team that meet the filters and changed since, up to a place. What was archived since is among them
 * whatever the filters, and whether or not that moved its time. Undefined where no issue can be among them.
 */
export function listingFilter(
  filters: IssueFilters,
  { since, place }: { since: string | undefined; place: Place | undefined },
  known: Known,
): object | undefined {
  const conditions = conditionsOf(filters, known);
  if (!conditions) return undefined;
  const changed = {
    and: [...conditions, ...(since === undefined ? [] : [{ updatedAt: { gte: since } }])],
  };
  return {
    and: [
      { team: { id: { eq: known.team.id } } },
      since === undefined ? changed : { or: [changed, { archivedAt: { gte: since } }] },
      // A millisecond more: Linear may keep times that are finer than those it tells.
      ...(place ? [{ updatedAt: { lt: shiftTimestamp(place.until, 1) } }] : []),
      ...(place && place.seen.length > 0 ? [{ id: { nin: place.seen } }] : []),
    ],
  };
}

/** What people call an issue. */
export const isKey = (text: string): boolean => /^[A-Z][A-Z0-9]*-[1-9]\d{0,9}$/i.test(text);
