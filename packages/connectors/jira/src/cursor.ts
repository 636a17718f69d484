import { listingCursor } from '@spec-kitty/tracker-http';
import * as z from 'zod';
import { SYSTEM } from './system.ts';

/** Where a listing goes on. */
export interface Position {
  /** Jira's own token. */
  token: string;
  /** The issues that are to be as they are: the same on every page, as Jira asks for. */
  reconciled: number[];
}

const CURSOR = listingCursor(SYSTEM, 'j1.', z.tuple([z.string(), z.array(z.int())]));

/** Jira's own token, bound to what was listed. */
export const writeCursor = ({ token, reconciled }: Position, listing: string): string =>
  CURSOR.write([token, reconciled], listing);

/**
 * @param listing names what is listed; a cursor that was made under other filters is refused.
 * @throws TrackerContractError, kind `cursor`; reason `malformed` or `filters`.
 */
export function readCursor(cursor: string, listing: string): Position {
  const [token, reconciled] = CURSOR.read(cursor, listing);
  return { token, reconciled };
}
