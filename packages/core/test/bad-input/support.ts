import { expect, test } from 'vitest';
import {
  type CanonicalIssue,
  InMemoryIssueStore,
  isTrackerError,
  OwnershipPolicy,
  SyncEngine,
  type SyncEngineOptions,
  type SyncStore,
  type TaskTrackerConnector,
} from '../../src/index.ts';
import { FakeConnector, FULL } from '../mission/fake-connector.ts';

/** Planted where a message might repeat its input. */
export const SECRET = 'hunter2-planted-secret';
/** No message repeats a large input either. */
const LONGEST_MESSAGE = 2000;

/** What is made of it again and again: too deep for any recursion. */
export function nested(levels: number): unknown {
  let value: unknown = SECRET;
  for (let level = 0; level < levels; level++) value = level % 2 === 0 ? [value] : { deeper: value };
  return value;
}

export function cyclic(): object {
  const value: Record<string, unknown> = { secret: SECRET };
  value['itself'] = value;
  return value;
}

/** No cycle and no great depth, and yet 2 to the power of sixty values to whoever walks it. */
export function shared(): unknown {
  let value: unknown = SECRET;
  for (let level = 0; level < 60; level++) value = [value, value];
  return value;
}

/** Two ways into itself: to whoever walks it, the values double at every level. */
export function bushy(): object {
  const value: Record<string, unknown> = {};
  value['left'] = value;
  value['right'] = value;
  return value;
}

/** An object whose property is another value each time it is read. */
export function flipping(name: string, ...values: unknown[]): object {
  let reads = 0;
  return Object.defineProperty({}, name, {
    enumerable: true,
    get: () => values[Math.min(reads++, values.length - 1)],
  });
}

/** A list that cannot even be asked whether it is one. */
export function revoked(): unknown {
  const { proxy, revoke } = Proxy.revocable([], {});
  revoke();
  return proxy;
}

/** An object whose property cannot be read. */
export function trapped(name: string): object {
  return Object.defineProperty({}, name, {
    enumerable: true,
    get: () => {
      throw new Error(`reading it throws ${SECRET}`);
    },
  });
}

/** A list whose first place is a hole. */
export function holed(second: unknown): unknown[] {
  return Object.assign(new Array<unknown>(2), { 1: second });
}

/** Data as it comes out of JSON, with keys that reach for prototypes. */
export function reaching(): Record<string, unknown> {
  return JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}');
}

export interface Expected {
  code: string;
  fieldPath?: string;
}

export interface BadInput extends Expected {
  name: string;
  /** Throws or rejects. */
  run: (store: SyncStore) => unknown;
}

export const REF = { system: 'fake', workspace: 'w', id: '1' };

export function issue(change: object = {}): CanonicalIssue {
  const whole = { ref: REF, title: 'A title', body: SECRET, ...change };
  return whole as CanonicalIssue;
}

/** As it stands in the store: for telling that nothing was written. */
export async function contentOf(store: SyncStore): Promise<string> {
  const { backend } = store;
  const issues = await store.listIssues();
  const changed = await backend.changed(0, 1000);
  const conflicts = await backend.conflicts({});
  return JSON.stringify([
    issues,
    changed,
    conflicts,
    await store.getPeople(),
    await backend.rereads('b', { after: 0, limit: 100 }),
  ]);
}

export function expectHarmless(message: string): void {
  expect(message).not.toContain(SECRET);
  expect(message.length).toBeLessThan(LONGEST_MESSAGE);
}

async function thrownBy(run: () => unknown): Promise<unknown> {
  try {
    await run();
  } catch (error) {
    return error;
  }
  return undefined;
}

/** Says how many were tried; a name that stands twice would hide one. */
export function counted(what: string, cases: readonly { name: string }[]): void {
  test(`${cases.length} bad ${what} were tried`, () => {
    process.stdout.write(`bad input: ${cases.length} ${what}\n`);
    expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
  });
}

/** One test for each: the error's code and field, no secret in its words, and the store as it was. */
export function refuses(
  what: string,
  cases: readonly BadInput[],
  prepare: (store: SyncStore) => Promise<void> = async () => {},
): void {
  test.each(cases)('$name: $code $fieldPath', async ({ run, code, fieldPath }) => {
    const store = new InMemoryIssueStore();
    await prepare(store);
    const before = await contentOf(store);
    const error = await thrownBy(() => run(store));
    if (!isTrackerError(error))
      throw new Error('it was accepted, or failed without a code', { cause: error });
    expect({ code: error.code, fieldPath: error.fieldPath }).toEqual({ code, fieldPath });
    expectHarmless(error.message);
    expect(await contentOf(store)).toBe(before);
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });
  counted(what, cases);
}

/** A connector with some of its answers replaced. */
export function connectorThat(change: object): TaskTrackerConnector {
  return Object.assign(new FakeConnector(FULL), change);
}

export function engineFor(
  connector: TaskTrackerConnector,
  store: SyncStore,
  change: Partial<SyncEngineOptions> = {},
): SyncEngine {
  return new SyncEngine({
    connector,
    store,
    policy: OwnershipPolicy.split({ fieldOwners: {} }),
    sleep: async () => {},
    ...change,
  });
}
