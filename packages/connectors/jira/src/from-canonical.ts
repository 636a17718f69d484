import {
  type CanonicalIssue,
  type CanonicalIssueType,
  type CanonicalLink,
  CapabilityNotSupportedError,
  type ExternalRef,
  type IssueField,
  type IssuePatch,
  type JsonObject,
  refIdentity,
  sameRef,
  sameValue,
} from '@spec-kitty/tracker-core';
import type { RawIssue, RawType } from './answers.ts';
import type { Site } from './look-ups.ts';
import { CAPABILITIES } from './manifest.ts';
import { isMarker, KEY_PROPERTY, labelOf } from './marker.ts';
import { MISSION_FIELD, missionDocument } from './mission-field.ts';
import { SYSTEM } from './system.ts';
import { hasControls, TEXT_PROPERTY, writeText } from './texts.ts';
import { isSubtask, priorityFor, type Vocabulary } from './vocabulary.ts';

/** What an issue is written with. */
export interface Writing {
  site: Site;
  /** Those of the project; needed where a type is written. */
  types: readonly RawType[];
  vocabulary: Vocabulary;
  workspace: string;
  projectKey: string;
  missionFieldId: string | undefined;
}

type Property = { key: string; value: unknown };

/** What one request writes. */
export interface Edit {
  fields: Record<string, unknown>;
  update: Record<string, object[]>;
  properties: Property[];
}

const MAX_FIELD = 32_767;
const { titleLength = 0, bodyLength = 0, labelLength = 0 } = CAPABILITIES.limits ?? {};

export function refuse(field: IssueField, message: string): never {
  throw new CapabilityNotSupportedError(message, { capability: field, fieldPath: field });
}

/** @throws CapabilityNotSupportedError naming the field that Jira cannot hold: before anything is sent. */
export function assertHeld(wanted: IssuePatch, current: CanonicalIssue, writing: Writing): void {
  const { title = '', body, labels = [], assignees = [], links, customFields, parent } = wanted;
  if (title.length > titleLength)
    refuse('title', `the title is longer than the ${titleLength} characters that Jira takes`);
  if (/[\r\n]/.test(title) || hasControls(title))
    refuse('title', 'the title has line ends or control characters, which Jira does not take');
  if ((body?.length ?? 0) > bodyLength)
    refuse('body', `the body is longer than the ${bodyLength} characters that are certain to be taken`);
  if (hasControls(body ?? '')) refuse('body', 'the body has control characters, which Jira does not take');
  for (const label of labels) assertLabel(label);
  if (assignees.length > 1) refuse('assignees', 'Jira assigns an issue to one person');
  if (parent && (parent.system !== SYSTEM || parent.workspace !== writing.workspace))
    refuse('parent', `${refIdentity(parent)} is no issue of this site`);
  if (links && !sameLinks(links, current.links))
    refuse('links', 'links are written one by one, with upsertLink and removeLink');
  if (customFields) assertCustomFields(customFields, writing);
}

function assertLabel(label: string): void {
  if (/\s/.test(label)) refuse('labels', `the label "${label}" has a space, which Jira does not take`);
  if (label === '' || hasControls(label))
    refuse('labels', `the label "${label}" is empty or has control characters, which Jira does not take`);
  if (label.length > labelLength)
    refuse('labels', `a label is longer than the ${labelLength} characters that Jira takes`);
  if (isMarker(label))
    refuse('labels', `the label "${label}" is of those by which this connector finds its issues`);
}

function assertCustomFields(customFields: JsonObject, { missionFieldId }: Writing): void {
  const [any] = Object.keys(customFields);
  if (any !== undefined && missionFieldId === undefined)
    refuse(
      'customFields',
      `no field is configured for custom fields: set "missionFieldId" for "${MISSION_FIELD}"`,
    );
  for (const [key, value] of Object.entries(customFields)) {
    if (key !== MISSION_FIELD) {
      const capability = `customFields.${key}`;
      throw new CapabilityNotSupportedError(
        `the custom field "${key}" has no field at Jira: "${MISSION_FIELD}" alone has`,
        { capability, fieldPath: capability },
      );
    }
    const text = JSON.stringify(value);
    if (text.length > MAX_FIELD || hasControls(text))
      refuse('customFields', `${MISSION_FIELD} is longer than the ${MAX_FIELD} characters that Jira takes`);
  }
}

/** The body of a create. @throws CapabilityNotSupportedError */
export function createOf(issue: CanonicalIssue, key: string | undefined, writing: Writing): Edit {
  const { title, body, priority, issueType, parent, assignees, labels, customFields } = issue;
  const { projectKey, missionFieldId, site } = writing;
  const text = body === null || body.trim() === '' ? undefined : writeText(body, 'body');
  const type = typeFor(issueType, writing);
  if (isSubtask(type) && parent === null) refuse('issueType', 'at Jira a subtask needs a parent');
  const [assignee] = assignees;
  const mission = customFields[MISSION_FIELD];
  const worn = key === undefined ? labels : [...labels, labelOf(key)];
  return {
    fields: {
      project: { key: projectKey },
      issuetype: { id: type.id },
      summary: title,
      ...(text ? { description: text.document } : {}),
      ...(priority === null ? {} : { priority: { id: priorityId(priority, site) } }),
      ...(parent === null ? {} : { parent: { id: parent.id } }),
      ...(assignee === undefined ? {} : { assignee: { accountId: assignee } }),
      ...(worn.length === 0 ? {} : { labels: worn }),
      ...(mission === undefined || missionFieldId === undefined
        ? {}
        : { [missionFieldId]: missionDocument(mission) }),
    },
    update: {},
    properties: [
      ...(key === undefined ? [] : [{ key: KEY_PROPERTY, value: { key } }]),
      ...(text?.property ? [text.property] : []),
    ],
  };
}

/** https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/#api-rest-api-3-issue-issueidorkey-put */
export const NO_PARENT: object[] = [{ set: { none: true } }];

/** What brings an issue from what it is to what is wanted: only differences, so that others' edits stay. */
export function editOf(
  raw: RawIssue,
  current: CanonicalIssue,
  patch: IssuePatch,
  writing: Writing & { previous: CanonicalIssue | undefined },
): Edit {
  const { previous, site, missionFieldId } = writing;
  const edit: Edit = { fields: {}, update: {}, properties: [] };
  const base = previous ?? current;
  const { title, body, priority, issueType, labels, assignees, parent, customFields } = patch;
  if (title !== undefined && title !== current.title) edit.fields['summary'] = title;
  if (body !== undefined && !sameValue('body', body, current.body)) {
    const property = raw.properties[TEXT_PROPERTY];
    const text = writeText(body ?? '', 'body', { document: raw.fields.description, property });
    edit.fields['description'] = body === null || body.trim() === '' ? null : text.document;
    if (text.property) edit.properties.push(text.property);
  }
  if (priority !== undefined && priority !== current.priority)
    edit.fields['priority'] = priority === null ? null : { id: priorityId(priority, site) };
  if (issueType !== undefined && issueType !== current.issueType)
    edit.fields['issuetype'] = { id: typeFor(issueType, writing).id };
  if (labels) {
    const worn = new Set(raw.fields.labels);
    const add = labels.filter((label) => !base.labels.includes(label) && !worn.has(label));
    const remove = base.labels.filter((label) => !labels.includes(label) && worn.has(label));
    const operations = [
      ...add.map((label) => ({ add: label })),
      ...remove.map((label) => ({ remove: label })),
    ];
    if (operations.length > 0) edit.update['labels'] = operations;
  }
  if (assignees) {
    const [now, wanted, before] = [current.assignees[0], assignees[0], base.assignees[0]];
    // Whom somebody else put in the place of the one that is taken away stays.
    const changes =
      wanted === undefined ? now !== undefined && now === before : wanted !== before && wanted !== now;
    if (changes) edit.fields['assignee'] = wanted === undefined ? null : { accountId: wanted };
  }
  if (parent !== undefined && !sameParent(parent, current.parent)) {
    if (parent) edit.fields['parent'] = { id: parent.id };
    else edit.update['parent'] = NO_PARENT;
  }
  if (customFields && missionFieldId !== undefined) {
    const [now, wanted] = [current.customFields[MISSION_FIELD], customFields[MISSION_FIELD]];
    if (
      wanted === undefined
        ? now !== undefined
        : now === undefined || !sameValue(`customFields.${MISSION_FIELD}`, now, wanted)
    )
      edit.fields[missionFieldId] = wanted === undefined ? null : missionDocument(wanted);
  }
  return edit;
}

/** Which canonical field one of Jira's is; undefined for one that this connector does not write. */
export function fieldOf(name: string, missionFieldId: string | undefined): IssueField | undefined {
  if (name === missionFieldId) return 'customFields';
  return Object.hasOwn(FIELD_OF, name) ? FIELD_OF[name] : undefined;
}
const FIELD_OF: Readonly<Record<string, IssueField>> = {
  summary: 'title',
  description: 'body',
  issuetype: 'issueType',
  priority: 'priority',
  assignee: 'assignees',
  labels: 'labels',
  parent: 'parent',
  parentId: 'parent',
};

function priorityId(level: 0 | 1 | 2 | 3 | 4, { priorities }: Site): string {
  const found = priorityFor(level, priorities);
  return (
    found?.id ??
    refuse('priority', `no priority of the site stands for ${level}: it has ${named(priorities)}`)
  );
}

function typeFor(wanted: CanonicalIssueType, { types, vocabulary, projectKey }: Writing): RawType {
  return (
    vocabulary.typeFor(wanted, types) ??
    refuse('issueType', `${projectKey} has no issue type for ${wanted}: it has ${named(types)}`)
  );
}

const named = (all: readonly { name: string }[]): string => all.map(({ name }) => name).join(', ');

const sameParent = (a: ExternalRef | null, b: ExternalRef | null): boolean =>
  a === null || b === null ? a === b : sameRef(a, b);

function sameLinks(a: readonly CanonicalLink[], b: readonly CanonicalLink[]): boolean {
  const all = (links: readonly CanonicalLink[]): string =>
    [...new Set(links.map(({ type, target }) => `${type} ${refIdentity(target)}`))].sort().join('\n');
  return all(a) === all(b);
}
