import { TrackerContractError } from '@spec-kitty/tracker-core';
import { SYSTEM } from './system.ts';

const PREFIX = 'j1.';

/** Where a listing goes on. */
export interface Position {
  /** Jira's own token. */
  token: string;
  /** The issues that are to be as they are: the same on every page, as Jira asks for. */
  reconciled: number[];
}

export function refuseCursor(reason: 'malformed' | 'filters' | 'expired', message: string): never {
  throw new TrackerContractError(message, { provider: SYSTEM, kind: 'cursor', fieldPath: 'cursor', reason });
}

/** Jira's own token, bound to what was listed. */
export function writeCursor({ token, reconciled }: Position, listing: string): string {
  return PREFIX + btoa(JSON.stringify([listing, token, reconciled]));
}

/**
 * @param listing names what is listed; a cursor that was made under other filters is refused.
 * @throws TrackerContractError, kind `cursor`; reason `malformed` or `filters`.
 */
export function readCursor(cursor: string, listing: string): Position {
  const [madeUnder, token, reconciled] = parts(cursor);
  const ids = Array.isArray(reconciled) ? reconciled : [];
  const areIds = ids.every((id): id is number => Number.isSafeInteger(id));
  if (typeof madeUnder !== 'string' || typeof token !== 'string' || !areIds)
    return refuseCursor('malformed', 'this is no cursor of jira');
  if (madeUnder !== listing) return refuseCursor('filters', 'this cursor was made under other filters');
  return { token, reconciled: ids };
}

function parts(cursor: string): unknown[] {
  try {
    const read: unknown = cursor.startsWith(PREFIX)
      ? JSON.parse(atob(cursor.slice(PREFIX.length)))
      : undefined;
    if (Array.isArray(read) && read.length === 3) return read;
  } catch {
    // No Base64 or no JSON: malformed, like every other text that is no cursor.
  }
  return [];
}
