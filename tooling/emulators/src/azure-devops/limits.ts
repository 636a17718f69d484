/**
 * Units of throughput in any five minutes: https://learn.microsoft.com/en-us/azure/devops/integrate/concepts/rate-limits
 * Whoever needs more is delayed at first, with `Retry-After` on a success, and refused when that does not help.
 */
const UNITS = 200;
const WINDOW_MS = 300_000;
const REFUSED_FROM = 1.5;
const LONGEST_DELAY_MS = 30_000;

export type AzureVerdict =
  | { ok: true; headers: Record<string, string>; delayMs: number }
  | { ok: false; headers: Record<string, string> };

/** What one account uses. The weight of a request is ours: the vendor tells it of none. */
export class AzureLimits {
  readonly #used: { at: number; units: number }[] = [];

  take(now: number, units: number): AzureVerdict {
    while (this.#used[0] && this.#used[0].at <= now - WINDOW_MS) this.#used.shift();
    const used = this.#used.reduce((sum, one) => sum + one.units, 0) + units;
    const resetAt = (this.#used[0]?.at ?? now) + WINDOW_MS;
    const base = {
      'x-ratelimit-resource': 'core',
      'x-ratelimit-limit': String(UNITS),
      'x-ratelimit-remaining': String(Math.max(0, Math.floor(UNITS - used))),
      'x-ratelimit-reset': String(Math.ceil(resetAt / 1000)),
    };
    const seconds = Math.max(1, Math.ceil((resetAt - now) / 1000));
    if (used > UNITS * REFUSED_FROM)
      return { ok: false, headers: { ...base, 'retry-after': String(seconds) } };
    this.#used.push({ at: now, units });
    if (used <= UNITS) return { ok: true, headers: used > UNITS * 0.8 ? base : {}, delayMs: 0 };
    const delayMs = Math.min(LONGEST_DELAY_MS, Math.ceil((used - UNITS) * 100));
    return {
      ok: true,
      delayMs,
      headers: { ...base, 'x-ratelimit-delay': (delayMs / 1000).toFixed(3), 'retry-after': String(seconds) },
    };
  }
}
