import type { ExternalRef } from '../model/external-ref.ts';
import type { CanonicalIssue, IssueFields, IssuePatch } from '../model/issue.ts';
import type { JsonValue } from '../model/json.ts';
import type { TrackerEvent } from '../protocol/events.ts';
import type { IssueQuery, LogQuery, StoreBackend } from './backend.ts';
import type { ConflictRecord, ConflictStatus, OverrideRecord, Person, RunRecord } from './records.ts';

/** Where an issue shall be created. Without `scope`, the one binding of that workspace. */
export interface BindingPlace {
  system: string;
  workspace: string;
  scope?: string;
}

/** What a host uses. */
export interface LocalIssueStore {
  /** A copy, under the ref asked for (a settled draft: under the tracker's). Undefined where unknown or deleted. */
  getIssue(ref: ExternalRef): Promise<CanonicalIssue | undefined>;
  /** In order of creation in this store. */
  listIssues(query?: IssueQuery): Promise<CanonicalIssue[]>;
  /** What `listIssues` gives, one after another: for stores that are larger than memory. */
  iterateIssues(query?: IssueQuery): AsyncIterable<CanonicalIssue>;
  /**
   * Saves a whole issue. A ref that the store does not know becomes a record without agreement.
   * @throws SyncConflictError where its `localRevision` is older than the store's.
   */
  upsertIssue(issue: CanonicalIssue): Promise<void>;
  /** The way to edit: names only what changes. @throws IssueNotFoundError */
  editIssue(ref: ExternalRef, patch: IssuePatch): Promise<CanonicalIssue>;
  /** Makes it a tombstone; what that does to trackers is the engine's `deletions` option. @throws IssueNotFoundError */
  deleteIssue(ref: ExternalRef): Promise<void>;
  /** An issue that the binding's next push creates. Its ref goes on answering after that. */
  createDraft(place: BindingPlace, fields: Partial<IssueFields> & { title: string }): Promise<CanonicalIssue>;
  /** Every ref of the record, the first one first. Empty where unknown. */
  refsOf(ref: ExternalRef): Promise<ExternalRef[]>;
  /**
   * Says that `other` is the same issue at another tracker, or the one that a draft turned out to be. Two records
   * become one, field by field like a first meeting: the first's value stays where both hold one.
   * @throws IssueNotFoundError, ConnectorConfigError where two trackers would own one field or where both refs are
   * of one binding.
   */
  linkRef(existing: ExternalRef, other: ExternalRef): Promise<void>;
  /** Asks for the record to be created at one more tracker. */
  enrol(ref: ExternalRef, place: BindingPlace): Promise<void>;
  /** Forgets that the record is held there; the issue at the tracker is not touched. The last ref stays. */
  unlinkRef(ref: ExternalRef): Promise<void>;
}

/** The choice that settles a conflict. */
export type ConflictChoice = 'local' | 'external' | { value: JsonValue };

/** Which conflicts; one is given when it meets all that is asked. */
export interface ConflictListQuery {
  id?: string;
  status?: ConflictStatus;
  issueRef?: ExternalRef;
  bindingId?: string;
  limit?: number;
}

/** What the engine and tools use besides. Made of a {@link StoreBackend} by {@link RecordStore}. */
export interface SyncStore extends LocalIssueStore, AsyncDisposable {
  readonly backend: StoreBackend;
  /** In order of detection. Open ones and settled ones, unless `status` says which. */
  listConflicts(query?: ConflictListQuery): Promise<ConflictRecord[]>;
  /** @throws IssueNotFoundError for an unknown id, SyncConflictError where it is settled already. */
  resolveConflict(id: string, choice: ConflictChoice): Promise<ConflictRecord>;
  /**
   * Lets refused fields be tried again, and a create of which nobody could tell whether it took effect.
   * @throws SyncConflictError naming the drafts, where several trackers' creates are waiting and `ref` is none of them.
   */
  retryRefused(ref: ExternalRef): Promise<void>;
  /** Who is who at which tracker. */
  getPeople(): Promise<Person[]>;
  /** Replaces the whole table. @throws ConnectorConfigError where one id stands for two people. */
  setPeople(people: Person[]): Promise<void>;
  /** Keeps events until the binding's next run. Repeats and many events of one issue are one entry. */
  putEvents(bindingId: string, events: TrackerEvent[]): Promise<void>;
  /** What runs did, newest first; 100 unless `limit` says otherwise. */
  listRuns(query?: LogQuery): Promise<RunRecord[]>;
  /** The values that lost against the owner of their field, newest first; 100 unless `limit` says otherwise. */
  listOverrides(query?: LogQuery): Promise<OverrideRecord[]>;
}
