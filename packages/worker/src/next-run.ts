import type { FailureClass } from '@spec-kitty/tracker-core';
import type { RunFailure, RunOutcome } from './outcome.ts';

/** What becomes of a binding after a run. */
export type NextRun =
  | { kind: 'at'; at: number; failures: number }
  /** Nothing will help but a person; the reason stands in the dead letter. */
  | { kind: 'dead'; pause: 'binding' | 'credential'; failure: RunFailure; failures: number };

/** When and how often a binding has run. */
export interface RanAt {
  /** Milliseconds since 1970. */
  now: number;
  everyMs: number;
  /** Runs that failed in a row before this one. */
  failures: number;
  /** When the next sync was due before this run; a run for events alone leaves it so. */
  dueAt: number;
  /** From 0 to below 1. */
  random: () => number;
}

const FIRST_BACKOFF_MS = 15_000;
const LONGEST_BACKOFF_MS = 3_600_000;
const BUSY_MS = 5000;
/** Bindings that began together drift apart. */
const JITTER = 0.1;
/**
 * After so many failures in a row a person has to look; a class that is not here is tried for ever, ever more seldom.
 * One odd answer stops nothing, and a credential that is not accepted is not tried until its account is locked.
 */
const TRIES: Partial<Record<FailureClass | 'unknown', number>> = {
  authentication: 2,
  permission: 5,
  not_found: 5,
  validation: 5,
  non_retryable: 5,
  unknown: 5,
};

/** When a binding runs next. Pure: the same outcome and chance give the same answer. */
export function nextRun(outcome: RunOutcome, ran: RanAt): NextRun {
  const { now, everyMs, dueAt, random } = ran;
  if (outcome.kind === 'more') return { kind: 'at', at: now, failures: 0 };
  if (outcome.kind === 'busy')
    return { kind: 'at', at: now + Math.round(BUSY_MS * (1 + random())), failures: ran.failures };
  if (outcome.kind === 'done') {
    const jittered = everyMs * (1 - JITTER + 2 * JITTER * random());
    return { kind: 'at', at: dueAt > now ? dueAt : now + Math.round(jittered), failures: 0 };
  }
  const { failure } = outcome;
  const failures = ran.failures + 1;
  const { [failure.failureClass ?? 'unknown']: tries = Number.POSITIVE_INFINITY } = TRIES;
  if (failure.lasting || failures >= tries) {
    const pause = failure.failureClass === 'authentication' ? 'credential' : 'binding';
    return { kind: 'dead', pause, failure, failures };
  }
  return { kind: 'at', at: now + backoffMs(failure, failures, random), failures };
}

/** As long as the tracker said; else doubled with each failure, an hour at most, and half of it left to chance. */
function backoffMs({ retryAfterMs }: RunFailure, failures: number, random: () => number): number {
  const doubled = Math.min(FIRST_BACKOFF_MS * 2 ** (failures - 1), LONGEST_BACKOFF_MS);
  return Math.round(Math.max(retryAfterMs ?? 0, doubled * (0.5 + random() / 2)));
}
