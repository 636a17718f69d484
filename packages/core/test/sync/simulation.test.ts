import { describe, expect, it } from 'vitest';
import { Simulation } from '../support/simulation.ts';

const first = Number(process.env.SIM_FROM ?? 1);
const seeds = Number(process.env.SIM_SEEDS ?? 300);

describe('simulation', () => {
  it('holds the invariants over random edits, faults and crashes', async () => {
    const broken: string[] = [];
    const met: Record<string, number> = {};
    for (let seed = first; seed < first + seeds; seed++) {
      const simulation = new Simulation(seed);
      await simulation.play(40);
      const rounds = await simulation.settle();
      const problems = await simulation.violations();
      if (rounds === Number.POSITIVE_INFINITY) problems.unshift('never quiet');
      if (problems.length > 0) broken.push(`seed ${seed}: ${problems.join('; ')}`);
      for (const [fault, count] of Object.entries(simulation.counts.faults))
        met[fault] = (met[fault] ?? 0) + count;
      met.crash = (met.crash ?? 0) + simulation.counts.crashes;
      met.conflict = (met.conflict ?? 0) + simulation.counts.conflicts;
      met.exempt = (met.exempt ?? 0) + simulation.counts.exempt;
    }
    process.stdout.write(`simulation: seeds ${first} to ${first + seeds - 1}, met ${JSON.stringify(met)}\n`);
    expect(broken).toEqual([]);
  }, 120_000);
});
