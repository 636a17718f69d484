import { join } from 'node:path';
import { InMemoryIssueStore, type SyncStore } from '@spec-kitty/tracker-core';
import { openSqliteStore } from '@spec-kitty/tracker-store-sqlite';
import { numericArguments, report } from '../measure/child.ts';
import { median } from '../measure/statistics.ts';
import { inTemporaryFolder } from '../measure/temporary-folder.ts';
import { TwoWayWorld } from '../measure/two-way-world.ts';

/** After the first ones the code is compiled and the file's pages are known. */
const WARM_UP = 20;
const ROUNDS = 31;

const [size = 0, inMemory = 0] = numericArguments();
await inTemporaryFolder(async (folder) => {
  const world = new TwoWayWorld(size);
  const { clock } = world;
  const store: SyncStore =
    inMemory === 1 ? new InMemoryIssueStore({ clock }) : openSqliteStore(join(folder, 'store.db'), { clock });
  const engine = await world.fill(store);
  const syncs: number[] = [];
  const answers: number[] = [];
  for (let round = 0; round < WARM_UP + ROUNDS; round++) {
    const { sync, tracker } = await world.timedSync(store, engine);
    if (round < WARM_UP) continue;
    syncs.push(sync);
    answers.push(tracker);
  }
  await store[Symbol.asyncDispose]();
  report({ syncMs: median(syncs), trackerMs: median(answers) });
});
