/** Reads the time as a canonical timestamp. */
export interface Clock {
  now(): string;
}

export interface Logger {
  debug(message: string, data?: Record<string, unknown>): void;
  info(message: string, data?: Record<string, unknown>): void;
  warn(message: string, data?: Record<string, unknown>): void;
}

/** Waits; rejects with the signal's reason when it is aborted. */
export type Sleep = (ms: number, signal?: AbortSignal) => Promise<void>;
/** Makes ids that never repeat. */
export type Ids = () => string;

/** Runs one command; a host may put a gateway here that allows certain commands only. */
export interface CommandRunner {
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

/** Everything that a connector may use of the world outside. */
export interface ConnectorContext {
  fetch: typeof fetch;
  logger: Logger;
  clock: Clock;
  /** Only the names that the plugin's manifest declares. */
  env: Record<string, string | undefined>;
  run?: CommandRunner;
  /** What the connectors of one host share, each under names of its own: what is left of a limit under one credential. */
  shared?: Map<string, unknown>;
}

export const systemClock: Clock = { now: () => new Date().toISOString() };

export const silentLogger: Logger = { debug() {}, info() {}, warn() {} };

export const systemIds: Ids = () => globalThis.crypto.randomUUID();

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
