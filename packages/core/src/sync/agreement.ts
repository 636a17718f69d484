import type { Value } from '../merge/merge-value.ts';
import type { MergeText, StrategyOption } from '../merge/strategy.ts';
import { noteSwing } from '../merge/swing.ts';
import { type Folding, sameValue } from '../model/equality.ts';
import { refIdentity, sameRef } from '../model/external-ref.ts';
import type { CanonicalIssue, CanonicalLink, IssueFields } from '../model/issue.ts';
import { fingerprint, type JsonValue } from '../model/json.ts';
import { coreField, type FieldPath, fieldPaths, fieldsOf, valueAt } from '../model/snapshot.ts';
import type { OwnershipPolicy } from '../policy/ownership-policy.ts';
import { fieldSupport, type TrackerCapabilities } from '../protocol/capabilities.ts';
import type { Ids } from '../protocol/context.ts';
import {
  type Agreement,
  agreementAt,
  type OverrideRecord,
  type StoredConflict,
  type StoredRecord,
  type Swing,
} from '../store/records.ts';
import type { SkippedField } from './result.ts';
import type { Translator } from './translator.ts';

/** What planning depends on besides the two sides. Nothing in it is read from outside while planning. */
export interface SyncContext {
  bindingId: string;
  target: string;
  policy: OwnershipPolicy;
  strategy: StrategyOption;
  mergeText?: MergeText | undefined;
  capabilities: TrackerCapabilities;
  /** The connector's mapping fingerprint; empty where it names none. */
  mapping: string;
  /** Fingerprint of everything configured that decides what a tracker accepts: a refusal holds as long as it does. */
  configuration: string;
  translator: Translator;
  ids: Ids;
  now: string;
}

/** A record with what one step of planning has to say of it. */
export interface Outcome {
  record: StoredRecord;
  /** Conflicts to be stored. */
  conflicts: StoredConflict[];
  /** Those among them that are new or newly settled. */
  reported: StoredConflict[];
  overrides: OverrideRecord[];
  skipped: SkippedField[];
}

/** Planning had nothing to say of this record. */
export function outcomeOf(record: StoredRecord): Outcome {
  return { record, conflicts: [], reported: [], overrides: [], skipped: [] };
}

export function foldingOf(context: SyncContext): Folding {
  const folds = context.capabilities.foldsCase ?? [];
  return context.translator.folding({
    labels: folds.includes('labels'),
    assignees: folds.includes('assignees'),
  });
}

export function agreementOf(record: StoredRecord, target: string): Agreement {
  const agreement = agreementAt(record, target);
  if (!agreement) throw new TypeError(`record ${record.id} has no agreement for ${target}`);
  return agreement;
}

/** The record with this agreement in place of the one of its target. Where the ref is another now, the former goes on answering. */
export function withAgreement(record: StoredRecord, agreement: Agreement): StoredRecord {
  let { aliases } = record;
  const agreements = record.agreements.map((old) => {
    if (old.target !== agreement.target) return old;
    if (!sameRef(old.ref, agreement.ref))
      aliases = moved(aliases, refIdentity(old.ref), refIdentity(agreement.ref));
    return agreement;
  });
  const first = agreements[0]?.ref ?? record.issue.ref;
  const issue = first === record.issue.ref ? record.issue : { ...record.issue, ref: first };
  return { ...record, issue, agreements, aliases };
}

/** Aliases with one more: what stood for the former ref stands for the new one. */
function moved(aliases: Record<string, string>, from: string, to: string): Record<string, string> {
  const { [to]: _back, ...former } = aliases;
  const kept = Object.entries(former).map(([alias, held]) => [alias, held === from ? to : held]);
  return { ...Object.fromEntries(kept), [from]: to };
}

/** A state older than the one that was last reconciled: a replica or a listing that has not caught up. */
export function isStale(
  agreement: Agreement,
  issue: CanonicalIssue,
  capabilities: TrackerCapabilities,
): boolean {
  const { remoteUpdatedAt } = agreement;
  if (capabilities.timesMayGoBackwards === true || remoteUpdatedAt === undefined) return false;
  return issue.updatedAt !== null && issue.updatedAt < remoteUpdatedAt;
}

/** Fingerprint of a remote state: where it is as it was, there is nothing to reconcile. */
export function seenOf(
  remote: CanonicalIssue,
  mapping: string,
  { unlistedFields = [] }: TrackerCapabilities,
): string {
  const updatedAt = remote.updatedAt ?? '';
  if (remote.version !== undefined) {
    // The same version, read itself, may tell what a listing did not.
    const untold = unlistedFields.map((field) => JSON.stringify(remote[field]));
    return fingerprint(mapping, updatedAt, remote.version, ...untold);
  }
  // Long texts are taken as they are: JSON would escape them for nothing.
  const { title, body, status, issueType, priority, assignees, labels, parent, links, customFields } = remote;
  const rest = [status, issueType, priority, assignees, labels, parent, links, customFields, body === null];
  return fingerprint(mapping, updatedAt, title, body ?? '', JSON.stringify(rest));
}

/** Elements of a set that the other side has no name for: they stay where they are. */
export function residueOf(
  record: StoredRecord,
  path: FieldPath,
  value: Value,
  translator: Translator,
): JsonValue[] {
  if (!Array.isArray(value)) return [];
  if (path === 'assignees')
    return value.filter((id) => translator.toRemotePerson(record, String(id)) === undefined);
  if (path === 'links') {
    return value.filter((link) => translator.toRemoteLink(link as unknown as CanonicalLink) === undefined);
  }
  return [];
}

/** A set less what {@link residueOf} finds in it. */
export function withoutResidue(
  record: StoredRecord,
  path: FieldPath,
  value: Value,
  translator: Translator,
): Value {
  const residue = residueOf(record, path, value, translator);
  return residue.length === 0 || !Array.isArray(value)
    ? value
    : value.filter((element) => !residue.includes(element));
}

/** The remote half as it is kept: raw, less people that the record has no name for. */
export function rawRemote(
  record: Pick<StoredRecord, 'issue'>,
  remote: IssueFields,
  translator: Translator,
): IssueFields {
  const assignees = remote.assignees.filter((id) => translator.toLocalPerson(record, id) !== undefined);
  const fields = fieldsOf(remote);
  return assignees.length === remote.assignees.length ? fields : { ...fields, assignees };
}

/**
 * Whether the tracker holds something else than at the last agreement, or may: of a lossy field that was found and has
 * not met, nobody can tell whether it is what the tracker made of ours.
 */
export function hasMoved(record: StoredRecord, issue: CanonicalIssue, context: SyncContext): boolean {
  const { pair, seen, unmet = [] } = agreementOf(record, context.target);
  // What was reconciled is no news, although an open conflict keeps its field from being agreed.
  if (!pair || seen === seenOf(issue, context.mapping, context.capabilities)) return false;
  const now = rawRemote(record, issue, context.translator);
  const folding = foldingOf(context);
  const unsure = unmet.some(
    (path) => fieldSupport(context.capabilities, coreField(path as FieldPath)) === 'lossy',
  );
  return (
    unsure ||
    fieldPaths(now, pair.remote).some(
      (path) => !sameValue(path, valueAt(now, path), valueAt(pair.remote, path), folding),
    )
  );
}

/** One more record than there is: an issue that only the tracker had. Every field is taken, whoever owns it. */
export function importIssue(
  remote: CanonicalIssue,
  context: SyncContext,
): Omit<StoredRecord, 'id' | 'stamp'> {
  const { ref, createdAt, updatedAt } = remote;
  const { translator, target } = context;
  const raw = fieldsOf(remote);
  const issue: CanonicalIssue = { ...raw, ref, createdAt, updatedAt };
  const local = translator.inbound({ issue }, raw);
  const pair = { local, remote: local === raw ? raw : rawRemote({ issue }, raw, translator) };
  const agreement: Agreement = { ...stateOf(remote, context), target, pair };
  return {
    revision: 1,
    issue: local === raw ? issue : { ...issue, ...local },
    agreements: [agreement],
    aliases: {},
    fieldTimes: {},
  };
}

/** What an agreement notes of the remote state it was made with. */
export function stateOf(remote: CanonicalIssue, context: SyncContext): Omit<Agreement, 'target'> {
  return {
    ref: remote.ref,
    seen: seenOf(remote, context.mapping, context.capabilities),
    ...(remote.version === undefined ? {} : { version: remote.version }),
    ...(remote.updatedAt === null ? {} : { remoteUpdatedAt: remote.updatedAt }),
    ...(context.mapping === '' ? {} : { mapping: context.mapping }),
  };
}

/** An agreement's swings with one more change noted. */
export function swung(
  agreement: Agreement,
  change: Parameters<typeof noteSwing>[1],
): { swings: Record<string, Swing>; frozen: boolean } {
  const { swing, frozen } = noteSwing(agreement.swings?.[change.path], change);
  return { swings: { ...agreement.swings, [change.path]: swing }, frozen };
}
