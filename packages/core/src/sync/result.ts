import type { FailureClass } from '../errors/connector-request-error.ts';
import type { ExternalRef } from '../model/external-ref.ts';
import type { SyncCheckpoint } from '../protocol/page.ts';
import type { ConflictRecord, OverrideRecord } from '../store/records.ts';

/** What a run did, in issues. A push counts an issue once, however many calls it took. */
export interface SyncStats {
  pulledCreated: number;
  pulledUpdated: number;
  pulledDeleted: number;
  pushedCreated: number;
  pushedUpdated: number;
  pushedDeleted: number;
  /** Read, and as it was when it was last reconciled. */
  unchanged: number;
  /** Older than what was read before, and ignored. */
  stale: number;
}

/** What was being done. */
export type SyncOperation = 'pull_page' | 'pull_issue' | 'create' | 'update' | 'delete' | 'link' | 'comment';

/** Something that did not work, in data. */
export interface SyncFailure {
  issueRef: ExternalRef | null;
  operation: SyncOperation;
  failureClass: FailureClass | null;
  /** The error's stable code, or one of the engine's own. */
  code: string;
  fieldPath?: string;
  message: string;
  /** Whether the next run may succeed without anybody changing anything. */
  retryable: boolean;
  /** How long the tracker asked for patience, in milliseconds, where it did. */
  retryAfterMs?: number;
}

/** Why a pending field was not sent; see {@link SkippedField}. */
export const SKIP_REASONS = [
  'conflict_open',
  'cycle',
  'not_held',
  'owned_by_tracker',
  'parent_failed',
  'refused',
  'waits',
] as const;

/** A pending field that was not sent, and why. */
export interface SkippedField {
  issueRef: ExternalRef;
  field: string;
  /**
   * `conflict_open`: a person must decide. `cycle`: the parent is below the issue. `not_held`: the tracker has no place
   * for it. `owned_by_tracker`: the policy says so. `parent_failed`: the parent could not be created. `refused`: the
   * tracker said no, and nothing has changed since. `waits`: it names an issue or a person that the tracker does not know.
   */
  reason: (typeof SKIP_REASONS)[number];
  detail?: string;
}

/** What a run did. Lists are empty, never absent, and in an order that depends on the inputs alone. */
export interface SyncResult {
  stats: SyncStats;
  /** New or settled in this run. */
  conflicts: ConflictRecord[];
  openConflicts: number;
  overrides: OverrideRecord[];
  failures: SyncFailure[];
  skipped: SkippedField[];
  checkpoint: SyncCheckpoint;
}

export function emptyStats(): SyncStats {
  return {
    pulledCreated: 0,
    pulledUpdated: 0,
    pulledDeleted: 0,
    pushedCreated: 0,
    pushedUpdated: 0,
    pushedDeleted: 0,
    unchanged: 0,
    stale: 0,
  };
}
