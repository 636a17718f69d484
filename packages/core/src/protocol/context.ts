import type { JsonValue } from '../model/json.ts';

/** Reads the time as a canonical timestamp. */
export interface Clock {
  /** The present time, as ISO 8601 in UTC with milliseconds. */
  now(): string;
}

/** Where a connector tells what people may want to know. No secret goes there. */
export interface Logger {
  /** For whoever looks for a fault. */
  debug(message: string, data?: Record<string, unknown>): void;
  /** What is worth knowing, and needs nobody. */
  info(message: string, data?: Record<string, unknown>): void;
  /** What somebody should look at. */
  warn(message: string, data?: Record<string, unknown>): void;
}

/** Waits; rejects with the signal's reason when it is aborted. */
export type Sleep = (ms: number, signal?: AbortSignal) => Promise<void>;
/** Makes ids that never repeat. */
export type Ids = () => string;

/** Runs one command; a host may put a gateway here that allows certain commands only. */
export interface CommandRunner {
  /**
   * Answers whatever status the command ended with. `timeoutMs` is in milliseconds; `env` is added to what the runner
   * gives.
   */
  run(command: {
    command: string;
    args: string[];
    cwd?: string;
    input?: string | Uint8Array;
    env?: Record<string, string>;
    timeoutMs?: number;
    signal?: AbortSignal;
  }): Promise<{ exitCode: number; stdout: string; stderr: string }>;
}

/** Small documents that several machines share, each under a name. */
export interface SharedState {
  /**
   * Changes a document, atomically over all machines. `change` is pure and may be called again where another machine
   * was faster; it gets the document as it stands (undefined at first) and the time that all machines agree on, in
   * milliseconds since 1970.
   */
  update<T>(
    name: string,
    change: (before: JsonValue | undefined, now: number) => { after: JsonValue; answer: T },
  ): Promise<T>;
}

/** Everything that a connector may use of the world outside. */
export interface ConnectorContext {
  /** Every request goes through it; it may be a proxy or an emulator. */
  fetch: typeof fetch;
  logger: Logger;
  clock: Clock;
  /** Only the names that the plugin's manifest declares. */
  env: Record<string, string | undefined>;
  run?: CommandRunner;
  /** Told of each wait for a tracker's limit, in milliseconds, before it begins. */
  onLimitWait?: (ms: number) => void;
  /** What the machines of one host share: what is left of a limit under one credential. Default: nothing is shared. */
  sharedState?: SharedState;
  /** What the connectors of one host share, each under names of its own: what is left of a limit under one credential. */
  shared?: Map<string, unknown>;
}

/** The time of this machine. */
export const systemClock: Clock = { now: () => new Date().toISOString() };

/** Tells nobody anything. */
export const silentLogger: Logger = { debug() {}, info() {}, warn() {} };

/** Random UUIDs. */
export const systemIds: Ids = () => globalThis.crypto.randomUUID();

/** Waits by the timers of the runtime; `ms` is in milliseconds. */
export const systemSleep: Sleep = (ms, signal) =>
  new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal?.addEventListener('abort', stop, { once: true });
  });
