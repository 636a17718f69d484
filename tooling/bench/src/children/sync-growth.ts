import { join } from 'node:path';
import { InMemoryIssueStore } from '@spec-kitty/tracker-core';
import { openSqliteStore } from '@spec-kitty/tracker-store-sqlite';
import { numericArguments, report } from '../measure/child.ts';
import { median } from '../measure/statistics.ts';
import { inTemporaryFolder } from '../measure/temporary-folder.ts';
import { TwoWayWorld } from '../measure/two-way-world.ts';

/** After the first ones the code is compiled and the file's pages are known. */
const WARM_UP = 20;
const ROUNDS = 61;

const [small = 0, large = 0, inMemory = 0] = numericArguments();
await inTemporaryFolder(async (folder) => {
  const filled = async (size: number): Promise<TwoWayWorld> => {
    const world = new TwoWayWorld(size);
    const { clock } = world;
    const path = join(folder, `${size}.db`);
    await world.fill(inMemory === 1 ? new InMemoryIssueStore({ clock }) : openSqliteStore(path, { clock }));
    return world;
  };
  const sides = [
    { world: await filled(small), syncs: [] as number[], answers: [] as number[] },
    { world: await filled(large), syncs: [] as number[], answers: [] as number[] },
  ] as const;
  for (let round = 0; round < WARM_UP + ROUNDS; round++) {
    // In turn, so that what else the machine does burdens both; who goes first changes from round to round.
    for (const { world, syncs, answers } of round % 2 === 0 ? sides : sides.toReversed()) {
      const { sync, tracker } = await world.timedSync();
      if (round < WARM_UP) continue;
      syncs.push(sync);
      answers.push(tracker);
    }
  }
  for (const { world } of sides) await world.store[Symbol.asyncDispose]();
  const [less, more] = sides;
  report({
    smallMs: median(less.syncs),
    largeMs: median(more.syncs),
    smallTrackerMs: median(less.answers),
    largeTrackerMs: median(more.answers),
  });
});
