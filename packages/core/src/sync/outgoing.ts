import type { Value } from '../merge/merge-value.ts';
import { comparable, elementKey, isEmptyValue, SET_FIELDS, sameValue } from '../model/equality.ts';
import type { CanonicalIssue, CanonicalLink, IssueFields, IssuePatch } from '../model/issue.ts';
import { fingerprint, type JsonValue } from '../model/json.ts';
import { retiredKeyPath } from '../model/retired-keys.ts';
import {
  coreField,
  customKey,
  type FieldPath,
  fieldPaths,
  fieldsOf,
  valueAt,
  withValue,
} from '../model/snapshot.ts';
import type { PolicyField } from '../policy/ownership-policy.ts';
import { fieldSupport } from '../protocol/capabilities.ts';
import type { Refusal, StoredConflict, StoredRecord } from '../store/records.ts';
import { agreementOf, foldingOf, residueOf, type SyncContext, withoutResidue } from './agreement.ts';
import type { SkippedField } from './result.ts';

/** What a tracker shall be told of one issue, in its own terms. */
export interface Outgoing {
  patch: IssuePatch;
  addLinks: CanonicalLink[];
  removeLinks: CanonicalLink[];
  /** The field paths that are sent. */
  paths: FieldPath[];
  /** The local values from which it was made, less what the tracker has no name for. */
  local: IssueFields;
  /** Fields that the tracker cannot hold at all: agreed as they stand. */
  settled: FieldPath[];
  /** Fields that are known to be refused before anything is sent. */
  refused: { path: FieldPath; reason: string }[];
  skipped: SkippedField[];
}

/** Stands for the whole issue where a create was refused. */
export const WHOLE_ISSUE = '*';

/** The state in which a field, or the whole issue, was refused. */
export function refusal(
  record: StoredRecord,
  path: FieldPath | typeof WHOLE_ISSUE,
  reason: string,
  context: SyncContext,
): Refusal {
  const pair = agreementOf(record, context.target).pair;
  const value = (fields: IssueFields): string =>
    path === WHOLE_ISSUE ? JSON.stringify(fieldsOf(fields)) : comparable(path, valueAt(fields, path));
  return {
    local: fingerprint(value(record.issue)),
    remote: pair ? fingerprint(value(pair.remote)) : '',
    configuration: context.configuration,
    reason,
  };
}

/** The refusal of a field that still holds: nothing that led to it has changed. */
export function standingRefusal(
  record: StoredRecord,
  path: FieldPath | typeof WHOLE_ISSUE,
  context: SyncContext,
): Refusal | undefined {
  const stored = agreementOf(record, context.target).refused?.[path];
  if (!stored) return undefined;
  const now = refusal(record, path, stored.reason, context);
  const stands =
    now.local === stored.local && now.remote === stored.remote && now.configuration === stored.configuration;
  return stands ? stored : undefined;
}

/** What a limit says against a value, before it is sent. */
function overLimit(path: FieldPath, value: Value, context: SyncContext): string | undefined {
  const { titleLength, bodyLength, labelLength } = context.capabilities.limits ?? {};
  const over = (text: Value, limit: number | undefined): string | undefined =>
    typeof text === 'string' && limit !== undefined && text.length > limit
      ? `${text.length} characters, and the tracker takes ${limit}`
      : undefined;
  if (path === 'title') return over(value, titleLength);
  if (path === 'body') return over(value, bodyLength);
  if (path !== 'labels' || !Array.isArray(value)) return undefined;
  const long = value.find((label) => over(label, labelLength) !== undefined);
  return long === undefined ? undefined : `label ${JSON.stringify(long)}: ${over(long, labelLength)}`;
}

const fresh = (local: IssueFields): Outgoing => ({
  local,
  patch: {},
  addLinks: [],
  removeLinks: [],
  paths: [],
  settled: [],
  refused: [],
  skipped: [],
});

/**
 * What is pending for one tracker and may go out. `remote` is what the tracker holds now, against which whole values of
 * sets and custom fields are made; without it, what it held at the last agreement. Pure.
 *
 * `parentCycles` says that the record's parent is below it.
 */
export function outgoing(
  record: StoredRecord,
  remote: CanonicalIssue | undefined,
  openConflicts: readonly StoredConflict[],
  parentCycles: boolean,
  context: SyncContext,
): Outgoing {
  const agreement = agreementOf(record, context.target);
  const { pair } = agreement;
  const result = fresh(fieldsOf(record.issue));
  if (!pair) return result;
  const held = remote ? fieldsOf(remote) : pair.remote;
  const open = new Set(openConflicts.map((conflict) => conflict.field));
  const folding = foldingOf(context);
  for (const path of fieldPaths(record.issue, pair.local)) {
    const whole = valueAt(record.issue, path);
    const residue = residueOf(record, path, whole, context.translator);
    const value = withoutResidue(record, path, whole, context.translator);
    const before = withoutResidue(record, path, valueAt(pair.local, path), context.translator);
    result.local = withValue(result.local, path, value);
    const skip = (reason: SkippedField['reason'], detail?: string): void => {
      result.skipped.push({
        issueRef: agreement.ref,
        field: path,
        reason,
        ...(detail === undefined ? {} : { detail }),
      });
    };
    if (residue.length > 0)
      skip('waits', `${residue.length} of its values have no counterpart at the tracker`);
    if (sameValue(path, value, before, folding)) continue;
    if (open.has(path)) skip('conflict_open');
    else if (!context.policy.localCanWrite(path as PolicyField)) skip('owned_by_tracker');
    else if (fieldSupport(context.capabilities, coreField(path)) === 'none') {
      skip('not_held');
      result.settled.push(path);
    } else {
      const standing = standingRefusal(record, path, context);
      const long = standing ? undefined : overLimit(path, value, context);
      if (standing) skip('refused', standing.reason);
      else if (long !== undefined) result.refused.push({ path, reason: long });
      else if (path === 'parent' && parentCycles) skip('cycle');
      else send(result, record, path, value, before, held, context, skip);
    }
  }
  return result;
}

function send(
  result: Outgoing,
  record: StoredRecord,
  path: FieldPath,
  value: Value,
  before: Value,
  held: IssueFields,
  context: SyncContext,
  skip: (reason: SkippedField['reason'], detail?: string) => void,
): void {
  const { translator } = context;
  const key = customKey(path);
  if (key !== undefined) {
    const changed = withValue(
      { ...held, customFields: result.patch.customFields ?? held.customFields },
      path,
      value,
    );
    result.patch.customFields = changed.customFields;
  } else if (path === 'parent') {
    const parent = record.issue.parent && translator.toRemoteRef(record.issue.parent);
    if (parent === undefined) {
      skip('waits', 'its parent is not at this tracker');
      return;
    }
    result.patch.parent = parent;
  } else if (SET_FIELDS.has(path)) {
    const change = setChange(path, value, before, translator.inbound(record, held), context);
    if (path === 'links') {
      result.addLinks = remoteLinks(change.added, context);
      result.removeLinks = heldLinks(change.removed, held, context);
      if (result.addLinks.length + result.removeLinks.length === 0) return;
    } else {
      Object.assign(result.patch, {
        [path]: wholeSet(record, path as 'labels' | 'assignees', held, change, context),
      });
    }
  } else {
    Object.assign(result.patch, { [path]: value });
  }
  result.paths.push(path);
}

/** The local side's own additions and removals that the tracker does not hold yet. */
function setChange(
  path: FieldPath,
  value: Value,
  before: Value,
  inbound: IssueFields,
  context: SyncContext,
): { added: JsonValue[]; removed: JsonValue[] } {
  const folding = foldingOf(context);
  const list = (set: Value): JsonValue[] => (Array.isArray(set) ? set : []);
  const keys = (set: Value): Set<string> =>
    new Set(list(set).map((element) => elementKey(path, element, folding)));
  const [now, then, there] = [keys(value), keys(before), keys(valueAt(inbound, path))];
  const key = (element: JsonValue): string => elementKey(path, element, folding);
  return {
    added: list(value).filter((element) => !then.has(key(element)) && !there.has(key(element))),
    removed: list(before).filter((element) => !now.has(key(element)) && there.has(key(element))),
  };
}

/** The tracker's own form of links that are to go: it may name an issue by a ref that the issue had before. */
function heldLinks(links: readonly JsonValue[], held: IssueFields, context: SyncContext): CanonicalLink[] {
  const folding = foldingOf(context);
  const keys = new Set(links.map((link) => elementKey('links', link, folding)));
  return held.links.filter((link) => keys.has(elementKey('links', link as unknown as JsonValue, folding)));
}

function remoteLinks(links: readonly JsonValue[], context: SyncContext): CanonicalLink[] {
  const sendable = (links as unknown as CanonicalLink[]).filter((link) => link.type !== 'parent_of');
  return sendable.flatMap((link) => context.translator.toRemoteLink(link) ?? []);
}

/** What the tracker shall hold: what it holds, changed as we changed it. People that we have no name for stay. */
function wholeSet(
  record: StoredRecord,
  path: 'labels' | 'assignees',
  held: IssueFields,
  change: { added: JsonValue[]; removed: JsonValue[] },
  context: SyncContext,
): string[] {
  const folding = foldingOf(context);
  const key = (element: JsonValue): string => elementKey(path, element, folding);
  const name = (element: JsonValue): string | undefined =>
    path === 'labels' ? String(element) : context.translator.toRemotePerson(record, String(element));
  const removed = new Set(change.removed.flatMap((element) => name(element) ?? []).map(key));
  return [
    ...held[path].filter((element) => !removed.has(key(element))),
    ...change.added.flatMap((element) => name(element) ?? []),
  ];
}

/** What a create would send, or why it cannot be sent. */
export type Creation =
  | { kind: 'refused'; field: string; reason: string }
  | { kind: 'ready'; issue: CanonicalIssue; outgoing: Outgoing };

/**
 * The issue as the tracker shall make it. Links wait for the issue to be there; so does a parent that is not there
 * yet. A field that the tracker owns must hold nothing (`todo` and `task` count as nothing). Pure.
 */
export function creation(record: StoredRecord, parentCycles: boolean, context: SyncContext): Creation {
  const agreement = agreementOf(record, context.target);
  const { translator, policy, capabilities } = context;
  const result = fresh({ ...fieldsOf(record.issue), links: [], parent: null });
  let issue: CanonicalIssue = {
    ...fieldsOf(record.issue),
    body: null,
    status: 'todo',
    issueType: 'task',
    priority: null,
    assignees: [],
    labels: [],
    parent: null,
    links: [],
    customFields: {},
    ref: agreement.ref,
    createdAt: null,
    updatedAt: null,
  };
  const retired = retiredKeyPath(record.issue.customFields);
  if (retired !== undefined) return { kind: 'refused', field: retired, reason: RETIRED };
  for (const path of fieldPaths(record.issue)) {
    if (path === 'links' && policy.localCanWrite(path)) continue;
    const skip = (reason: SkippedField['reason'], detail?: string): void => {
      result.skipped.push({
        issueRef: agreement.ref,
        field: path,
        reason,
        ...(detail === undefined ? {} : { detail }),
      });
    };
    const whole = valueAt(record.issue, path);
    const residue = residueOf(record, path, whole, translator);
    const value = withoutResidue(record, path, whole, translator);
    if (residue.length > 0)
      skip('waits', `${residue.length} of its values have no counterpart at the tracker`);
    if (!policy.localCanWrite(path as PolicyField)) {
      if (isEmptyValue(path, value) || value === 'todo' || value === 'task') continue;
      return {
        kind: 'refused',
        field: path,
        reason: 'the policy gives this field to the tracker, so nothing may be created with it',
      };
    }
    if (fieldSupport(capabilities, coreField(path)) === 'none') {
      if (!isEmptyValue(path, value)) skip('not_held');
      if (path === 'parent') result.local = { ...result.local, parent: record.issue.parent };
      continue;
    }
    const long = standingRefusal(record, path, context)?.reason ?? overLimit(path, value, context);
    if (long !== undefined) {
      if (path === 'title') return { kind: 'refused', field: path, reason: long };
      result.refused.push({ path, reason: long });
      result.local = withValue(result.local, path, unsentValue(path));
      continue;
    }
    if (path === 'parent') {
      const parent =
        record.issue.parent && !parentCycles ? translator.toRemoteRef(record.issue.parent) : null;
      if (record.issue.parent && !parent) skip(parentCycles ? 'cycle' : 'waits');
      if (!parent) continue;
      issue = { ...issue, parent };
      result.local = { ...result.local, parent: record.issue.parent };
    } else if (path === 'assignees') {
      const assignees = record.issue.assignees.flatMap((id) => translator.toRemotePerson(record, id) ?? []);
      issue = { ...issue, assignees };
      result.local = withValue(result.local, path, value);
    } else {
      issue = withValue(issue, path, value);
    }
    result.paths.push(path);
  }
  if (fieldSupport(capabilities, 'links') === 'none')
    result.local = { ...result.local, links: record.issue.links };
  return { kind: 'ready', issue, outgoing: result };
}

/** What a field holds at the tracker that was created without it. */
function unsentValue(path: FieldPath): Value {
  if (path === 'status') return 'todo';
  if (path === 'issueType') return 'task';
  if (customKey(path) !== undefined) return undefined;
  return SET_FIELDS.has(path) ? [] : null;
}

export const RETIRED = 'this key is retired and must not be published';

/** Where an outgoing patch holds a retired key. */
export function retiredIn(patch: IssuePatch): string | undefined {
  return patch.customFields && retiredKeyPath(patch.customFields);
}
