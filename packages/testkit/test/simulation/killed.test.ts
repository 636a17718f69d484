import { expect, it } from 'vitest';
import { killAndRestart } from './support/kill.ts';

/** More by `SIM_KILLS=200`. */
const KILLS = Number(process.env['SIM_KILLS'] ?? 10);

it('survives SIGKILL at any moment, over SQLite', { timeout: 20_000 + KILLS * 5000 }, async () => {
  const report = await killAndRestart(KILLS, 1);
  process.stdout.write(`killed ${report.kills} times, with ${report.issues} issues at the end\n`);
  expect(report.problems).toEqual([]);
  expect(report.issues).toBeGreaterThan(0);
});
