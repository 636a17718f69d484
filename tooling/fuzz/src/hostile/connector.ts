import type { TaskTrackerConnector } from '@spec-kitty/tracker-core';
import fc from 'fast-check';
import { realised } from './exotic.ts';
import { hostileValue, type Recipe } from './json.ts';
import { type Mutation, mutated, mutations } from './mutated.ts';
import { THROWN_NAMES, thrownBy } from './thrown.ts';

/** The calls whose answers an engine reads. */
const METHODS = [
  'getCapabilities',
  'listIssues',
  'getIssue',
  'getIssues',
  'createIssue',
  'createIssues',
  'updateIssue',
  'updateIssues',
  'deleteIssue',
  'upsertLink',
  'removeLink',
  'findByIdempotencyKeys',
] as const;
export type Method = (typeof METHODS)[number];

/** What one call answers instead of the truth. */
export interface Lie {
  method: Method;
  /** Which call of that method, from 0. */
  call: number;
  answer:
    | { kind: 'changed'; changes: Mutation[] }
    | { kind: 'replaced'; value: Recipe }
    /** Before the call has any effect, or after it. */
    | { kind: 'thrown'; what: string; after: boolean };
}

const answers: fc.Arbitrary<Lie['answer']> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('changed' as const),
      changes: fc.array(mutations('program'), { minLength: 1, maxLength: 3 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('replaced' as const), value: hostileValue('program') }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('thrown' as const),
      what: fc.constantFrom(...THROWN_NAMES),
      after: fc.boolean(),
    }),
  },
);

export const lies: fc.Arbitrary<Lie[]> = fc.array(
  fc.record({ method: fc.constantFrom(...METHODS), call: fc.nat({ max: 3 }), answer: answers }),
  { minLength: 1, maxLength: 6 },
);

type Call = (...args: never[]) => Promise<unknown>;

const asData = (answer: unknown): Recipe =>
  JSON.parse(JSON.stringify(answer instanceof Map ? [...answer] : (answer ?? null)));

function changed(truth: unknown, changes: Mutation[]): unknown {
  const value = realised(mutated(asData(truth), changes));
  if (!(truth instanceof Map)) return value;
  try {
    return new Map(value as [unknown, unknown][]);
  } catch {
    return value;
  }
}

const MOST_CALLS = 5000;

/** The connector, some of whose answers are lies. More calls than any run needs are an engine that does not end. */
export function lying(
  connector: TaskTrackerConnector,
  told: readonly Lie[],
): { connector: TaskTrackerConnector; calls: () => number } {
  const counts = new Map<string, number>();
  let calls = 0;
  const wrapped = (method: Method, call: Call): Call => {
    return async (...args) => {
      calls += 1;
      if (calls > MOST_CALLS) throw new Error('the engine does not end');
      const count = counts.get(method) ?? 0;
      counts.set(method, count + 1);
      const answer = told.find((lie) => lie.method === method && lie.call === count)?.answer;
      if (answer?.kind === 'thrown' && !answer.after) throw thrownBy(answer.what);
      const truth = await call(...args);
      if (!answer) return truth;
      if (answer.kind === 'thrown') throw thrownBy(answer.what);
      return answer.kind === 'replaced' ? realised(answer.value) : changed(truth, answer.changes);
    };
  };
  const proxy = new Proxy(connector, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      const bound: Call = value.bind(target);
      return (METHODS as readonly unknown[]).includes(name) ? wrapped(name as Method, bound) : bound;
    },
  });
  return { connector: proxy, calls: () => calls };
}
