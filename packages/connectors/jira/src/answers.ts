import * as z from 'zod';
import { type AdfNode, AdfNodeSchema } from './adf/adf-node.ts';

/** Another issue, as a relation names it. */
export interface IssueReference {
  id: string;
  key: string;
}
const ReferenceSchema: z.ZodType<IssueReference> = z.object({
  id: z.string().min(1),
  key: z.string().min(1),
});

export interface RawStatus {
  id: string;
  name: string;
  statusCategory: { key: string };
}
export const StatusSchema: z.ZodType<RawStatus> = z.object({
  id: z.string(),
  name: z.string(),
  statusCategory: z.object({ key: z.string() }),
});

export interface RawType {
  id: string;
  name: string;
  subtask: boolean;
  hierarchyLevel?: number | undefined;
}
export const TypeSchema: z.ZodType<RawType> = z.object({
  id: z.string(),
  name: z.string(),
  subtask: z.boolean(),
  hierarchyLevel: z.optional(z.int()),
});

export interface RawPriority {
  id: string;
  name: string;
}
export const PrioritySchema: z.ZodType<RawPriority> = z.object({ id: z.string(), name: z.string() });

export interface RawLink {
  id: string;
  type: { name: string; inward: string; outward: string };
  inwardIssue?: IssueReference | undefined;
  outwardIssue?: IssueReference | undefined;
}
const LinkSchema: z.ZodType<RawLink> = z.object({
  id: z.string(),
  type: z.object({ name: z.string(), inward: z.string(), outward: z.string() }),
  inwardIssue: z.optional(ReferenceSchema),
  outwardIssue: z.optional(ReferenceSchema),
});

const UserSchema = z.nullish(z.object({ accountId: z.string() }));

/** An issue with the fields of `FIELDS`. */
export interface RawIssue extends IssueReference {
  fields: {
    summary: string;
    description?: AdfNode | null | undefined;
    status: RawStatus;
    issuetype: RawType;
    priority?: RawPriority | null | undefined;
    assignee?: { accountId: string } | null | undefined;
    creator?: { accountId: string } | null | undefined;
    labels: string[];
    project: { key: string };
    parent?: IssueReference | null | undefined;
    issuelinks: RawLink[];
    created: string;
    updated: string;
    [custom: string]: unknown;
  };
  properties: Record<string, unknown>;
}

export const FIELDS = [
  'summary',
  'description',
  'status',
  'issuetype',
  'priority',
  'assignee',
  'creator',
  'labels',
  'project',
  'parent',
  'issuelinks',
  'created',
  'updated',
] as const;

export const RawIssueSchema: z.ZodType<RawIssue> = z.object({
  id: z.string().min(1),
  key: z.string().min(1),
  fields: z.looseObject({
    summary: z.string(),
    description: z.nullish(AdfNodeSchema),
    status: StatusSchema,
    issuetype: TypeSchema,
    priority: z.nullish(PrioritySchema),
    assignee: UserSchema,
    creator: UserSchema,
    labels: z.array(z.string()),
    project: z.object({ key: z.string() }),
    parent: z.nullish(ReferenceSchema),
    // A project without links has none.
    issuelinks: z._default(z.array(LinkSchema), []),
    created: z.string(),
    updated: z.string(),
  }),
  properties: z._default(z.record(z.string(), z.unknown()), {}),
});

export const SearchSchema: z.ZodType<{ issues: unknown[]; nextPageToken?: string | null | undefined }> =
  z.object({ issues: z.array(z.unknown()), nextPageToken: z.nullish(z.string()) });

export const FetchedSchema: z.ZodType<{ issues: unknown[] }> = z.object({ issues: z.array(z.unknown()) });

export const MyselfSchema: z.ZodType<{ accountId: string; timeZone?: string | undefined }> = z.object({
  accountId: z.string().min(1),
  timeZone: z.optional(z.string()),
});

export const PrioritiesSchema: z.ZodType<{ values: RawPriority[] }> = z.object({
  values: z.array(PrioritySchema),
});

export const TypesSchema: z.ZodType<{ issueTypes: RawType[]; total: number }> = z.object({
  issueTypes: z.array(TypeSchema),
  total: z.int(),
});

export interface CreateField {
  fieldId: string;
  name: string;
  required: boolean;
  hasDefaultValue?: boolean | undefined;
}
export const CreateFieldsSchema: z.ZodType<{ fields: CreateField[]; total: number }> = z.object({
  fields: z.array(
    z.object({
      fieldId: z.string(),
      name: z.string(),
      required: z.boolean(),
      hasDefaultValue: z.optional(z.boolean()),
    }),
  ),
  total: z.int(),
});

export const ProjectStatusesSchema: z.ZodType<{ statuses: RawStatus[] }[]> = z.array(
  z.object({ statuses: z.array(StatusSchema) }),
);

export interface RawLinkType {
  id: string;
  name: string;
  inward: string;
  outward: string;
}
export const LinkTypesSchema: z.ZodType<{ issueLinkTypes: RawLinkType[] }> = z.object({
  issueLinkTypes: z.array(
    z.object({ id: z.string(), name: z.string(), inward: z.string(), outward: z.string() }),
  ),
});

export interface RawTransition {
  id: string;
  name: string;
  to: RawStatus;
}
export const TransitionsSchema: z.ZodType<{ transitions: RawTransition[] }> = z.object({
  transitions: z.array(z.object({ id: z.string(), name: z.string(), to: StatusSchema })),
});

/** What Jira says against a request. */
export interface Refusal {
  errorMessages: string[];
  errors: Record<string, string>;
}
export const RefusalSchema: z.ZodType<Refusal> = z.object({
  errorMessages: z._default(z.array(z.string()), []),
  errors: z._default(z.record(z.string(), z.string()), {}),
});

export interface BulkAnswer {
  issues: IssueReference[];
  errors: { failedElementNumber: number; elementErrors: Refusal; status?: number | undefined }[];
}
export const BulkAnswerSchema: z.ZodType<BulkAnswer> = z.object({
  issues: z._default(z.array(ReferenceSchema), []),
  errors: z._default(
    z.array(
      z.object({
        failedElementNumber: z.int().min(0),
        elementErrors: RefusalSchema,
        status: z.optional(z.int()),
      }),
    ),
    [],
  ),
});

export interface RawComment {
  id: string;
  author?: { accountId: string } | null | undefined;
  body?: AdfNode | undefined;
  created: string;
  updated: string;
  properties: { key: string; value?: unknown }[];
}
const CommentSchema: z.ZodType<RawComment> = z.object({
  id: z.string(),
  author: UserSchema,
  body: z.optional(AdfNodeSchema),
  created: z.string(),
  updated: z.string(),
  properties: z._default(z.array(z.object({ key: z.string(), value: z.unknown() })), []),
});
export const CommentsSchema: z.ZodType<{ comments: RawComment[]; total: number }> = z.object({
  comments: z.array(CommentSchema),
  total: z.int(),
});
export const CommentListSchema: z.ZodType<{ values: RawComment[] }> = z.object({
  values: z.array(CommentSchema),
});
