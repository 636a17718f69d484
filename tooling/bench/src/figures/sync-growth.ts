import { measureInChild, type Numbers, numberOf } from '../measure/child.ts';
import type { Figure } from './figure.ts';

const SCRIPT = new URL('../children/sync-growth.ts', import.meta.url);
/** The store that a larger one is held against: a hundredth of the usual size. */
const SMALL = 1000;

function syncGrowth(store: 'sqlite' | 'memory', title: string): Figure {
  const measured = (size: number): Promise<Numbers> =>
    measureInChild(SCRIPT, [size, store === 'memory' ? 1 : 0]);
  return {
    name: `sync-growth-${store}`,
    title,
    unit: '×',
    target: 1.2,
    async measure({ size }, run) {
      // Who goes first changes from run to run.
      const early = run % 2 === 0 ? await measured(SMALL) : undefined;
      const large = await measured(size);
      const small = early ?? (await measured(SMALL));
      const parts = {
        largeMs: numberOf(large, 'syncMs'),
        smallMs: numberOf(small, 'syncMs'),
        largeTrackerMs: numberOf(large, 'trackerMs'),
        smallTrackerMs: numberOf(small, 'trackerMs'),
      };
      return { value: parts.largeMs / parts.smallMs, parts };
    },
  };
}

export const syncGrowthSqlite: Figure = syncGrowth(
  'sqlite',
  `A sync of 100 changes over SQLite, against one in a store of ${SMALL} issues`,
);
export const syncGrowthMemory: Figure = syncGrowth(
  'memory',
  `A sync of 100 changes in memory, against one in a store of ${SMALL} issues`,
);
