import type { SpecKittyTrackerError } from '../errors/tracker-error.ts';
import type { ExternalRef } from '../model/external-ref.ts';
import type { CanonicalIssue, CanonicalLink, CanonicalStatus, IssuePatch } from '../model/issue.ts';
import type { JsonValue } from '../model/json.ts';
import type { TrackerCapabilities } from './capabilities.ts';
import type { TrackerEvent } from './events.ts';
import type { Page, SyncCheckpoint } from './page.ts';

/** What every call of a connector may be given. */
export interface CallOptions {
  /** Aborting it ends the call between two requests; what was sent stays sent. */
  signal?: AbortSignal;
}

/** What a write may be given besides. */
export interface WriteOptions extends CallOptions {
  /** The same over every retry of one write, new for the next write. */
  idempotencyKey?: string;
  /** Write only if the issue still has this version; else `SyncConflictError`. Where `supportsOptimisticConcurrency`. */
  ifVersion?: string;
  /** The remote state that the patch was made against: send differences where the API can. */
  previous?: CanonicalIssue;
}

/**
 * Filters that every connector understands, plus documented ones of its own.
 * An issue is listed when it meets all that are given.
 */
export interface IssueFilters {
  /** One issue by its key. Other filters are ignored; a key of another workspace gives an empty page. */
  queryKey?: string;
  /** Text in title or body. */
  queryText?: string;
  status?: CanonicalStatus[];
  assignee?: string;
  /** All of them. */
  labels?: string[];
  [own: string]: JsonValue | undefined;
}

/** Which issues, and which page of them. */
export interface ListQuery extends CallOptions {
  /** Issues changed at or after this time. Absent on a first pull. */
  updatedSince?: string;
  cursor?: string;
  /** At least 1; at most the tracker's `limits.pageSize`. */
  limit: number;
  filters?: IssueFilters;
}

/** The answer to one item of a bulk write. */
export type WriteResult = { ok: true; issue: CanonicalIssue } | { ok: false; error: SpecKittyTrackerError };

/** A comment as its tracker tells it. Times are ISO 8601 in UTC. */
export interface Comment {
  id: string;
  author: string | null;
  /** Written by the account that the connector uses. */
  ours: boolean;
  body: string;
  createdAt: string | null;
  updatedAt: string | null;
}

/**
 * One scope of one tracker, in canonical terms. Callers validate before and after; an implementation may assume
 * clean input and must throw this project's errors: `IssueNotFoundError`, `ConnectorRequestError`,
 * `CapabilityNotSupportedError` naming a field that the tracker cannot hold, `FieldsRefusedError` where part of a
 * patch was refused after the rest was applied. Nothing is dropped silently.
 */
export interface TaskTrackerConnector extends AsyncDisposable {
  /** The `system` of its refs. */
  readonly name: string;
  /** The `workspace` of its refs. */
  readonly workspace: string;
  /** Fingerprint of how it reads and writes fields; changes when its mapping options or its code do. */
  readonly mapping?: string;
  /** Names the binding inside the workspace: origin, team, project or repository. Default: the workspace. */
  readonly scope?: string;

  /** What this instance can do. It may narrow the manifest's capabilities, never widen them. */
  getCapabilities(): Promise<TrackerCapabilities>;
  /** One page. A cursor of another listing, or one that is none, is a `TrackerContractError` of kind `cursor`. */
  listIssues(query: ListQuery): Promise<Page<CanonicalIssue>>;
  /** @throws IssueNotFoundError */
  getIssue(ref: ExternalRef, options?: CallOptions): Promise<CanonicalIssue>;
  /**
   * Makes the issue; the id of its ref is that of a draft, unless `supportsClientIds`. Answers the issue as the
   * tracker holds it.
   */
  createIssue(issue: CanonicalIssue, options?: WriteOptions): Promise<CanonicalIssue>;
  /**
   * Writes what the patch names, whole values, and nothing else. Answers the issue as it stands after that.
   * @throws IssueNotFoundError, SyncConflictError for an old `ifVersion`, FieldsRefusedError where the rest was
   * written
   */
  updateIssue(ref: ExternalRef, patch: IssuePatch, options?: WriteOptions): Promise<CanonicalIssue>;
  /** For hosts; the engine sends a status in a patch. */
  transitionIssue(ref: ExternalRef, status: CanonicalStatus, options?: WriteOptions): Promise<CanonicalIssue>;
  /** Adding a link that is there already is a success. */
  upsertLink(ref: ExternalRef, link: CanonicalLink, options?: WriteOptions): Promise<void>;
  /** Adds a comment of the connector's account, in Markdown. Promised by `supportsComments`. */
  addComment(ref: ExternalRef, body: string, options?: WriteOptions): Promise<void>;

  /** In the order of `refs`; undefined where the tracker has no such issue. Promised by `supportsBulkRead`. */
  getIssues?(refs: ExternalRef[], options?: CallOptions): Promise<Array<CanonicalIssue | undefined>>;
  /** In the order of `items`. Promised by `supportsBulkWrite`. */
  createIssues?(items: Array<{ issue: CanonicalIssue; options: WriteOptions }>): Promise<WriteResult[]>;
  /** In the order of `items`. Promised by `supportsBulkWrite`. */
  updateIssues?(
    items: Array<{ ref: ExternalRef; patch: IssuePatch; options: WriteOptions }>,
  ): Promise<WriteResult[]>;
  /** Promised by `supportsDelete`. Deleting what is gone is a success. */
  deleteIssue?(ref: ExternalRef, options?: WriteOptions): Promise<void>;
  /** Removing a link that is not there is a success. Promised by `supportsDependencies` with `supportsWrite`. */
  removeLink?(ref: ExternalRef, link: CanonicalLink, options?: WriteOptions): Promise<void>;
  /**
   * The issues of this account that were created under these keys. `since` is server time from before the first
   * try. Promised by `supportsLookupByKey`.
   */
  findByIdempotencyKeys?(
    keys: string[],
    options: { since?: string } & CallOptions,
  ): Promise<Map<string, CanonicalIssue>>;
  /** Promised by `supportsCommentEdits`. */
  listComments?(ref: ExternalRef, options?: CallOptions): Promise<Comment[]>;
  /** Promised by `supportsCommentEdits`. */
  updateComment?(ref: ExternalRef, id: string, body: string, options?: WriteOptions): Promise<void>;
  /** A feed for hosts that want one; the engine reads listings. */
  listEvents?(
    checkpoint: SyncCheckpoint | undefined,
    limit: number,
  ): Promise<{ events: TrackerEvent[]; checkpoint?: SyncCheckpoint }>;
  /** Checks the signature first. Promised by `supportsWebhooks`. */
  parseWebhook?(request: { headers: Record<string, string>; body: Uint8Array }): Promise<TrackerEvent[]>;
}
