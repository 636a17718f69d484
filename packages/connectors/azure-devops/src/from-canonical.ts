import {
  type CanonicalIssue,
  type CanonicalLink,
  type CanonicalStatus,
  CapabilityNotSupportedError,
  type ExternalRef,
  type IssueField,
  type IssuePatch,
  type JsonValue,
  refIdentity,
  sameRef,
  sameValue,
} from '@spec-kitty/tracker-core';
import type { RawItem } from './answers.ts';
import type { PatchOperation } from './client.ts';
import { CAPABILITIES } from './manifest.ts';
import { isMarker, markerOf } from './marker.ts';
import { htmlOf } from './rich-text.ts';
import { SYSTEM } from './system.ts';
import { DESCRIPTION, isMarkdown, PARENT, placesOf, tagsOf } from './to-canonical.ts';
import type { Vocabulary } from './vocabulary.ts';

/** What of an issue is written, in one patch that is done as a whole or not at all. */
export interface Plan {
  operations: PatchOperation[];
  fields: IssueField[];
}

export interface WritePlace {
  workspace: string;
  itemUrl(id: string): string;
}

const { titleLength = 0, bodyLength = 0, labelLength = 0 } = CAPABILITIES.limits ?? {};
const MAX_HTML = 1_048_576;
/** One is for the marker. */
const MAX_LABELS = 99;
const PRIORITY = 'Microsoft.VSTS.Common.Priority';

export function refuse(field: IssueField, message: string): never {
  throw new CapabilityNotSupportedError(message, { capability: field, fieldPath: field });
}

/** @throws CapabilityNotSupportedError naming the field that Azure DevOps cannot hold: before anything is sent. */
export function assertHeld(wanted: IssuePatch, current: CanonicalIssue, workspace: string): void {
  const { title, body, labels = [], assignees = [], links, customFields, parent, priority } = wanted;
  if (title !== undefined) assertTitle(title);
  if ((body?.length ?? 0) > bodyLength) refuse('body', `the body is longer than ${bodyLength} characters`);
  // What XML cannot hold, a field does not keep.
  if (body != null && /[^\P{Cc}\t\n\r]/u.test(body))
    refuse('body', 'the body has control characters, which Azure DevOps does not keep');
  for (const label of labels) if (!includes(current.labels, label)) assertLabel(label);
  if (labels.length > MAX_LABELS) refuse('labels', `an item has ${MAX_LABELS} tags at most beside a marker`);
  if (assignees.length > 1) refuse('assignees', 'Azure DevOps assigns an item to one person');
  if (priority === 4) refuse('priority', 'Azure DevOps has the priorities 1 to 4, which are 0 to 3 here');
  if (priority === null && current.priority !== null)
    refuse('priority', 'Azure DevOps puts a priority of its own where there is none');
  if (parent) assertHere('parent', parent, workspace);
  if (links && !sameLinks(links, current.links))
    refuse('links', 'links are written one by one, with upsertLink and removeLink');
  if (customFields && Object.keys(customFields).length > 0)
    refuse('customFields', 'the fields of a process are none that a project can be sure of');
}

function assertTitle(title: string): void {
  if (title.length > titleLength) refuse('title', `the title is longer than ${titleLength} characters`);
  if (/\p{Cc}/u.test(title)) refuse('title', 'a title is one line, without control characters');
  if (title !== title.trimStart()) refuse('title', 'a title does not begin with white space');
}

/** Tags are one text, in which a semicolon or a comma ends one. */
function assertLabel(label: string): void {
  if (!isTag(label))
    refuse(
      'labels',
      `a tag has up to ${labelLength} characters, no semicolon, comma or control character, and no white space around it`,
    );
  if (isMarker(label))
    refuse('labels', `the tag "${label}" looks like the mark of an issue that was created here`);
}

export const isTag = (label: string): boolean =>
  label.trim() === label && label !== '' && label.length <= labelLength && !/[\p{Cc};,]/u.test(label);

/** Items of other projects are told by numbers alone, which are taken for ones of this project. */
export function assertHere(field: 'parent' | 'links', ref: ExternalRef, workspace: string): void {
  if (ref.system !== SYSTEM || ref.workspace !== workspace)
    refuse(field, `${refIdentity(ref)} is no work item of ${workspace}`);
}

const set = (name: string, value: JsonValue): PatchOperation => ({
  op: 'add',
  path: `/fields/${name}`,
  value,
});
const relation = (rel: string, url: string): PatchOperation => ({
  op: 'add',
  path: '/relations/-',
  value: { rel, url },
});
/** From the last to the first: what is removed moves those behind it. */
const without = (places: readonly number[]): PatchOperation[] =>
  [...places].sort((a, b) => b - a).map((index) => ({ op: 'remove', path: `/relations/${index}` }));

export interface CreatePlan extends Plan {
  type: string;
  /** What follows where an item does not begin in the state that is wanted. */
  after: PatchOperation[];
}

export function createPlan(
  issue: CanonicalIssue,
  key: string | undefined,
  { vocabulary, place }: { vocabulary: Vocabulary; place: WritePlace },
): CreatePlan {
  const { title, body, priority, assignees, parent, issueType, status } = issue;
  const type =
    vocabulary.typeFor(issueType) ??
    refuse('issueType', `no work item type of the project stands for ${issueType}`);
  const state = stateFor(vocabulary, type, status);
  const begins = vocabulary.begins(type, state);
  const tags = [...issue.labels, ...(key === undefined ? [] : [markerOf(key)])];
  const operations = [
    set('System.Title', title),
    ...(body === null ? [] : [set(DESCRIPTION, described(body))]),
    ...(priority === null ? [] : [set(PRIORITY, priority + 1)]),
    ...assignees.map((name) => set('System.AssignedTo', name)),
    ...(tags.length === 0 ? [] : [set('System.Tags', tags.join('; '))]),
    ...(parent === null ? [] : [relation(PARENT, place.itemUrl(parent.id))]),
    ...(begins ? [set('System.State', state)] : []),
  ];
  const fields: IssueField[] = ['title', 'issueType', 'body', 'priority', 'assignees', 'labels', 'parent'];
  return { type, operations, fields, after: begins ? [] : [set('System.State', state)] };
}

function described(body: string, before?: string): string {
  const html = htmlOf(body, before);
  return html.length > MAX_HTML
    ? refuse('body', `the body is longer than ${MAX_HTML} characters as HTML`)
    : html;
}

function stateFor(vocabulary: Vocabulary, type: string, status: CanonicalStatus): string {
  return (
    vocabulary.stateFor(type, status) ??
    refuse('status', `the type ${type} has no state for ${status}. Name one in "stateMap"`)
  );
}

/** The patch that brings an item from what it is to what is wanted: only differences, so that others' edits stay. */
export function updatePlan(
  raw: RawItem,
  current: CanonicalIssue,
  patch: IssuePatch,
  context: { previous: CanonicalIssue | undefined; vocabulary: Vocabulary; place: WritePlace },
): Plan {
  const { vocabulary, place, previous } = context;
  const base = previous ?? current;
  const operations: PatchOperation[] = [];
  const fields: IssueField[] = [];
  const write = (field: IssueField, ...some: PatchOperation[]): void => {
    operations.push(...some);
    fields.push(field);
  };
  const { title, body, priority, status, issueType, labels, assignees, parent } = patch;
  if (title !== undefined && !sameValue('title', title, current.title))
    write('title', set('System.Title', title));
  if (body !== undefined && !sameValue('body', body, current.body)) {
    const before = raw.fields[DESCRIPTION] ?? '';
    const text = body === null || body.trim() === '' ? '' : isMarkdown(raw) ? body : described(body, before);
    write('body', set(DESCRIPTION, text));
  }
  if (priority != null && priority !== current.priority) write('priority', set(PRIORITY, priority + 1));

  const typeNow = raw.fields['System.WorkItemType'];
  let type = typeNow;
  if (issueType !== undefined && issueType !== current.issueType) {
    type =
      vocabulary.typeFor(issueType) ??
      refuse('issueType', `no work item type of the project stands for ${issueType}`);
    write('issueType', set('System.WorkItemType', type));
  }
  const wanted = status ?? current.status;
  if (wanted !== current.status) write('status', set('System.State', stateFor(vocabulary, type, wanted)));
  else if (type !== typeNow) {
    // The state goes with the type; it means the same.
    const state =
      vocabulary.stateFor(type, wanted) ??
      refuse('issueType', `the type ${type} has no state for ${wanted}, which the item is`);
    operations.push(set('System.State', state));
  }

  if (labels) {
    const tags = tagsOf(raw);
    const added = missingIn(labels, base.labels).filter((one) => !includes(tags, one));
    const gone = missingIn(base.labels, labels).filter((one) => includes(current.labels, one));
    if (added.length + gone.length > 0)
      write('labels', {
        op: 'replace',
        path: '/fields/System.Tags',
        // Under the test of the revision, nothing came between that this takes away.
        value: [...missingIn(tags, gone), ...added].join('; '),
      });
  }
  if (assignees && !sameNames(assignees, base.assignees) && !sameNames(assignees, current.assignees))
    write('assignees', set('System.AssignedTo', assignees[0] ?? ''));
  if (parent !== undefined && !sameParent(parent, current.parent))
    write('parent', ...parentOperations(raw, parent && place.itemUrl(parent.id)));
  return { operations, fields };
}

/** "The item is part of `url`", or of nothing; an item has one parent. */
export function parentOperations(raw: RawItem, url: string | null): PatchOperation[] {
  return [...without(placesOf(raw, PARENT)), ...(url === null ? [] : [relation(PARENT, url)])];
}

export function relationOperations(
  raw: RawItem,
  rel: string,
  target: { id: string; url: string },
  wanted: boolean,
): PatchOperation[] {
  return wanted ? [relation(rel, target.url)] : without(placesOf(raw, rel, target.id));
}

/** The patch is done on this revision only. */
export const onRevision = ({ rev }: RawItem, operations: readonly PatchOperation[]): PatchOperation[] => [
  { op: 'test', path: '/rev', value: rev },
  ...operations,
];

const includes = (names: readonly string[], name: string): boolean =>
  names.some((one) => one.toLowerCase() === name.toLowerCase());

const missingIn = (names: readonly string[], others: readonly string[]): string[] =>
  names.filter((name) => !includes(others, name));

const sameNames = (a: readonly string[], b: readonly string[]): boolean =>
  missingIn(a, b).length + missingIn(b, a).length === 0;

const sameParent = (a: ExternalRef | null, b: ExternalRef | null): boolean =>
  a === null || b === null ? a === b : sameRef(a, b);

function sameLinks(a: readonly CanonicalLink[], b: readonly CanonicalLink[]): boolean {
  const named = (links: readonly CanonicalLink[]): string =>
    [...new Set(links.map(({ type, target }) => `${type} ${refIdentity(target)}`))].sort().join('\n');
  return named(a) === named(b);
}
