import type {
  ConnectorContext,
  FailureClass,
  Logger,
  SyncEngineOptions,
  SyncResult,
} from '@spec-kitty/tracker-core';
import type { BindingName, WorkerBinding } from './binding.ts';
import type { NextRun } from './next-run.ts';
import type { RunOutcome } from './outcome.ts';

/** Sends statements to a database: what pg-boss calls an adapter. */
export interface JobsDriver {
  /** Sends one statement, or several without values; rejects with the server's error. */
  executeSql(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>;
}

/** Where the jobs and what is known of the bindings are kept. */
export interface JobsOptions {
  /** Of a PostgreSQL server. */
  connectionString?: string;
  /** Default `spec_kitty_tracker_worker`; pg-boss has its own beside it, with `_jobs` at the end. */
  schema?: string;
  /** Connections of this process at most. Default 4. */
  maxConnections?: number;
  /** Another driver than `pg`, by an adapter of pg-boss such as its `fromPglite`. In place of `connectionString`. */
  driver?: { db: JobsDriver; backend?: 'postgres' | 'pglite' };
  logger?: Logger;
}

/** A binding, ready to be synced. The worker closes the connector; a store belongs to whoever opened it. */
export type OpenedBinding = SyncEngineOptions;

/** One run, for a host's log. */
export interface RunReport extends BindingName {
  operation: 'sync' | 'events';
  outcome: RunOutcome['kind'];
  /** By the database's clock, as is its end. */
  startedAt: string;
  endedAt: string;
  result?: SyncResult;
  failure?: { code: string; failureClass: FailureClass | null; message: string };
  next: NextRun;
}

export interface WorkerOptions extends JobsOptions {
  /**
   * Opens a binding: makes its connector under the given context, and says in which store and under which policy it is
   * synced. The connector is kept for later runs, and disposed of by the worker.
   */
  open: (binding: WorkerBinding, context: Partial<ConnectorContext>) => Promise<OpenedBinding>;
  /** Runs of this process at once. Default 4. */
  concurrency?: number;
  /** Runs of one tenant at once, over all workers. Default 2. */
  tenantConcurrency?: number;
  /**
   * After so many milliseconds a run stops between two steps and goes to the end of the queue: a large first pull keeps
   * nobody waiting for longer. Default 30,000.
   */
  sliceMs?: number;
  /** Connectors that are kept between runs, at most. Default 500. */
  keepOpen?: number;
  /** How trackers are asked. Default: the global one. */
  fetch?: typeof fetch;
  /** From 0 to below 1, for jitter. */
  random?: () => number;
  /** Told of each run once its end is stored. */
  onRun?: (report: RunReport) => void;
}
