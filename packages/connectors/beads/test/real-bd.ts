import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CommandRunner } from '@spec-kitty/tracker-core';
import { createProcessRunner } from '@spec-kitty/tracker-process';
import { type BeadsConfigInput, BeadsConnector } from '../src/index.ts';

/** A real bd, by its full path. */
export const realBd: string | undefined = process.env['TRACKER_BD'];

export interface Database extends Disposable {
  connector: BeadsConnector;
  /** What the connector ran so far: the subcommands. */
  runs: string[];
  bd(args: string[], input?: string): string;
}

/** An empty database of a real bd in a folder of its own, with a home of its own. */
export function database(command: string, config: BeadsConfigInput = {}): Database {
  const folder = mkdtempSync(join(tmpdir(), 'tracker-bd-'));
  const env = { PATH: process.env['PATH'] ?? '', HOME: folder, BEADS_NO_DAEMON: '1' };
  const bd = (args: string[], input = ''): string =>
    execFileSync(command, args, { cwd: folder, env, input, encoding: 'utf8', stdio: 'pipe' });
  execFileSync('git', ['init', '-q', folder], { env });
  bd(['init', '--prefix', 'sk', '--quiet']);
  const runs: string[] = [];
  const inner = createProcessRunner();
  const run: CommandRunner = {
    run(call) {
      runs.push(call.args[0] ?? '');
      return inner.run({ ...call, env: { ...call.env, HOME: folder } });
    },
  };
  return {
    connector: new BeadsConnector({ command, cwd: folder, ...config }, { run }),
    runs,
    bd,
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}
