import type { VirtualTime } from '../virtual-time.ts';

export interface LinearLimits {
  /** Requests in an hour. Default 5,000. */
  requests?: number;
  /** Points of complexity in an hour. Default 3,000,000. */
  complexity?: number;
  /** Requests in a minute of single fields of `Query` or `Mutation`, by their names. */
  endpoints?: Readonly<Record<string, number>>;
}

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

interface Window {
  name: string;
  max: number;
  perMs: number;
  used: number;
  resetAt: number;
}

/** The vendor's limits, told in three families of headers; resets are milliseconds since 1970. */
export class LinearRateLimits {
  readonly #time: VirtualTime;
  readonly #requests: Window;
  readonly #complexity: Window;
  readonly #endpoints: Map<string, Window>;

  constructor(
    time: VirtualTime,
    { requests = 5000, complexity = 3_000_000, endpoints = {} }: LinearLimits = {},
  ) {
    const window = (name: string, max: number, perMs: number): Window => ({
      name,
      max,
      perMs,
      used: 0,
      resetAt: time.ms + perMs,
    });
    this.#time = time;
    this.#requests = window('requests', requests, HOUR_MS);
    this.#complexity = window('complexity', complexity, HOUR_MS);
    this.#endpoints = new Map(
      Object.entries(endpoints).map(([name, max]) => [name, window(name, max, MINUTE_MS)]),
    );
  }

  /** Takes a request of these fields; false where it is one too many, and then nothing is taken. */
  take(fields: readonly string[], complexity: number): boolean {
    const costs = [
      { window: this.#requests, cost: 1 },
      { window: this.#complexity, cost: complexity },
      ...fields.flatMap((field) => {
        const window = this.#endpoints.get(field);
        return window ? [{ window, cost: 1 }] : [];
      }),
    ];
    for (const { window } of costs) this.#roll(window);
    if (costs.some(({ window, cost }) => window.used + cost > window.max)) return false;
    for (const { window, cost } of costs) window.used += cost;
    return true;
  }

  headers(fields: readonly string[], complexity: number): Record<string, string> {
    const told: Record<string, string> = { 'x-complexity': String(complexity) };
    const tell = (family: string, window: Window): void => {
      this.#roll(window);
      told[`x-ratelimit-${family}-limit`] = String(window.max);
      told[`x-ratelimit-${family}-remaining`] = String(window.max - window.used);
      told[`x-ratelimit-${family}-reset`] = String(window.resetAt);
    };
    tell('requests', this.#requests);
    tell('complexity', this.#complexity);
    for (const field of fields) {
      const window = this.#endpoints.get(field);
      if (!window) continue;
      tell('endpoint-requests', window);
      told['x-ratelimit-endpoint-name'] = field;
    }
    return told;
  }

  #roll(window: Window): void {
    if (this.#time.ms < window.resetAt) return;
    window.used = 0;
    window.resetAt = this.#time.ms + window.perMs;
  }
}
