import {
  isTrackerError,
  type SpecKittyTrackerError,
  type TaskTrackerConnector,
  type WriteResult,
} from '@spec-kitty/tracker-core';
import { capabilitiesOf, type TrackerTraits } from '../../../src/simulation/tracker-traits.ts';
import type { Moments } from './moments.ts';

/** What a tracker's connector is asked by a process at the other end of a pipe. */
export interface Request {
  id: number;
  method: string;
  args: unknown[];
  /** The process is to be killed while this request is under way. */
  killed?: 'before_effect' | 'after_effect';
}

interface SentError {
  code: string;
  message: string;
}
export type Answer = { id: number } & ({ value: unknown } | { error: SentError });

const METHODS = [
  'listIssues',
  'getIssue',
  'createIssue',
  'updateIssue',
  'upsertLink',
  'removeLink',
  'deleteIssue',
] as const;
const BULK = ['getIssues', 'createIssues', 'updateIssues'] as const;

function sent(error: unknown): SentError {
  if (!isTrackerError(error)) throw error;
  return { code: error.code, message: error.message };
}

function isRefused(item: unknown): item is WriteResult & { ok: false } {
  return typeof item === 'object' && item !== null && 'ok' in item && item.ok === false;
}

/** Asks the tracker what the process at the other end asked. */
export async function answerOf(
  connector: TaskTrackerConnector,
  { id, method, args }: Request,
): Promise<Answer> {
  try {
    const call: unknown = Reflect.get(connector, method);
    if (typeof call !== 'function') throw new TypeError(`the tracker has no ${method}`);
    const value: unknown = await Reflect.apply(call, connector, args);
    if (value instanceof Map) return { id, value: [...value] };
    if (!Array.isArray(value)) return { id, value };
    // What is not there arrives as null, and an error as plain data.
    return {
      id,
      value: value.map((item) => (isRefused(item) ? { ok: false, error: sent(item.error) } : item)),
    };
  } catch (error) {
    return { id, error: sent(error) };
  }
}

/** The connector as such a process has it. */
export function remoteConnector(
  traits: TrackerTraits,
  moments: Moments,
  errorOf: (error: SentError) => SpecKittyTrackerError,
): TaskTrackerConnector {
  const waiting = new Map<number, (answer: Answer) => void>();
  let next = 0;
  process.on('message', (message: Answer | object) => {
    if (!('id' in message)) return;
    const take = waiting.get(message.id);
    waiting.delete(message.id);
    take?.(message);
  });
  const ask = (method: string, args: unknown[]): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const request: Request = { id: ++next, method, args };
      moments.note('before_effect');
      if (moments.isLast('before_effect')) request.killed = 'before_effect';
      if (moments.isLast('after_effect')) request.killed = 'after_effect';
      waiting.set(request.id, (answer) => {
        moments.at('after_effect');
        if ('error' in answer) reject(errorOf(answer.error));
        else resolve(answer.value);
      });
      process.send?.(request);
    });
  const list = async (method: string, args: unknown[]): Promise<unknown> => {
    const items = (await ask(method, args)) as unknown[];
    return items.map((item) =>
      isRefused(item) ? { ok: false, error: errorOf(item.error) } : (item ?? undefined),
    );
  };
  const methods = Object.fromEntries([
    ...METHODS.map((method) => [method, (...args: unknown[]) => ask(method, args)]),
    ...(traits.bulk ? BULK.map((method) => [method, (...args: unknown[]) => list(method, args)]) : []),
  ]);
  return {
    ...methods,
    name: traits.name,
    workspace: 'w',
    getCapabilities: async () => capabilitiesOf(traits),
    ...(traits.identity === 'lookup'
      ? {
          findByIdempotencyKeys: async (keys: string[], options: object) =>
            new Map((await ask('findByIdempotencyKeys', [keys, options])) as never),
        }
      : {}),
    [Symbol.asyncDispose]: async () => {},
  } as unknown as TaskTrackerConnector;
}
