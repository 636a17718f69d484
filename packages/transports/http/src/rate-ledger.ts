import type { RateState } from './rate-headers.ts';

/** A limit that a vendor publishes and does not tell in headers: at most `max` of `name` in any `perMs`. */
export interface RateWindow {
  name: string;
  max: number;
  perMs: number;
}

/** What a request takes of each window, by its name; a window that is not named is not touched. */
export type RateCosts = Readonly<Record<string, number>>;

/** What a vendor told of one of its limits, and the most that one request took of it of late. */
type Told = { limit: number; remaining: number; resetAt: number; cost: number };

/** What was taken of a window, by {@link keyOf} it: the latest time of a slot, and the sum of its costs. */
type Taken = { at: number; cost: number };

/** What is known of the limits of one credential: plain data, times in milliseconds since 1970. */
export type RateLedger = {
  pausedUntil: number;
  lastStart: number;
  refusals: number;
  told: Record<string, Told>;
  taken: Record<string, Taken[]>;
};

/** What an answer said of the limits. */
export interface Heard {
  /** By the names of the limits. */
  told?: Readonly<Record<string, RateState>>;
  /** The vendor asked for patience, also with a success. */
  pauseMs?: number;
  /** The vendor refused the request for its rate. `waitMs` as it said. */
  refused?: { waitMs?: number };
}

/** From this part of a limit on, what is left is spread over the time until its reset. */
const SLOW_FROM = 0.1;
const FIRST_PAUSE_MS = 60_000;
const LONGEST_PAUSE_MS = 3_600_000;

/** Two resets no further apart are one. */
const SAME_RESET_MS = 2000;

/** A window is counted in so many slots, each as if all of it had been taken at its latest time: never too early. */
const SLOTS = 60;

/** Nothing is known yet. */
export function emptyLedger(): RateLedger {
  return { pausedUntil: 0, lastStart: 0, refusals: 0, told: {}, taken: {} };
}

/** How long a request with these costs has to wait, in milliseconds. It takes nothing yet. */
export function waitMs(
  ledger: RateLedger,
  windows: readonly RateWindow[],
  now: number,
  costs: RateCosts,
): number {
  let start = Math.max(now, ledger.pausedUntil);
  for (const told of Object.values(ledger.told)) {
    start = Math.max(start, startUnder(told, ledger.lastStart, now));
  }
  for (const window of windows) {
    start = Math.max(start, startIn(window, ledger.taken[keyOf(window)] ?? [], costs, start));
  }
  return start - now;
}

/** Takes the costs of a request that starts at `at`. */
export function take(
  ledger: RateLedger,
  windows: readonly RateWindow[],
  at: number,
  costs: RateCosts,
): RateLedger {
  const taken = { ...ledger.taken };
  for (const window of windows) {
    const cost = costs[window.name] ?? 0;
    const key = keyOf(window);
    if (cost > 0) taken[key] = withCost(window, taken[key] ?? [], { at, cost });
  }
  return { ...ledger, taken, lastStart: Math.max(ledger.lastStart, at) };
}

/** What is known once an answer was heard. */
export function hear(ledger: RateLedger, now: number, { told, pauseMs = 0, refused }: Heard): RateLedger {
  const known = { ...ledger.told };
  for (const [name, state] of Object.entries(told ?? {})) known[name] = toldAfter(known[name], state);
  const refusals = refused ? (told ? 0 : ledger.refusals) + 1 : 0;
  // Where the vendor did not say how long: a minute, doubled each time until an answer comes.
  const silent = Math.min(FIRST_PAUSE_MS * 2 ** (refusals - 1), LONGEST_PAUSE_MS);
  const pause = Math.max(pauseMs, refused ? (refused.waitMs ?? silent) : 0);
  return {
    ...ledger,
    told: known,
    refusals,
    pausedUntil: Math.max(ledger.pausedUntil, pause === 0 ? 0 : now + pause),
  };
}

/** Answers overtake each other: until one reset, ever less is left. Clocks and seconds make it seem to move a little. */
function toldAfter(before: Told | undefined, state: RateState): Told {
  if (!before || Math.abs(before.resetAt - state.resetAt) >= SAME_RESET_MS) return { ...state, cost: 1 };
  const { resetAt } = before;
  const cost = Math.max(1, before.remaining - state.remaining);
  return { ...state, resetAt, remaining: Math.min(before.remaining, state.remaining), cost };
}

/** The rest of a limit that is nearly spent is spread until its reset. */
function startUnder({ limit, remaining, resetAt, cost }: Told, lastStart: number, now: number): number {
  if (resetAt <= now || remaining > limit * SLOW_FROM) return now;
  const requests = Math.floor(remaining / cost);
  if (requests < 1) return resetAt;
  return Math.min(resetAt, lastStart + (resetAt - lastStart) / (requests + 1));
}

/** When enough of a window is free. More than the whole window never is: then it is free when it is empty. */
function startIn(window: RateWindow, slots: readonly Taken[], costs: RateCosts, start: number): number {
  const cost = Math.min(costs[window.name] ?? 0, window.max);
  if (cost === 0) return start;
  const taken = slots.filter(({ at }) => at > start - window.perMs);
  let used = taken.reduce((sum, one) => sum + one.cost, 0);
  let free = start;
  for (const one of taken) {
    if (used + cost <= window.max) break;
    used -= one.cost;
    free = one.at + window.perMs;
  }
  return free;
}

/** The same thing may be limited by the minute and by the hour. */
function keyOf({ name, perMs }: RateWindow): string {
  return `${name} ${perMs}`;
}

function withCost({ perMs }: RateWindow, slots: readonly Taken[], one: Taken): Taken[] {
  const kept = slots.filter(({ at }) => at > one.at - perMs);
  const last = kept.at(-1);
  const slotMs = perMs / SLOTS;
  if (!last || Math.floor(last.at / slotMs) < Math.floor(one.at / slotMs)) return [...kept, one];
  return [...kept.slice(0, -1), { at: Math.max(last.at, one.at), cost: last.cost + one.cost }];
}
