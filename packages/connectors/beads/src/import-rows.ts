import {
  type CallOptions,
  CapabilityNotSupportedError,
  isTrackerError,
  type JsonObject,
  type SpecKittyTrackerError,
} from '@spec-kitty/tracker-core';
import type { BdClient } from './client.ts';

/** Which field of Beads a refusal is about, in the words of bd, and its canonical name. */
const FIELDS: readonly (readonly [RegExp, string, string])[] = [
  [/invalid status: *"?([^\s"(]*)/i, 'status', 'status'],
  [/invalid (?:issue[ _])?type: *"?([^\s"(]*)/i, 'issue_type', 'issueType'],
  [/priority must be .*\(got (-?\d+)/i, 'priority', 'priority'],
];

interface Fault {
  rows: JsonObject[];
  field: string | undefined;
}

/** The rows that a refusal is about: by the line that it names, the issue, or the value. */
function faultOf(message: string, rows: readonly JsonObject[]): Fault | undefined {
  const found = FIELDS.map(([words, name, field]) => ({ value: words.exec(message)?.[1], name, field })).find(
    ({ value }) => value !== undefined,
  );
  const field = found?.field;
  const line = /at line (\d+) of/.exec(message)?.[1];
  const row = line === undefined ? undefined : rows[Number(line) - 1];
  if (row) return { rows: [row], field };
  const named = /\bissue "?([\w.-]+-[\w.-]+)/.exec(message)?.[1];
  const byId = rows.filter(({ id }) => id === named);
  if (byId.length > 0) return { rows: byId, field };
  const byValue = found ? rows.filter((one) => String(one[found.name]) === found.value) : [];
  return byValue.length > 0 ? { rows: byValue, field } : undefined;
}

/**
 * Imports rows. bd refuses all where it refuses one: that one is left out, and the others are tried again. One that is too
 * long for bd is not sent.
 * @returns why rows were refused, by their id.
 * @throws what bd failed with, where that is about no row.
 */
export async function importRows(
  client: BdClient,
  rows: readonly JsonObject[],
  options: CallOptions,
): Promise<Map<string, SpecKittyTrackerError>> {
  const refused = new Map<string, SpecKittyTrackerError>();
  if (rows.length === 0) return refused;
  const longest = await client.maxLineBytes(options);
  let left = rows.filter((row) => {
    const bytes = Buffer.byteLength(JSON.stringify(row));
    if (bytes <= longest) return true;
    const id = String(row['id']);
    const cause = new Error(`its row of ${bytes} bytes is longer than the ${longest} that this bd imports`);
    refused.set(id, refusal(id, 'body', cause));
    return false;
  });
  while (left.length > 0) {
    try {
      await client.import(left, options);
      return refused;
    } catch (error) {
      const validation =
        isTrackerError(error) && 'failureClass' in error && error.failureClass === 'validation';
      const fault = validation ? faultOf(error.message, left) : undefined;
      if (!fault) throw error;
      for (const { id } of fault.rows) refused.set(String(id), refusal(String(id), fault.field, error));
      left = left.filter((row) => !fault.rows.includes(row));
    }
  }
  return refused;
}

function refusal(id: string, field: string | undefined, cause: unknown): CapabilityNotSupportedError {
  const said = cause instanceof Error ? cause.message : '';
  return new CapabilityNotSupportedError(`${id}: ${said}`, {
    capability: field ?? 'supportsWrite',
    cause,
    ...(field === undefined ? {} : { fieldPath: field }),
  });
}
