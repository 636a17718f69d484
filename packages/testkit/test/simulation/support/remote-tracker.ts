import type { SpecKittyTrackerError, TaskTrackerConnector } from '@spec-kitty/tracker-core';
import { capabilitiesOf, type TrackerTraits } from '../../../src/simulation/tracker-traits.ts';

export const KILLED_TRAITS: TrackerTraits = {
  name: 'sim',
  compareAndSet: true,
  bulk: false,
  identity: 'lookup',
  lossyBody: false,
  lossyStatus: false,
  customFields: true,
  priority: true,
  wholeSets: false,
  answersLate: false,
  tellsGone: false,
  listsById: false,
  granularityMs: 1,
  lagMs: 0,
  skewMs: 0,
  pageSize: 3,
  refusesToken: false,
};

export interface Request {
  id: number;
  method: string;
  args: unknown[];
}

export type Answer = { id: number } & ({ value: unknown } | { error: { code: string; message: string } });

const METHODS = ['listIssues', 'getIssue', 'createIssue', 'updateIssue', 'upsertLink', 'removeLink'] as const;

/** The connector as a child process has it: every call goes to the parent, which answers in its own time. */
export function remoteConnector(
  errorOf: (error: { code: string; message: string }) => SpecKittyTrackerError,
): TaskTrackerConnector {
  const waiting = new Map<number, (answer: Answer) => void>();
  let next = 0;
  process.on('message', (answer: Answer) => {
    waiting.get(answer.id)?.(answer);
    waiting.delete(answer.id);
  });
  const ask = (method: string, args: unknown[]): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const request: Request = { id: ++next, method, args };
      waiting.set(request.id, (answer) => {
        if ('error' in answer) reject(errorOf(answer.error));
        else resolve(answer.value);
      });
      process.send?.(request);
    });
  const methods = Object.fromEntries(
    METHODS.map((method) => [method, (...args: unknown[]): Promise<unknown> => ask(method, args)]),
  );
  return {
    ...methods,
    name: KILLED_TRAITS.name,
    workspace: 'w',
    getCapabilities: async () => capabilitiesOf(KILLED_TRAITS),
    findByIdempotencyKeys: async (keys: string[], options: object) =>
      new Map((await ask('findByIdempotencyKeys', [keys, options])) as never),
    [Symbol.asyncDispose]: async () => {},
  } as unknown as TaskTrackerConnector;
}
