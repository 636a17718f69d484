import { join } from 'node:path';
import { canonicalIssue } from '@spec-kitty/tracker-core';
import { openSqliteStore } from '@spec-kitty/tracker-store-sqlite';
import { numericArguments, report } from '../measure/child.ts';
import { PAGE_SIZE, requireCount, timedPull } from '../measure/pull.ts';
import { Stopwatch } from '../measure/stopwatch.ts';
import { inTemporaryFolder } from '../measure/temporary-folder.ts';
import { syntheticIssues } from '../synthetic/synthetic-issue.ts';

function timedValidation(size: number): number {
  const validating = new Stopwatch();
  for (let start = 0; start < size; start += PAGE_SIZE) {
    const issues = syntheticIssues(start, start + PAGE_SIZE, size);
    validating.time(() => issues.map((issue) => canonicalIssue(issue)));
  }
  return validating.milliseconds;
}

const [size = 0, run = 0] = numericArguments();
await inTemporaryFolder(async (folder) => {
  const store = openSqliteStore(join(folder, 'store.db'));
  await timedPull(store, size);
  const fullPull = async (): Promise<number> => {
    const { stats, milliseconds } = await timedPull(store, size, { full: true });
    requireCount('issues that a full pull found unchanged', stats.unchanged, size);
    return milliseconds;
  };
  // Who goes first changes from run to run.
  const early = run % 2 === 0 ? timedValidation(size) : undefined;
  // The first full pull also sorts in the refs of what the import wrote.
  const pullMs = await fullPull();
  const validateMs = early ?? timedValidation(size);
  const nextPullMs = await fullPull();
  await store[Symbol.asyncDispose]();
  report({ pullMs, nextPullMs, validateMs });
});
