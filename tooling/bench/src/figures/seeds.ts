import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Figure } from './figure.ts';

const run = promisify(execFile);
const SIMULATE = fileURLToPath(
  new URL('../../../../packages/testkit/test/simulation/simulate.ts', import.meta.url),
);

interface Play {
  store: 'memory' | 'sqlite';
  seeds: number;
  threads: number;
}

/** Plays seeds of 60 steps by `pnpm simulate`. In seconds, as it tells them: with the start of its threads. */
async function played({ store, seeds, threads }: Play): Promise<number> {
  const args = Object.entries({ store, seeds, threads }).flatMap(([name, value]) => [
    `--${name}`,
    `${value}`,
  ]);
  const { stdout } = await run(process.execPath, [SIMULATE, ...args]);
  const [, histories, seconds] = /^(\d+) histories in ([\d.]+) s, 0 failed$/m.exec(stdout) ?? [];
  if (Number(histories) !== seeds || seconds === undefined)
    throw new Error(`the simulation did not tell what was expected:\n${stdout}`);
  return Number(seconds);
}

function seedsPerSecond(title: string, play: Omit<Play, 'threads'>): Figure {
  return {
    name: `seeds-${play.store}`,
    title,
    unit: '/s',
    async measure() {
      const seconds = await played({ ...play, threads: 1 });
      return { value: play.seeds / seconds, parts: { seeds: play.seeds, seconds } };
    },
  };
}

export const seedsMemory: Figure = seedsPerSecond('Seeds of the simulation in memory, one thread', {
  store: 'memory',
  seeds: 300,
});

export const seedsSqlite: Figure = seedsPerSecond('Seeds of the simulation over SQLite, one thread', {
  store: 'sqlite',
  seeds: 60,
});

export const seedsTogether: Figure = {
  name: 'seeds-together',
  title: '2,000 seeds in memory, then 200 over SQLite, two threads',
  unit: ' s',
  target: 60,
  async measure() {
    const memorySeconds = await played({ store: 'memory', seeds: 2000, threads: 2 });
    const sqliteSeconds = await played({ store: 'sqlite', seeds: 200, threads: 2 });
    return { value: memorySeconds + sqliteSeconds, parts: { memorySeconds, sqliteSeconds } };
  },
};
