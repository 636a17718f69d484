import { join } from 'node:path';
import { openSqliteStore } from '@spec-kitty/tracker-store-sqlite';
import { numericArguments, report } from '../measure/child.ts';
import { requireCount, timedPull } from '../measure/pull.ts';
import { inTemporaryFolder } from '../measure/temporary-folder.ts';

interface Sample {
  heap: number;
  rss: number;
}

function collected(): Sample {
  if (!globalThis.gc) throw new Error('start this with --expose-gc');
  globalThis.gc();
  return sample();
}

function sample(): Sample {
  const { heapUsed, rss } = process.memoryUsage();
  return { heap: heapUsed, rss };
}

const MEGABYTE = 1_000_000;

const [size = 0] = numericArguments();
await inTemporaryFolder(async (folder) => {
  const store = openSqliteStore(join(folder, 'store.db'));
  const before = collected();
  const peak = { ...before };
  const { stats } = await timedPull(store, size, {
    onPage: () => {
      const { heap, rss } = sample();
      peak.heap = Math.max(peak.heap, heap);
      peak.rss = Math.max(peak.rss, rss);
    },
  });
  requireCount('issues created by a first pull', stats.pulledCreated, size);
  const after = collected();
  await store[Symbol.asyncDispose]();
  report({
    peakRssMB: (peak.rss - before.rss) / MEGABYTE,
    peakHeapMB: (peak.heap - before.heap) / MEGABYTE,
    keptHeapMB: (after.heap - before.heap) / MEGABYTE,
    keptRssMB: (after.rss - before.rss) / MEGABYTE,
  });
});
