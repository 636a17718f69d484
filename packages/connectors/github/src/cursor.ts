import { TrackerContractError } from '@spec-kitty/tracker-core';
import { SYSTEM } from './to-canonical.ts';

const PREFIX = 'g1.';

function refuse(reason: string, message: string): never {
  throw new TrackerContractError(message, { provider: SYSTEM, kind: 'cursor', fieldPath: 'cursor', reason });
}

/** GitHub's own cursor, bound to what was listed. */
export function writeCursor(after: string, listing: string): string {
  return PREFIX + btoa(JSON.stringify([listing, after]));
}

/**
 * @param listing names what is listed; a cursor that was made under other filters is refused.
 * @throws TrackerContractError, kind `cursor`; reason `malformed` or `filters`.
 */
export function readCursor(cursor: string, listing: string): string {
  const [madeUnder, after] = parts(cursor);
  if (typeof madeUnder !== 'string' || typeof after !== 'string')
    return refuse('malformed', 'this is no cursor of github');
  if (madeUnder !== listing) return refuse('filters', 'this cursor was made under other filters');
  return after;
}

function parts(cursor: string): unknown[] {
  try {
    const read: unknown = cursor.startsWith(PREFIX)
      ? JSON.parse(atob(cursor.slice(PREFIX.length)))
      : undefined;
    if (Array.isArray(read) && read.length === 2) return read;
  } catch {
    // No Base64 or no JSON: malformed, like every other text that is no cursor.
  }
  return [];
}
