import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { median } from '../measure/statistics.ts';
import type { Figure } from './figure.ts';

const MAIN = fileURLToPath(new URL('../../../../packages/cli/dist/main.js', import.meta.url));
const ROUNDS = 25;

function timedProcess(args: readonly string[]): number {
  const start = performance.now();
  execFileSync(process.execPath, args, { stdio: 'ignore' });
  return performance.now() - start;
}

export const commandStart: Figure = {
  name: 'command-start',
  title: '`spec-kitty-tracker --help`, against `node -e 0`',
  unit: '×',
  target: 2.5,
  async measure() {
    const help: number[] = [];
    const bare: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      bare.push(timedProcess(['-e', '0']));
      help.push(timedProcess([MAIN, '--help']));
    }
    const parts = { helpMs: median(help), nodeMs: median(bare) };
    return { value: parts.helpMs / parts.nodeMs, parts };
  },
};
