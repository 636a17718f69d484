import { MemoryBackend, RecordStore } from '@spec-kitty/tracker-core';
import { expect, it } from 'vitest';
import { storeConformance } from '../../src/index.ts';
import { brokenBackend, STORE_BREAKAGES, type StoreBreakage } from '../support/broken-stores.ts';

/** The names of the cases that a store with this mistake fails. */
async function failures({
  overrides,
  reopened,
}: Pick<StoreBreakage, 'overrides' | 'reopened'>): Promise<string[]> {
  const cases: [string, () => Promise<void>][] = [];
  storeConformance({
    test: (name, run) => cases.push([name, run]),
    records: 100,
    async open(context) {
      const right = new MemoryBackend(context.clock);
      const store = new RecordStore(brokenBackend(right, overrides(right)), context);
      return { store, right, dispose: async () => {} };
    },
    reopen: async ({ right }, context) =>
      new RecordStore(brokenBackend(right, { ...overrides(right), ...reopened?.(right) }), context),
  });
  const failed: string[] = [];
  for (const [name, run] of cases) await run().catch(() => failed.push(name));
  return failed;
}

it.each(STORE_BREAKAGES)('a store that $mistake is found', async (breakage) => {
  const failed = await failures(breakage);
  expect(failed.filter((name) => name.includes(breakage.found))).not.toEqual([]);
});

it('a store without a mistake is not', async () => {
  expect(await failures({ overrides: () => ({}) })).toEqual([]);
});
