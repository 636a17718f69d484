import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { HistoryOptions } from '../../src/simulation/kinds.ts';
import { type Played, playAll, playInThread, replayCommand, seeds } from './support/pool.ts';

/** More seeds, or others: `SIM_SEEDS=20000 SIM_FROM=5000`, or `pnpm simulate`. */
const FROM = Number(process.env['SIM_FROM'] ?? 1);
const SEEDS = Number(process.env['SIM_SEEDS'] ?? 2000);
const STEPS = 60;

const told = (name: string, { histories, counts }: Played): void => {
  const met = Object.entries(counts)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([kind, times]) => `${kind} ${times}`);
  process.stdout.write(
    `simulation, ${name}: ${histories} histories of ${STEPS} steps met ${met.join(', ')}\n`,
  );
};

const broken = (played: Played, sqlite: boolean): string[] =>
  played.failures.map((failure) => `${failure.problems.join('; ')}\n  ${replayCommand(failure, sqlite)}`);

describe('simulation', () => {
  it('does not repeat a failure that it found once', { timeout: 60_000 }, async () => {
    const file = new URL('../../simulation-failures.json', import.meta.url);
    const kept = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as HistoryOptions[]) : [];
    const played = await playInThread(kept, { shrinks: false, twiceEvery: 1 });
    expect(broken(played, false)).toEqual([]);
    expect(played.histories).toBe(kept.length);
  });

  it.each([
    ['one tracker, in memory', SEEDS, false, false],
    ['two trackers over one store, in memory', Math.ceil(SEEDS / 10), true, false],
    ['one tracker, over SQLite', Math.ceil(SEEDS / 10), false, true],
  ])('holds every invariant: %s', { timeout: 600_000 }, async (name, count, two, sqlite) => {
    const histories = seeds(FROM, count, { steps: STEPS, ...(two ? { two } : {}) });
    const played = await playAll(histories, { sqlite }, 2);
    told(name, played);
    expect(broken(played, sqlite)).toEqual([]);
    expect(played.histories).toBe(count);
  });
});
