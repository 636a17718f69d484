import type { CanonicalIssueType, CanonicalStatus } from '@spec-kitty/tracker-core';

/** A word of Beads in canonical terms; `exact` where the canonical word means that and nothing else. */
export interface Translated<T> {
  value: T;
  exact: boolean;
}

const EXACT_STATUSES: Readonly<Record<string, CanonicalStatus>> = {
  open: 'todo',
  in_progress: 'in_progress',
  blocked: 'blocked',
  closed: 'done',
};

/** Nearest meanings. `hooked` is work that an agent has taken; `pinned` and `deferred` are open and not worked on. */
const NEAR_STATUSES: Readonly<Record<string, CanonicalStatus>> = {
  hooked: 'in_progress',
  pinned: 'todo',
  deferred: 'todo',
  review: 'in_review',
  in_review: 'in_review',
  done: 'done',
  resolved: 'done',
  canceled: 'canceled',
  cancelled: 'canceled',
  wontfix: 'canceled',
};

const EXACT_TYPES: Readonly<Record<string, CanonicalIssueType>> = {
  task: 'task',
  bug: 'bug',
  epic: 'epic',
  chore: 'chore',
  story: 'story',
};

/** Nearest meanings. A milestone and a molecule are made of other issues. */
const NEAR_TYPES: Readonly<Record<string, CanonicalIssueType>> = {
  feature: 'story',
  subtask: 'subtask',
  milestone: 'epic',
  molecule: 'epic',
};

function translate<T>(
  word: string | undefined,
  exact: Readonly<Record<string, T>>,
  near: Readonly<Record<string, T>>,
  fallback: T,
): Translated<T> {
  if (word === undefined) return { value: fallback, exact: true };
  if (Object.hasOwn(exact, word)) return { value: exact[word] ?? fallback, exact: true };
  return { value: (Object.hasOwn(near, word) ? near[word] : undefined) ?? fallback, exact: false };
}

/** A status, also a custom one; one that is unknown reads as `todo`, and is not exact. */
export function translateStatus(status: string | undefined): Translated<CanonicalStatus> {
  return translate(status, EXACT_STATUSES, NEAR_STATUSES, 'todo');
}

/** An issue type, also a custom one; one that is unknown reads as `task`, and is not exact. */
export function translateType(type: string | undefined): Translated<CanonicalIssueType> {
  return translate(type, EXACT_TYPES, NEAR_TYPES, 'task');
}
