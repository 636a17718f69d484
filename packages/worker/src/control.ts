import type { TrackerEvent } from '@spec-kitty/tracker-core';
import type { BindingName, WorkerBinding } from './binding.ts';
import type { RunFailure } from './outcome.ts';

/** What is paused or resumed: a binding where it names one, else all that ask under one credential. */
export type PauseTarget = BindingName | { credential: string };

export interface BindingStatus extends WorkerBinding {
  /** `dead`: it failed in a way that only a person can mend; its reason is in `pausedReason`. */
  state: 'waiting' | 'running' | 'paused' | 'dead';
  pausedReason: string | null;
  lastStartedAt: string | null;
  lastEndedAt: string | null;
  lastSucceededAt: string | null;
  /** How the last run ended. */
  lastOutcome: string | null;
  /** How old what the store holds may be, in milliseconds: the time since the last run that ended well. */
  lagMs: number | null;
  /** Runs that failed in a row, and why the last one did. */
  failures: number;
  failure: RunFailure | null;
  openConflicts: number;
  nextRunAt: string | null;
}

/** Which bindings; all where nothing is said. */
export interface StatusQuery {
  tenant?: string;
  /** Those after this one, in the order of tenants and names. */
  after?: BindingName;
  /** Default 1,000. */
  limit?: number;
}

/** A process that takes jobs. */
export interface WorkerProcess {
  host: string;
  pid: number;
  startedAt: string;
}

/** A job that nobody will try again by itself. */
export interface DeadLetter {
  tenant: string;
  name: string;
  /** Which kind of job: a run, or events that could not be handed over. */
  queue: string;
  at: string;
  reason: string;
}

/** What a host does with its bindings from anywhere: it needs no worker in the same process. */
export interface WorkerControl extends AsyncDisposable {
  /**
   * Makes bindings known, or changes what is known of them; each gets its first run within a minute. A worker opens
   * them anew for their next run. @throws ZodError where a name or an interval is none.
   */
  put(bindings: readonly WorkerBinding[]): Promise<void>;
  /** The run under way ends as it would; the store keeps what it holds. */
  remove(binding: BindingName): Promise<void>;
  /** No new run begins; one that is under way ends within its slice of time. @returns how many bindings it concerns. */
  pause(target: PauseTarget, reason: string): Promise<number>;
  /** Also what is dead. A binding of a paused credential stays paused until that is resumed. @returns how many run again. */
  resume(target: PauseTarget): Promise<number>;
  /** Syncs the binding as soon as a worker is free. @returns whether there is such a binding, and it is not paused. */
  runNow(binding: BindingName): Promise<boolean>;
  /**
   * Hands webhook events over as a job; they are in the binding's inbox, and read, soon after. They are hints: one that
   * comes twice does nothing twice. At most 1,000 in a call. @throws ZodError
   */
  deliver(binding: BindingName, events: readonly TrackerEvent[]): Promise<void>;
  /** What is known of the bindings, in the order of tenants and names. */
  status(query?: StatusQuery): Promise<BindingStatus[]>;
  /** Workers that gave a sign of life within a minute and a half, the oldest first. */
  workers(): Promise<WorkerProcess[]>;
  /** Jobs that were given up, the newest first; a thousand at most. */
  deadLetters(): Promise<DeadLetter[]>;
  /** Gives the connections back. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Syncs bindings, together with every other worker on the same database. */
export interface TrackerWorker extends AsyncDisposable {
  /** What can be done with the bindings; as `openWorkerControl` gives elsewhere. */
  readonly control: WorkerControl;
  /** Takes no new job; runs under way stop between two steps, and other workers go on with them. */
  stop(): Promise<void>;
  /** As `stop`. */
  [Symbol.asyncDispose](): Promise<void>;
}
