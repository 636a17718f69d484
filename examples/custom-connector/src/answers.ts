import { z } from 'zod';

/** What Redmine names by its number. */
export interface RawNamed {
  id: number;
  name: string;
}

/** A relation, told by both of its ends in the same way. */
export interface RawRelation {
  id: number;
  issue_id: number;
  issue_to_id: number;
  relation_type: string;
}

/** An issue, as lists and single answers tell it. */
export interface RawIssue {
  id: number;
  project: { id: number };
  tracker: RawNamed;
  status: RawNamed & { is_closed: boolean };
  priority: RawNamed;
  author?: { id: number } | undefined;
  assigned_to?: { id: number } | undefined;
  parent?: { id: number } | undefined;
  subject: string;
  description?: string | null | undefined;
  custom_fields?: { id: number; value?: unknown }[] | undefined;
  /** Without fractions of a second. */
  created_on: string;
  updated_on: string;
  relations?: RawRelation[] | undefined;
  children?: unknown[] | undefined;
}

const id = z.int().min(1);
const text = z.string();
const named = z.object({ id, name: text });
const numbered = z.object({ id });

const RelationSchema = z.object({ id, issue_id: id, issue_to_id: id, relation_type: text });

export const RawIssueSchema: z.ZodType<RawIssue> = z.object({
  id,
  project: numbered,
  tracker: named,
  status: z.object({ id, name: text, is_closed: z.boolean() }),
  priority: named,
  author: z.optional(numbered),
  assigned_to: z.optional(numbered),
  parent: z.optional(numbered),
  subject: text,
  description: z.optional(z.nullable(text)),
  custom_fields: z.optional(z.array(z.object({ id, value: z.optional(z.unknown()) }))),
  created_on: text,
  updated_on: text,
  relations: z.optional(z.array(RelationSchema)),
  children: z.optional(z.array(z.unknown())),
});

export const IssueAnswerSchema: z.ZodType<{ issue: RawIssue }> = z.object({ issue: RawIssueSchema });

/** The frame of a list alone: its issues are read one by one, so that a bad one spoils no other. */
export interface RawPage {
  issues: unknown[];
  /** How many there are, these included. */
  total_count: number;
}
export const RawPageSchema: z.ZodType<RawPage> = z.object({
  issues: z.array(z.unknown()).max(1000),
  total_count: z.int().min(0),
});

/** Where an issue stands in a list that is ordered by number. */
export const PlaceSchema: z.ZodType<{ id: number }> = numbered;

/** An entry of the history: a note, changes of fields, or both. */
export interface RawJournal {
  id: number;
  user?: RawNamed | undefined;
  notes?: string | null | undefined;
  private_notes?: boolean | undefined;
  created_on: string;
}
export const JournalsAnswerSchema: z.ZodType<{ issue: { journals?: RawJournal[] | undefined } }> = z.object({
  issue: z.object({
    journals: z.optional(
      z.array(
        z.object({
          id,
          user: z.optional(named),
          notes: z.optional(z.nullable(text)),
          private_notes: z.optional(z.boolean()),
          created_on: text,
        }),
      ),
    ),
  }),
});

export interface RawProject {
  id: number;
  trackers?: RawNamed[] | undefined;
}
export const ProjectAnswerSchema: z.ZodType<{ project: RawProject }> = z.object({
  project: z.object({
    id,
    trackers: z.optional(z.array(named)),
  }),
});

export const StatusesAnswerSchema: z.ZodType<{ issue_statuses: RawNamed[] }> = z.object({
  issue_statuses: z.array(named),
});

export const PrioritiesAnswerSchema: z.ZodType<{ issue_priorities: RawNamed[] }> = z.object({
  issue_priorities: z.array(named),
});

export const ViewerAnswerSchema: z.ZodType<{ user: { id: number } }> = z.object({ user: numbered });

/** What was wrong with a write, in the language of the account. */
export const RefusalSchema: z.ZodType<{ errors: string[] }> = z.object({ errors: z.array(text) });
