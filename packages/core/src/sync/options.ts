import type { MergeText, StrategyOption } from '../merge/strategy.ts';
import type { ExternalRef } from '../model/external-ref.ts';
import type { OwnershipPolicy } from '../policy/ownership-policy.ts';
import type { IssueFilters, TaskTrackerConnector } from '../protocol/connector.ts';
import type { Clock, Ids, Sleep } from '../protocol/context.ts';
import type { IssueQuery } from '../store/backend.ts';
import type { SyncStore } from '../store/sync-store.ts';
import type { SyncOperation, SyncResult } from './result.ts';

/** What a local deletion does to the tracker: nothing, a status of `canceled`, or a deletion there. */
export type DeletionMode = 'ignore' | 'close' | 'delete';

/** The most remote writes that one run may make, by kind. */
export interface GuardLimits {
  maxCreates?: number;
  maxUpdates?: number;
  maxDeletes?: number;
}

/** What a run tells while it goes on. */
export type SyncEvent =
  | { type: 'started'; operation: RunOperation }
  | { type: 'page'; issues: number; unchanged: number }
  | { type: 'written'; operation: SyncOperation; issueRef: ExternalRef }
  | { type: 'waiting'; ms: number; reason: string }
  | { type: 'finished'; result: SyncResult };

/** What a run was asked to do. */
export type RunOperation = 'pull' | 'push' | 'sync' | 'events';

/** One binding: a connector, a store, and the rules between them. */
export interface SyncEngineOptions {
  connector: TaskTrackerConnector;
  store: SyncStore;
  policy: OwnershipPolicy;
  /** Default `external_wins`. */
  strategy?: StrategyOption;
  filters?: IssueFilters;
  /** Names checkpoint, lease and log. Default: system, workspace and scope. */
  bindingId?: string;
  /** Issues of the store that meet this are created at the tracker, also when they came from another one. */
  enrol?: IssueQuery;
  mergeText?: MergeText;
  clock?: Clock;
  ids?: Ids;
  sleep?: Sleep;
  /** Tries of a write, the first included. Default 3. */
  retry?: { maxAttempts: number };
  /** Issues a page; bounded by the tracker's own limit. Default 100. */
  pageSize?: number;
  /** Calls under way at once where the tracker has no bulk call. Default 1. */
  concurrency?: number;
  /** How far a pull looks back behind the watermark, in milliseconds; at least what the connector needs. Default 120,000. */
  overlapMs?: number;
  /** Default `ignore`. */
  deletions?: DeletionMode;
  limits?: GuardLimits;
  /** How long a request may still take effect after it was given up, in milliseconds. Default 60,000. */
  requestTimeoutMs?: number;
  /** How long a lease lasts without a sign of life, in milliseconds; half of it is there for each call. Default 180,000. */
  leaseMs?: number;
  /** Told what happens while a run goes on. */
  onEvent?: (event: SyncEvent) => void;
}

/** What bounds one run. */
export interface RunOptions {
  /** Stops the run between two steps, with everything consistent. */
  signal?: AbortSignal;
  /** After so many milliseconds the run stops as if aborted; no wait reaches beyond it. */
  timeBudgetMs?: number;
  /** Lists everything instead of what changed, and looks for issues that are gone. */
  full?: boolean;
}
