import { InMemoryIssueStore } from '@spec-kitty/tracker-core';
import { test } from 'vitest';
import { storeConformance } from '../../src/index.ts';

storeConformance({
  // A hundred thousand records take a few seconds.
  test: (name, run) => test(name, { timeout: 60_000 }, run),
  records: 100_000,
  open: async (context) => ({ store: new InMemoryIssueStore(context), dispose: async () => {} }),
});
