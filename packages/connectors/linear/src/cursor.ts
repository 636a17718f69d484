import { TrackerContractError } from '@spec-kitty/tracker-core';
import { readAnswer } from '@spec-kitty/tracker-http';
import { z } from 'zod';
import { SYSTEM } from './system.ts';

const PREFIX = 'l1.';
/** More issues of one instant than this are told apart by Linear's own cursor. */
export const MOST_SEEN = 1000;

/**
 * Where a listing goes on. Linear lists newest first, and an edit takes an issue to the front: so a place is a time, and
 * what was shown of that very time. Nobody's edit moves another issue past it.
 */
export interface Place {
  /** The time of the last issue that was shown. */
  until: string;
  /** The issues of just that time that were shown. */
  seen: string[];
  /** Linear's own cursor, where `seen` is full. */
  after?: string;
}

const PlaceSchema = z.tuple([
  z.string(),
  z.iso.datetime({ precision: 3 }),
  z.array(z.string().max(64)).max(MOST_SEEN),
  z.nullable(z.string()),
]);

function refuse(reason: string, message: string): never {
  throw new TrackerContractError(message, { provider: SYSTEM, kind: 'cursor', fieldPath: 'cursor', reason });
}

/** A place in a listing, bound to what was listed. */
export function writeCursor({ until, seen, after }: Place, listing: string): string {
  return PREFIX + btoa(JSON.stringify([listing, until, seen, after ?? null]));
}

/**
 * @param listing names team and filters; a cursor that was made under others is refused.
 * @throws TrackerContractError, kind `cursor`; reason `malformed` or `filters`.
 */
export function readCursor(cursor: string, listing: string): Place {
  const place = readAnswer(PlaceSchema, decoded(cursor));
  if (!place) return refuse('malformed', 'this is no cursor of Linear');
  const [madeUnder, until, seen, after] = place;
  if (madeUnder !== listing) return refuse('filters', 'this cursor was made under other filters');
  return { until, seen, ...(after === null ? {} : { after }) };
}

function decoded(cursor: string): unknown {
  if (!cursor.startsWith(PREFIX)) return undefined;
  try {
    return JSON.parse(atob(cursor.slice(PREFIX.length)));
  } catch {
    // Neither Base64 nor JSON: malformed, like every other text that is no cursor.
    return undefined;
  }
}
