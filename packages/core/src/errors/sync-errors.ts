import type { ExternalRef } from '../model/external-ref.ts';
import { type ErrorDetails, SpecKittyTrackerError } from './tracker-error.ts';

/** What was to be written is based on something that has changed since: a stale save, a failed `ifVersion`, a moved plan. */
export class SyncConflictError extends SpecKittyTrackerError {
  readonly moved: ExternalRef[];

  constructor(message: string, details: ErrorDetails & { moved?: ExternalRef[] } = {}) {
    super(message, details, 'sync_conflict');
    this.moved = details.moved ?? [];
  }
}

/** Another run of the same binding holds its lease, or took it over. */
export class SyncBusyError extends SpecKittyTrackerError {
  constructor(message: string, details: ErrorDetails = {}) {
    super(message, details, 'sync_busy');
  }
}

/** How many writes a plan holds, by kind. */
export interface GuardCounts {
  creates: number;
  updates: number;
  deletes: number;
}

/** A plan holds more remote writes than the configured limits allow; nothing was written. */
export class SyncGuardError extends SpecKittyTrackerError {
  readonly counts: GuardCounts;

  constructor(message: string, details: ErrorDetails & { counts?: GuardCounts } = {}) {
    super(message, details, 'sync_guard');
    this.counts = details.counts ?? { creates: 0, updates: 0, deletes: 0 };
  }
}
