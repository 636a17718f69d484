import {
  type CanonicalIssue,
  type CanonicalLink,
  type ExternalRef,
  type IssueField,
  type IssuePatch,
  refIdentity,
  sameRef,
  sameValue,
} from '@spec-kitty/tracker-core';
import { refuse } from './failures.ts';
import { CAPABILITIES } from './manifest.ts';
import { SYSTEM } from './to-canonical.ts';
import type { Site, Vocabulary } from './vocabulary.ts';

/** What an issue is written with. */
export interface Writing {
  site: Site;
  vocabulary: Vocabulary;
}

/** The attributes of an issue that this connector sets. Empty text takes a value away. */
export interface IssueInput {
  project_id?: number;
  subject?: string;
  description?: string;
  status_id?: number;
  tracker_id?: number;
  priority_id?: number;
  assigned_to_id?: number | '';
  parent_issue_id?: number | '';
  custom_fields?: { id: number; value: string }[];
}

/** Fields that are attributes of an issue there; links are not. */
export type SentField = Exclude<IssueField, 'labels' | 'links' | 'customFields'>;

const FIELD_OF: Readonly<Partial<Record<keyof IssueInput, SentField>>> = {
  subject: 'title',
  description: 'body',
  status_id: 'status',
  tracker_id: 'issueType',
  priority_id: 'priority',
  assigned_to_id: 'assignees',
  parent_issue_id: 'parent',
};

export const fieldsOf = (input: IssueInput): SentField[] =>
  Object.keys(input).flatMap((name) => FIELD_OF[name as keyof IssueInput] ?? []);

const { titleLength = 0 } = CAPABILITIES.limits ?? {};
const NUMBER = /^[1-9]\d{0,8}$/;

/** The number in a ref; undefined for what is none. */
export const numberOf = ({ id }: Pick<ExternalRef, 'id'>): number | undefined =>
  NUMBER.test(id) ? Number(id) : undefined;

/** @throws CapabilityNotSupportedError naming the field that Redmine cannot hold: before anything is sent. */
export function assertHeld(
  { title, body, labels = [], assignees = [], parent, links, customFields, priority }: IssuePatch,
  current: Pick<CanonicalIssue, 'links' | 'priority'>,
  workspace: string,
): void {
  // Redmine counts characters, not code units.
  if (title !== undefined && [...title].length > titleLength)
    refuse('title', `the title is longer than the ${titleLength} characters that Redmine takes`);
  // Not every database that Redmine runs on takes it.
  if (title?.includes('\0')) refuse('title', 'the title has a NUL');
  if (body?.includes('\0')) refuse('body', 'the body has a NUL');
  if (body && /\r(?!\n)/.test(body))
    refuse('body', 'the body has a carriage return alone, which Redmine makes another line end of');
  if (labels.length > 0) refuse('labels', 'Redmine has no labels');
  const [assignee, ...others] = assignees;
  if (others.length > 0) refuse('assignees', 'Redmine assigns an issue to one person or one group');
  if (assignee !== undefined && !NUMBER.test(assignee))
    refuse('assignees', `${JSON.stringify(assignee)} is not the number of a user or a group`);
  if (parent && !isHere(parent, workspace))
    refuse('parent', `${refIdentity(parent)} is no issue of this server`);
  if (priority === null && current.priority !== null)
    refuse('priority', 'at Redmine every issue has a priority');
  if (links && !sameLinks(links, current.links))
    refuse('links', 'links are written one by one, with upsertLink and removeLink');
  if (customFields && Object.keys(customFields).length > 0)
    refuse('customFields', 'this connector writes no custom fields');
}

export const isHere = (ref: ExternalRef, workspace: string): boolean =>
  ref.system === SYSTEM && ref.workspace === workspace && numberOf(ref) !== undefined;

export function createInput(
  { title, body, status, issueType, priority, assignees, parent }: CanonicalIssue,
  { site, vocabulary }: Writing,
): IssueInput {
  const [assignee] = assignees;
  return {
    project_id: site.projectId,
    tracker_id: vocabulary.trackerId(issueType, site),
    status_id: vocabulary.statusId(status, site),
    subject: title,
    ...(body === null ? {} : { description: body }),
    ...(priority === null ? {} : { priority_id: vocabulary.priorityId(priority, site) }),
    ...(assignee === undefined ? {} : { assigned_to_id: Number(assignee) }),
    ...(parent === null ? {} : { parent_issue_id: Number(parent.id) }),
  };
}

/** What brings an issue from what it is to what is wanted: only differences, since each write makes it a changed issue. */
export function updateInput(
  { title, body, status, issueType, priority, assignees, parent }: IssuePatch,
  current: CanonicalIssue,
  { site, vocabulary }: Writing,
): IssueInput {
  const input: IssueInput = {};
  if (title !== undefined && title !== current.title) input.subject = title;
  if (body !== undefined && !sameValue('body', body, current.body)) input.description = body ?? '';
  if (issueType !== undefined && issueType !== current.issueType)
    input.tracker_id = vocabulary.trackerId(issueType, site);
  if (status !== undefined && status !== current.status) input.status_id = vocabulary.statusId(status, site);
  if (priority !== undefined && priority !== null && priority !== current.priority)
    input.priority_id = vocabulary.priorityId(priority, site);
  if (assignees && assignees[0] !== current.assignees[0])
    input.assigned_to_id = assignees[0] === undefined ? '' : Number(assignees[0]);
  if (parent !== undefined && !sameParent(parent, current.parent))
    input.parent_issue_id = parent === null ? '' : Number(parent.id);
  return input;
}

/** The fields that were written and are not there: Redmine leaves out without a word what it does not allow. */
export function unkept(wanted: IssuePatch, sent: readonly SentField[], now: CanonicalIssue): SentField[] {
  return sent.filter((field) => {
    if (field === 'parent') return !sameParent(wanted.parent ?? null, now.parent);
    if (field === 'assignees') return wanted.assignees?.[0] !== now.assignees[0];
    return !sameValue(field, wanted[field], now[field]);
  });
}

/** Why Redmine may have left a field out. */
export const REASONS: Readonly<Partial<Record<IssueField, string>>> = {
  status:
    'the workflow does not let this account take the issue there from where it is, a subtask or a blocking issue is still open, or its parent is closed',
  priority: 'the priority of an issue with subtasks is theirs, or the workflow makes the field read-only',
  issueType: 'this account may not use the tracker in this project',
  parent: 'this account may not manage subtasks, or the tracker has none',
};

const sameParent = (a: ExternalRef | null, b: ExternalRef | null): boolean =>
  a === null || b === null ? a === b : sameRef(a, b);

function sameLinks(a: readonly CanonicalLink[], b: readonly CanonicalLink[]): boolean {
  const all = (links: readonly CanonicalLink[]): string =>
    [...new Set(links.map(({ type, target }) => `${type} ${refIdentity(target)}`))].sort().join('\n');
  return all(a) === all(b);
}
