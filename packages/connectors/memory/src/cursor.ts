import { TrackerContractError } from '@spec-kitty/tracker-core';
import type { Position } from './versions.ts';

const PREFIX = 'm1.';
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

function refuse(reason: string, message: string): never {
  throw new TrackerContractError(message, {
    provider: 'memory',
    kind: 'cursor',
    fieldPath: 'cursor',
    reason,
  });
}

function parts(cursor: string): unknown[] {
  try {
    const read: unknown = JSON.parse(atob(cursor.slice(PREFIX.length)));
    if (cursor.startsWith(PREFIX) && Array.isArray(read) && read.length === 3) return read;
  } catch {
    // Neither base64 nor JSON: refused below like every other text that is no cursor.
  }
  return refuse('malformed', 'this is no cursor of the memory tracker');
}

/** A position in a listing, bound to what was listed. Opaque to everybody else. */
export function writeCursor(position: Position, listing: string): string {
  return PREFIX + btoa(JSON.stringify([position.updatedAt, position.sequence, listing]));
}

/**
 * @param listing names workspace and filters; a cursor that was made under others is refused.
 * @param newest the tracker's latest change: a position after it was made somewhere else.
 * @throws TrackerContractError, kind `cursor`; reason `malformed`, `negative`, `filters` or `position`.
 */
export function readCursor(cursor: string, listing: string, newest: number): Position {
  const [updatedAt, sequence, madeUnder] = parts(cursor);
  if (typeof updatedAt !== 'string' || !TIME.test(updatedAt) || !Number.isSafeInteger(sequence)) {
    return refuse('malformed', 'this is no cursor of the memory tracker');
  }
  const place = Number(sequence);
  if (place < 0) return refuse('negative', 'a cursor is never negative');
  if (madeUnder !== listing) return refuse('filters', 'this cursor was made under other filters');
  if (place > newest) return refuse('position', 'this cursor points past the last change');
  return { updatedAt, sequence: place };
}
