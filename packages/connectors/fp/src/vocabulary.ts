import type { CanonicalStatus, Priority } from '@spec-kitty/tracker-core';

/** A word of fp in canonical terms; `exact` where the canonical value means that and nothing else. */
export interface Translated<T> {
  value: T;
  exact: boolean;
}

const EXACT_STATUSES: ReadonlyMap<string, CanonicalStatus> = new Map([
  ['todo', 'todo'],
  ['in-progress', 'in_progress'],
  ['done', 'done'],
]);

/** Names that extensions give to statuses. The first of those for one canonical status is the one that is written first. */
const NEAR_STATUSES: ReadonlyMap<string, CanonicalStatus> = new Map([
  ['in-review', 'in_review'],
  ['review', 'in_review'],
  ['blocked', 'blocked'],
  ['canceled', 'canceled'],
  ['cancelled', 'canceled'],
  ['wontfix', 'canceled'],
]);

const PRIORITIES: ReadonlyMap<string, Priority> = new Map([
  ['critical', 0],
  ['high', 1],
  ['medium', 2],
  ['low', 3],
]);

/** A status, also one of an extension; one that is unknown reads as `todo`, and is not exact. */
export function translateStatus(status: string): Translated<CanonicalStatus> {
  const exact = EXACT_STATUSES.get(status);
  return exact === undefined
    ? { value: NEAR_STATUSES.get(status) ?? 'todo', exact: false }
    : { value: exact, exact: true };
}

/** A priority; one that is unknown reads as none, and is not exact. */
export function translatePriority(priority: string | null): Translated<Priority> {
  if (priority === null || priority === '') return { value: null, exact: true };
  const value = PRIORITIES.get(priority);
  return { value: value ?? null, exact: value !== undefined };
}

/** The words that may stand for a status, to be tried in this order: which of them an installation knows, it does not tell. */
export function wordsForStatus(status: CanonicalStatus): string[] {
  return [...EXACT_STATUSES, ...NEAR_STATUSES].filter(([, value]) => value === status).map(([word]) => word);
}

/** fp has one priority less than there are: 4 is written as the lowest of its own. Empty text clears it. */
export function wordForPriority(priority: Priority): string {
  const wanted = priority === 4 ? 3 : priority;
  return [...PRIORITIES].find(([, value]) => value === wanted)?.[0] ?? '';
}
