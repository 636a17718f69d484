import { decodeCursor, encodeCursor, refuseCursor } from './cursor.ts';
import type { OpenExport } from './export-client.ts';
import type { LinePosition } from './lines.ts';

const KIND = 'b1';

/** A place in one state of one file, bound to what was listed. */
export function writeCursor(file: OpenExport, position: LinePosition, listing: string): string {
  return encodeCursor(KIND, [file.fingerprint, listing, position.offset, position.line]);
}

/**
 * @param listing names workspace and filters; a cursor that was made under others is refused.
 * @throws TrackerContractError, kind `cursor`; reason `malformed`, `negative`, `filters`, `changed` (the file is
 * another one since) or `position`.
 */
export async function readCursor(file: OpenExport, cursor: string, listing: string): Promise<LinePosition> {
  const [fingerprint, madeUnder, offset, line] = decodeCursor(KIND, cursor, 4);
  if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(line))
    return refuseCursor('malformed', 'this is no cursor of a Beads export');
  const position: LinePosition = { offset: Number(offset), line: Number(line) };
  if (position.offset < 0 || position.line < 1) return refuseCursor('negative', 'a cursor is never negative');
  if (madeUnder !== listing) return refuseCursor('filters', 'this cursor was made under other filters');
  if (fingerprint !== file.fingerprint)
    return refuseCursor('changed', 'the export changed since this cursor was made');
  if (position.offset > file.size || !(await file.beginsLine(position.offset)))
    return refuseCursor('position', 'no line begins where this cursor points');
  return position;
}
