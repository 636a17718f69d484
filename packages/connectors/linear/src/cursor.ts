import { listingCursor } from '@spec-kitty/tracker-http';
import * as z from 'zod';
import { SYSTEM } from './system.ts';

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
  z.iso.datetime({ precision: 3 }),
  z.array(z.string().max(64)).max(MOST_SEEN),
  z.nullable(z.string()),
]);
const CURSOR = listingCursor(SYSTEM, 'l1.', PlaceSchema);

/** A place in a listing, bound to what was listed. */
export const writeCursor = ({ until, seen, after }: Place, listing: string): string =>
  CURSOR.write([until, seen, after ?? null], listing);

/**
 * @param listing names what is listed; a cursor that was made under other filters is refused.
 * @throws TrackerContractError, kind `cursor`; reason `malformed` or `filters`.
 */
export function readCursor(cursor: string, listing: string): Place {
  const [until, seen, after] = CURSOR.read(cursor, listing);
  return { until, seen, ...(after === null ? {} : { after }) };
}
