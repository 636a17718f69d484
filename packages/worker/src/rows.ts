import type { FailureClass } from '@spec-kitty/tracker-core';
import { FAILURE_CLASSES } from '@spec-kitty/tracker-core';
import type { Db } from 'pg-boss';
import { z } from 'zod';
import type { Schema } from './migrate.ts';
import type { RunFailure } from './outcome.ts';

const failureClass: z.ZodType<FailureClass | null> = z.enum(FAILURE_CLASSES).nullable();

const FailureSchema: z.ZodType<RunFailure> = z.object({
  code: z.string(),
  failureClass,
  message: z.string(),
  lasting: z.exactOptional(z.literal(true)),
  retryAfterMs: z.exactOptional(z.number()),
});

/** What the tables hold of a binding. Times in milliseconds since 1970, by the database's clock. */
export interface BindingState {
  tenant: string;
  name: string;
  credential: string;
  everyMs: number;
  /** Grows when the host puts the binding again. */
  revision: number;
  dueAt: number;
  nextAt: number | null;
  pausedAt: number | null;
  pausedReason: string | null;
  dead: boolean;
  credentialPausedAt: number | null;
  credentialPausedReason: string | null;
  startedAt: number | null;
  endedAt: number | null;
  succeededAt: number | null;
  outcome: string | null;
  failures: number;
  failure: RunFailure | null;
  openConflicts: number;
  /** When this was read. */
  readAt: number;
}

const ms = z.coerce.number();
const maybeMs: z.ZodType<number | null> = z.union([z.null(), ms]);

const BindingStateSchema: z.ZodType<BindingState> = z.object({
  tenant: z.string(),
  name: z.string(),
  credential: z.string(),
  everyMs: ms,
  revision: ms,
  dueAt: ms,
  nextAt: maybeMs,
  pausedAt: maybeMs,
  pausedReason: z.string().nullable(),
  dead: z.boolean(),
  credentialPausedAt: maybeMs,
  credentialPausedReason: z.string().nullable(),
  startedAt: maybeMs,
  endedAt: maybeMs,
  succeededAt: maybeMs,
  outcome: z.string().nullable(),
  failures: z.int(),
  failure: FailureSchema.nullable(),
  openConflicts: z.int(),
  readAt: ms,
});

const time = (column: string): string => `(extract(epoch from ${column}) * 1000)::float8`;

/** Of a binding `b` and its credential `c`. */
export const STATE_COLUMNS: string = `
  b.tenant, b.name, b.credential, b.every_ms AS "everyMs", b.revision, b.dead, b.outcome, b.failures, b.failure,
  b.paused_reason AS "pausedReason", c.paused_reason AS "credentialPausedReason", b.open_conflicts AS "openConflicts",
  ${time('b.due_at')} AS "dueAt", ${time('b.next_at')} AS "nextAt", ${time('b.paused_at')} AS "pausedAt",
  ${time('c.paused_at')} AS "credentialPausedAt", ${time('b.started_at')} AS "startedAt",
  ${time('b.ended_at')} AS "endedAt", ${time('b.succeeded_at')} AS "succeededAt", ${time('now()')} AS "readAt"`;

/** The rows of a statement that gives {@link STATE_COLUMNS}. */
export async function readStates(db: Db, text: string, values: unknown[]): Promise<BindingState[]> {
  const { rows } = await db.executeSql(text, values);
  return z.array(BindingStateSchema).parse(rows);
}

/** The bindings `b`, with their credentials `c`, that meet a condition. */
export function selectStates(
  db: Db,
  schema: Schema,
  where: string,
  values: unknown[],
): Promise<BindingState[]> {
  const tables = `${schema}.binding b LEFT JOIN ${schema}.credential c ON c.name = b.credential`;
  return readStates(db, `SELECT ${STATE_COLUMNS} FROM ${tables} ${where}`, values);
}
