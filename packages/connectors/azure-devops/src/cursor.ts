import { listingCursor } from '@spec-kitty/tracker-http';
import * as z from 'zod';
import { SYSTEM } from './system.ts';

/** Where a listing goes on: in order of ids, which no edit changes, inside a span of time. */
export interface Place {
  /** Changed at or after this; null is since ever. */
  from: string | null;
  /** Changed before this; null is until now. */
  to: string | null;
  /** The last id that was shown of this span. */
  after: number;
}

const time = z.nullable(z.iso.datetime({ precision: 0 }));
const CURSOR = listingCursor(SYSTEM, 'a1.', z.tuple([time, time, z.int().min(0)]));

export const writeCursor = ({ from, to, after }: Place, listing: string): string =>
  CURSOR.write([from, to, after], listing);

/**
 * @param listing names what is listed; a cursor that was made under other filters is refused.
 * @throws TrackerContractError, kind `cursor`; reason `malformed` or `filters`.
 */
export function readCursor(cursor: string, listing: string): Place {
  const [from, to, after] = CURSOR.read(cursor, listing);
  return { from, to, after };
}
