import { createHash } from 'node:crypto';
import type { RateState } from './rate-headers.ts';

/** A limit that a vendor publishes and does not tell in headers: at most `max` of `name` in any `perMs`. */
export interface RateWindow {
  name: string;
  max: number;
  perMs: number;
}

/** What a request takes of each window, by its name; a window that is not named is not touched. */
export type RateCosts = Readonly<Record<string, number>>;

/** The bounds of a budget that are known before any answer. */
export interface RateBudgetOptions {
  /** Requests under way at once. Default 4. */
  concurrency?: number;
  windows?: readonly RateWindow[];
}

/**
 * The budget of a credential, which the connectors of a host share; one of its own where nothing is shared.
 * @param credential says where and as whom: it is kept as a hash, since whoever shares sees the names.
 */
export function sharedBudget(
  shared: Map<string, unknown> | undefined,
  credential: readonly string[],
  options: RateBudgetOptions,
): RateBudget {
  const hash = createHash('sha256').update(JSON.stringify(credential)).digest('base64url');
  const name = `@spec-kitty/tracker-http ${hash}`;
  const held = shared?.get(name);
  if (held instanceof RateBudget) return held;
  const made = new RateBudget(options);
  shared?.set(name, made);
  return made;
}

/** From this part of a limit on, what is left is spread over the time until its reset. */
const SLOW_FROM = 0.1;
const FIRST_PAUSE_MS = 60_000;
const LONGEST_PAUSE_MS = 3_600_000;

interface Told extends RateState {
  /** The most that one request took of late. */
  cost: number;
}

/**
 * What may still be asked of a tracker under one credential. Connectors that share a credential share their budget. It
 * keeps no time of its own: every call says what time it is, in milliseconds since 1970.
 */
export class RateBudget {
  readonly #concurrency: number;
  readonly #windows: readonly RateWindow[];
  readonly #taken = new Map<RateWindow, { at: number; cost: number }[]>();
  readonly #told = new Map<string, Told>();
  readonly #waiting: (() => void)[] = [];
  #running = 0;
  #pausedUntil = 0;
  #lastStart = 0;
  #refusals = 0;

  constructor({ concurrency = 4, windows = [] }: RateBudgetOptions = {}) {
    if (!Number.isSafeInteger(concurrency) || concurrency < 1)
      throw new TypeError('concurrency must be a positive integer');
    this.#concurrency = concurrency;
    this.#windows = windows;
  }

  /** Does the work as soon as fewer than `concurrency` others are under way; in the order of the calls. */
  async run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    if (this.#running >= this.#concurrency) await this.#turn(signal);
    else this.#running += 1;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running -= 1;
    }
  }

  /** How long a request with these costs has to wait, in milliseconds. It takes nothing yet. */
  waitMs(now: number, costs: RateCosts = {}): number {
    let start = Math.max(now, this.#pausedUntil);
    for (const told of this.#told.values()) start = Math.max(start, this.#startUnder(told, now));
    for (const window of this.#windows) start = Math.max(start, this.#startIn(window, costs, start));
    return start - now;
  }

  /** Takes the costs of a request that starts at `at`. */
  take(at: number, costs: RateCosts = {}): void {
    this.#lastStart = Math.max(this.#lastStart, at);
    for (const window of this.#windows) {
      const cost = costs[window.name] ?? 0;
      if (cost === 0) continue;
      const kept = (this.#taken.get(window) ?? []).filter((one) => one.at > at - window.perMs);
      this.#taken.set(window, [...kept, { at, cost }]);
    }
  }

  /** What the vendor said of the limit `name`. */
  told(name: string, state: RateState): void {
    const before = this.#told.get(name);
    const dropped = before && before.resetAt === state.resetAt ? before.remaining - state.remaining : 1;
    this.#told.set(name, { ...state, cost: Math.max(1, dropped) });
    this.#refusals = 0;
  }

  /**
   * The vendor refused a request for its rate: nobody asks until it is over.
   * @param waitMs as the vendor said; where it did not, a minute, doubled each time until an answer comes.
   * @returns how long nobody asks.
   */
  refused(now: number, waitMs: number | undefined): number {
    const wait = waitMs ?? Math.min(FIRST_PAUSE_MS * 2 ** this.#refusals, LONGEST_PAUSE_MS);
    this.#refusals += 1;
    this.pauseUntil(now + wait);
    return wait;
  }

  /** The vendor asked for patience, also with a success. */
  pauseUntil(time: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, time);
  }

  /** An answer came that was no refusal. */
  answered(): void {
    this.#refusals = 0;
  }

  #turn(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const go = (): void => {
        signal?.removeEventListener('abort', stop);
        resolve();
      };
      const stop = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(go), 1);
        reject(signal?.reason);
      };
      this.#waiting.push(go);
      signal?.addEventListener('abort', stop, { once: true });
    });
  }

  /** The rest of a limit that is nearly spent is spread until its reset. */
  #startUnder({ limit, remaining, resetAt, cost }: Told, now: number): number {
    if (resetAt <= now || remaining > limit * SLOW_FROM) return now;
    const requests = Math.floor(remaining / cost);
    if (requests < 1) return resetAt;
    return Math.min(resetAt, this.#lastStart + (resetAt - this.#lastStart) / (requests + 1));
  }

  /** When enough of a window is free. More than the whole window never is: then it is free when it is empty. */
  #startIn(window: RateWindow, costs: RateCosts, start: number): number {
    const cost = Math.min(costs[window.name] ?? 0, window.max);
    if (cost === 0) return start;
    const taken = (this.#taken.get(window) ?? []).filter(({ at }) => at > start - window.perMs);
    let used = taken.reduce((sum, one) => sum + one.cost, 0);
    let free = start;
    for (const one of taken) {
      if (used + cost <= window.max) break;
      used -= one.cost;
      free = one.at + window.perMs;
    }
    return free;
  }
}
