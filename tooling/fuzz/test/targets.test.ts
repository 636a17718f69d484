import { describe, expect, test } from 'vitest';
import { DEFAULT_SEED } from '../src/options.ts';
import { replayCommand } from '../src/replay-command.ts';
import { TARGETS } from '../src/targets.ts';

describe('hostile data: a value, or an error of this project', () => {
  // The runs are counted and not timed; the limit is for a search that hangs.
  test.each(TARGETS)('$name', { timeout: 120_000 }, async (target) => {
    const outcome = await target.search({ seed: DEFAULT_SEED, runs: target.runs });
    if (outcome.ok) return;
    const { input, problem } = outcome;
    throw new Error(`${problem}\n  input: ${input}\n  replay: ${replayCommand(target.name, outcome)}`);
  });

  test('every target has a name of its own', () => {
    expect(new Set(TARGETS.map(({ name }) => name)).size).toBe(TARGETS.length);
  });
});
