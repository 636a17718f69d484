import type { Value } from '../merge/merge-value.ts';
import { elementKey, SET_FIELDS, sameValue } from '../model/equality.ts';
import type { ExternalRef } from '../model/external-ref.ts';
import type { CanonicalIssue, CanonicalLink, IssueFields, IssuePatch } from '../model/issue.ts';
import type { JsonValue } from '../model/json.ts';
import { coreField, customKey, type FieldPath, fieldsOf, valueAt, withValue } from '../model/snapshot.ts';
import { fieldSupport } from '../protocol/capabilities.ts';
import type { Agreement, Intent, StoredRecord } from '../store/records.ts';
import {
  agreementOf,
  foldingOf,
  rawRemote,
  type SyncContext,
  stateOf,
  swung,
  withAgreement,
} from './agreement.ts';

/** A write as it was sent: local values, and the same in the tracker's terms. */
export interface Sent {
  paths: readonly FieldPath[];
  local: IssueFields;
  patch: IssuePatch;
}

/** The value that a patch sends at a path; undefined for a custom key that it takes away. */
export function sentValue(patch: IssuePatch, path: FieldPath): Value {
  const key = customKey(path);
  if (key === undefined) return patch[path as keyof IssuePatch] as Value;
  const map = patch.customFields ?? {};
  return Object.hasOwn(map, key) ? map[key] : undefined;
}

/** An element of a set in the record's terms. */
function localElement(
  record: StoredRecord,
  path: FieldPath,
  element: JsonValue,
  context: SyncContext,
): JsonValue {
  const { translator } = context;
  if (path === 'assignees') return translator.toLocalPerson(record, String(element)) ?? element;
  if (path !== 'links') return element;
  const link = element as unknown as CanonicalLink;
  return {
    type: link.type,
    target: translator.toLocalRef(link.target) as ExternalRef & { [key: string]: string },
  };
}

/** Both halves with elements put in and taken out. */
export function agreeElements(
  record: StoredRecord,
  path: FieldPath,
  change: { added: readonly JsonValue[]; removed: readonly JsonValue[] },
  context: SyncContext,
): StoredRecord {
  const agreement = agreementOf(record, context.target);
  const { pair } = agreement;
  if (!pair || change.added.length + change.removed.length === 0) return record;
  const folding = foldingOf(context);
  const apply = (half: Value, translate: (element: JsonValue) => JsonValue): JsonValue => {
    const key = (element: JsonValue): string => elementKey(path, element, folding);
    const set = new Map((Array.isArray(half) ? half : []).map((element) => [key(element), element]));
    for (const element of change.removed) set.delete(key(translate(element)));
    for (const element of change.added)
      if (!set.has(key(translate(element)))) set.set(key(translate(element)), translate(element));
    return [...set.values()];
  };
  const local = apply(valueAt(pair.local, path), (element) => localElement(record, path, element, context));
  const remote = apply(valueAt(pair.remote, path), (element) => element);
  return withAgreement(record, {
    ...agreement,
    pair: { local: withValue(pair.local, path, local), remote: withValue(pair.remote, path, remote) },
  });
}

/**
 * Agree as sent: a written field that the tracker holds in full is agreed as the local value from which the patch
 * was made; of a lossy one the tracker's answer is the remote half. The answer is then merged like any read.
 */
export function agreeAsSent(
  record: StoredRecord,
  sent: Sent,
  answer: CanonicalIssue,
  context: SyncContext,
): StoredRecord {
  const agreement = agreementOf(record, context.target);
  if (!agreement.pair) return record;
  let { local, remote } = agreement.pair;
  let swings = agreement.swings;
  const unmet = new Set(agreement.unmet);
  for (const path of sent.paths) {
    if (path === 'links') continue;
    const lossy = fieldSupport(context.capabilities, coreField(path)) !== 'full';
    const before = valueAt(local, path);
    const after = valueAt(sent.local, path);
    if (!SET_FIELDS.has(path) && !sameValue(path, before, after)) {
      swings = swung(
        { ...agreement, ...(swings ? { swings } : {}) },
        { path, side: 'local', from: before, to: after, now: context.now },
      ).swings;
    }
    local = withValue(local, path, after);
    remote = withValue(remote, path, lossy ? valueAt(fieldsOf(answer), path) : sentValue(sent.patch, path));
    unmet.delete(path);
  }
  const { unmet: _unmet, refused, ...rest } = agreement;
  const left = Object.entries(refused ?? {}).filter(([path]) => !sent.paths.includes(path as FieldPath));
  return withAgreement(record, {
    ...rest,
    pair: { local, remote },
    ...(unmet.size > 0 ? { unmet: [...unmet] } : {}),
    ...(left.length > 0 ? { refused: Object.fromEntries(left) } : {}),
    ...(swings ? { swings } : {}),
  });
}

/** What was sent and is not there: it never took effect, or somebody took it back. */
export interface Unfound {
  path: FieldPath;
  sent: Value;
  found: Value;
}

/**
 * An update whose answer was lost. What the tracker holds as it was sent is agreed, the rest is merged as it comes.
 * Where the issue moved meanwhile, nobody can tell whether what is not there was taken back: it is in `unfound`.
 */
export function agreeAsFound(
  record: StoredRecord,
  intent: Intent,
  remote: CanonicalIssue,
  context: SyncContext,
): { record: StoredRecord; unfound: Unfound[] } {
  const agreement = agreementOf(record, context.target);
  const { pair } = agreement;
  if (!pair) return { record, unfound: [] };
  const patch = intent.patch ?? {};
  const held = fieldsOf(remote);
  const folding = foldingOf(context);
  const moved =
    agreement.version === undefined
      ? (agreement.remoteUpdatedAt ?? null) !== remote.updatedAt
      : agreement.version !== remote.version;
  const unfound: Unfound[] = [];
  const miss = (path: FieldPath, sent: Value, found: Value): void => {
    if (moved) unfound.push({ path, sent, found });
  };
  const agreed: FieldPath[] = [];
  let next = record;
  const elements = (
    path: FieldPath,
    added: readonly JsonValue[],
    removed: readonly JsonValue[],
    sent: Value,
  ): void => {
    const key = (element: JsonValue): string => elementKey(path, element, folding);
    const there = new Set(list(valueAt(held, path)).map(key));
    const change = {
      added: added.filter((item) => there.has(key(item))),
      removed: removed.filter((item) => !there.has(key(item))),
    };
    next = agreeElements(next, path, change, context);
    const missing = added.length + removed.length - change.added.length - change.removed.length;
    if (missing > 0) miss(path, sent, valueAt(held, path));
  };
  for (const path of intent.paths as FieldPath[]) {
    const sent = sentValue(patch, path);
    if (path === 'links') {
      const { addLinks = [], removeLinks = [] } = intent;
      elements(
        path,
        addLinks as unknown as JsonValue[],
        removeLinks as unknown as JsonValue[],
        valueAt(intent.local, path),
      );
    } else if (SET_FIELDS.has(path)) {
      const keys = (value: Value): Set<string> =>
        new Set(list(value).map((item) => elementKey(path, item, folding)));
      const [before, after] = [keys(valueAt(pair.remote, path)), keys(sent)];
      const added = list(sent).filter((item) => !before.has(elementKey(path, item, folding)));
      const removed = list(valueAt(pair.remote, path)).filter(
        (item) => !after.has(elementKey(path, item, folding)),
      );
      elements(path, added, removed, sent);
    } else if (sameValue(path, valueAt(held, path), sent)) {
      agreed.push(path);
    } else if (sameValue(path, valueAt(held, path), valueAt(pair.remote, path))) {
      miss(path, sent, valueAt(held, path));
    }
  }
  return {
    record: agreeAsSent(next, { paths: agreed, local: intent.local, patch }, remote, context),
    unfound,
  };
}

const list = (value: Value): JsonValue[] => (Array.isArray(value) ? value : []);

/**
 * The tracker has made the issue. It is agreed as it was sent; `answered` says that `remote` is the answer to our own
 * request, so that a lossy field is what the tracker made of it. Found later, a lossy field that differs meets anew. A
 * `refused` field stays pending.
 *
 * Found later, a field of `fieldsAfterCreate` that differs stays pending where nobody touched the issue: the request that
 * was to write it never had an effect. Of a touched one nobody can tell whether it had, and somebody took it back: it
 * meets anew. Of a set, what is not there stays pending.
 */
export function agreeCreated(
  record: StoredRecord,
  intent: Intent,
  remote: CanonicalIssue,
  answered: boolean,
  context: SyncContext,
  refused: ReadonlySet<string> = new Set(),
): StoredRecord {
  const sent = intent.issue;
  const draft = agreementOf(record, context.target);
  const held = rawRemote(record, remote, context.translator);
  const { createdAt, updatedAt } = remote;
  let half: IssueFields = { ...held, links: [], parent: null, ...(sent ? fieldsOf(sent) : {}) };
  let local = intent.local;
  const unmet: string[] = [];
  const sets: FieldPath[] = [];
  for (const path of intent.paths as FieldPath[]) {
    const field = coreField(path);
    const found = valueAt(held, path);
    const differs = !answered && sent && !sameValue(path, valueAt(sent, path), found);
    const later = differs && context.capabilities.fieldsAfterCreate?.includes(field);
    const lossy = fieldSupport(context.capabilities, field) !== 'full';
    if (later && SET_FIELDS.has(path)) sets.push(path);
    else if (refused.has(field) || (later && updatedAt && updatedAt === createdAt)) {
      half = withValue(half, path, found);
      local = withValue(local, path, valueAt(context.translator.inbound(record, held), path));
    } else {
      if (lossy) half = withValue(half, path, found);
      if (later || (differs && lossy)) unmet.push(path);
    }
  }
  // What the tracker chose itself is not known of an issue that was touched since; a deletion must not pass over an edit.
  const touched = !answered && record.deleted && (updatedAt ?? '') > (createdAt ?? '');
  for (const field of ['status', 'issueType'] as const) {
    if (!intent.paths.includes(field)) {
      if (!touched) half = withValue(half, field, held[field]);
      if (!context.policy.localCanWrite(field)) unmet.push(field);
    }
  }
  const { refused: _refused, ...rest } = draft;
  const agreement: Agreement = {
    ...rest,
    ...stateOf(remote, context),
    pair: { local, remote: half },
    ...(unmet.length > 0 ? { unmet } : {}),
  };
  return sets.reduce(
    (agreed, path) => {
      const key = (element: JsonValue): string => elementKey(path, element, foldingOf(context));
      const there = new Set(list(valueAt(held, path)).map(key));
      const removed = list(valueAt(half, path)).filter((element) => !there.has(key(element)));
      return agreeElements(agreed, path, { added: [], removed }, context);
    },
    withAgreement(record, agreement),
  );
}
