import * as z from 'zod';

/** Another issue, as a relation names it. */
export interface IssueReference {
  id: string;
  number: number;
  repository: { nameWithOwner: string };
}

/** An issue as the documents of `queries.ts` ask for it. */
export interface RawIssue extends IssueReference {
  __typename: 'Issue';
  title: string;
  body: string;
  state: string;
  stateReason: string | null;
  url: string;
  createdAt: string;
  updatedAt: string;
  viewerDidAuthor: boolean;
  labels: { nodes: ({ name: string } | null)[] } | null;
  assignees: { nodes: ({ login: string } | null)[] };
  issueType: { name: string } | null;
  parent: IssueReference | null;
  duplicateOf: IssueReference | null;
  blockedBy: { nodes: (IssueReference | null)[] };
  blocking: { nodes: (IssueReference | null)[] };
}

const reference = {
  id: z.string().min(1),
  number: z.int(),
  repository: z.object({ nameWithOwner: z.string() }),
};
const ReferenceSchema: z.ZodType<IssueReference> = z.object(reference);
const list = <T>(item: z.ZodType<T>) => z.object({ nodes: z.array(z.nullable(item)) });

export const RawIssueSchema: z.ZodType<RawIssue> = z.object({
  ...reference,
  __typename: z.literal('Issue'),
  title: z.string(),
  body: z.string(),
  state: z.string(),
  stateReason: z.nullable(z.string()),
  url: z.string(),
  createdAt: z.string(),
  updatedAt: z.string(),
  viewerDidAuthor: z.boolean(),
  labels: z.nullable(list(z.object({ name: z.string() }))),
  assignees: list(z.object({ login: z.string() })),
  issueType: z.nullable(z.object({ name: z.string() })),
  parent: z.nullable(ReferenceSchema),
  duplicateOf: z.nullable(ReferenceSchema),
  blockedBy: list(ReferenceSchema),
  blocking: list(ReferenceSchema),
});

const PageInfoSchema = z.object({ hasNextPage: z.boolean(), endCursor: z.nullable(z.string()) });

/** The issues are parsed one by one: a bad one spoils no other. */
export const ListingSchema: z.ZodType<{
  repository: {
    nameWithOwner: string;
    issues: { nodes: unknown[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } };
  };
}> = z.object({
  repository: z.object({
    nameWithOwner: z.string(),
    issues: z.object({ nodes: z.array(z.unknown()), pageInfo: PageInfoSchema }),
  }),
});

export const NodesSchema: z.ZodType<{ nodes: unknown[] }> = z.object({ nodes: z.array(z.unknown()) });

export const OneSchema: z.ZodType<{ repository: { issue: unknown } | null }> = z.object({
  repository: z.nullable(z.object({ issue: z.unknown() })),
});

export interface SetUp {
  viewer: { login: string };
  repository: {
    id: string;
    nameWithOwner: string;
    hasIssuesEnabled: boolean;
    labels: LabelPage | null;
    issueTypes: { nodes: ({ id: string; name: string; isEnabled: boolean } | null)[] } | null;
  };
}
export interface LabelPage {
  nodes: ({ id: string; name: string } | null)[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}
const LabelPageSchema: z.ZodType<LabelPage> = z.object({
  nodes: z.array(z.nullable(z.object({ id: z.string(), name: z.string() }))),
  pageInfo: PageInfoSchema,
});
export const SetUpSchema: z.ZodType<SetUp> = z.object({
  viewer: z.object({ login: z.string() }),
  repository: z.object({
    id: z.string(),
    nameWithOwner: z.string(),
    hasIssuesEnabled: z.boolean(),
    labels: z.nullable(LabelPageSchema),
    issueTypes: z.nullable(
      z.object({
        nodes: z.array(z.nullable(z.object({ id: z.string(), name: z.string(), isEnabled: z.boolean() }))),
      }),
    ),
  }),
});
export const MoreLabelsSchema: z.ZodType<{ repository: { labels: LabelPage } }> = z.object({
  repository: z.object({ labels: LabelPageSchema }),
});

export interface RawComment {
  id: string;
  body: string;
  createdAt: string;
  updatedAt: string;
  viewerDidAuthor: boolean;
  author: { login: string } | null;
}
const RawCommentSchema: z.ZodType<RawComment> = z.object({
  id: z.string().min(1),
  body: z.string(),
  createdAt: z.string(),
  updatedAt: z.string(),
  viewerDidAuthor: z.boolean(),
  author: z.nullable(z.object({ login: z.string() })),
});
export const CommentsSchema: z.ZodType<{
  node: {
    comments?:
      | {
          nodes: (RawComment | null)[];
          pageInfo: { hasNextPage: boolean; endCursor: string | null };
        }
      | undefined;
  } | null;
}> = z.object({
  node: z.nullable(
    z.object({
      comments: z.optional(
        z.object({ nodes: z.array(z.nullable(RawCommentSchema)), pageInfo: PageInfoSchema }),
      ),
    }),
  ),
});
