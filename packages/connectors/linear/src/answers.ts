import * as z from 'zod';

// What this connector reads of Linear's answers; everything else in them is let pass.

export interface Named {
  id: string;
}
interface PageInfo {
  hasNextPage: boolean;
  endCursor: string | null;
}
interface PageOf<T> {
  nodes: T[];
  pageInfo: PageInfo;
}

export interface LinearState {
  id: string;
  name: string;
  type: string;
}
export interface LinearLabel {
  id: string;
  name: string;
  isGroup: boolean;
}

/** What a write has to know of an issue. */
export interface LinearCore {
  id: string;
  identifier: string;
  url: string;
  title: string;
  description: string | null;
  /** 0 none, 1 urgent to 4 low. */
  priority: number;
  createdAt: string;
  updatedAt: string;
  archivedAt: string | null;
  trashed: boolean | null;
  labelIds: string[];
  state: LinearState;
  team: Named;
  creator: Named | null;
  assignee: Named | null;
  parent: Named | null;
}

interface Outgoing {
  id: string;
  type: string;
  relatedIssue: Named;
}
interface Incoming {
  id: string;
  type: string;
  issue: Named;
}
/** Relations of an issue, from it and to it. */
export interface LinearRelations {
  relations: Outgoing[];
  inverseRelations: Incoming[];
}

/** Relations by the page, both ways at once. */
export interface LinearRelationPages extends Pick<LinearCore, 'id' | 'archivedAt' | 'team'> {
  relations: PageOf<Outgoing>;
  inverseRelations: PageOf<Incoming>;
}

interface LinearAttachment {
  id: string;
  metadata: Record<string, unknown>;
  creator: Named | null;
}

/** All that an issue is in canonical terms. */
export interface LinearIssue extends LinearCore {
  relations: { nodes: Outgoing[] };
  inverseRelations: { nodes: Incoming[] };
  attachments: { nodes: LinearAttachment[] };
}

/** What an issue needs to have a place in a listing. */
export type LinearPlace = Pick<LinearCore, 'id' | 'identifier' | 'url' | 'updatedAt' | 'archivedAt'>;

interface LinearComment {
  id: string;
  body: string;
  createdAt: string;
  updatedAt: string;
  user: Named | null;
}

export interface LinearTeam extends Named {
  key: string;
  states: { nodes: (LinearState & { position: number })[] };
  members: { nodes: Named[] };
}
export interface LinearSetUp {
  viewer: Named;
  team: LinearTeam;
  issueLabels: PageOf<LinearLabel>;
}

const id = z.string().min(1);
const named = z.object({ id });
const nullable = z.nullable(named);
const pageInfo = z.object({ hasNextPage: z.boolean(), endCursor: z.nullable(z.string()) });
const state = { id, name: z.string(), type: z.string() };
const label = z.object({ id, name: z.string(), isGroup: z.boolean() });
const labelPage = z.object({ nodes: z.array(label), pageInfo });

const place = {
  id,
  identifier: z.string(),
  url: z.string(),
  updatedAt: z.string(),
  archivedAt: z.nullable(z.string()),
};
const core = {
  ...place,
  title: z.string(),
  description: z.nullable(z.string()),
  priority: z.number(),
  createdAt: z.string(),
  trashed: z.nullable(z.boolean()),
  labelIds: z.array(z.string()),
  state: z.object(state),
  team: named,
  creator: nullable,
  assignee: nullable,
  parent: nullable,
};
const outgoing = z.array(z.object({ id, type: z.string(), relatedIssue: named }));
const incoming = z.array(z.object({ id, type: z.string(), issue: named }));
const attachment = z.object({ id, metadata: z.record(z.string(), z.unknown()), creator: nullable });

export const LabelPageSchema: z.ZodType<{ issueLabels: PageOf<LinearLabel> }> = z.object({
  issueLabels: labelPage,
});

export const SetUpSchema: z.ZodType<LinearSetUp> = z.object({
  viewer: named,
  team: z.object({
    id,
    key: z.string(),
    states: z.object({ nodes: z.array(z.object({ ...state, position: z.number() })) }),
    members: z.object({ nodes: z.array(named) }),
  }),
  issueLabels: labelPage,
});

export const UsersSchema: z.ZodType<{ users: { nodes: { id: string; active: boolean }[] } }> = z.object({
  users: z.object({ nodes: z.array(z.object({ id, active: z.boolean() })) }),
});

export const PlaceSchema: z.ZodType<LinearPlace> = z.object(place);
const CoreSchema: z.ZodType<LinearCore> = z.object(core);
export const IssueSchema: z.ZodType<LinearIssue> = z.object({
  ...core,
  relations: z.object({ nodes: outgoing }),
  inverseRelations: z.object({ nodes: incoming }),
  attachments: z.object({ nodes: z.array(attachment) }),
});

/** A page whose issues are parsed one by one, so that one that cannot be read is no reason to read none. */
export const IssuePageSchema: z.ZodType<{ issues: PageOf<unknown> }> = z.object({
  issues: z.object({ nodes: z.array(z.unknown()), pageInfo }),
});
export const IssuesSchema: z.ZodType<{ issues: { nodes: LinearIssue[] } }> = z.object({
  issues: z.object({ nodes: z.array(IssueSchema) }),
});
export const CoresSchema: z.ZodType<{ issues: { nodes: LinearCore[] } }> = z.object({
  issues: z.object({ nodes: z.array(CoreSchema) }),
});
export const IssueByKeySchema: z.ZodType<{ issue: LinearIssue }> = z.object({ issue: IssueSchema });

export const RelationsOfSchema: z.ZodType<{
  issues: { nodes: (Named & Pick<LinearIssue, 'relations' | 'inverseRelations'>)[] };
}> = z.object({
  issues: z.object({
    nodes: z.array(
      z.object({
        id,
        relations: z.object({ nodes: outgoing }),
        inverseRelations: z.object({ nodes: incoming }),
      }),
    ),
  }),
});
export const RelationsSchema: z.ZodType<{ issue: LinearRelationPages }> = z.object({
  issue: z.object({
    id,
    archivedAt: core.archivedAt,
    team: named,
    relations: z.object({ nodes: outgoing, pageInfo }),
    inverseRelations: z.object({ nodes: incoming, pageInfo }),
  }),
});

export const CommentsSchema: z.ZodType<{ issue: { comments: PageOf<LinearComment> } }> = z.object({
  issue: z.object({
    comments: z.object({
      nodes: z.array(
        z.object({
          id,
          body: z.string(),
          createdAt: z.string(),
          updatedAt: z.string(),
          user: nullable,
        }),
      ),
      pageInfo,
    }),
  }),
});

export const CreatedSchema: z.ZodType<{ issueCreate: { issue: LinearIssue } }> = z.object({
  issueCreate: z.object({ issue: IssueSchema }),
});
export const CreatedManySchema: z.ZodType<{ issueBatchCreate: { issues: LinearIssue[] } }> = z.object({
  issueBatchCreate: z.object({ issues: z.array(IssueSchema) }),
});
/** By alias: the issue of a single write, the issues of a shared one. */
export const UpdatedSchema: z.ZodType<Record<string, LinearIssue[]>> = z.record(
  z.string(),
  z.union([
    z.object({ issue: IssueSchema }).transform(({ issue }) => [issue]),
    z.object({ issues: z.array(IssueSchema) }).transform(({ issues }) => issues),
  ]),
);
export const LabelsCreatedSchema: z.ZodType<Record<string, { issueLabel: LinearLabel }>> = z.record(
  z.string(),
  z.object({ issueLabel: label }),
);
/** Of a write whose answer tells nothing that is needed. */
export const DoneSchema: z.ZodType<object> = z.object({});

interface LinearError {
  message: string;
  extensions?:
    | { code?: string | undefined; type?: string | undefined; userPresentableMessage?: string | undefined }
    | undefined;
}
const text = z.string().optional().catch(undefined);

export const EnvelopeSchema: z.ZodType<{ data?: unknown; errors?: LinearError[] | undefined }> = z.object({
  data: z.unknown().optional(),
  errors: z
    .array(
      z.object({
        message: z.string(),
        extensions: z
          .object({ code: text, type: text, userPresentableMessage: text })
          .optional()
          .catch(undefined),
      }),
    )
    .optional(),
});
