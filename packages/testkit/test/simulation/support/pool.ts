import { Worker } from 'node:worker_threads';
import { addCounts, type Counts, type HistoryOptions } from '../../../src/simulation/kinds.ts';
import type { Failure, Job, Told } from './worker.ts';

export interface Played {
  histories: number;
  counts: Counts;
  failures: Failure[];
}

const STANDARD: Omit<Job, 'histories'> = {
  sqlite: false,
  untilFailure: false,
  shrinks: true,
  traces: false,
  twiceEvery: 50,
  changes: [],
};

/** Plays histories in one thread. */
export function playInThread(
  histories: HistoryOptions[],
  how: Partial<Omit<Job, 'histories'>>,
  onProgress: (played: Played) => void = () => {},
): Promise<Played> {
  const played: Played = { histories: 0, counts: {}, failures: [] };
  const workerData: Job = { ...STANDARD, ...how, histories };
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData, execArgv: [] });
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      void worker.terminate();
      resolve(played);
    };
    worker.on('error', reject);
    worker.on('exit', () => resolve(played));
    worker.on('message', (told: Told) => {
      if ('line' in told) process.stdout.write(`${told.line}\n`);
      if ('failure' in told) played.failures.push(told.failure);
      if ('counts' in told) {
        played.histories += told.histories;
        addCounts(played.counts, told.counts);
        onProgress(played);
      }
      if ('done' in told) stop();
    });
  });
}

/** Plays histories in several threads, one after the other taken from a common pile. */
export async function playAll(
  histories: readonly HistoryOptions[],
  how: Partial<Omit<Job, 'histories'>>,
  threads: number,
  onProgress: (histories: number) => void = () => {},
): Promise<Played> {
  const done = Array.from({ length: threads }, () => 0);
  const parts = await Promise.all(
    done.map((_, thread) =>
      playInThread(
        histories.filter((_history, index) => index % threads === thread),
        how,
        (played) => {
          done[thread] = played.histories;
          onProgress(done.reduce((sum, one) => sum + one, 0));
        },
      ),
    ),
  );
  const all: Played = { histories: 0, counts: {}, failures: [] };
  for (const part of parts) {
    all.histories += part.histories;
    addCounts(all.counts, part.counts);
    all.failures.push(...part.failures);
  }
  return all;
}

export function seeds(from: number, count: number, more: Omit<HistoryOptions, 'seed'>): HistoryOptions[] {
  return Array.from({ length: count }, (_, index) => ({ seed: from + index, swarm: true, ...more }));
}

/** How to play one history again. */
export function replayCommand({ options }: Failure, sqlite: boolean): string {
  return `pnpm simulate${sqlite ? ' --store sqlite' : ''} --replay '${JSON.stringify(options)}'`;
}
