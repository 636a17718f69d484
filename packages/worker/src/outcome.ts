import {
  FAILURE_CLASSES,
  type FailureClass,
  isTrackerError,
  type SyncResult,
} from '@spec-kitty/tracker-core';

/** Why a run did not end well. */
export interface RunFailure {
  /** The stable code of the error. */
  code: string;
  failureClass: FailureClass | null;
  message: string;
  /** Trying again changes nothing: a setting is wrong, or a limit of the host's own would be passed. */
  lasting?: true;
  /** How long the tracker asked for patience, in milliseconds, where it did. */
  retryAfterMs?: number;
}

/**
 * How a run ended. `more`: it was stopped between two steps and goes on as soon as it is its turn again. `busy`: another
 * run holds the lease, or one that died still does. A run whose single issues failed is `done`: they are in its result.
 */
export type RunOutcome =
  | { kind: 'done'; result: SyncResult }
  | { kind: 'more'; result: SyncResult }
  | { kind: 'busy' }
  | { kind: 'failed'; failure: RunFailure };

const STOPPED = ['time_budget', 'aborted'];
const MAX_MESSAGE = 1000;

/** How a run ended, by what the engine says of it. */
export function outcomeOf(result: SyncResult): RunOutcome {
  const stops = result.failures.filter(({ issueRef }) => issueRef === null);
  const gravest = stops.find(({ failureClass }) => failureClass === 'authentication') ?? stops[0];
  if (!gravest) return { kind: 'done', result };
  if (stops.every(({ code }) => STOPPED.includes(code))) return { kind: 'more', result };
  if (gravest.code === 'sync_busy') return { kind: 'busy' };
  const { code, message, retryable, retryAfterMs } = gravest;
  // What has no class and will pass is a store that cannot be reached just now.
  const failureClass = gravest.failureClass ?? (retryable ? 'transient' : null);
  const waits = retryAfterMs === undefined ? {} : { retryAfterMs };
  return {
    kind: 'failed',
    failure: { code, failureClass, message: message.slice(0, MAX_MESSAGE), ...waits },
  };
}

/** What was thrown before or instead of a result. */
export function outcomeOfError(error: unknown): RunOutcome {
  if (!isTrackerError(error)) {
    const message = error instanceof Error ? error.message : String(error);
    return {
      kind: 'failed',
      failure: { code: 'unexpected', failureClass: null, message: message.slice(0, MAX_MESSAGE) },
    };
  }
  if (error.code === 'sync_busy') return { kind: 'busy' };
  const told: unknown = 'retryAfterMs' in error ? error.retryAfterMs : undefined;
  const failureClass = classOf(error);
  return {
    kind: 'failed',
    failure: {
      code: error.code,
      failureClass: failureClass ?? null,
      message: error.message.slice(0, MAX_MESSAGE),
      ...(failureClass ? {} : { lasting: true }),
      ...(typeof told === 'number' && told > 0 ? { retryAfterMs: told } : {}),
    },
  };
}

function classOf(error: object): FailureClass | undefined {
  if ('failureClass' in error) return FAILURE_CLASSES.find((known) => known === error.failureClass);
  // A commit whose answer was lost is read before anything is written again: a run does that by itself.
  const passes =
    ('retryable' in error && error.retryable) || ('outcomeUnknown' in error && error.outcomeUnknown);
  return passes === true ? 'transient' : undefined;
}
