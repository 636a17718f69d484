import { ConnectorRequestError, isTrackerError, type SpecKittyTrackerError } from '@spec-kitty/tracker-core';
import { SYSTEM } from './system.ts';

export type Outcome<T> = { ok: true; value: T } | { ok: false; error: SpecKittyTrackerError };

/** What the work answers, or the error of this project that it ends with. */
export function outcome<T>(work: () => T): Outcome<T> {
  try {
    return { ok: true, value: work() };
  } catch (error) {
    return failed(error);
  }
}

export async function outcomeOf<T>(work: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    return failed(error);
  }
}

function failed(error: unknown): { ok: false; error: SpecKittyTrackerError } {
  if (!isTrackerError(error)) throw error;
  return { ok: false, error };
}

/**
 * It was made, and nobody can say how it stands. Whatever class the failure behind it has, a caller that took it for a
 * limit would create it once more: a look-up by its key finds it.
 */
export function untold(why: string): ConnectorRequestError {
  return new ConnectorRequestError(`jira: an issue was created, and ${why}`, {
    provider: SYSTEM,
    failureClass: 'transient',
  });
}
