import { InMemoryIssueStore, OwnershipPolicy } from '@spec-kitty/tracker-core';
import { InMemoryConnector } from '@spec-kitty/tracker-memory';
import { expect, it } from 'vitest';
import { OpenBindings } from '../src/open-bindings.ts';
import type { BindingState } from '../src/rows.ts';

const stateOf = (name: string, revision = 1): BindingState =>
  ({ tenant: 'acme', name, revision }) as BindingState;

function bench(most: number) {
  const log: string[] = [];
  let fails = false;
  const bindings = new OpenBindings(async ({ name, revision }) => {
    if (fails) throw new Error('no');
    log.push(`open ${name} ${revision}`);
    const connector = new InMemoryConnector({ workspace: name });
    connector[Symbol.asyncDispose] = async () => void log.push(`close ${name} ${revision}`);
    return { connector, store: new InMemoryIssueStore(), policy: OwnershipPolicy.split({ fieldOwners: {} }) };
  }, most);
  return {
    bindings,
    log,
    fail: (now: boolean) => {
      fails = now;
    },
  };
}

const nothing = async (): Promise<void> => {};

it('those that were used last are kept, as many as are wanted', async () => {
  const { bindings, log } = bench(2);
  for (const name of ['a', 'b', 'a', 'c', 'a', 'b']) await bindings.use(stateOf(name), nothing);
  expect(log).toEqual(['open a 1', 'open b 1', 'open c 1', 'close b 1', 'open b 1', 'close c 1']);
  await bindings.close();
  expect(log.slice(-2)).toEqual(['close a 1', 'close b 1']);
});

it('one that was put again is opened anew, and one that failed', async () => {
  const { bindings, log } = bench(2);
  await bindings.use(stateOf('a'), nothing);
  await bindings.use(stateOf('a', 2), nothing);
  await expect(bindings.use(stateOf('a', 2), () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  await bindings.use(stateOf('a', 2), nothing);
  expect(log).toEqual(['open a 1', 'close a 1', 'open a 2', 'close a 2', 'open a 2']);
});

it('what is in use is not closed under its user', async () => {
  const { bindings, log } = bench(0);
  await bindings.use(stateOf('a'), async () => {
    await bindings.use(stateOf('a'), nothing);
    await bindings.use(stateOf('b'), nothing);
    await expect(bindings.use(stateOf('a'), () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await bindings.use(stateOf('a', 2), nothing);
    expect(log.filter((line) => line === 'close a 1')).toEqual([]);
  });
  expect(log.filter((line) => line === 'close a 1')).toEqual(['close a 1']);
});

it('one that cannot be opened is tried anew', async () => {
  const { bindings, log, fail } = bench(2);
  fail(true);
  await expect(bindings.use(stateOf('a'), nothing)).rejects.toThrow('no');
  fail(false);
  await bindings.use(stateOf('a'), nothing);
  expect(log).toEqual(['open a 1']);
});
