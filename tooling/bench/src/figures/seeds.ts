import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Figure } from './figure.ts';

const SIMULATE = fileURLToPath(
  new URL('../../../../packages/testkit/test/simulation/simulate.ts', import.meta.url),
);

interface Play {
  store: 'memory' | 'sqlite';
  seeds: number;
  threads: number;
}

/** What was played: a failed seed is looked into at once, which takes time of its own. */
interface Played {
  seconds: number;
  failed: number;
}

/** Plays seeds of 60 steps by `pnpm simulate`. The time is as it tells it: with the start of its threads. */
function played({ store, seeds, threads }: Play): Promise<Played> {
  const args = Object.entries({ store, seeds, threads }).flatMap(([name, value]) => [
    `--${name}`,
    `${value}`,
  ]);
  return new Promise((resolve, reject) => {
    // It ends with 1 where a seed failed.
    execFile(process.execPath, [SIMULATE, '--skip-kept', ...args], (cause, stdout) => {
      const told = /^(\d+) histories in ([\d.]+) s, (\d+) failed$/m.exec(stdout);
      const [histories, seconds = 0, failed = 0] = told?.slice(1).map(Number) ?? [];
      if (histories === seeds) resolve({ seconds, failed });
      else reject(new Error('the simulation did not play what it was asked for', { cause }));
    });
  });
}

function seedsPerSecond(title: string, play: Omit<Play, 'threads'>): Figure {
  return {
    name: `seeds-${play.store}`,
    title,
    unit: '/s',
    async measure() {
      const { seconds, failed } = await played({ ...play, threads: 1 });
      return { value: play.seeds / seconds, parts: { seeds: play.seeds, seconds, failed } };
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
    const memory = await played({ store: 'memory', seeds: 2000, threads: 2 });
    const sqlite = await played({ store: 'sqlite', seeds: 200, threads: 2 });
    const parts = {
      memorySeconds: memory.seconds,
      sqliteSeconds: sqlite.seconds,
      failed: memory.failed + sqlite.failed,
    };
    return { value: memory.seconds + sqlite.seconds, parts };
  },
};
