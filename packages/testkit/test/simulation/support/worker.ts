import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import type { HistoryOutcome } from '../../../src/simulation/history.ts';
import type { HistoryOptions } from '../../../src/simulation/kinds.ts';
import { WRAPS } from './broken-backends.ts';
import { loadFromSources, type SourceChange } from './source-hooks.ts';

/** What one thread plays: histories one after the other, over one kind of store, with one mutant or none. */
export interface Job {
  histories: HistoryOptions[];
  sqlite: boolean;
  /** Ends with the first history that fails. */
  untilFailure: boolean;
  shrinks: boolean;
  /** Tells what happens, line by line. */
  traces: boolean;
  /** Every so many histories one is played twice, and must be the same. */
  twiceEvery: number;
  changes: SourceChange[];
  wrap?: keyof typeof WRAPS;
}

/** A failure, told as soon as it is met. */
export interface Failure {
  options: HistoryOptions;
  problems: string[];
}

export type Told =
  | { line: string }
  | { failure: Failure }
  | { counts: Record<string, number>; histories: number }
  | { done: true };

const job = workerData as Job;
loadFromSources(job.changes);
const { playHistory } = await import('../../../src/simulation/history.ts');
const { shrink } = await import('../../../src/simulation/shrink.ts');
const { openSqliteStore } = await import('@spec-kitty/tracker-store-sqlite');

const tell = (told: Told): void => parentPort?.postMessage(told);
// No history cuts the power, so none need wait for a disk: Linux has this file system in memory.
const MEMORY = '/dev/shm';
const directory = job.sqlite ? mkdtempSync(join(existsSync(MEMORY) ? MEMORY : tmpdir(), 'simulation-')) : '';
let files = 0;
const tools = {
  ...(job.traces ? { trace: (line: string) => tell({ line }) } : {}),
  ...(job.sqlite
    ? {
        openStore: (options: Parameters<typeof openSqliteStore>[1]) =>
          openSqliteStore(join(directory, `${++files}.db`), options),
      }
    : {}),
  ...(job.wrap === undefined ? {} : { wrapBackend: WRAPS[job.wrap] }),
};
const play = async (options: HistoryOptions): Promise<HistoryOutcome> => {
  const outcome = await playHistory(options, tools);
  if (job.sqlite) rmSync(join(directory, `${files}.db`), { force: true });
  return outcome;
};

for (const [index, options] of job.histories.entries()) {
  const outcome = await play(options);
  if (outcome.problems.length === 0 && job.twiceEvery > 0 && index % job.twiceEvery === 0) {
    const again = await play(options);
    if (again.digest !== outcome.digest) outcome.problems.push('the same seed gave another history');
  }
  tell({ counts: outcome.counts, histories: 1 });
  if (outcome.problems.length === 0) continue;
  const told = job.shrinks ? await shrink(options, play) : outcome;
  tell({
    failure: { options: told.options, problems: told.problems.length > 0 ? told.problems : outcome.problems },
  });
  if (job.untilFailure) break;
}
if (job.sqlite) rmSync(directory, { recursive: true, force: true });
tell({ done: true });
