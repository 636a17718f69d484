/** Under which names a vendor tells one of its limits in the headers of an answer, and in what the reset is counted. */
export interface RateHeaders {
  /** Tells this limit from the vendor's others. */
  name: string;
  limit: string;
  remaining: string;
  reset: string;
  resetIn: 'epoch_seconds' | 'epoch_milliseconds' | 'iso' | 'seconds';
}

/** How much of a limit is left, and when it is whole again. */
export interface RateState {
  limit: number;
  remaining: number;
  /** Milliseconds since 1970. */
  resetAt: number;
}

/** No vendor's limit lasts longer; a reset further off is a clock that is wrong. */
const LONGEST_MS = 24 * 3_600_000;

/** A time to wait, within what can be meant. */
export function boundedWait(ms: number): number {
  return Math.min(Math.max(0, ms), LONGEST_MS);
}

/**
 * What an answer says of a limit; undefined where it does not say all of it.
 * @param now milliseconds since 1970.
 */
export function rateStateOf(headers: Headers, names: RateHeaders, now: number): RateState | undefined {
  const limit = numberIn(headers, names.limit);
  const remaining = numberIn(headers, names.remaining);
  const reset = resetOf(headers.get(names.reset), names.resetIn, now);
  if (limit === undefined || remaining === undefined || reset === undefined) return undefined;
  return { limit, remaining, resetAt: now + boundedWait(reset - now) };
}

/**
 * `Retry-After` in seconds or as a date, in milliseconds from `now`.
 * https://www.rfc-editor.org/rfc/rfc9110#name-retry-after
 */
export function retryAfterMs(headers: Headers, now: number): number | undefined {
  const text = headers.get('retry-after')?.trim();
  if (text === undefined || text === '') return undefined;
  if (/^\d+(?:\.\d+)?$/.test(text)) return boundedWait(Number(text) * 1000);
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : boundedWait(date - now);
}

function numberIn(headers: Headers, name: string): number | undefined {
  const text = headers.get(name)?.trim();
  return text !== undefined && /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : undefined;
}

function resetOf(text: string | null, kind: RateHeaders['resetIn'], now: number): number | undefined {
  if (text === null) return undefined;
  const value =
    kind === 'iso' ? Date.parse(text) : /^\d+(?:\.\d+)?$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (Number.isNaN(value)) return undefined;
  if (kind === 'epoch_seconds') return value * 1000;
  return kind === 'seconds' ? now + value * 1000 : value;
}
