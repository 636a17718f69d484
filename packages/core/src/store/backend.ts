import type { CanonicalStatus } from '../model/issue.ts';
import type {
  BindingRow,
  Intent,
  OverrideRecord,
  Person,
  Reread,
  RunRecord,
  StoredConflict,
  StoredRecord,
} from './records.ts';

/** Which issues; an issue is given when it meets all that is asked. Tombstones only with `deleted: true`. */
export interface IssueQuery {
  system?: string;
  workspace?: string;
  status?: CanonicalStatus | CanonicalStatus[];
  /** All of them. */
  labels?: string[];
  /** In title or body, whatever the case of ASCII letters. */
  text?: string;
  /** Only issues with (true) or without (false) a change that some tracker has not got. */
  pending?: boolean;
  /** True: tombstones only. Default false. */
  deleted?: boolean;
  /** At most this many. */
  limit?: number;
}

/** What a store indexes of a record's ref. */
export interface RefRow {
  identity: string;
  /** The agreement's target; empty for an alias. */
  target: string;
  seen?: string;
  draft: boolean;
}

/** A record to be written, with the rows that index it: the store need not understand the record. */
export interface RecordWrite {
  /** Absent for a new one. */
  id?: number;
  /** The stamp it was computed from; absent for a new one. */
  stamp?: number;
  record: Omit<StoredRecord, 'id' | 'stamp'>;
  refs: RefRow[];
  /** Targets for which the record holds a change that the tracker has not got. */
  pending: string[];
}

/** What is written together or not at all. */
export interface Commit {
  /** The lease under which an engine writes; absent for a host's edit. A lease that is lost is a `SyncBusyError`. */
  lease?: { bindingId: string; fence: number };
  records?: RecordWrite[];
  /** Records that another one has taken in. */
  removeRecords?: { id: number; stamp: number }[];
  binding?: BindingRow;
  putIntents?: Intent[];
  removeIntents?: string[];
  putConflicts?: StoredConflict[];
  /** The store numbers them. An entry of the same binding and ref is replaced, but for a `from` that the new one lacks. */
  putRereads?: Omit<Reread, 'sequence'>[];
  removeRereads?: { bindingId: string; identity: string; sequence: number }[];
  overrides?: OverrideRecord[];
  run?: RunRecord;
  people?: Person[];
}

/**
 * `ok: false`: nothing was written, because the records named by id have another stamp now, or the identities
 * belong to another record.
 */
export type CommitResult = { ok: true } | { ok: false; movedRecords: number[]; takenIdentities: string[] };

/** Which conflicts; one is given when it meets all that is asked. */
export interface ConflictQuery {
  id?: string;
  status?: 'open' | 'resolved';
  bindingId?: string;
  recordIds?: number[];
  limit?: number;
}

/** Which entries of the log. */
export interface LogQuery {
  bindingId?: string;
  /** Newest first; default 100. */
  limit?: number;
  /**
   * So many of the newest are passed over; default 0. What is logged between two pages shifts the rest: an entry may
   * come twice, none is missed.
   */
  skip?: number;
}

/**
 * What a store has to provide; {@link SyncStore} is made of it by {@link RecordStore}. Third parties implement this.
 *
 * Every call is atomic and sees every earlier commit; no transaction is open between two calls. Answers are copies
 * that the caller may change. Where a list of keys is given, the answer has its order and length. No call may cost
 * time that grows with the number of records, apart from `query` and what it lists.
 */
export interface StoreBackend extends AsyncDisposable {
  /** The record that each identity leads to, by ref or alias. */
  lookup(identities: string[]): Promise<Array<{ recordId: number; seen?: string } | undefined>>;
  /** The records of these ids; undefined where there is none. */
  load(ids: number[]): Promise<Array<StoredRecord | undefined>>;
  /** Records after an id, in order of id. */
  query(query: IssueQuery, page: { after: number; limit: number }): Promise<StoredRecord[]>;
  /** Ids of records that are pending for any of the targets, in order of id. */
  pending(targets: string[], page: { after: number; limit: number }): Promise<number[]>;
  /** Identities of a target's refs (no aliases, no drafts), in code-unit order. */
  refs(
    target: string,
    page: { after: string; limit: number },
  ): Promise<{ identity: string; recordId: number }[]>;
  /** Ids of records written after a sequence number, in order, and the sequence to go on from. */
  changed(after: number, limit: number): Promise<{ ids: number[]; sequence: number }>;
  /** @throws SyncBusyError where `lease` is no longer held. */
  commit(commit: Commit): Promise<CommitResult>;

  /** What is kept of each binding: checkpoint, policy, watermarks. */
  bindings(): Promise<BindingRow[]>;
  /** In the order in which they were first put. */
  intents(bindingId: string): Promise<Intent[]>;
  /** In order of sequence. */
  rereads(bindingId: string, page: { after: number; limit: number }): Promise<Reread[]>;
  /** In order of detection, then id. */
  conflicts(query: ConflictQuery): Promise<StoredConflict[]>;
  /** The whole table of people. */
  people(): Promise<Person[]>;
  /** What runs did, newest first. */
  runs(query: LogQuery): Promise<RunRecord[]>;
  /** The values that lost against the owner of their field, newest first. */
  overrides(query: LogQuery): Promise<OverrideRecord[]>;

  /**
   * Takes the lease, or extends it for the owner that holds it. `fence` grows each time the owner changes and never
   * repeats. @throws SyncBusyError while somebody else holds it.
   */
  acquireLease(bindingId: string, owner: string, ttlMs: number): Promise<{ fence: number }>;
  /** Gives the lease back; nothing where another fence holds it. */
  releaseLease(bindingId: string, fence: number): Promise<void>;
}
