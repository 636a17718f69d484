import {
  type CanonicalIssue,
  canonicalIssue,
  type ExternalRef,
  type JsonObject,
  JsonObjectSchema,
  type JsonValue,
  JsonValueSchema,
  toTimestamp,
} from '@spec-kitty/tracker-core';
import * as z from 'zod';
import { splitDependencies } from './dependencies.ts';
import { translateStatus, translateType } from './vocabulary.ts';

export const SYSTEM = 'beads';
/** What goes before the name of a field of Beads that is kept among the custom fields. */
export const CUSTOM_PREFIX = 'beads.';

/** A row of an export, as far as it has a canonical place. Its other fields are kept among the custom fields, exactly. */
export interface RawIssue {
  id: string;
  title?: string | undefined;
  description?: string | null | undefined;
  status?: string | null | undefined;
  issue_type?: string | null | undefined;
  priority?: 0 | 1 | 2 | 3 | 4 | null | undefined;
  assignee?: string | null | undefined;
  labels?: string[] | null | undefined;
  dependencies?: JsonObject[] | null | undefined;
  parent?: string | null | undefined;
  created_at?: string | undefined;
  updated_at?: string | undefined;
  [other: string]: unknown;
}

const time = z
  .string()
  .refine((text) => toTimestamp(text) !== undefined, 'expected an RFC 3339 time with an offset');

const shape = {
  // As a ref takes it: a tombstone's id is told, too, and one that no ref takes would spoil its whole page.
  id: z.string().max(2048).regex(/\S/, 'expected an id that is not blank'),
  title: z.optional(z.string()),
  description: z.nullish(z.string()),
  status: z.nullish(z.string()),
  issue_type: z.nullish(z.string()),
  priority: z.nullish(z.literal([0, 1, 2, 3, 4], 'expected 0 to 4')),
  assignee: z.nullish(z.string()),
  labels: z.nullish(z.array(z.string())),
  dependencies: z.nullish(z.array(JsonObjectSchema)),
  parent: z.nullish(z.string()),
  created_at: z.optional(time),
  updated_at: z.optional(time),
};
const RawIssueSchema: z.ZodType<RawIssue> = z.looseObject(shape);

const PLACED = new Set([...Object.keys(shape), '_type']);

export function refOf(workspace: string, id: string): ExternalRef {
  return { system: SYSTEM, workspace, id, key: id };
}

/** The row as an issue of Beads. @throws ZodError where a field that we read is of another type. */
export function parseRawIssue(row: unknown): RawIssue {
  return RawIssueSchema.parse(row);
}

/** @throws IssuePayloadContractError where the row is no issue in canonical terms: a blank title, a time that is none. */
export function toCanonical(raw: RawIssue, workspace: string): CanonicalIssue {
  const targetOf = (id: string): ExternalRef => ({ system: SYSTEM, workspace, id });
  const edges = splitDependencies(raw.dependencies ?? [], raw.id, targetOf);
  const status = translateStatus(raw.status ?? undefined);
  const type = translateType(raw.issue_type ?? undefined);
  const named = raw.parent ?? '';
  const parent = edges.parent ?? (named.trim() === '' ? null : targetOf(named));

  const kept: JsonObject = {};
  const keep = (name: string, value: JsonValue): void => {
    kept[CUSTOM_PREFIX + name] = value;
  };
  if (!status.exact) keep('status', raw.status ?? null);
  if (!type.exact) keep('type', raw.issue_type ?? null);
  if (parent && named !== '' && named !== parent.id) keep('parent', named);
  if (edges.others.length > 0) keep('dependencies', edges.others);
  for (const [name, value] of Object.entries(raw))
    if (!PLACED.has(name)) keep(name, JsonValueSchema.parse(value));

  const assignee = raw.assignee ?? '';
  return canonicalIssue(
    {
      ref: refOf(workspace, raw.id),
      title: raw.title ?? '',
      body: raw.description === '' ? null : (raw.description ?? null),
      status: status.value,
      issueType: type.value,
      priority: raw.priority ?? null,
      assignees: assignee.trim() === '' ? [] : [assignee],
      labels: raw.labels ?? [],
      parent,
      links: edges.links,
      customFields: kept,
      createdAt: raw.created_at ?? null,
      updatedAt: raw.updated_at ?? null,
    },
    SYSTEM,
  );
}
