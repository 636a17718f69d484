import { TrackerContractError } from '@spec-kitty/tracker-core';
import { readAnswer } from '@spec-kitty/tracker-http';
import { z } from 'zod';
import { SYSTEM } from './system.ts';

const PREFIX = 'a1.';

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
const CursorSchema = z.tuple([z.string(), time, time, z.int().min(0)]);

function refuse(reason: string, message: string): never {
  throw new TrackerContractError(message, { provider: SYSTEM, kind: 'cursor', fieldPath: 'cursor', reason });
}

export function writeCursor({ from, to, after }: Place, listing: string): string {
  return PREFIX + btoa(JSON.stringify([listing, from, to, after]));
}

/**
 * @param listing names what is listed; a cursor that was made under other filters is refused.
 * @throws TrackerContractError, kind `cursor`; reason `malformed` or `filters`.
 */
export function readCursor(cursor: string, listing: string): Place {
  const read = readAnswer(CursorSchema, parts(cursor));
  if (!read) return refuse('malformed', 'this is no cursor of azure-devops');
  const [madeUnder, from, to, after] = read;
  if (madeUnder !== listing) return refuse('filters', 'this cursor was made under other filters');
  return { from, to, after };
}

function parts(cursor: string): unknown {
  try {
    return cursor.startsWith(PREFIX) ? JSON.parse(atob(cursor.slice(PREFIX.length))) : undefined;
  } catch {
    // No Base64 or no JSON: malformed, like every other text that is no cursor.
    return undefined;
  }
}
