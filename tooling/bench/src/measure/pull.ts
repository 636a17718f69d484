import {
  OwnershipPolicy,
  type RunOptions,
  SyncEngine,
  type SyncStats,
  type SyncStore,
} from '@spec-kitty/tracker-core';
import { SyntheticConnector } from '../synthetic/synthetic-connector.ts';
import { Stopwatch } from './stopwatch.ts';

export const PAGE_SIZE = 100;

export interface TimedPull {
  stats: SyncStats;
  /** Without the time that the synthetic issues took to make. */
  milliseconds: number;
}

/** Pulls all issues of a synthetic tracker by the engine as hosts use it. @throws Error where the pull was not whole. */
export async function timedPull(
  store: SyncStore,
  size: number,
  options: RunOptions & { onPage?: () => void } = {},
): Promise<TimedPull> {
  const { onPage, ...runOptions } = options;
  const making = new Stopwatch();
  const engine = new SyncEngine({
    connector: new SyntheticConnector(size, making),
    store,
    policy: OwnershipPolicy.externalAuthoritative(),
    pageSize: PAGE_SIZE,
    ...(onPage ? { onEvent: ({ type }) => type === 'page' && onPage() } : {}),
  });
  const start = performance.now();
  const { stats, failures } = await engine.pull(runOptions);
  const milliseconds = performance.now() - start - making.milliseconds;
  if (failures.length > 0) throw new Error(`the pull failed: ${failures[0]?.message}`);
  return { stats, milliseconds };
}

/** @throws Error where a count is not what the measurement is about. */
export function requireCount(name: string, actual: number, expected: number): void {
  if (actual !== expected) throw new Error(`${name}: ${actual} instead of ${expected}`);
}
