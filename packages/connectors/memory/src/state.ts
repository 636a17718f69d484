import {
  CANONICAL_ISSUE_TYPES,
  CANONICAL_STATUSES,
  CanonicalLinkSchema,
  describeZodError,
  ExternalRefSchema,
  JsonObjectSchema,
  TrackerContractError,
} from '@spec-kitty/tracker-core';
import * as z from 'zod';
import type { StoredComment, Version } from './versions.ts';

/** One workspace of the tracker as plain JSON. */
export interface WorkspaceState {
  nextNumber: number;
  issues: Version[];
  spellings: { labels: Record<string, string>; assignees: Record<string, string> };
}

/** Everything that the tracker holds, as plain JSON. */
export interface TrackerState {
  format: 1;
  system: string;
  sequence: number;
  nextComment: number;
  workspaces: Record<string, WorkspaceState>;
}

const count = z.int().min(0);
const time = z.iso.datetime({ precision: 3 });

const CommentSchema: z.ZodType<StoredComment> = z.strictObject({
  id: z.string().min(1),
  author: z.string(),
  body: z.string(),
  createdAt: time,
  updatedAt: time,
  idempotencyKey: z.exactOptional(z.string()),
});

const VersionSchema: z.ZodType<Version> = z.strictObject({
  ref: ExternalRefSchema,
  fields: z.strictObject({
    title: z.string(),
    body: z.nullable(z.string()),
    status: z.enum(CANONICAL_STATUSES),
    issueType: z.enum(CANONICAL_ISSUE_TYPES),
    priority: z.nullable(z.literal([0, 1, 2, 3, 4])),
    assignees: z.array(z.string()),
    labels: z.array(z.string()),
    parent: z.nullable(ExternalRefSchema),
    links: z.array(CanonicalLinkSchema),
    customFields: JsonObjectSchema,
  }),
  createdAt: time,
  updatedAt: time,
  version: z.int().min(1),
  sequence: count,
  account: z.string(),
  idempotencyKey: z.exactOptional(z.string()),
  requestDigest: z.exactOptional(z.string()),
  comments: z.array(CommentSchema),
  ended: z.exactOptional(z.enum(['deleted', 'moved'])),
  movedTo: z.exactOptional(ExternalRefSchema),
});

const spellings = z.record(z.string(), z.string());

const TrackerStateSchema: z.ZodType<TrackerState> = z.strictObject({
  format: z.literal(1),
  system: z.string().min(1),
  sequence: count,
  nextComment: count,
  workspaces: z.record(
    z.string(),
    z.strictObject({
      nextNumber: count,
      issues: z.array(VersionSchema),
      spellings: z.strictObject({ labels: spellings, assignees: spellings }),
    }),
  ),
});

/** @throws TrackerContractError, kind `state`, where `input` is no state of this tracker. */
export function parseState(input: unknown): TrackerState {
  const parsed = TrackerStateSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  const { fieldPath, message } = describeZodError(parsed.error);
  throw new TrackerContractError(`not the state of a memory tracker: ${message}`, {
    provider: 'memory',
    kind: 'state',
    fieldPath,
  });
}
