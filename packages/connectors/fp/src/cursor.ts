import { TrackerContractError } from '@spec-kitty/tracker-core';
import { SYSTEM } from './to-canonical.ts';

const PREFIX = 'f1.';

function refuse(reason: string, message: string): never {
  throw new TrackerContractError(message, { provider: SYSTEM, kind: 'cursor', fieldPath: 'cursor', reason });
}

/** The place behind an issue in the order of a listing, bound to what was listed. */
export function writeCursor(place: string, listing: string): string {
  return PREFIX + Buffer.from(JSON.stringify([listing, place])).toString('base64url');
}

/**
 * @param listing names workspace and filters; a cursor that was made under others is refused.
 * @throws TrackerContractError, kind `cursor`; reason `malformed` or `filters`.
 */
export function readCursor(cursor: string, listing: string): string {
  const [madeUnder, place] = parts(cursor);
  if (typeof madeUnder !== 'string' || typeof place !== 'string')
    return refuse('malformed', 'this is no cursor of fp');
  if (madeUnder !== listing) return refuse('filters', 'this cursor was made under other filters');
  return place;
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
