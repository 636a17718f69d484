import { join } from 'node:path';
import { openSqliteStore } from '@spec-kitty/tracker-store-sqlite';
import { type TimedInsert, timedBareInsert } from '../measure/bare-insert.ts';
import { numericArguments, report } from '../measure/child.ts';
import { requireCount, timedPull } from '../measure/pull.ts';
import { inTemporaryFolder } from '../measure/temporary-folder.ts';

/** From opening the file to closing it, as for the bare inserts. */
async function timedFirstPull(path: string, size: number): Promise<number> {
  const opening = performance.now();
  const store = openSqliteStore(path);
  const opened = performance.now();
  const { stats, milliseconds } = await timedPull(store, size);
  requireCount('issues created by a first pull', stats.pulledCreated, size);
  const closing = performance.now();
  await store[Symbol.asyncDispose]();
  return opened - opening + milliseconds + (performance.now() - closing);
}

const [size = 0, run = 0] = numericArguments();
await inTemporaryFolder(async (folder) => {
  const insert = (): TimedInsert => timedBareInsert(join(folder, 'bare.db'), size);
  const pull = (): Promise<number> => timedFirstPull(join(folder, 'store.db'), size);
  // Who goes first changes from run to run.
  const early = run % 2 === 0 ? insert() : undefined;
  const pullMs = await pull();
  const { milliseconds, serialising } = early ?? insert();
  report({ pullMs, insertMs: milliseconds, serialisingMs: serialising });
});
