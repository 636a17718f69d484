import { listingCursor } from '@spec-kitty/tracker-http';
import * as z from 'zod';
import { SYSTEM } from './to-canonical.ts';

/** Where a listing goes on. */
export interface Position {
  /** Issues changed at or after this time, in milliseconds since 1970; null for all. */
  since: number | null;
  /** The page of what was changed since, less `shown`. */
  page: number;
  /** How many issues a page has: without it a page has no place. */
  size: number;
  /** The numbers of issues of just that time that were shown already. */
  shown: number[];
}

const PositionSchema = z.tuple([
  z.nullable(z.int().min(0)),
  z.int().min(1),
  z.int().min(1),
  z.array(z.int().min(1)).max(1000),
]);
const CURSOR = listingCursor(SYSTEM, 'l1.', PositionSchema);

/** A position, bound to what was listed. */
export const writeCursor = ({ since, page, size, shown }: Position, listing: string): string =>
  CURSOR.write([since, page, size, shown], listing);

/**
 * @param listing names what is listed; a cursor that was made under other filters is refused.
 * @throws TrackerContractError, kind `cursor`; reason `malformed` or `filters`.
 */
export function readCursor(cursor: string, listing: string): Position {
  const [since, page, size, shown] = CURSOR.read(cursor, listing);
  return { since, page, size, shown };
}
