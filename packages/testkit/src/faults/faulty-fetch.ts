import { type Sleep, systemSleep } from '@spec-kitty/tracker-core';
import { FAULT_KINDS, type Fault, type FaultHistory, type FaultPlan } from './fault.ts';
import { FaultSource, LastAnswers } from './fault-source.ts';
import type { WithFaultsOptions } from './with-faults.ts';

/** A fetch with which things go wrong, and what went wrong. */
export type FaultyFetch = typeof fetch & FaultHistory;

/** An answer that can be given again. */
interface Kept {
  status: number;
  headers: [string, string][];
  body: ArrayBuffer;
}

const WRITES = FAULT_KINDS.filter((kind) => kind !== 'stale' && kind !== 'repeat_page');
/** Statuses that have no body by their meaning. */
const BODILESS = new Set([101, 204, 205, 304]);

const again = ({ status, headers, body }: Kept): Response =>
  new Response(BODILESS.has(status) ? null : body.slice(0), { status, headers });

/** How `fetch` tells that there was no answer. */
const noAnswer = (message: string): TypeError => new TypeError(`fetch failed: ${message}`);

/**
 * A fetch with which things go wrong, by a script or by a seed. The operation is the HTTP method; `stale` answers what
 * the same URL answered before, `repeat_page` what the same path did, whatever its query.
 */
export function faultyFetch(
  wrapped: typeof fetch,
  plan: FaultPlan,
  options: WithFaultsOptions = {},
): FaultyFetch {
  const source = new FaultSource(plan);
  const sleep: Sleep = options.sleep ?? systemSleep;
  const answers = new LastAnswers<Kept>();

  async function call(input: Parameters<typeof fetch>[0], init?: RequestInit): Promise<Response> {
    const request = new Request(input, init);
    const { method, signal, url } = request;
    signal.throwIfAborted();
    const reads = method === 'GET' || method === 'HEAD';
    const record = source.next(method, reads ? FAULT_KINDS : WRITES);
    const path = url.split(/[?#]/)[0] ?? url;
    const real = async (): Promise<Response> => {
      const response = await wrapped(request);
      if (!reads) return response;
      const { status, headers } = response;
      const kept: Kept = { status, headers: [...headers], body: await response.clone().arrayBuffer() };
      answers.set(`stale ${method} ${url}`, kept);
      answers.set(`repeat_page ${method} ${path}`, kept);
      return response;
    };
    const fault: Fault | undefined = record?.fault;
    switch (fault?.kind) {
      case 'fail':
        if (fault.statusCode === undefined) throw noAnswer('no connection');
        return new Response('it failed', { status: fault.statusCode });
      case 'rate_limit': {
        const seconds = Math.ceil((fault.retryAfterMs ?? 1000) / 1000);
        return new Response('too many requests', {
          status: 429,
          headers: { 'retry-after': String(seconds) },
        });
      }
      case 'lose_answer':
        await (await real()).arrayBuffer();
        throw noAnswer('the answer was lost');
      case 'time_out':
        if (fault.effect === true) await (await real()).arrayBuffer();
        throw new DOMException('no answer in time', 'TimeoutError');
      case 'delay':
        await sleep(fault.ms, signal);
        return real();
      case 'stale':
      case 'repeat_page': {
        const earlier = answers.get(`${fault.kind} ${method} ${fault.kind === 'stale' ? url : path}`);
        if (earlier) return again(earlier);
        if (record) record.applied = false;
        return real();
      }
      default:
        return real();
    }
  }

  return Object.assign(call, { faults: source.records });
}
