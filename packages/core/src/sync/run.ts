import {
  ConnectorRequestError,
  FAILURE_CLASSES,
  type FailureClass,
} from '../errors/connector-request-error.ts';
import { SyncBusyError } from '../errors/sync-errors.ts';
import { isTrackerError, SpecKittyTrackerError } from '../errors/tracker-error.ts';
import { type ExternalRef, refIdentity } from '../model/external-ref.ts';
import type { CanonicalIssue, IssueFields } from '../model/issue.ts';
import { fingerprint, stableStringify } from '../model/json.ts';
import { instant } from '../model/timestamp.ts';
import type { TrackerCapabilities } from '../protocol/capabilities.ts';
import type { Commit, StoreBackend } from '../store/backend.ts';
import {
  type BindingRow,
  type Person,
  type StoredConflict,
  type StoredRecord,
  targetKey,
} from '../store/records.ts';
import type { Outcome, SyncContext } from './agreement.ts';
import type { RunOptions, SyncEngineOptions, SyncEvent } from './options.ts';
import {
  emptyStats,
  type SkippedField,
  type SyncFailure,
  type SyncOperation,
  type SyncStats,
} from './result.ts';
import { type KnownRefs, namedIdentities, Translator } from './translator.ts';

/** The run ends here, cleanly: everything done so far stands. */
export class StopRun extends Error {
  constructor(options: { cause: unknown }) {
    super('the run stops', options);
  }
}

/** The class of whatever a connector threw; null for what is no request. */
export function failureClassOf(error: unknown): FailureClass | null {
  if (!isTrackerError(error)) return null;
  if ('failureClass' in error) {
    // A connector may bring its own copy of core, or a class of its own.
    return FAILURE_CLASSES.find((known) => known === error.failureClass) ?? 'non_retryable';
  }
  return error.code === 'issue_not_found' ? 'not_found' : null;
}

/** A definite no of the tracker's, which stays one as long as nothing changes: no lost answer, no missing permission. */
export function isRefusal(error: unknown): boolean {
  const failureClass = failureClassOf(error);
  const names = isTrackerError(error) && 'capability' in error && error.capability !== undefined;
  return names || failureClass === 'validation' || failureClass === 'non_retryable';
}

function wordsOf(error: unknown): string {
  try {
    if (error instanceof Error) return String(error.message);
  } catch {
    // Reading it throws, too.
  }
  return 'what it threw is no error';
}

/** A connector that throws anything else has a defect; its error is shown without what it may carry. */
export function asTrackerError(
  error: unknown,
  provider: string,
  failureClass: FailureClass = 'non_retryable',
): SpecKittyTrackerError {
  if (isTrackerError(error)) return error;
  return new ConnectorRequestError(`${provider} failed: ${wordsOf(error)}`, {
    cause: error,
    failureClass,
    provider,
  });
}

/** What a tracker says may be long; a result that is shown and logged is not. */
const MAX_WORDS = 2000;
const bounded = (text: string): string => (text.length > MAX_WORDS ? `${text.slice(0, MAX_WORDS)}…` : text);

/** Everything that one run holds: what it may use, what it knows of the binding, and what it has done. */
export class Run {
  readonly options: SyncEngineOptions;
  readonly backend: StoreBackend;
  readonly capabilities: TrackerCapabilities;
  readonly target: string;
  readonly targets: string[];
  readonly stats: SyncStats = emptyStats();
  readonly conflicts: StoredConflict[] = [];
  readonly overrides: Outcome['overrides'] = [];
  readonly failures: SyncFailure[] = [];
  readonly skipped: SkippedField[] = [];
  readonly full: boolean;
  binding: BindingRow;
  /** Whether the container's listing could be read in this run; undefined as long as nobody tried. */
  shown: boolean | undefined;
  /** Why the run ends with its next step. */
  stopping: StopRun | undefined;
  readonly #now: () => string;
  readonly #ids: () => string;
  readonly #sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  readonly #signal: AbortSignal | undefined;
  readonly #deadline: number;
  readonly #owner: string;
  readonly #configuration: string;
  #fence = 0;
  #leased = 0;
  /** Half of it is there for every call: a bulk write may be several requests of some seconds each. */
  readonly #leaseMs: number;
  #people: Person[] = [];

  constructor(
    options: SyncEngineOptions,
    backend: StoreBackend,
    capabilities: TrackerCapabilities,
    binding: BindingRow,
    tools: {
      now: () => string;
      ids: () => string;
      sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
    },
    run: RunOptions,
  ) {
    this.options = options;
    this.#leaseMs = options.leaseMs ?? 180_000;
    this.backend = backend;
    this.capabilities = capabilities;
    this.binding = binding;
    this.target = targetKey(binding);
    // A host may have named no scope, or the scope that is the workspace.
    this.targets = [this.target, targetKey({ ...binding, scope: '' })];
    this.#now = tools.now;
    this.#ids = tools.ids;
    this.#sleep = tools.sleep;
    this.#signal = run.signal;
    this.full = run.full ?? false;
    this.#deadline =
      run.timeBudgetMs === undefined ? Number.POSITIVE_INFINITY : instant(this.#now()) + run.timeBudgetMs;
    this.#owner = tools.ids();
    const { policy, connector } = options;
    this.#configuration = fingerprint(
      stableStringify([
        connector.mapping ?? '',
        JSON.stringify(capabilities),
        JSON.stringify(policy.toJSON()),
      ]),
    );
  }

  get now(): string {
    return this.#now();
  }

  /** What every record of this run's log carries. */
  get noting(): { bindingId: string; at: string; ids: () => string } {
    return { bindingId: this.binding.id, at: this.#now(), ids: this.#ids };
  }

  newId(): string {
    return this.#ids();
  }

  get signalOption(): { signal?: AbortSignal } {
    return this.#signal ? { signal: this.#signal } : {};
  }

  emit(event: SyncEvent): void {
    this.options.onEvent?.(event);
  }

  /** Takes the lease and reads what a run needs to know. @throws SyncBusyError */
  async begin(): Promise<void> {
    await this.#lease();
    const rows = await this.backend.bindings();
    const known = rows.find((row) => row.id === this.binding.id);
    // A binding that points elsewhere now begins anew there.
    if (known && targetKey(known) === this.target) {
      this.binding = { ...known, policy: this.options.policy.toJSON() };
    }
    this.#people = await this.backend.people();
    await this.commit({ binding: this.binding });
  }

  async end(): Promise<void> {
    await this.backend.releaseLease(this.binding.id, this.#fence);
  }

  async #lease(waitMs = 0): Promise<void> {
    const ttl = this.#leaseMs + waitMs;
    this.#leased = instant(this.#now());
    const { fence } = await this.backend.acquireLease(this.binding.id, this.#owner, ttl);
    if (this.#fence !== 0 && fence !== this.#fence) {
      // Somebody else ran in between; what this run knows may be outdated.
      throw new StopRun({
        cause: new SyncBusyError(`the lease of ${this.binding.id} was lost to another run`),
      });
    }
    this.#fence = fence;
  }

  /** Before every step: not aborted, within the budget, and the lease good for one more step. @throws StopRun */
  async step(): Promise<void> {
    if (this.stopping) throw this.stopping;
    if (this.#signal?.aborted) throw stopped('aborted', 'the run was aborted');
    const now = instant(this.#now());
    if (now >= this.#deadline) throw stopped('time_budget', 'the time budget of the run is used up');
    if (Math.abs(now - this.#leased) >= this.#leaseMs / 2) await this.#extend();
  }

  async #extend(waitMs = 0): Promise<void> {
    try {
      await this.#lease(waitMs);
    } catch (error) {
      throw error instanceof StopRun ? error : new StopRun({ cause: error });
    }
  }

  /** Waits; stops the run instead where the budget would not last. */
  async wait(ms: number, error: unknown): Promise<void> {
    if (instant(this.#now()) + ms >= this.#deadline) throw new StopRun({ cause: error });
    this.emit({ type: 'waiting', ms, reason: error instanceof Error ? error.message : String(error) });
    // Nobody else shall take the lease while this run waits as it was told.
    await this.#extend(ms);
    try {
      await this.#sleep(ms, this.#signal);
    } catch (cause) {
      throw stopped('aborted', 'the run was aborted', cause);
    }
    await this.step();
  }

  /**
   * Calls the tracker until it answers, an attempt is final, or the tries are used up. `unknown` is the class of an
   * error that is none of ours: after it nobody knows whether a write was done.
   */
  async attempt<T>(
    call: () => Promise<T>,
    retries: (failureClass: FailureClass | null) => boolean,
    unknown: FailureClass = 'transient',
  ): Promise<T> {
    for (let tries = 1; ; tries++) {
      await this.step();
      try {
        return await call();
      } catch (caught) {
        const error = asTrackerError(caught, this.options.connector.name, unknown);
        await this.#tryAgain(error, tries, retries);
      }
    }
  }

  /** Waits for the next try. @throws StopRun where the run cannot go on, the error where there is no next try */
  async #tryAgain(
    error: SpecKittyTrackerError,
    tries: number,
    retries: (failureClass: FailureClass | null) => boolean,
  ): Promise<void> {
    const failureClass = failureClassOf(error);
    if (this.#signal?.aborted) throw stopped('aborted', 'the run was aborted', error);
    if (failureClass === 'authentication') throw new StopRun({ cause: error });
    if (!retries(failureClass)) throw error;
    if (tries < (this.options.retry?.maxAttempts ?? 3)) await this.wait(waitFor(error, tries), error);
    else throw failureClass === 'rate_limit' ? new StopRun({ cause: error }) : error;
  }

  /** A read: its transport has retried already, so only a limit is waited for. */
  read<T>(call: () => Promise<T>): Promise<T> {
    return this.attempt(call, (failureClass) => failureClass === 'rate_limit', 'non_retryable');
  }

  /** @throws StopRun where the lease is lost. */
  async commit(commit: Commit): Promise<Awaited<ReturnType<StoreBackend['commit']>>> {
    try {
      return await this.backend.commit({
        ...commit,
        lease: { bindingId: this.binding.id, fence: this.#fence },
      });
    } catch (error) {
      throw isTrackerError(error) && error.code === 'sync_busy' ? new StopRun({ cause: error }) : error;
    }
  }

  fail(operation: SyncOperation, issueRef: ExternalRef | null, error: unknown, fieldPath?: string): void {
    const known = asTrackerError(error, this.options.connector.name);
    const failureClass = failureClassOf(known);
    const path = fieldPath ?? known.fieldPath;
    const wait = toldWait(known);
    this.#push({
      issueRef,
      operation,
      failureClass,
      code: known.code,
      ...(path === undefined || path === '' ? {} : { fieldPath: path }),
      message: known.message,
      retryable:
        failureClass === 'transient' ||
        failureClass === 'rate_limit' ||
        known.code === 'sync_busy' ||
        // A store says it so.
        ('retryable' in known && known.retryable === true),
      ...(wait === undefined ? {} : { retryAfterMs: wait }),
    });
  }

  /** A failure of the engine's own. */
  failed(failure: Omit<SyncFailure, 'failureClass'>): void {
    this.#push({ ...failure, failureClass: null });
  }

  #push(failure: SyncFailure): void {
    const { message, fieldPath } = failure;
    const place = fieldPath === undefined ? {} : { fieldPath: bounded(fieldPath) };
    this.failures.push({ ...failure, ...place, message: bounded(message) });
  }

  /** Takes what planning found into the result. */
  note(outcome: Pick<Outcome, 'reported' | 'overrides' | 'skipped'>): void {
    this.conflicts.push(...outcome.reported);
    this.overrides.push(...outcome.overrides);
    this.skipped.push(...outcome.skipped);
  }

  /** What planning may depend on, with every ref known that these records and issues name. */
  async context(
    records: readonly (StoredRecord | undefined)[],
    remotes: readonly (CanonicalIssue | undefined)[] = [],
  ): Promise<SyncContext> {
    const { policy, strategy, mergeText, connector } = this.options;
    return {
      bindingId: this.binding.id,
      target: this.target,
      policy,
      strategy: strategy ?? 'external_wins',
      mergeText,
      capabilities: this.capabilities,
      mapping: connector.mapping ?? '',
      configuration: this.#configuration,
      translator: new Translator(this.binding, await this.#knownRefs(records, remotes), this.#people),
      ids: this.#ids,
      now: this.#now(),
    };
  }

  async #knownRefs(
    records: readonly (StoredRecord | undefined)[],
    remotes: readonly (CanonicalIssue | undefined)[],
  ): Promise<Map<string, KnownRefs>> {
    const known = new Map<string, KnownRefs>();
    const halves: IssueFields[] = records.flatMap((record) =>
      record
        ? [record.issue, ...record.agreements.flatMap(({ pair }) => (pair ? [pair.local, pair.remote] : []))]
        : [],
    );
    const named = new Set<string>();
    for (const fields of [...halves, ...remotes])
      if (fields) for (const identity of namedIdentities(fields)) named.add(identity);
    if (named.size === 0) return known;
    const identities = [...named];
    const entries = await this.backend.lookup(identities);
    const ids = [...new Set(entries.flatMap((entry) => entry?.recordId ?? []))];
    const found = new Map(
      (await this.backend.load(ids)).flatMap((record) => (record ? [[record.id, record]] : [])),
    );
    // By each of its refs too: translated once, an issue is named by another one.
    for (const { agreements, deleted } of found.values()) {
      const refs = agreements.map(({ ref }) => ref);
      for (const ref of refs) known.set(refIdentity(ref), { refs, deleted: deleted !== undefined });
    }
    identities.forEach((identity, index) => {
      const [first] = found.get(entries[index]?.recordId ?? -1)?.agreements ?? [];
      const same = first && known.get(refIdentity(first.ref));
      if (same) known.set(identity, same);
    });
    return known;
  }
}

function stopped(code: string, message: string, cause?: unknown): StopRun {
  return new StopRun({ cause: new SpecKittyTrackerError(message, { cause }, code) });
}

/** How long the tracker asked to wait; undefined where it said nothing that can be meant. */
function toldWait(error: SpecKittyTrackerError): number | undefined {
  const told: unknown = 'retryAfterMs' in error ? error.retryAfterMs : undefined;
  return typeof told === 'number' && told >= 0 ? told : undefined;
}

/** As the tracker said, where it said a time; else one second, doubled with every try. */
function waitFor(error: SpecKittyTrackerError, tries: number): number {
  return Math.min(toldWait(error) ?? 500 * 2 ** tries, 3_600_000);
}
