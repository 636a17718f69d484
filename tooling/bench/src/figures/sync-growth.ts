import { measureInChild, numberOf } from '../measure/child.ts';
import type { Figure } from './figure.ts';

const SCRIPT = new URL('../children/sync-growth.ts', import.meta.url);
/** The store that a larger one is held against: a hundredth of the usual size. */
const SMALL = 1000;

function syncGrowth(store: 'sqlite' | 'memory', title: string): Figure {
  return {
    name: `sync-growth-${store}`,
    title,
    unit: '×',
    target: 1.2,
    async measure({ size }) {
      const parts = await measureInChild(SCRIPT, [SMALL, size, store === 'memory' ? 1 : 0]);
      return { value: numberOf(parts, 'largeMs') / numberOf(parts, 'smallMs'), parts };
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
