import type { Clock, Sleep } from '@spec-kitty/tracker-core';
import { createTrackerFetch, type TrackerFetch, type TrackerFetchOptions } from '../src/index.ts';

/** Time that passes only where somebody waits. */
export class VirtualTime {
  ms = Date.parse('2026-01-01T00:00:00.000Z');
  readonly waits: number[] = [];
  readonly clock: Clock = { now: () => new Date(this.ms).toISOString() };
  readonly sleep: Sleep = async (ms, signal) => {
    signal?.throwIfAborted();
    this.waits.push(ms);
    this.ms += ms;
  };
}

export type Reply = (request: Request) => Response | Promise<Response>;

export interface Bench {
  time: VirtualTime;
  fetch: TrackerFetch;
  requests: Request[];
  logged: string[];
}

export const ORIGIN = 'https://tracker.example';

/** Replies in their order; the last one for all that follow. */
export function benchOf(replies: readonly Reply[], options: Partial<TrackerFetchOptions> = {}): Bench {
  const time = new VirtualTime();
  const requests: Request[] = [];
  const logged: string[] = [];
  const log = (message: string, data?: unknown): void =>
    void logged.push(`${message} ${JSON.stringify(data ?? null)}`);
  const inner = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init);
    const reply = replies[Math.min(requests.length, replies.length - 1)];
    requests.push(request);
    if (!reply) throw new Error('no reply');
    return reply(request);
  };
  const fetch = createTrackerFetch({
    provider: 'sample',
    fetch: inner,
    clock: time.clock,
    sleep: time.sleep,
    random: () => 0.5,
    totalTimeoutMs: 300_000,
    maxWaitMs: 300_000,
    logger: { debug: log, info: log, warn: log },
    ...options,
  });
  return { time, fetch, requests, logged };
}

export const json = (body: unknown, init: ResponseInit = {}): Reply => {
  return () => Response.json(body, init);
};

/** The error of a call that has to fail. */
export async function failed(call: Promise<unknown>): Promise<Record<string, unknown> & Error> {
  try {
    await call;
  } catch (error) {
    if (error instanceof Error) return error as Error & Record<string, unknown>;
    throw error;
  }
  throw new Error('it did not fail');
}
