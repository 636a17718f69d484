import { ConnectorConfigError } from '../errors/connector-config-error.ts';
import { TrackerContractError } from '../errors/contract-errors.ts';
import { parseOrThrow } from '../errors/from-zod.ts';
import { type GuardCounts, SyncConflictError, SyncGuardError } from '../errors/sync-errors.ts';
import { isTrackerError } from '../errors/tracker-error.ts';
import type { ExternalRef } from '../model/external-ref.ts';
import { type JsonValue, stableStringify } from '../model/json.ts';
import { type TrackerCapabilities, TrackerCapabilitiesSchema } from '../protocol/capabilities.ts';
import { systemClock, systemIds, systemSleep } from '../protocol/context.ts';
import { parseTrackerEvents, type TrackerEvent } from '../protocol/events.ts';
import { parseCheckpoint, type SyncCheckpoint } from '../protocol/page.ts';
import type { StoreBackend } from '../store/backend.ts';
import { publicConflict } from '../store/present-record.ts';
import { type BindingRow, targetKey } from '../store/records.ts';
import type { RunOperation, RunOptions, SyncEngineOptions } from './options.ts';
import { OverlayBackend } from './overlay-backend.ts';
import {
  countWrites,
  keysOf,
  noting,
  onlyPlanned,
  type PlannedWrite,
  plannedChanges,
  type SyncPlan,
  withinLimits,
} from './plan.ts';
import { pull, readAgain, settleMissing } from './pull.ts';
import { push } from './push.ts';
import { requireOptions } from './require-options.ts';
import { emptyStats, type SyncResult } from './result.ts';
import { asTrackerError, Run, StopRun } from './run.ts';
import { settleIntents } from './settle-intents.ts';

const BODIES: Record<RunOperation, (run: Run) => Promise<void>> = {
  pull: async (run) => {
    await settleIntents(run);
    await pull(run);
  },
  push: async (run) => {
    await settleIntents(run);
    await push(run);
  },
  sync: async (run) => {
    await settleIntents(run);
    await pull(run);
    await push(run);
  },
  events: async (run) => {
    await settleIntents(run);
    const { missing } = await readAgain(run);
    await settleMissing(run, missing);
  },
};

/** Keeps one scope of one tracker and a store in step, under a policy that says who owns which field. */
export class SyncEngine {
  readonly #options: SyncEngineOptions;
  readonly #bindingId: string;
  #checkpoint: SyncCheckpoint = {};
  #restored: SyncCheckpoint | undefined;

  /** @throws ConnectorConfigError where options are missing or out of bounds. */
  constructor(options: SyncEngineOptions) {
    requireOptions(options);
    this.#options = options;
    const { name: system, workspace, scope = workspace } = options.connector;
    this.#bindingId = options.bindingId ?? targetKey({ system, workspace, scope });
  }

  /** Where the binding's feed was read to, as of this engine's last run. */
  get checkpoint(): SyncCheckpoint {
    return { ...this.#checkpoint };
  }

  /** For hosts that keep the checkpoint themselves: the next run goes on from here. @throws TrackerContractError */
  restoreCheckpoint(checkpoint: SyncCheckpoint): void {
    this.#restored = parseCheckpoint(checkpoint);
    this.#checkpoint = { ...this.#restored };
  }

  /** Brings what changed at the tracker. @throws SyncBusyError, ConnectorConfigError, before anything was done */
  pull(options: RunOptions = {}): Promise<SyncResult> {
    return this.#start('pull', options);
  }

  /** Sends what is pending. @throws SyncBusyError, SyncGuardError, ConnectorConfigError, before anything was done */
  push(options: RunOptions = {}): Promise<SyncResult> {
    return this.#start('push', options);
  }

  /** A pull, then a push. @throws SyncBusyError, SyncGuardError, ConnectorConfigError, before anything was done */
  sync(options: RunOptions = {}): Promise<SyncResult> {
    return this.#start('sync', options);
  }

  /** What `sync` would do now, without doing it. */
  plan(options: RunOptions = {}): Promise<SyncPlan> {
    return this.#plan('sync', options);
  }

  /**
   * Does what the plan says.
   * @throws SyncConflictError naming what moved, before anything is written, where it would not be the same now. What
   * moves while it runs is not written, and is a failure `not_planned`.
   */
  async apply(plan: SyncPlan, options: RunOptions = {}): Promise<SyncResult> {
    if (plan.bindingId !== this.#bindingId) {
      throw new ConnectorConfigError(`the plan is for binding ${plan.bindingId}, not for ${this.#bindingId}`);
    }
    const run = { ...options, full: plan.full };
    this.#requireWithinLimits(plan.counts);
    const moved = movedSince(plan, await this.#plan('sync', run));
    if (moved.length > 0) {
      const names = moved.slice(0, 5).map((ref) => ref.key ?? ref.id);
      throw new SyncConflictError(
        `${moved.length} issues moved since the plan was made (${names.join(', ')}); plan again`,
        { moved },
      );
    }
    const connector = onlyPlanned(this.#options.connector, plan);
    return this.#run('sync', run, { ...this.#options, connector }, this.#options.store.backend);
  }

  /**
   * Hints that issues changed: each is read again and merged like any other. While another run holds the lease, they
   * wait for that binding's next run, and the result is empty.
   */
  async applyEvents(events: TrackerEvent[], options: RunOptions = {}): Promise<SyncResult> {
    const { connector, store } = this.#options;
    const parsed = parseTrackerEvents(events);
    const ours = parsed.filter(
      ({ issueRef }) => issueRef.system === connector.name && issueRef.workspace === connector.workspace,
    );
    await store.putEvents(this.#bindingId, ours);
    try {
      const result = await this.#start('events', options);
      for (const { issueRef } of parsed.filter((event) => !ours.includes(event))) {
        result.failures.push({
          issueRef,
          operation: 'pull_issue',
          failureClass: null,
          code: 'scope_violation',
          message: `an event of another workspace than ${connector.name} ${connector.workspace}; it is left alone`,
          retryable: false,
        });
      }
      return result;
    } catch (error) {
      if (!isTrackerError(error) || error.code !== 'sync_busy') throw error;
      return {
        stats: emptyStats(),
        conflicts: [],
        openConflicts: 0,
        overrides: [],
        failures: [],
        skipped: [],
        checkpoint: this.checkpoint,
      };
    }
  }

  async #start(operation: RunOperation, options: RunOptions): Promise<SyncResult> {
    const { limits, store } = this.#options;
    if (!limits || (operation !== 'push' && operation !== 'sync'))
      return this.#run(operation, options, this.#options, store.backend);
    this.#requireWithinLimits((await this.#plan(operation, options)).counts);
    const connector = withinLimits(this.#options.connector, limits);
    return this.#run(operation, options, { ...this.#options, connector }, store.backend);
  }

  #requireWithinLimits(counts: GuardCounts): void {
    const {
      maxCreates = Infinity,
      maxUpdates = Infinity,
      maxDeletes = Infinity,
    } = this.#options.limits ?? {};
    if (counts.creates <= maxCreates && counts.updates <= maxUpdates && counts.deletes <= maxDeletes) return;
    throw new SyncGuardError(
      `syncing ${this.#bindingId} would make ${counts.creates} creates, ${counts.updates} updates and ${counts.deletes} deletes, more than its limits allow; nothing was written`,
      { counts },
    );
  }

  async #plan(operation: 'push' | 'sync', options: RunOptions): Promise<SyncPlan> {
    const overlay = new OverlayBackend(this.#options.store.backend);
    const writes: PlannedWrite[] = [];
    const capabilities = await this.#capabilities();
    const connector = noting(this.#options.connector, capabilities, writes);
    let next = 0;
    const { onEvent: _onEvent, ...quiet } = this.#options;
    const checkpoint = this.#checkpoint;
    const planning = { ...quiet, connector, ids: () => `plan-${++next}` };
    const result = await this.#run(operation, options, planning, overlay);
    this.#checkpoint = checkpoint;
    const changes = plannedChanges(await overlay.changes());
    return {
      bindingId: this.#bindingId,
      full: options.full ?? false,
      writes,
      changes,
      counts: countWrites(writes),
      result,
    };
  }

  async #capabilities(): Promise<TrackerCapabilities> {
    const provider = this.#options.connector.name;
    return parseOrThrow(TrackerCapabilitiesSchema, await this.#stated(), (message, fieldPath) => {
      const details = { provider, kind: 'capabilities', fieldPath };
      return new TrackerContractError(`${provider} states capabilities that are none: ${message}`, details);
    });
  }

  async #stated(): Promise<unknown> {
    const { connector } = this.#options;
    try {
      return await connector.getCapabilities();
    } catch (error) {
      throw asTrackerError(error, connector.name);
    }
  }

  async #run(
    operation: RunOperation,
    runOptions: RunOptions,
    options: SyncEngineOptions,
    backend: StoreBackend,
  ): Promise<SyncResult> {
    const { connector } = options;
    const clock = options.clock ?? systemClock;
    const tools = {
      now: () => clock.now(),
      ids: options.ids ?? systemIds,
      sleep: options.sleep ?? systemSleep,
    };
    const fresh: BindingRow = {
      id: this.#bindingId,
      system: connector.name,
      workspace: connector.workspace,
      scope: connector.scope ?? connector.workspace,
      policy: options.policy.toJSON(),
      checkpoint: {},
      filters: '',
      enrolled: 0,
    };
    const run = new Run(options, backend, await this.#capabilities(), fresh, tools, runOptions);
    const startedAt = tools.now();
    try {
      await run.begin();
    } catch (error) {
      throw error instanceof StopRun ? error.cause : error;
    }
    const planning = backend instanceof OverlayBackend;
    if (this.#restored) {
      const { listing: _listing, ...row } = run.binding;
      run.binding = { ...row, checkpoint: this.#restored };
      if (!planning) this.#restored = undefined;
    }
    run.emit({ type: 'started', operation });
    try {
      await BODIES[operation](run);
    } catch (error) {
      const cause = error instanceof StopRun ? error.cause : error;
      if (!isTrackerError(cause)) {
        await run.end();
        throw cause;
      }
      run.fail(operation === 'push' ? 'update' : 'pull_page', null, cause);
    }
    return this.#finish(run, operation, startedAt);
  }

  async #finish(run: Run, operation: RunOperation, startedAt: string): Promise<SyncResult> {
    const { stats, failures, overrides, skipped, binding } = run;
    const open = await run.backend.conflicts({ status: 'open', bindingId: binding.id });
    const result: SyncResult = {
      stats,
      conflicts: run.conflicts.map(publicConflict),
      openConflicts: open.length,
      overrides,
      failures,
      skipped,
      checkpoint: { ...binding.checkpoint },
    };
    const { unchanged: _unchanged, stale: _stale, ...work } = stats;
    const eventful =
      Object.values(work).some((count) => count > 0) ||
      result.conflicts.length + overrides.length + failures.length > 0;
    const finishedAt = run.now;
    const log = {
      id: run.newId(),
      bindingId: binding.id,
      operation,
      startedAt,
      finishedAt,
      stats: { ...stats },
      conflicts: result.conflicts.length,
      overrides: overrides.length,
      failures: failures
        .slice(0, 100)
        .map(({ code, issueRef, message }) => ({ code, issue: issueRef?.id ?? null, message })),
    };
    try {
      await run.commit({ binding: { ...binding, lastRunAt: finishedAt }, ...(eventful ? { run: log } : {}) });
      await run.end();
    } catch (error) {
      // The lease went to another run: what was committed before stands, and the log is its business now.
      if (!(error instanceof StopRun)) throw error;
    }
    this.#checkpoint = result.checkpoint;
    run.emit({ type: 'finished', result });
    return result;
  }
}

/** Issues for which the plan would not be the same now. */
function movedSince(plan: SyncPlan, now: SyncPlan): ExternalRef[] {
  const keys = ({ writes, changes }: SyncPlan): Map<string, ExternalRef> =>
    new Map([
      ...keysOf(writes),
      ...changes.map((change): [string, ExternalRef] => [
        stableStringify(change as unknown as JsonValue),
        change.issueRef,
      ]),
    ]);
  const [then, today] = [keys(plan), keys(now)];
  const moved = [
    ...[...then].filter(([key]) => !today.has(key)),
    ...[...today].filter(([key]) => !then.has(key)),
  ];
  return [...new Map(moved.map(([, ref]) => [JSON.stringify(ref), ref])).values()];
}
