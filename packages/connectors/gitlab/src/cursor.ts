import { TrackerContractError } from '@spec-kitty/tracker-core';
import { z } from 'zod';
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

const PREFIX = 'l1.';
const PositionSchema: z.ZodType<[string, number | null, number, number, number[]]> = z.tuple([
  z.string(),
  z.nullable(z.int().min(0)),
  z.int().min(1),
  z.int().min(1),
  z.array(z.int().min(1)).max(1000),
]);

function refuse(reason: string, message: string): never {
  throw new TrackerContractError(message, { provider: SYSTEM, kind: 'cursor', fieldPath: 'cursor', reason });
}

/** A position, bound to what was listed. */
export function writeCursor({ since, page, size, shown }: Position, listing: string): string {
  return PREFIX + btoa(JSON.stringify([listing, since, page, size, shown]));
}

/**
 * @param listing names what is listed; a cursor that was made under other filters is refused.
 * @throws TrackerContractError, kind `cursor`; reason `malformed` or `filters`.
 */
export function readCursor(cursor: string, listing: string): Position {
  const parsed = PositionSchema.safeParse(jsonIn(cursor));
  if (!parsed.success) return refuse('malformed', 'this is no cursor of gitlab');
  const [madeUnder, since, page, size, shown] = parsed.data;
  if (madeUnder !== listing) return refuse('filters', 'this cursor was made under other filters');
  return { since, page, size, shown };
}

function jsonIn(cursor: string): unknown {
  try {
    return cursor.startsWith(PREFIX) ? JSON.parse(atob(cursor.slice(PREFIX.length))) : undefined;
  } catch {
    // No Base64 or no JSON: malformed, like every other text that is no cursor.
    return undefined;
  }
}
