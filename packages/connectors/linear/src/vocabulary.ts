import { CANONICAL_STATUSES, type CanonicalStatus, type Priority } from '@spec-kitty/tracker-core';
import type { LinearState } from './answers.ts';

/** Which states stand for a status because the configuration says so. */
export type StatusToStateId = Partial<Record<CanonicalStatus, string>>;

const saysReview = (name: string): boolean => /review/i.test(name);
const saysBlocked = (name: string): boolean => /\bblocked\b|\bon[ -]hold\b/i.test(name);

/**
 * The status that a state stands for: as configured, else by its type, and within the type by its name. Undefined for a
 * type that is not known: Linear may add one.
 */
export function statusOf(state: LinearState, configured: StatusToStateId): CanonicalStatus | undefined {
  const named = CANONICAL_STATUSES.find((status) => configured[status] === state.id);
  if (named) return named;
  switch (state.type) {
    case 'triage':
    case 'backlog':
    case 'unstarted':
      return saysBlocked(state.name) ? 'blocked' : 'todo';
    case 'started':
      if (saysBlocked(state.name)) return 'blocked';
      return saysReview(state.name) ? 'in_review' : 'in_progress';
    case 'completed':
      return 'done';
    case 'canceled':
    case 'duplicate':
      return 'canceled';
    default:
      return undefined;
  }
}

/** As what a state reads that stands for none. */
export const UNMAPPED: CanonicalStatus = 'todo';

/** In which order states of these types are taken for a status. The others are left to Linear and to people. */
const WRITTEN_TYPES = ['started', 'unstarted', 'backlog', 'completed', 'canceled'];

/** The state that a status is written as: as configured, else the first of the team that reads so. */
export function stateFor(
  status: CanonicalStatus,
  states: readonly (LinearState & { position: number })[],
  configured: StatusToStateId,
): string | undefined {
  const named = configured[status];
  if (named !== undefined) return named;
  const [first] = states
    .filter((state) => WRITTEN_TYPES.includes(state.type) && statusOf(state, configured) === status)
    .sort((a, b) => WRITTEN_TYPES.indexOf(a.type) - WRITTEN_TYPES.indexOf(b.type) || a.position - b.position);
  return first?.id;
}

const PRIORITIES: readonly Priority[] = [null, 0, 1, 2, 3];

/** Linear's 1, urgent, to 4, low, are 0 to 3, and its 0 is none. */
export function priorityOf(priority: number): Priority {
  return PRIORITIES[priority] ?? null;
}

/** Linear has one priority less: 4 is written as low. */
export function priorityFor(priority: Priority): number {
  return priority === null ? 0 : Math.min(priority + 1, 4);
}
