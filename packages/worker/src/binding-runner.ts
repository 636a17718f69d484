import { SyncEngine, type TrackerEvent, targetKey } from '@spec-kitty/tracker-core';
import type { JobResult } from 'pg-boss';
import { type BindingName, bindingKey } from './binding.ts';
import { isPaused, JobControl } from './job-control.ts';
import { type NextRun, nextRun } from './next-run.ts';
import { OpenBindings } from './open-bindings.ts';
import { type Jobs, QUEUES } from './open-jobs.ts';
import type { OpenedBinding, WorkerOptions } from './options.ts';
import { outcomeOf, outcomeOfError, type RunOutcome } from './outcome.ts';
import { type BindingState, readStates, STATE_COLUMNS, selectStates } from './rows.ts';
import { DatabaseState } from './shared-state.ts';
import { Telemetry } from './telemetry.ts';

/** A job that has been claimed: which binding, and a signal for when the claim is lost. */
export interface ClaimedRun extends BindingName {
  id: string;
  signal: AbortSignal;
}

type Operation = 'sync' | 'events';

const MAX_SHARED = 16;

/** Does the work of one job: a slice of a run, or events that came. */
export class BindingRunner {
  readonly control: JobControl;
  readonly #jobs: Jobs;
  readonly #options: WorkerOptions;
  readonly #random: () => number;
  readonly #telemetry = new Telemetry();
  readonly #bindings: OpenBindings;
  /** What the connectors of one credential share. */
  readonly #shared = new Map<string, Map<string, unknown>>();
  readonly #sharedState: DatabaseState;
  readonly #stopping: AbortSignal;

  constructor(jobs: Jobs, options: WorkerOptions, stopping: AbortSignal) {
    this.#jobs = jobs;
    this.#options = options;
    this.#stopping = stopping;
    this.#random = options.random ?? Math.random;
    this.control = new JobControl(jobs, this.#random);
    this.#sharedState = new DatabaseState(jobs.db, jobs.schema);
    this.#bindings = new OpenBindings((state) => this.#open(state), options.keepOpen ?? 500);
  }

  async close(): Promise<void> {
    await this.#bindings.close();
  }

  async #open(state: BindingState): Promise<OpenedBinding> {
    const { tenant, name, credential, everyMs } = state;
    const { open, logger, fetch: inner = (input, init) => globalThis.fetch(input, init) } = this.#options;
    return await open(
      { tenant, name, credential, everyMs },
      {
        fetch: this.#telemetry.fetch(inner),
        shared: this.#sharedOf(credential),
        sharedState: this.#sharedState,
        onLimitWait: (ms) => this.#telemetry.waited(ms / 1000),
        ...(logger ? { logger } : {}),
      },
    );
  }

  /** A token that changes every hour leaves one entry each time. */
  #sharedOf(credential: string): Map<string, unknown> {
    const held = this.#shared.get(credential);
    if (held && held.size < MAX_SHARED) return held;
    const made = new Map<string, unknown>();
    this.#shared.set(credential, made);
    return made;
  }

  /** Whatever happens to the binding is its outcome; what is thrown happened to the database, and pg-boss tries again. */
  async run(job: ClaimedRun): Promise<JobResult> {
    const name = { tenant: job.tenant, name: job.name };
    const state = await this.#begin(name);
    if (!state) return { id: job.id, status: 'completed', output: { skipped: 'paused or removed' } };
    const operation = state.dueAt <= state.readAt ? 'sync' : 'events';
    const attributes = { tenant: state.tenant, binding: state.name, operation };
    return await this.#telemetry.run(attributes, async (span) => {
      const began = performance.now();
      const { outcome, connector } = await this.#slice(state, operation, job.signal);
      const seconds = (performance.now() - began) / 1000;
      const endedAt = state.readAt + seconds * 1000;
      const next = nextRun(outcome, {
        now: endedAt,
        everyMs: state.everyMs,
        failures: state.failures,
        dueAt: operation === 'sync' ? 0 : state.dueAt,
        random: this.#random,
      });
      await this.#finish(state, operation, outcome, next);
      span.setAttributes({ outcome: outcome.kind, connector });
      const result = 'result' in outcome ? outcome.result : undefined;
      const measured = { connector, operation, outcome: outcome.kind };
      this.#telemetry.ran(measured, seconds, result?.conflicts.length ?? 0);
      if (outcome.kind === 'done' && operation === 'sync' && state.succeededAt !== null)
        this.#telemetry.lagged({ connector }, Math.max(0, state.readAt - state.succeededAt) / 1000);
      const failure = outcome.kind === 'failed' ? outcome.failure : undefined;
      this.#options.onRun?.({
        ...name,
        operation,
        outcome: outcome.kind,
        startedAt: new Date(state.readAt).toISOString(),
        endedAt: new Date(endedAt).toISOString(),
        ...(result ? { result } : {}),
        ...(failure ? { failure } : {}),
        next,
      });
      if (next.kind === 'dead') return { id: job.id, status: 'deadletter', output: next.failure };
      return { id: job.id, status: 'completed', output: { outcome: outcome.kind } };
    });
  }

  async #slice(
    state: BindingState,
    operation: Operation,
    claimed: AbortSignal,
  ): Promise<{ outcome: RunOutcome; connector: string }> {
    let connector = 'unknown';
    try {
      const outcome = await this.#bindings.use(state, async (binding) => {
        connector = binding.connector.name;
        const engine = new SyncEngine(binding);
        const options = {
          signal: AbortSignal.any([this.#stopping, claimed]),
          timeBudgetMs: this.#options.sliceMs ?? 30_000,
        };
        return outcomeOf(
          operation === 'sync' ? await engine.sync(options) : await engine.applyEvents([], options),
        );
      });
      // Its secret may have been changed meanwhile: the host is asked again.
      if (outcome.kind === 'failed' && outcome.failure.failureClass === 'authentication')
        await this.#bindings.forget(bindingKey(state));
      return { outcome, connector };
    } catch (error) {
      return { outcome: outcomeOfError(error), connector };
    }
  }

  /** Undefined where the binding is not there any more, or is paused. */
  async #begin({ tenant, name }: BindingName): Promise<BindingState | undefined> {
    const { db, schema } = this.#jobs;
    const [state] = await readStates(
      db,
      `WITH b AS (
         UPDATE ${schema}.binding SET started_at = clock_timestamp()
         WHERE tenant = $1 AND name = $2 AND paused_at IS NULL
           AND NOT EXISTS (SELECT 1 FROM ${schema}.credential c WHERE c.name = credential AND c.paused_at IS NOT NULL)
         RETURNING *
       ) SELECT ${STATE_COLUMNS} FROM b LEFT JOIN ${schema}.credential c ON c.name = b.credential`,
      [tenant, name],
    );
    return state;
  }

  async #finish(
    state: BindingState,
    operation: Operation,
    outcome: RunOutcome,
    next: NextRun,
  ): Promise<void> {
    const { tenant, name, credential } = state;
    const { boss, db, schema } = this.#jobs;
    const failed = outcome.kind === 'failed' ? outcome.failure : null;
    const at = next.kind === 'at' ? new Date(next.at) : null;
    const synced = operation === 'sync' && outcome.kind === 'done';
    await db.executeSql(
      `UPDATE ${schema}.binding SET ended_at = clock_timestamp(), outcome = $3, failures = $4, failure = $5,
         succeeded_at = CASE WHEN $6 THEN clock_timestamp() ELSE succeeded_at END,
         due_at = CASE WHEN $6 AND due_at <= started_at THEN $7 ELSE due_at END,
         next_at = $7, open_conflicts = coalesce($8, open_conflicts)
       WHERE tenant = $1 AND name = $2`,
      [
        tenant,
        name,
        outcome.kind,
        next.failures,
        failed === null ? null : JSON.stringify(failed),
        synced,
        at,
        'result' in outcome ? outcome.result.openConflicts : null,
      ],
    );
    if (next.kind === 'dead') {
      const { code, message } = next.failure;
      await this.control.pause(
        next.pause === 'credential' ? { credential } : { tenant, name },
        `${code}: ${message}`,
      );
      if (next.pause === 'binding')
        await db.executeSql(`UPDATE ${schema}.binding SET dead = true WHERE tenant = $1 AND name = $2`, [
          tenant,
          name,
        ]);
      return;
    }
    // What came meanwhile has made a sooner one already: then that is the next.
    await boss.send(
      QUEUES.run,
      { tenant, name },
      { singletonKey: bindingKey(state), group: { id: tenant }, ...(at ? { startAfter: at } : {}) },
    );
  }

  /** Puts events into the inbox of their binding, and wakes it. */
  async take({ tenant, name }: BindingName, events: readonly TrackerEvent[]): Promise<void> {
    const { db, schema } = this.#jobs;
    const [state] = await selectStates(db, schema, 'WHERE b.tenant = $1 AND b.name = $2', [tenant, name]);
    if (!state) return;
    await this.#bindings.use(state, async ({ connector, store, bindingId }) => {
      const { name: system, workspace, scope = workspace } = connector;
      const ours = events.filter(
        ({ issueRef }) => issueRef.system === system && issueRef.workspace === workspace,
      );
      await store.putEvents(bindingId ?? targetKey({ system, workspace, scope }), ours);
    });
    // After a failure it waits its time, however many events come.
    if (!isPaused(state) && state.failures === 0) await this.control.wake(state);
  }
}
