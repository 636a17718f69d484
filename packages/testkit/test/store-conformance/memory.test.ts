import { InMemoryIssueStore } from '@spec-kitty/tracker-core';
import { test } from 'vitest';
import { storeConformance } from '../../src/index.ts';

storeConformance({
  test,
  open: async (context) => ({ store: new InMemoryIssueStore(context), dispose: async () => {} }),
});
