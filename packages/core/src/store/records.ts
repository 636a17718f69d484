import { type ExternalRef, encodePart } from '../model/external-ref.ts';
import type { CanonicalIssue, CanonicalLink, IssueFields, IssuePatch } from '../model/issue.ts';
import type { JsonValue } from '../model/json.ts';
import type { OwnershipPolicyJson } from '../policy/ownership-policy.ts';
import type { SyncCheckpoint } from '../protocol/page.ts';

/** A place where issues live: one scope of one workspace of one tracker. */
export interface BindingTarget {
  system: string;
  workspace: string;
  /** Team, project or repository; the workspace where the connector names none. */
  scope: string;
}

/** A field that a tracker refused, and the state it was refused in: it is tried again when any of that changes. */
export interface Refusal {
  local: string;
  remote: string;
  configuration: string;
  reason: string;
}

/** How two sides reversed a field against each other lately. */
export interface Swing {
  side: 'local' | 'external';
  /** The change as two fingerprints, before and after. */
  from: string;
  to: string;
  /** When each reversal happened, by the store's clock. */
  reversals: string[];
}

/**
 * What a record and one tracker last agreed on. The agreement is a pair: what local held, and what the tracker
 * held then. Without `pair` the two have not met.
 */
export interface Agreement {
  /** The record's ref at this tracker; a draft ref until the tracker has made the issue. */
  ref: ExternalRef;
  /** {@link targetKey} of the binding; with an empty scope where the host named none. */
  target: string;
  pair?: { local: IssueFields; remote: IssueFields };
  /** Fields that have not met although the rest has. */
  unmet?: string[];
  /** Fingerprint of the remote state that was last reconciled: an equal one is skipped unread. */
  seen?: string;
  /** The tracker's version and time of that state, and the mapping it was read under. */
  version?: string;
  remoteUpdatedAt?: string;
  mapping?: string;
  /** When we last wrote to the tracker, by the store's clock. */
  writtenAt?: string;
  /** When the tracker was found to hold the issue no longer, by the store's clock. */
  goneAt?: string;
  /** The local deletion has been settled with the tracker. */
  deletionSettled?: boolean;
  refused?: Record<string, Refusal>;
  swings?: Record<string, Swing>;
}

/** What a host edits, with everything known of it: the unit of every commit. */
export interface StoredRecord {
  /** The store's own, ascending in order of creation. */
  id: number;
  /** Grows with every write of the record, whatever changed. */
  stamp: number;
  /** Grows with every change to the issue; `localRevision` of what hosts read. */
  revision: number;
  /** Its `ref` is the first agreement's. */
  issue: CanonicalIssue;
  /** One per tracker that holds it or shall hold it; at least one. */
  agreements: Agreement[];
  /** Further identities that lead here, and the identity each stands for: settled drafts, former refs. */
  aliases: Record<string, string>;
  /** When the host last changed a field, by the store's clock. */
  fieldTimes: Record<string, string>;
  deleted?: { at: string; by: 'local' | 'external' };
}

/** How a conflict is to be settled, or was. */
export type ConflictStatus = 'open' | 'resolved';

/** Two sides changed one field to different values. */
export interface ConflictRecord {
  id: string;
  issueRef: ExternalRef;
  /** A core field, `customFields.<key>`, or `deleted`. */
  field: string;
  baseValue?: JsonValue;
  localValue: JsonValue;
  externalValue: JsonValue;
  resolvedValue?: JsonValue;
  strategy: string;
  status: ConflictStatus;
  detectedAt: string;
}

/** A conflict with what the store needs to settle it. */
export interface StoredConflict extends ConflictRecord {
  recordId: number;
  bindingId: string;
  target: string;
  /** The external value in the tracker's own refs, where that differs. */
  externalRaw?: JsonValue;
  /** The tracker's time of the external value. */
  externalUpdatedAt?: string;
}

/** A value that lost against the owner of its field. */
export interface OverrideRecord {
  id: string;
  bindingId: string;
  issueRef: ExternalRef;
  field: string;
  /** The side whose value was kept. */
  kept: 'local' | 'external';
  keptValue: JsonValue;
  lostValue: JsonValue;
  at: string;
}

/** A write that may have reached a tracker, stored before it is sent. */
export interface Intent {
  /** The idempotency key, which names this one request. */
  key: string;
  bindingId: string;
  recordId: number;
  ref: ExternalRef;
  kind: 'create' | 'update' | 'delete';
  /** When it was stored, by the store's clock. */
  at: string;
  /** The binding's watermark then: server time, where there was one. */
  since?: string;
  /**
   * Set once it is certain that a create will not take effect any more but not whether it did: the latest server time
   * at which it can have been made. From then on a person decides.
   */
  unclearUntil?: string;
  /** What is created, as sent. */
  issue?: CanonicalIssue;
  /** What is changed, as sent. */
  patch?: IssuePatch;
  addLinks?: CanonicalLink[];
  removeLinks?: CanonicalLink[];
  /** The local values that were sent, by which the pair is set once the tracker holds them. */
  local: IssueFields;
  /** The field paths that were sent. */
  paths: string[];
}

/** An issue to be read again at the start of the next pull: webhook events, bad issues and held-back ones alike. */
export interface Reread {
  bindingId: string;
  ref: ExternalRef;
  reason: 'event' | 'created' | 'deleted' | 'invalid' | 'held' | 'cycle';
  /** The ref that the issue had before it moved. */
  from?: ExternalRef;
  /** Grows with every put: an entry is removed only as it was read. */
  sequence: number;
}

/** One row a person, with an id per tracker; keys are `system:workspace` with `:` and `%` percent-encoded. */
export interface Person {
  id: string;
  ids: Record<string, string>;
}

/** What a store keeps of a binding. */
export interface BindingRow extends BindingTarget {
  id: string;
  policy: OwnershipPolicyJson;
  checkpoint: SyncCheckpoint;
  /** Inside a listing: when and where it began, the greatest time seen in it, and what finds a cursor that cycles (Brent). */
  listing?: {
    begun?: string;
    since?: string;
    high?: string;
    full: boolean;
    mark: string;
    steps: number;
    power: number;
  };
  /** Fingerprint of the filters under which the checkpoint was made. */
  filters: string;
  /** How far the engine's `enrol` filter has looked, in {@link StoreBackend.changed} sequence. */
  enrolled: number;
  lastRunAt?: string;
}

/** One run, for the log. */
export interface RunRecord {
  id: string;
  bindingId: string;
  operation: string;
  startedAt: string;
  finishedAt: string;
  stats: Record<string, number>;
  conflicts: number;
  overrides: number;
  failures: { code: string; issue: string | null; message: string }[];
}

/** `system:workspace`, as used for the ids of a person. */
export function placeKey(place: { system: string; workspace: string }): string {
  return `${encodePart(place.system)}:${encodePart(place.workspace)}`;
}

/** `system:workspace:scope`; the scope is empty where none is given. */
export function targetKey(target: { system: string; workspace: string; scope?: string }): string {
  return `${placeKey(target)}:${encodePart(target.scope ?? '')}`;
}

/** What a record and that place last agreed on, where it is bound to it. */
export function agreementAt(record: StoredRecord | undefined, target: string): Agreement | undefined {
  return record?.agreements.find((agreement) => agreement.target === target);
}

/** Whether two targets are one, as far as is known: one without a scope may be any of its workspace. */
export function mayBeSameTarget(a: string, b: string): boolean {
  const placeOf = (target: string): string => target.slice(0, target.lastIndexOf(':') + 1);
  return a === b || ((a === placeOf(a) || b === placeOf(b)) && placeOf(a) === placeOf(b));
}
