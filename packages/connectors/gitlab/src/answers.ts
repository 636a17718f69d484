import * as z from 'zod';

export interface RawUser {
  id: number;
  username: string;
}

/** An issue as another one's relation, or a listing, tells it. */
export interface RawIssue {
  iid: number;
  project_id: number;
  title: string;
  description: string | null;
  state: string;
  issue_type?: string | null | undefined;
  labels: string[];
  assignees: (RawUser | null)[];
  author: RawUser | null;
  web_url: string;
  created_at: string;
  updated_at: string;
  moved_to_id?: number | null | undefined;
  references?: { full: string } | undefined;
  _links?: { closed_as_duplicate_of?: string | null | undefined } | undefined;
}

const RawUserSchema: z.ZodType<RawUser> = z.object({ id: z.int(), username: z.string() });
const references = z.optional(z.object({ full: z.string() }));

export const RawIssueSchema: z.ZodType<RawIssue> = z.object({
  iid: z.int().min(1),
  project_id: z.int(),
  title: z.string(),
  description: z.nullable(z.string()),
  state: z.string(),
  issue_type: z.optional(z.nullable(z.string())),
  labels: z.array(z.string()),
  assignees: z.array(z.nullable(RawUserSchema)),
  author: z.nullable(RawUserSchema),
  web_url: z.string(),
  created_at: z.string(),
  updated_at: z.string(),
  moved_to_id: z.optional(z.nullable(z.int())),
  references,
  _links: z.optional(z.object({ closed_as_duplicate_of: z.optional(z.nullable(z.string())) })),
});

/** Where an issue stands in a listing, whatever else of it can be read. */
export interface Place {
  iid: number;
  updated_at: string;
}
export const PlaceSchema: z.ZodType<Place> = z.object({
  iid: z.int(),
  updated_at: z.string().check(z.refine((text) => !Number.isNaN(Date.parse(text)))),
});

/** The other end of a relation. */
export interface RawLink {
  iid: number;
  project_id: number;
  issue_link_id: number;
  link_type: string;
  web_url: string;
  references?: { full: string } | undefined;
}
export const RawLinksSchema: z.ZodType<RawLink[]> = z.array(
  z.object({
    iid: z.int(),
    project_id: z.int(),
    issue_link_id: z.int(),
    link_type: z.string(),
    web_url: z.string(),
    references,
  }),
);

export interface RawNote {
  id: number;
  body: string;
  system: boolean;
  author: RawUser | null;
  created_at: string;
  updated_at: string;
}
export const RawNotesSchema: z.ZodType<RawNote[]> = z.array(
  z.object({
    id: z.int(),
    body: z.string(),
    system: z.boolean(),
    author: z.nullable(RawUserSchema),
    created_at: z.string(),
    updated_at: z.string(),
  }),
);

export interface RawProject {
  id: number;
  path_with_namespace: string;
}
export const ProjectSchema: z.ZodType<RawProject> = z.object({
  id: z.int(),
  path_with_namespace: z.string(),
});

export const ViewerSchema: z.ZodType<RawUser> = RawUserSchema;
export const MembersSchema: z.ZodType<RawUser[]> = z.array(RawUserSchema);
export const ListSchema: z.ZodType<unknown[]> = z.array(z.unknown());
