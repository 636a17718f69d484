import * as z from 'zod';
import { TrackerContractError } from '../errors/contract-errors.ts';
import { parseOrThrow } from '../errors/from-zod.ts';
import { type ExternalRef, ExternalRefSchema } from '../model/external-ref.ts';
import { toTimestamp } from '../model/timestamp.ts';

/** One page of a listing. */
export interface Page<T> {
  items: T[];
  /** Opaque, a position and not a count; absent at the end. */
  nextCursor?: string;
  /** Issues that the tracker says no longer exist. */
  gone?: ExternalRef[];
  /** Issues that the tracker says have another ref now. */
  moved?: { from: ExternalRef; to: ExternalRef }[];
  /** What could not be read, by its place in the tracker's answer. */
  failures?: { location: string; message: string }[];
}

/** Where a reader is in a tracker's feed. */
export interface SyncCheckpoint {
  /** Inside a listing that has not been read to its end. */
  cursor?: string;
  /** The greatest `updatedAt` seen in listings that were read to their end. */
  updatedSince?: string;
}

const cursor = z.string().min(1).max(65_536);

/** A checkpoint as a host kept it; unknown keys are dropped. */
export const SyncCheckpointSchema: z.ZodType<SyncCheckpoint> = z.object({
  cursor: z.exactOptional(cursor),
  updatedSince: z.exactOptional(
    z.string().refine((text) => toTimestamp(text) === text, 'expected a time in UTC with milliseconds'),
  ),
});

const PageSchema = z.object({
  items: z.array(z.unknown()).max(100_000),
  nextCursor: z.exactOptional(cursor),
  gone: z.exactOptional(z.array(ExternalRefSchema)),
  moved: z.exactOptional(z.array(z.object({ from: ExternalRefSchema, to: ExternalRefSchema }))),
  failures: z.exactOptional(z.array(z.object({ location: z.string(), message: z.string() }))),
});

/** The frame of a page as a connector answered it; its items are parsed one by one by the caller. @throws TrackerContractError */
export function parsePage(input: unknown, provider: string): Page<unknown> {
  return parseOrThrow(PageSchema, input, (message, fieldPath) => {
    const details = { provider, kind: 'page', fieldPath };
    return new TrackerContractError(`${provider} answered a page that is none: ${message}`, details);
  });
}

/** A checkpoint as a host kept it. @throws TrackerContractError */
export function parseCheckpoint(input: unknown): SyncCheckpoint {
  return parseOrThrow(
    SyncCheckpointSchema,
    input,
    (message, fieldPath) =>
      new TrackerContractError(`not a checkpoint: ${message}`, { kind: 'checkpoint', fieldPath }),
  );
}
