import * as z from 'zod';
import { type ExternalRef, ExternalRefSchema } from './external-ref.ts';
import { JsonObjectSchema, type JsonValue, JsonValueSchema } from './json.ts';
import { toTimestamp } from './timestamp.ts';

/** The statuses that every tracker's own are translated to. `done` and `canceled` are the terminal ones. */
export const CANONICAL_STATUSES = [
  'todo',
  'in_progress',
  'in_review',
  'blocked',
  'done',
  'canceled',
] as const;
/** One of {@link CANONICAL_STATUSES}. */
export type CanonicalStatus = (typeof CANONICAL_STATUSES)[number];

/** The types that every tracker's own are translated to. `task` stands for what has no type. */
export const CANONICAL_ISSUE_TYPES = ['epic', 'story', 'task', 'bug', 'chore', 'subtask'] as const;
/** One of {@link CANONICAL_ISSUE_TYPES}. */
export type CanonicalIssueType = (typeof CANONICAL_ISSUE_TYPES)[number];

/**
 * The relations between issues. `parent_of` and `child_of` are read from hosts alone: hierarchy is kept in `parent`.
 */
export const LINK_TYPES = [
  'blocks',
  'blocked_by',
  'relates_to',
  'duplicates',
  'parent_of',
  'child_of',
] as const;
/** One of {@link LINK_TYPES}. */
export type LinkType = (typeof LINK_TYPES)[number];

/** The ten fields that sync: the only keys of a patch. */
export const CORE_ISSUE_FIELDS = [
  'title',
  'body',
  'status',
  'issueType',
  'priority',
  'assignees',
  'labels',
  'parent',
  'links',
  'customFields',
] as const;
/** One of {@link CORE_ISSUE_FIELDS}. */
export type IssueField = (typeof CORE_ISSUE_FIELDS)[number];

/** 0 is most urgent; null is none. */
export type Priority = 0 | 1 | 2 | 3 | 4 | null;

/** A relation, read from the issue that holds it: this issue `blocks` the target. */
export interface CanonicalLink {
  type: LinkType;
  target: ExternalRef;
}

/** One issue, in the terms that every tracker is translated to. Plain data; timestamps are ISO 8601 UTC with milliseconds. */
export interface CanonicalIssue {
  ref: ExternalRef;
  /** Not blank; at most 10,000 characters. */
  title: string;
  /** Markdown; at most 5,000,000 characters. */
  body: string | null;
  status: CanonicalStatus;
  issueType: CanonicalIssueType;
  priority: Priority;
  /** The tracker's own ids of people, as its connector documents. A set. */
  assignees: string[];
  /** A set. */
  labels: string[];
  parent: ExternalRef | null;
  /** A set by type and target. Hierarchy is not here but in `parent`. */
  links: CanonicalLink[];
  customFields: Record<string, JsonValue>;
  createdAt: string | null;
  /** The time of the last change to a field, from the host (the store's clock) or from the tracker. */
  updatedAt: string | null;
  /** Set by the store on what it returns; a save of an older copy is refused by it. */
  localRevision?: number;
  /** The tracker's opaque version, for compare-and-set. */
  version?: string;
  /** The idempotency key found at the tracker; connectors set it only on issues that their own account made. */
  correlationKey?: string;
  /** The tracker's payload, where asked for. Never merged, never stored. */
  raw?: JsonValue;
}

/** The fields that sync, whole. */
export type IssueFields = Pick<CanonicalIssue, IssueField>;
/** A change: each named field takes the whole value given. */
export type IssuePatch = Partial<IssueFields>;

const timestamp = z.string().transform((text, context) => {
  const canonical = toTimestamp(text);
  if (canonical !== undefined) return canonical;
  context.issues.push({ code: 'custom', input: text, message: 'expected an RFC 3339 time with an offset' });
  return z.NEVER;
});

const person = z.string().min(1).max(1024);
const label = z.string().max(1024).regex(/\S/, 'expected a label that is not blank');

/** Takes one of {@link CANONICAL_STATUSES}. */
export const CanonicalStatusSchema: z.ZodType<CanonicalStatus> = z.enum(CANONICAL_STATUSES);
/** Takes one of {@link CANONICAL_ISSUE_TYPES}. */
export const CanonicalIssueTypeSchema: z.ZodType<CanonicalIssueType> = z.enum(CANONICAL_ISSUE_TYPES);
/** Takes one of {@link LINK_TYPES}. */
export const LinkTypeSchema: z.ZodType<LinkType> = z.enum(LINK_TYPES);

/** A relation as it comes from outside; unknown keys are dropped. */
export const CanonicalLinkSchema: z.ZodType<CanonicalLink> = z.object({
  type: LinkTypeSchema,
  target: ExternalRefSchema,
});

const title = z.string().max(10_000).regex(/\S/, 'expected a title that is not blank');
const body = z.nullable(z.string().max(5_000_000));
const priority = z.nullable(z.literal([0, 1, 2, 3, 4]));
const parent = z.nullable(ExternalRefSchema);
const assignees = z.array(person).max(1000);
const labels = z.array(label).max(1000);
const links = z.array(CanonicalLinkSchema).max(10_000);

/** An issue as it comes from outside: what is not given takes its default. Unknown keys are dropped. */
export const CanonicalIssueSchema: z.ZodType<CanonicalIssue> = z.object({
  ref: ExternalRefSchema,
  title,
  body: z._default(body, null),
  status: z._default(CanonicalStatusSchema, 'todo'),
  issueType: z._default(CanonicalIssueTypeSchema, 'task'),
  priority: z._default(priority, null),
  assignees: z._default(assignees, () => []),
  labels: z._default(labels, () => []),
  parent: z._default(parent, null),
  links: z._default(links, () => []),
  customFields: z._default(JsonObjectSchema, () => ({})),
  createdAt: z._default(z.nullable(timestamp), null),
  updatedAt: z._default(z.nullable(timestamp), null),
  localRevision: z.exactOptional(z.int().min(1)),
  version: z.exactOptional(z.string().max(4096)),
  correlationKey: z.exactOptional(z.string().min(1).max(1024)),
  raw: z.exactOptional(JsonValueSchema),
});

/** A patch: core fields only, whole values. */
export const IssuePatchSchema: z.ZodType<IssuePatch> = z.strictObject({
  title: z.exactOptional(title),
  body: z.exactOptional(body),
  status: z.exactOptional(CanonicalStatusSchema),
  issueType: z.exactOptional(CanonicalIssueTypeSchema),
  priority: z.exactOptional(priority),
  assignees: z.exactOptional(assignees),
  labels: z.exactOptional(labels),
  parent: z.exactOptional(parent),
  links: z.exactOptional(links),
  customFields: z.exactOptional(JsonObjectSchema),
});
