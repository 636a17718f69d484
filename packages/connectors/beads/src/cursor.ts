import { TrackerContractError } from '@spec-kitty/tracker-core';
import { SYSTEM } from './to-canonical.ts';

/** @throws TrackerContractError, kind `cursor`. */
export function refuseCursor(reason: string, message: string): never {
  throw new TrackerContractError(message, { provider: SYSTEM, kind: 'cursor', fieldPath: 'cursor', reason });
}

/** A place in a listing as one opaque word. @param kind begins it: a cursor of an export is none of a database. */
export function encodeCursor(kind: string, parts: readonly (string | number)[]): string {
  return `${kind}.${Buffer.from(JSON.stringify(parts)).toString('base64url')}`;
}

/** @throws TrackerContractError, kind `cursor`, reason `malformed`. */
export function decodeCursor(kind: string, cursor: string, length: number): unknown[] {
  const prefix = `${kind}.`;
  try {
    const read: unknown = JSON.parse(Buffer.from(cursor.slice(prefix.length), 'base64url').toString());
    if (cursor.startsWith(prefix) && Array.isArray(read) && read.length === length) return read;
  } catch {
    // No JSON: refused below like every other text that is no cursor.
  }
  return refuseCursor('malformed', 'this is no cursor of such a listing of Beads');
}
