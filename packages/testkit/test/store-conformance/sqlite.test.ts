import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteStore } from '@spec-kitty/tracker-store-sqlite';
import { test } from 'vitest';
import { storeConformance } from '../../src/index.ts';

storeConformance({
  // A hundred thousand records take a few seconds.
  test: (name, run) => test(name, { timeout: 60_000 }, run),
  records: 100_000,
  async open(context) {
    const folder = await mkdtemp(join(tmpdir(), 'testkit-sqlite-'));
    const path = join(folder, 'store.db');
    const dispose = (): Promise<void> => rm(folder, { recursive: true, force: true });
    return { store: openSqliteStore(path, context), path, dispose };
  },
  reopen: async ({ path }, context) => openSqliteStore(path, context),
});
