import {
  type CanonicalIssue,
  type CanonicalLink,
  type CanonicalStatus,
  CapabilityNotSupportedError,
  type ExternalRef,
  type IssueField,
  type IssuePatch,
  type JsonObject,
  type JsonValue,
  refIdentity,
  sameRef,
} from '@spec-kitty/tracker-core';
import type { RawIssue } from './answers.ts';
import { type Ids, labelId, userId } from './look-ups.ts';
import { CAPABILITIES } from './manifest.ts';
import { readMarker, withMarker } from './marker.ts';
import type { MutationName } from './queries.ts';
import { labelsOf, SYSTEM } from './to-canonical.ts';
import { typeNamed, type Vocabulary } from './vocabulary.ts';

/** One mutation, and the fields that it writes. */
export interface Step {
  name: MutationName;
  input: JsonObject;
  fields: readonly IssueField[];
}

const MAX_ASSIGNEES = 10;
const { titleLength = 0, bodyLength = 0, labelLength = 0 } = CAPABILITIES.limits ?? {};

export function refuse(field: IssueField, message: string): never {
  throw new CapabilityNotSupportedError(message, { capability: field, fieldPath: field });
}

/** @throws CapabilityNotSupportedError naming the field that GitHub cannot hold: before anything is sent. */
export function assertHeld(wanted: IssuePatch, current: CanonicalIssue, vocabulary: Vocabulary): void {
  const { title, body, labels = [], assignees = [], links, customFields, parent } = wanted;
  if ((title?.length ?? 0) > titleLength)
    refuse('title', `the title is longer than the ${titleLength} characters that GitHub takes`);
  if ((body?.length ?? 0) > bodyLength)
    refuse('body', `the body is longer than the ${bodyLength} characters that GitHub takes beside a marker`);
  for (const label of labels) {
    if (label.length > labelLength)
      refuse('labels', `a label is longer than the ${labelLength} characters that GitHub takes`);
    if (vocabulary.isMeaning(label))
      refuse('labels', `the label "${label}" stands for a status, a priority or a type here: set that field`);
  }
  if (assignees.length > MAX_ASSIGNEES)
    refuse('assignees', `GitHub assigns an issue to ${MAX_ASSIGNEES} people at most`);
  if (parent && parent.system !== SYSTEM) refuse('parent', `${refIdentity(parent)} is no issue of GitHub`);
  if (links && !sameLinks(links, current.links))
    refuse('links', 'links are written one by one, with upsertLink and removeLink');
  if (customFields && Object.keys(customFields).length > 0)
    refuse('customFields', 'GitHub has no custom fields that a repository can be sure of');
}

/** The labels and people that have to be known before the steps of a patch can be made. */
export function wantedNames(
  { status, priority, issueType, labels = [], assignees = [] }: IssuePatch,
  vocabulary: Vocabulary,
): { labels: string[]; logins: string[] } {
  const meanings = [
    status && vocabulary.statusLabel(status),
    priority != null ? vocabulary.priorityLabel(priority) : undefined,
    issueType && vocabulary.typeLabel(issueType),
  ];
  return { labels: [...labels, ...meanings.flatMap((label) => label ?? [])], logins: [...assignees] };
}

const CLOSED: Partial<Record<CanonicalStatus, 'COMPLETED' | 'NOT_PLANNED'>> = {
  done: 'COMPLETED',
  canceled: 'NOT_PLANNED',
};

/** The step that makes an issue, and those that follow it, for which its id is put in. */
export function createSteps(
  issue: CanonicalIssue,
  key: string | undefined,
  ids: Ids,
  vocabulary: Vocabulary,
): { create: Step; after: (id: string) => Step[] } {
  const { status, priority, issueType, parent } = issue;
  const labels = [
    ...issue.labels,
    ...(status === 'todo' || CLOSED[status]
      ? []
      : [meaning('status', vocabulary.statusLabel(status), status)]),
    ...(priority === null ? [] : [meaning('priority', vocabulary.priorityLabel(priority), String(priority))]),
  ];
  if (vocabulary.typesAreLabels && issueType !== 'task')
    labels.push(meaning('issueType', vocabulary.typeLabel(issueType), issueType));
  const type = vocabulary.typesAreLabels ? null : typeId(ids, issueType);
  const input: JsonObject = {
    repositoryId: ids.repository,
    title: issue.title,
    body: withMarker(issue.body ?? '', key),
    labelIds: labels.map((label) => labelId(ids, label)),
    assigneeIds: issue.assignees.map((login) => userId(ids, login)),
    ...(type === null ? {} : { issueTypeId: type }),
    ...(parent === null ? {} : { parentIssueId: parent.id }),
  };
  const reason = CLOSED[status];
  return {
    create: { name: 'createIssue', input, fields: ['title'] },
    after: (id) =>
      reason === undefined
        ? []
        : [{ name: 'closeIssue', input: { issueId: id, stateReason: reason }, fields: ['status'] }],
  };
}

/** The mutations that bring an issue from what it is to what is wanted: only differences, so that others' edits stay. */
export function updateSteps(
  raw: RawIssue,
  current: CanonicalIssue,
  patch: IssuePatch,
  context: { previous: CanonicalIssue | undefined; ids: Ids; vocabulary: Vocabulary },
): Step[] {
  const { ids, vocabulary, previous } = context;
  const steps: Step[] = [];
  const worn = labelsOf(raw);
  const labels = { add: new Map<string, IssueField>(), remove: new Map<string, IssueField>() };
  const wear = (field: IssueField, kind: 'status' | 'priority' | 'type', label: string | undefined): void => {
    for (const old of vocabulary.worn(worn, kind))
      if (old.toLowerCase() !== label?.toLowerCase()) labels.remove.set(old, field);
    if (label !== undefined && !includes(worn, label)) labels.add.set(label, field);
  };

  const { status, priority, issueType } = patch;
  const texts = changedTexts(raw, current, patch);
  if (issueType !== undefined && issueType !== current.issueType) {
    if (vocabulary.typesAreLabels)
      wear(
        'issueType',
        'type',
        issueType === 'task' && vocabulary.typeLabel('task') === undefined
          ? undefined
          : meaning('issueType', vocabulary.typeLabel(issueType), issueType),
      );
    else texts.push(['issueTypeId', typeId(ids, issueType), 'issueType']);
  }
  if (texts.length > 0)
    steps.push({
      name: 'updateIssue',
      input: { id: raw.id, ...Object.fromEntries(texts.map(([name, value]) => [name, value])) },
      fields: texts.map(([, , field]) => field),
    });

  if (priority !== undefined && priority !== current.priority)
    wear(
      'priority',
      'priority',
      priority === null
        ? undefined
        : meaning('priority', vocabulary.priorityLabel(priority), String(priority)),
    );
  if (status !== undefined && status !== current.status) {
    const reason = CLOSED[status];
    wear(
      'status',
      'status',
      reason || status === 'todo' ? undefined : meaning('status', vocabulary.statusLabel(status), status),
    );
    const input = { issueId: raw.id };
    if (reason)
      steps.push({ name: 'closeIssue', input: { ...input, stateReason: reason }, fields: ['status'] });
    else if (raw.state === 'CLOSED') steps.push({ name: 'reopenIssue', input, fields: ['status'] });
  }

  const base = previous ?? current;
  if (patch.labels) {
    for (const label of missingIn(patch.labels, base.labels))
      if (!includes(worn, label)) labels.add.set(label, 'labels');
    for (const label of missingIn(base.labels, patch.labels))
      if (includes(worn, label)) labels.remove.set(label, 'labels');
  }
  for (const [name, changes] of [
    ['addLabelsToLabelable', labels.add],
    ['removeLabelsFromLabelable', labels.remove],
  ] as const)
    if (changes.size > 0)
      steps.push({
        name,
        input: { labelableId: raw.id, labelIds: [...changes.keys()].map((label) => labelId(ids, label)) },
        fields: [...new Set(changes.values())],
      });

  if (patch.assignees) {
    const added = missingIn(patch.assignees, base.assignees).filter(
      (one) => !includes(current.assignees, one),
    );
    const gone = missingIn(base.assignees, patch.assignees).filter((one) => includes(current.assignees, one));
    for (const [name, logins] of [
      ['addAssigneesToAssignable', added],
      ['removeAssigneesFromAssignable', gone],
    ] as const)
      if (logins.length > 0)
        steps.push({
          name,
          input: { assignableId: raw.id, assigneeIds: logins.map((login) => userId(ids, login)) },
          fields: ['assignees'],
        });
  }
  if (patch.parent !== undefined && !sameParent(patch.parent, current.parent))
    steps.push(parentStep(raw.id, patch.parent, current.parent));
  return steps;
}

/** "`child` is part of `parent`", or no more. */
export function parentStep(child: string, parent: ExternalRef | null, before: ExternalRef | null): Step {
  const fields = ['parent'] as const;
  if (parent)
    return {
      name: 'addSubIssue',
      input: { issueId: parent.id, subIssueId: child, replaceParent: true },
      fields,
    };
  return { name: 'removeSubIssue', input: { issueId: before?.id ?? '', subIssueId: child }, fields };
}

function changedTexts(
  raw: RawIssue,
  current: CanonicalIssue,
  { title, body }: IssuePatch,
): [name: string, value: JsonValue, field: IssueField][] {
  const changed: [string, JsonValue, IssueField][] = [];
  if (title !== undefined && title !== current.title) changed.push(['title', title, 'title']);
  if (body !== undefined && (body ?? '') !== (current.body ?? '')) {
    const key = raw.viewerDidAuthor ? readMarker(raw.body).key : undefined;
    changed.push(['body', withMarker(body ?? '', key), 'body']);
  }
  return changed;
}

function meaning(field: IssueField, label: string | undefined, value: string): string {
  return label ?? refuse(field, `no label stands for the ${field} ${value} in this configuration`);
}

/** null for a task where the organisation has no such type: an issue without a type reads as one. */
function typeId({ types }: Ids, wanted: CanonicalIssue['issueType']): string | null {
  const found = types.find(({ name }) => typeNamed(name) === wanted);
  if (found) return found.id;
  return wanted === 'task' ? null : refuse('issueType', `the organisation has no issue type for ${wanted}`);
}

const includes = (names: readonly string[], name: string): boolean =>
  names.some((one) => one.toLowerCase() === name.toLowerCase());

const missingIn = (names: readonly string[], others: readonly string[]): string[] =>
  names.filter((name) => !includes(others, name));

const sameParent = (a: ExternalRef | null, b: ExternalRef | null): boolean =>
  a === null || b === null ? a === b : sameRef(a, b);

function sameLinks(a: readonly CanonicalLink[], b: readonly CanonicalLink[]): boolean {
  const named = (links: readonly CanonicalLink[]): string =>
    [...new Set(links.map(({ type, target }) => `${type} ${refIdentity(target)}`))].sort().join('\n');
  return named(a) === named(b);
}
