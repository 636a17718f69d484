import type { SyncStore } from '@spec-kitty/tracker-core';
import { ConformanceError } from '../support/check.ts';
import { bookkeepingCases } from './bookkeeping-cases.ts';
import type { StoreCase } from './case.ts';
import { commitCases } from './commit-cases.ts';
import { hostCases } from './host-cases.ts';
import { indexCases } from './index-cases.ts';
import { leaseCases } from './lease-cases.ts';
import { manyCases } from './many-cases.ts';
import type { OpenedStore, StoreConformanceOptions } from './options.ts';
import { reopenCases } from './reopen-cases.ts';
import { countedIds, StandingClock, StoreWorld } from './world.ts';

const EVERY_STORE: StoreCase[] = [
  ...commitCases,
  ...indexCases,
  ...leaseCases,
  ...bookkeepingCases,
  ...hostCases,
  ...manyCases,
];

/**
 * Registers a test for each thing that a store must do. Every case opens a store of its own. With `reopen` it is also
 * tested that what was committed is there after a crash between any two steps.
 */
export function storeConformance<Opened extends OpenedStore>(options: StoreConformanceOptions<Opened>): void {
  const { test, open, reopen, records = 2000 } = options;
  for (const { name, run } of [...EVERY_STORE, ...(reopen ? reopenCases : [])]) {
    test(`store: ${name}`, async () => {
      const clock = new StandingClock();
      const context = { clock, ids: countedIds() };
      const opened = await open(context);
      const others: SyncStore[] = [];
      const again = async (): Promise<SyncStore> => {
        if (!reopen) throw new ConformanceError('this store cannot be opened again');
        const store = await reopen(opened, context);
        others.push(store);
        return store;
      };
      try {
        await run(new StoreWorld(opened.store, clock, { records, reopen: again }));
      } finally {
        for (const store of [...others, opened.store]) await store[Symbol.asyncDispose]();
        await opened.dispose();
      }
    });
  }
}
