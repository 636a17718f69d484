import {
  type CanonicalIssue,
  type CanonicalStatus,
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
import { foldedName, type Known, type LabelFor } from './directory.ts';
import type { IssueCreateInput, IssueUpdateInput } from './inputs.ts';
import { CAPABILITIES } from './manifest.ts';
import { isUuid, notHeld, SYSTEM } from './system.ts';
import { MISSION_FIELD } from './to-canonical.ts';
import { priorityFor, statusOf, UNMAPPED } from './vocabulary.ts';

/** What a patch comes to: what is sent, and what is refused before anything is. */
export interface Edits {
  input: IssueUpdateInput;
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

/** An issue as a write finds it, in Linear's terms but for the status. */
export interface Standing {
  title: string;
  body: string | null;
  /** Undefined of a new issue: every status is written. */
  status: CanonicalStatus | undefined;
  priority: number;
  assigneeId: string | null;
  parentId: string | null;
  labelIds: readonly string[];
}

/** An issue as it is made when nothing is said. */
const BLANK: Standing = {
  title: '',
  body: null,
  status: undefined,
  priority: 0,
  assigneeId: null,
  parentId: null,
  labelIds: [],
};

export function standingOf(core: LinearCore, known: Known): Standing {
  return {
    title: core.title,
    body: core.description,
    status: statusOf(core.state, known.statusToStateId) ?? UNMAPPED,
    priority: core.priority,
    assigneeId: core.assignee?.id ?? null,
    parentId: core.parent?.id ?? null,
    labelIds: core.labelIds,
  };
}

/**
 * The same from what the caller read before, which saves reading it once more. Undefined where that does not tell enough:
 * a label that goes by no name of its own, a key of another team.
 */
export function standingBefore(
  previous: CanonicalIssue | undefined,
  id: string,
  known: Known,
): Standing | undefined {
  if (!previous || previous.ref.id !== id || !previous.ref.key?.startsWith(`${known.team.key}-`))
    return undefined;
  const labelIds: string[] = [];
  for (const name of previous.labels) {
    const label = known.onlyLabel(name);
    if (label === undefined) return undefined;
    labelIds.push(label);
  }
  return {
    title: previous.title,
    body: previous.body,
    status: previous.status,
    priority: priorityFor(previous.priority),
    assigneeId: previous.assignees[0] ?? null,
    parentId: previous.parent?.id ?? null,
    labelIds,
  };
}

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
  current: Standing,
  patch: IssuePatch,
  { known, workspace, labels, people, previous }: Target,
): Edits {
  const input: IssueUpdateInput = {};
  const refused: RefusedField[] = [];
  const refuse = (field: IssueField, reason: string): void => void refused.push({ field, reason });

  if (patch.title !== undefined && patch.title !== current.title) input.title = patch.title;
  if (patch.body !== undefined && !sameValue('body', patch.body, current.body))
    input.description = patch.body ?? '';
  if (patch.priority !== undefined && priorityFor(patch.priority) !== current.priority)
    input.priority = priorityFor(patch.priority);
  // The issue may be in another state of the same status: a person's choice, which stays.
  if (patch.status !== undefined && patch.status !== current.status) {
    const stateId = known.stateFor(patch.status);
    if (stateId !== undefined) input.stateId = stateId;
    else
      refuse('status', `the team has no state for ${patch.status}; make one, or name one in statusToStateId`);
  }
  if (patch.assignees !== undefined) {
    const [first = null, ...more] = patch.assignees;
    if (more.length > 0) refuse('assignees', 'an issue has one assignee');
    else if (first !== current.assigneeId) {
      if (first === null || people.has(first)) input.assigneeId = first;
      else refuse('assignees', 'nobody has this id; it is the UUID of an active user');
    }
  }
  if (patch.parent !== undefined && (patch.parent?.id ?? null) !== current.parentId) {
    const { parent } = patch;
    if (parent && (parent.system !== SYSTEM || parent.workspace !== workspace || !isUuid(parent.id)))
      refuse('parent', 'it is no issue of this workspace');
    else input.parentId = parent?.id ?? null;
  }
  if (patch.labels !== undefined) {
    const base = previous ? basedOn(previous.labels, current, known) : current.labelIds;
    const wanted = wantedLabels(patch.labels, current, { known, labels });
    if ('refused' in wanted) refuse('labels', wanted.refused);
    else {
      const added = wanted.ids.filter((id) => !base.includes(id) && !current.labelIds.includes(id));
      const removed = base.filter((id) => !wanted.ids.includes(id));
      if (added.length > 0) input.addedLabelIds = added.sort();
      if (removed.length > 0) input.removedLabelIds = removed.sort();
    }
  }
  return { input, refused };
}

/** A name that the issue holds already is that very label: others may have the same name. */
function wantedLabels(
  names: readonly string[],
  { labelIds }: Standing,
  { known, labels }: Pick<Target, 'known' | 'labels'>,
): { ids: string[] } | { refused: string } {
  const ids = new Set<string>();
  for (const name of names) {
    const held = labelIds.find((id) => foldedName(known.labelName(id)) === foldedName(name));
    const found = held === undefined ? labels.get(name) : { id: held };
    if (found && 'id' in found) ids.add(found.id);
    else return { refused: found?.refused ?? `${name} was not looked up` };
  }
  return { ids: [...ids] };
}

/** The issue's labels that the caller knew of: others were added meanwhile, and stay. */
function basedOn(names: readonly string[], { labelIds }: Standing, known: Known): string[] {
  const before = new Set(names.map(foldedName));
  return labelIds.filter((id) => before.has(foldedName(known.labelName(id))));
}

/** What is sent to make an issue. @throws CapabilityNotSupportedError naming what Linear does not take. */
export function creationOf(
  issue: CanonicalIssue,
  id: string,
  target: Omit<Target, 'previous'>,
): IssueCreateInput {
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
