import { describe, expect, it } from 'vitest';
import { MUTANTS } from './support/mutants.ts';
import { playInThread, seeds } from './support/pool.ts';

const SEEDS = 500;

describe('the simulation can fail', () => {
  it.concurrent.each(MUTANTS)('without the rule: $rule', { timeout: 120_000 }, async ({ changes, wrap }) => {
    const how = { untilFailure: true, shrinks: false, twiceEvery: 0 };
    const histories = seeds(1, SEEDS, { steps: 60 });
    const played = await playInThread(histories, {
      ...how,
      changes: changes ?? [],
      ...(wrap === undefined ? {} : { wrap }),
    });
    expect(played.failures.length, `not found within ${SEEDS} seeds`).toBeGreaterThan(0);
  });
});
