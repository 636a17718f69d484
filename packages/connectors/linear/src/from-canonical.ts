import type { LinearDocument } from '@linear/sdk';
import {
  type CanonicalIssue,
  fieldSupport,
  type IssueField,
  type IssueFields,
  type IssuePatch,
  type JsonObject,
  type RefusedField,
  sameValue,
  stableStringify,
} from '@spec-kitty/tracker-core';
import type { LinearCore } from './answers.ts';
import type { Known, LabelFor } from './directory.ts';
import { CAPABILITIES } from './manifest.ts';
import { isUuid, notHeld, SYSTEM } from './system.ts';
import { MISSION_FIELD } from './to-canonical.ts';
import { priorityFor, statusOf, UNMAPPED } from './vocabulary.ts';

type UpdateInput = Pick<
  LinearDocument.IssueUpdateInput,
  | 'title'
  | 'description'
  | 'priority'
  | 'stateId'
  | 'assigneeId'
  | 'parentId'
  | 'addedLabelIds'
  | 'removedLabelIds'
>;

/** What a patch comes to: what is sent, and what is refused before anything is. */
export interface Edits {
  input: UpdateInput;
  refused: RefusedField[];
}

export interface Target {
  known: Known;
  workspace: string;
  /** The labels that the patch names, looked up or made. */
  labels: ReadonlyMap<string, LabelFor>;
  /** The people that the patch names, and that Linear knows. */
  people: ReadonlySet<string>;
  /** The remote state that the patch was made against. */
  previous?: IssueFields | undefined;
}

/** An issue as it is made when nothing is said. */
export const BLANK: Omit<LinearCore, 'id' | 'identifier' | 'url' | 'team' | 'creator'> = {
  title: '',
  description: null,
  priority: 0,
  createdAt: '',
  updatedAt: '',
  archivedAt: null,
  trashed: null,
  labelIds: [],
  state: { id: '', name: '', type: 'backlog' },
  assignee: null,
  parent: null,
};

const FIELDS: readonly IssueField[] = ['issueType'];

/** @throws CapabilityNotSupportedError naming a field that Linear does not hold, and that is to be another one than it reads as. */
export function assertHeld(patch: IssuePatch): void {
  for (const field of FIELDS) {
    if (patch[field] === undefined || fieldSupport(CAPABILITIES, field) !== 'none') continue;
    if (patch[field] !== 'task') throw notHeld(field, 'every issue of Linear reads as a task');
  }
}

/**
 * What is sent so that `current` becomes what `patch` says. What reads the same already is left out, so that a state of
 * the same status is not replaced by another one. Labels are sent as differences against `previous`.
 */
export function editsOf(
  current: Pick<LinearCore, keyof typeof BLANK>,
  patch: IssuePatch,
  { known, workspace, labels, people, previous }: Target,
): Edits {
  const input: UpdateInput = {};
  const refused: RefusedField[] = [];
  const refuse = (field: IssueField, reason: string): void => void refused.push({ field, reason });

  if (patch.title !== undefined && patch.title !== current.title) input.title = patch.title;
  if (patch.body !== undefined && !sameValue('body', patch.body, current.description))
    input.description = patch.body ?? '';
  if (patch.priority !== undefined && priorityFor(patch.priority) !== current.priority)
    input.priority = priorityFor(patch.priority);
  if (patch.status !== undefined) {
    const reads = statusOf(current.state, known.statusToStateId) ?? UNMAPPED;
    const stateId = known.stateFor(patch.status);
    if (reads === patch.status && current.state.id !== '') {
      // It may be another state of the same status: a person's choice, which stays.
    } else if (stateId === undefined)
      refuse('status', `the team has no state for ${patch.status}; make one, or name one in statusToStateId`);
    else input.stateId = stateId;
  }
  if (patch.assignees !== undefined) {
    const [first, ...more] = patch.assignees;
    if (more.length > 0) refuse('assignees', 'an issue has one assignee');
    else if (first !== undefined && !people.has(first) && first !== current.assignee?.id)
      refuse('assignees', 'nobody has this id; it is the UUID of an active user');
    else if ((first ?? null) !== (current.assignee?.id ?? null)) input.assigneeId = first ?? null;
  }
  if (patch.parent !== undefined && (patch.parent?.id ?? null) !== (current.parent?.id ?? null)) {
    const { parent } = patch;
    if (parent && (parent.system !== SYSTEM || parent.workspace !== workspace || !isUuid(parent.id)))
      refuse('parent', 'it is no issue of this workspace');
    else input.parentId = parent?.id ?? null;
  }
  if (patch.labels !== undefined) {
    const wanted: string[] = [];
    for (const name of patch.labels) {
      const found = labels.get(name);
      if (found && 'id' in found) wanted.push(found.id);
      else refuse('labels', `${found?.refused ?? 'it was not looked up'}`);
    }
    const base = previous ? basedOn(previous.labels, current, known) : current.labelIds;
    const added = wanted.filter((id) => !base.includes(id) && !current.labelIds.includes(id));
    const removed = base.filter((id) => !wanted.includes(id) && current.labelIds.includes(id));
    if (refused.every(({ field }) => field !== 'labels')) {
      if (added.length > 0) input.addedLabelIds = [...new Set(added)].sort();
      if (removed.length > 0) input.removedLabelIds = [...new Set(removed)].sort();
    }
  }
  return { input, refused };
}

/** The issue's labels that the caller knew of: others were added meanwhile, and stay. */
function basedOn(
  names: readonly string[],
  { labelIds }: Pick<LinearCore, 'labelIds'>,
  known: Known,
): string[] {
  const before = new Set(names.map((name) => name.normalize('NFC').toLowerCase()));
  return labelIds.filter((id) => before.has(known.labelName(id).normalize('NFC').toLowerCase()));
}

/** What is sent to make an issue. @throws CapabilityNotSupportedError naming what Linear does not take. */
export function creationOf(
  issue: CanonicalIssue,
  id: string,
  target: Omit<Target, 'previous'>,
): LinearDocument.IssueCreateInput {
  assertHeld(issue);
  const { input, refused } = editsOf(BLANK, issue, target);
  const [first] = refused;
  if (first) throw notHeld(first.field, first.reason);
  const { addedLabelIds, removedLabelIds: _, ...fields } = input;
  return {
    ...fields,
    id,
    teamId: target.known.team.id,
    ...(addedLabelIds ? { labelIds: addedLabelIds } : {}),
  };
}

/** What becomes of the custom fields: a payload to be written, or null for one to be taken away. */
export interface CustomEdit {
  mission?: JsonObject | null;
  refused: RefusedField[];
}

/** Only the mission payload is held; what is read only may be there as it is. */
export function customEditOf(wanted: JsonObject, current: JsonObject): CustomEdit {
  const edit: CustomEdit = { refused: [] };
  for (const key of new Set([...Object.keys(wanted), ...Object.keys(current)])) {
    const [now, next] = [current[key], wanted[key]];
    if (now !== undefined && next !== undefined && stableStringify(now) === stableStringify(next)) continue;
    if (key === MISSION_FIELD && (next === undefined || isObject(next))) edit.mission = next ?? null;
    // What is read only and not named is not asked to go: a host may never have read it.
    else if (next !== undefined)
      edit.refused.push({ field: `customFields.${key}`, reason: `Linear holds ${MISSION_FIELD} alone` });
  }
  return edit;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
