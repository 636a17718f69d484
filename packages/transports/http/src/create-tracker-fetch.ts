import {
  type Clock,
  ConnectorRequestError,
  type Logger,
  type Sleep,
  silentLogger,
  systemClock,
  systemSleep,
} from '@spec-kitty/tracker-core';
import ky, { isTimeoutError } from 'ky';
import { type Answer, toResponse } from './answer.ts';
import { exchange, placeOf } from './exchange.ts';
import { failureOf, type Meaning, wordsOf } from './failure.ts';
import { RateBudget } from './rate-budget.ts';
import { type RateHeaders, rateStateOf, retryAfterMs } from './rate-headers.ts';
import type { Heard, RateCosts } from './rate-ledger.ts';
import { createRedactor } from './redactor.ts';

/** What differs from vendor to vendor and from host to host. */
export interface TrackerFetchOptions {
  /** The tracker's name, for messages. */
  provider: string;
  /** What sends the requests. Default: the global one. */
  fetch?: typeof fetch;
  clock?: Clock;
  sleep?: Sleep;
  /** From 0 to below 1, for jitter. */
  random?: () => number;
  logger?: Logger;
  /** They appear in no message and no log. */
  secrets?: readonly (string | undefined)[];
  /** Shared by all that use one credential. Default: one of its own. */
  budget?: RateBudget;
  /** How the vendor tells its limits. */
  rateHeaders?: readonly RateHeaders[];
  /** What an answer means where its status does not say it: a limit that comes as 200 or 400, a refusal in a body. */
  meaningOf?: (answer: Answer) => Meaning | undefined;
  /** For one attempt, its answer included. Default 20,000. */
  timeoutMs?: number;
  /** For a call with all its attempts and waits. Default 60,000. */
  totalTimeoutMs?: number;
  /** The longest that a call waits for a limit by itself; of a longer one it tells. Default 15,000. */
  maxWaitMs?: number;
  /** Default 4. */
  maxAttempts?: number;
  /** Default 50 MiB. */
  maxBodyBytes?: number;
}

/** What a fetch cannot know of a call. */
export interface TrackerCall {
  /** It changes nothing, so it may be tried again. Default: where the method is GET or HEAD. */
  reads?: boolean;
  /** What it takes of the budget's windows. */
  costs?: RateCosts;
}

/**
 * A fetch for a tracker. It answers with a success and throws for everything else.
 * @throws ConnectorRequestError, and the reason of an abort.
 */
export type TrackerFetch = (
  input: string | URL | Request,
  init?: RequestInit,
  call?: TrackerCall,
) => Promise<Response>;

const DEFAULTS = {
  timeoutMs: 20_000,
  totalTimeoutMs: 60_000,
  maxWaitMs: 15_000,
  maxAttempts: 4,
  maxBodyBytes: 50 * 2 ** 20,
};
const FIRST_BACKOFF_MS = 500;
const LONGEST_BACKOFF_MS = 30_000;

/**
 * A fetch with time-outs, retry of what only reads (a write is the engine's to try again), the vendor's limits, no
 * redirect to another origin, and answers of a bounded size.
 */
export function createTrackerFetch(options: TrackerFetchOptions): TrackerFetch {
  const { provider, clock = systemClock, sleep = systemSleep, random = Math.random } = options;
  const { fetch: inner = globalThis.fetch, logger = silentLogger } = options;
  const { budget = new RateBudget(), rateHeaders = [], meaningOf } = options;
  const { timeoutMs, totalTimeoutMs, maxWaitMs, maxAttempts, maxBodyBytes } = {
    ...DEFAULTS,
    ...given(options),
  };
  const redact = createRedactor(options.secrets ?? []);
  const now = (): number => Date.parse(clock.now());

  /** Heeds what an answer says of limits. @throws ConnectorRequestError where the answer is a failure. */
  async function judge(answer: Answer): Promise<void> {
    const time = now();
    const states = rateHeaders.flatMap((names) => {
      const state = rateStateOf(answer.headers, names, time);
      return state ? [[names.name, state] as const] : [];
    });
    const told = states.length === 0 ? {} : { told: Object.fromEntries(states) };
    const asked = retryAfterMs(answer.headers, time);
    const meaning: Partial<Meaning> | undefined =
      meaningOf?.(answer) ?? (answer.status < 400 ? undefined : {});
    if (!meaning) {
      await heed({ ...told, ...(asked === undefined ? {} : { pauseMs: asked }) });
      return;
    }
    const failure = failureOf(answer, meaning, { provider, redact });
    if (failure.failureClass !== 'rate_limit') {
      if (states.length > 0) await heed(told);
      const waits = asked === undefined || !failure.isRetryable ? {} : { retryAfterMs: asked };
      throw failureOf(answer, { ...meaning, ...waits }, { provider, redact });
    }
    const resets = states.filter(([, { remaining }]) => remaining <= 0).map(([, { resetAt }]) => resetAt);
    const reset = resets.length === 0 ? undefined : Math.max(0, ...resets) - time;
    const wait = asked ?? meaning.retryAfterMs ?? reset;
    const retryIn = await heed({ ...told, refused: wait === undefined ? {} : { waitMs: wait } });
    logger.warn(`${provider}: its limit is reached; nothing is asked for ${Math.ceil(retryIn / 1000)} s`);
    throw failureOf(answer, { ...meaning, retryAfterMs: retryIn }, { provider, redact });
  }

  /** An answer that came is never lost because what it says of limits could not be shared. */
  async function heed(heard: Heard): Promise<number> {
    try {
      return await budget.heard(now(), heard);
    } catch (error) {
      logger.warn(
        `${provider}: what it said of its limits could not be kept: ${wordsOf(reasonOf(error), redact)}`,
      );
      return heard.refused?.waitMs ?? heard.pauseMs ?? 0;
    }
  }

  /** The error of a call that had no answer. What was thrown may hold the request with its credentials: it goes no further. */
  function noAnswer(thrown: unknown, what: string): ConnectorRequestError {
    const why = isTimeoutError(thrown) ? `no answer within ${timeoutMs / 1000} s` : reasonOf(thrown);
    return new ConnectorRequestError(`${provider}: ${what}: ${wordsOf(why, redact)}`, { provider });
  }

  async function call(request: Request, { reads, costs }: TrackerCall): Promise<Response> {
    const what = `${request.method} ${redact(placeOf(request.url))}`;
    const deadline = now() + totalTimeoutMs;
    const mayRepeat = reads ?? ['GET', 'HEAD'].includes(request.method);
    let tries = 0;

    const wait = async (ms: number): Promise<void> => {
      if (ms > 0) await sleep(ms, request.signal);
    };
    /** Waits for the budget, where that ends in time. */
    const start = async (): Promise<void> => {
      // Another one may have been told of a longer pause meanwhile.
      for (;;) {
        const ms = await budget.start(now(), costs);
        if (ms <= 0) break;
        budget.waits(ms);
        if (ms > maxWaitMs || now() + ms > deadline) throw limited(ms, what);
        await wait(ms);
      }
    };
    const limited = (ms: number, of: string): ConnectorRequestError =>
      new ConnectorRequestError(
        `${provider}: ${of} was not sent: the limit of requests is reached for ${Math.ceil(ms / 1000)} s`,
        { provider, failureClass: 'rate_limit', retryAfterMs: ms },
      );
    const attempt = async (sent: Request): Promise<Response> => {
      tries += 1;
      const began = now();
      const answer = await exchange(sent, { fetch: inner, provider, redact, maxBodyBytes });
      logger.debug(`${provider}: ${what} answered ${answer.status}`, { try: tries, ms: now() - began });
      await judge(answer);
      return toResponse(answer);
    };
    /** How long to wait before the next try; undefined where there is none. */
    const backoff = (error: unknown): number | undefined => {
      const known = error instanceof ConnectorRequestError ? error : undefined;
      if (!mayRepeat || request.signal.aborted || known?.isRetryable === false) return undefined;
      // The budget waits for a limit.
      if (known?.failureClass === 'rate_limit') return 0;
      const exponential = Math.min(FIRST_BACKOFF_MS * 2 ** tries, LONGEST_BACKOFF_MS);
      return known?.retryAfterMs ?? random() * exponential;
    };

    try {
      return await budget.run(async () => {
        await start();
        return await ky(request, {
          fetch: (sent, init) => attempt(new Request(sent, init)),
          timeout: timeoutMs,
          totalTimeout: totalTimeoutMs,
          throwHttpErrors: false,
          retry: {
            limit: maxAttempts - 1,
            methods: [request.method.toLowerCase()],
            shouldRetry: ({ error }) => {
              const ms = backoff(error);
              return ms !== undefined && now() + ms <= deadline;
            },
            // Waited for by the injected time, below.
            delay: () => 0,
          },
          hooks: {
            beforeRetry: [
              async ({ error }) => {
                await wait(backoff(error) ?? 0);
                await start();
              },
            ],
          },
        });
      }, request.signal);
    } catch (error) {
      if (request.signal.aborted) throw request.signal.reason;
      if (error instanceof ConnectorRequestError) throw error;
      throw noAnswer(error, what);
    }
  }

  return (input, init, about = {}) => call(new Request(input, init), about);
}

/** What is given, without what is undefined. */
function given(options: TrackerFetchOptions): Partial<typeof DEFAULTS> {
  const { timeoutMs, totalTimeoutMs, maxWaitMs, maxAttempts, maxBodyBytes } = options;
  const all = { timeoutMs, totalTimeoutMs, maxWaitMs, maxAttempts, maxBodyBytes };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

/** `fetch` says no more than that it failed; why is in its cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'no answer';
  const { cause, message } = error;
  return cause instanceof Error && cause.message !== '' ? reasonOf(cause) : message;
}
