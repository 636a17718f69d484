import { TrackerContractError } from '@spec-kitty/tracker-core';
import type { OpenExport } from './client.ts';
import type { LinePosition } from './lines.ts';
import { SYSTEM } from './to-canonical.ts';

const PREFIX = 'b1.';

function refuse(reason: string, message: string): never {
  throw new TrackerContractError(message, { provider: SYSTEM, kind: 'cursor', fieldPath: 'cursor', reason });
}

function parts(cursor: string): unknown[] {
  try {
    const read: unknown = JSON.parse(Buffer.from(cursor.slice(PREFIX.length), 'base64url').toString());
    if (cursor.startsWith(PREFIX) && Array.isArray(read) && read.length === 4) return read;
  } catch {
    // No JSON: refused below like every other text that is no cursor.
  }
  return refuse('malformed', 'this is no cursor of a Beads export');
}

/** A place in one state of one file, bound to what was listed. */
export function writeCursor(file: OpenExport, position: LinePosition, listing: string): string {
  const text = JSON.stringify([file.fingerprint, listing, position.offset, position.line]);
  return PREFIX + Buffer.from(text).toString('base64url');
}

/**
 * @param listing names workspace and filters; a cursor that was made under others is refused.
 * @throws TrackerContractError, kind `cursor`; reason `malformed`, `negative`, `filters`, `changed` (the file is
 * another one since) or `position`.
 */
export async function readCursor(file: OpenExport, cursor: string, listing: string): Promise<LinePosition> {
  const [fingerprint, madeUnder, offset, line] = parts(cursor).map((part) => part as string | number);
  if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(line)) {
    return refuse('malformed', 'this is no cursor of a Beads export');
  }
  const position: LinePosition = { offset: Number(offset), line: Number(line) };
  if (position.offset < 0 || position.line < 1) return refuse('negative', 'a cursor is never negative');
  if (madeUnder !== listing) return refuse('filters', 'this cursor was made under other filters');
  if (fingerprint !== file.fingerprint)
    return refuse('changed', 'the export changed since this cursor was made');
  if (position.offset > file.size || !(await file.beginsLine(position.offset))) {
    return refuse('position', 'no line begins where this cursor points');
  }
  return position;
}
