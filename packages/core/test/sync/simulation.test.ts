import { describe, expect, it } from 'vitest';
import { Simulation } from '../support/simulation.ts';

/** More seeds, or others: `SIM_SEEDS=5000 SIM_FROM=1`. A seed that fails is named, and plays the same again. */
const FIRST = Number(process.env['SIM_FROM'] ?? 1);
const SEEDS = Number(process.env['SIM_SEEDS'] ?? 200);
const STEPS = 40;

const count = (into: Record<string, number>, counts: Record<string, number>): void => {
  for (const [name, more] of Object.entries(counts)) into[name] = (into[name] ?? 0) + more;
};

describe('simulation', () => {
  it.each([
    ['one tracker', false, SEEDS],
    ['two trackers over one store', true, Math.ceil(SEEDS / 4)],
  ])(
    'holds the invariants over random edits, faults and crashes: %s',
    async (name, several, seeds) => {
      const broken: string[] = [];
      const met: Record<string, number> = {};
      for (let seed = FIRST; seed < FIRST + seeds; seed++) {
        const simulation = new Simulation(seed, several);
        await simulation.play(STEPS);
        const rounds = await simulation.settle();
        const problems = await simulation.violations();
        if (rounds === Number.POSITIVE_INFINITY) problems.unshift('another sync always writes');
        if (problems.length > 0) broken.push(`seed ${seed}: ${problems.join('; ')}`);
        const { faults, ...rest } = simulation.counts;
        count(met, { ...faults, ...rest });
      }
      const told = JSON.stringify(met);
      process.stdout.write(`simulation, ${name}: seeds ${FIRST} to ${FIRST + seeds - 1} met ${told}\n`);
      expect(broken).toEqual([]);
    },
    120_000,
  );
});
