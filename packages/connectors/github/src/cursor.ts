import { listingCursor } from '@spec-kitty/tracker-http';
import * as z from 'zod';
import { SYSTEM } from './to-canonical.ts';

const CURSOR = listingCursor(SYSTEM, 'g1.', z.tuple([z.string()]));

/** GitHub's own cursor, bound to what was listed. */
export const writeCursor = (after: string, listing: string): string => CURSOR.write([after], listing);

/**
 * @param listing names what is listed; a cursor that was made under other filters is refused.
 * @throws TrackerContractError, kind `cursor`; reason `malformed` or `filters`.
 */
export const readCursor = (cursor: string, listing: string): string => CURSOR.read(cursor, listing)[0];
