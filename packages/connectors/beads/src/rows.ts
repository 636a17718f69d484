import { createHash } from 'node:crypto';
import {
  type CanonicalIssue,
  describeZodError,
  isTrackerError,
  type JsonObject,
  JsonObjectSchema,
  stableStringify,
} from '@spec-kitty/tracker-core';
import * as z from 'zod';
import type { Line } from './lines.ts';
import { parseRawIssue, toCanonical } from './to-canonical.ts';

/** What a line is when it is read by itself, before it is known whether another line is about the same issue. */
export type Row =
  | { kind: 'blank' }
  | { kind: 'header'; type: string }
  | { kind: 'failure'; message: string; id?: string }
  | { kind: 'tombstone'; id: string; updatedAt: string; digest: number }
  | { kind: 'issue'; id: string; updatedAt: string; digest: number; issue: CanonicalIssue };

const CONFLICT_MARKER = /^(<{7}|={7}|>{7}|\|{7})( |$)/;

/** Reads one line. Never throws for what is in it. */
export function rowOf(line: Line, workspace: string): Row {
  const { text } = line;
  if (text === undefined) return { kind: 'failure', message: line.problem ?? 'unreadable' };
  if (text.trim() === '') return { kind: 'blank' };
  if (CONFLICT_MARKER.test(text))
    return { kind: 'failure', message: 'a marker of an unsolved merge conflict' };
  const parsed = parse(text);
  if (parsed === undefined) {
    return {
      kind: 'failure',
      message: line.terminated ? 'not a JSON object' : 'cut off: not a whole JSON object',
    };
  }
  if ('_schema' in parsed) return { kind: 'header', type: '_schema' };
  const type = parsed['_type'];
  if (type !== undefined && type !== 'issue') return { kind: 'header', type: String(type) };
  return issueRow(parsed, workspace);
}

function parse(text: string): JsonObject | undefined {
  try {
    return JsonObjectSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

function issueRow(row: JsonObject, workspace: string): Row {
  const id = row['id'];
  try {
    const raw = parseRawIssue(row);
    const digest = digestOf(row);
    const issue = raw.status === 'tombstone' ? undefined : toCanonical(raw, workspace);
    const deletedAt = raw['deleted_at'];
    const updatedAt = raw.updated_at ?? (typeof deletedAt === 'string' ? deletedAt : '');
    return issue
      ? { kind: 'issue', id: raw.id, updatedAt, digest, issue }
      : { kind: 'tombstone', id: raw.id, updatedAt, digest };
  } catch (error) {
    if (!(error instanceof z.ZodError) && !isTrackerError(error)) throw error;
    const message = error instanceof z.ZodError ? describeZodError(error).message : error.message;
    return { kind: 'failure', message, ...(typeof id === 'string' ? { id } : {}) };
  }
}

/** Tells the contents of two lines about one issue apart, whatever the order of their keys. 48 bits are plenty for that. */
function digestOf(row: JsonObject): number {
  return createHash('sha256').update(stableStringify(row)).digest().readUIntBE(0, 6);
}
