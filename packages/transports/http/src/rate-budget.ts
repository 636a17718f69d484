import { type ConnectorContext, type SharedState, systemIds } from '@spec-kitty/tracker-core';
import { array, int, number, object, record, string, type ZodType } from 'zod';
import type { RateState } from './rate-headers.ts';
import {
  emptyLedger,
  type Heard,
  hear,
  type RateCosts,
  type RateLedger,
  type RateWindow,
  take,
  waitMs,
} from './rate-ledger.ts';

/** The bounds of a budget that are known before any answer. */
/** A ledger among the documents that machines share. */
export interface SharedLedger {
  shared: SharedState;
  /** The same on every machine; nothing that a credential could be read from. */
  name: () => Promise<string>;
}

/** What a budget keeps to. */
export interface RateBudgetOptions {
  /** Requests under way at once, in this process. Default 4. */
  concurrency?: number;
  windows?: readonly RateWindow[];
  /** Where the ledger is kept when other machines use the credential too. */
  state?: SharedLedger;
  /** Told of each wait for a limit, in milliseconds, before it begins. */
  onWait?: (ms: number) => void;
}

/** What the connectors of a host share. Whose it is stays private, since whoever shares sees everything else. */
class SharedBudget {
  readonly budget: RateBudget;
  readonly #credential: string;

  constructor(credential: string, options: RateBudgetOptions) {
    this.budget = new RateBudget(options);
    this.#credential = credential;
  }

  isOf(credential: string): boolean {
    return this.#credential === credential;
  }
}

/**
 * The budget of a credential, which the connectors of a host share; one of its own where nothing is shared.
 * @param credential says where and as whom; nobody else gets to see it.
 */
export function sharedBudget(
  context: Pick<ConnectorContext, 'shared' | 'sharedState' | 'onLimitWait'>,
  credential: readonly string[],
  options: Pick<RateBudgetOptions, 'concurrency' | 'windows'>,
): RateBudget {
  const { shared, sharedState, onLimitWait } = context;
  const text = JSON.stringify(credential);
  for (const held of shared?.values() ?? [])
    if (held instanceof SharedBudget && held.isOf(text)) return held.budget;
  const made = new SharedBudget(text, {
    ...options,
    ...(sharedState ? { state: { shared: sharedState, name: () => hashOf(text) } } : {}),
    ...(onLimitWait ? { onWait: onLimitWait } : {}),
  });
  shared?.set(`@spec-kitty/tracker-http ${systemIds()}`, made);
  return made.budget;
}

/** The same on every machine, and nothing that a credential could be read from. */
async function hashOf(credential: string): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(credential));
  const hex = [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, '0'));
  return `@spec-kitty/tracker-http ${hex.join('')}`;
}

const time = number();
const LedgerSchema: ZodType<RateLedger> = object({
  pausedUntil: time,
  lastStart: time,
  refusals: int(),
  told: record(string(), object({ limit: time, remaining: time, resetAt: time, cost: time })),
  taken: record(string(), array(object({ at: time, cost: time }))),
});

/**
 * What may still be asked of a tracker under one credential. Connectors that share a credential share their budget,
 * and machines that share a {@link SharedState} share what is in it. Every call says what time it is, in milliseconds
 * since 1970; a shared ledger is kept by the time that all who share it agree on.
 */
export class RateBudget {
  readonly #concurrency: number;
  readonly #windows: readonly RateWindow[];
  readonly #state: RateBudgetOptions['state'];
  readonly #onWait: (ms: number) => void;
  readonly #waiting: (() => void)[] = [];
  #running = 0;
  #name: Promise<string> | undefined;
  #ledger = emptyLedger();

  constructor({ concurrency = 4, windows = [], state, onWait = () => {} }: RateBudgetOptions = {}) {
    if (!Number.isSafeInteger(concurrency) || concurrency < 1)
      throw new TypeError('concurrency must be a positive integer');
    this.#concurrency = concurrency;
    this.#windows = windows;
    this.#state = state;
    this.#onWait = onWait;
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

  /** Takes the costs of a request, unless it has to wait. @returns how long, in milliseconds; 0: it may be sent now. */
  async start(now: number, costs: RateCosts = {}): Promise<number> {
    const wait = await this.#update(now, (ledger, at) => {
      const ms = waitMs(ledger, this.#windows, at, costs);
      return { ledger: ms > 0 ? ledger : take(ledger, this.#windows, at, costs), answer: ms };
    });
    return Math.max(0, wait);
  }

  /** Somebody waits for the limit now. */
  waits(ms: number): void {
    this.#onWait(ms);
  }

  /** Heeds what an answer said. @returns how long nobody asks from now on, in milliseconds. */
  async heard(now: number, heard: Heard): Promise<number> {
    return await this.#update(now, (ledger, at) => {
      const told = Object.entries(heard.told ?? {}).map(([name, state]): [string, RateState] => [
        name,
        { ...state, resetAt: state.resetAt + (at - now) },
      ]);
      const after = hear(
        ledger,
        at,
        told.length === 0 ? heard : { ...heard, told: Object.fromEntries(told) },
      );
      return { ledger: after, answer: Math.max(0, after.pausedUntil - at) };
    });
  }

  async #update<T>(
    now: number,
    change: (ledger: RateLedger, now: number) => { ledger: RateLedger; answer: T },
  ): Promise<T> {
    if (!this.#state) {
      const { ledger, answer } = change(this.#ledger, now);
      this.#ledger = ledger;
      return answer;
    }
    this.#name ??= this.#state.name();
    return await this.#state.shared.update(await this.#name, (before, at) => {
      const { ledger, answer } = change(LedgerSchema.safeParse(before).data ?? emptyLedger(), at);
      return { after: ledger, answer };
    });
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
}
