import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock, CommandRunner, JsonObject } from '@spec-kitty/tracker-core';
import { createProcessRunner } from '@spec-kitty/tracker-process';
import { type BeadsConfigInput, BeadsConnector } from '../../src/index.ts';
import { load, runStandIn, save, tick, type Version } from './stand-in.ts';

type Command = Parameters<CommandRunner['run']>[0];

/** An empty database in a folder of its own. */
export interface Database extends Disposable {
  connector: BeadsConnector;
  /** Runs what the connector would run. */
  run: CommandRunner;
  /** What was run so far: the subcommands, but for the version. */
  runs: string[];
  bind(run: CommandRunner): BeadsConnector;
  /** As a person does. */
  bd(args: string[], input?: string): string;
  importRows(rows: readonly JsonObject[]): void;
}

export interface Kind {
  name: string;
  /** Whether it is a bd, and no stand-in. */
  isReal: boolean;
  /** @param prefix what ids begin with; the stand-ins know no other than `sk`. */
  open(config?: BeadsConfigInput, prefix?: string): Database;
}

/** Real ones, by their full paths, between colons. */
const paths = (process.env['TRACKER_BD'] ?? '').split(':').filter((path) => path !== '');
process.stderr.write(
  paths.length === 0
    ? 'beads: TRACKER_BD names no real bd: a stand-in of 0.47.1 and of 1.3.0 is run\n'
    : `beads: stand-ins and the real bd at ${paths.join(', ')} are run\n`,
);

export const kinds: readonly Kind[] = [
  ...(['0.47.1', '1.3.0'] as const).map((version) => ({
    name: `a stand-in of bd ${version}`,
    isReal: false,
    open: (config?: BeadsConfigInput) => standIn(version, config),
  })),
  ...paths.map((path) => ({
    name: `the real bd at ${path}`,
    isReal: true,
    open: (config?: BeadsConfigInput, prefix?: string) => real(path, config, prefix),
  })),
];

function standIn(version: Version, config: BeadsConfigInput = {}): Database {
  const folder = mkdtempSync(join(tmpdir(), 'tracker-bd-'));
  save(folder, { version, rows: [], ticks: 0 });
  const runner: CommandRunner = {
    async run({ args, input, signal }) {
      signal?.throwIfAborted();
      return runStandIn(args, typeof input === 'string' ? input : '', folder);
    },
  };
  const clock: Clock = {
    now() {
      const state = load(folder);
      const now = new Date(tick(state)).toISOString();
      save(folder, state);
      return now;
    },
  };
  const bd = (args: string[], input = ''): string => {
    const { exitCode, stdout, stderr } = runStandIn(args, input, folder);
    if (exitCode !== 0) throw new Error(stderr);
    return stdout;
  };
  return opened({ config, folder, runner, bd, clock });
}

function real(command: string, config: BeadsConfigInput = {}, prefix = 'sk'): Database {
  const folder = mkdtempSync(join(tmpdir(), 'tracker-bd-'));
  const env = { PATH: process.env['PATH'] ?? '', HOME: folder, BEADS_NO_DAEMON: '1', DO_NOT_TRACK: '1' };
  const bd = (args: string[], input = ''): string =>
    execFileSync(command, args, {
      cwd: folder,
      env,
      input,
      encoding: 'utf8',
      stdio: 'pipe',
      maxBuffer: 100_000_000,
    });
  execFileSync('git', ['init', '-q', folder], { env });
  bd(['init', '--prefix', prefix, '--quiet']);
  const inner = createProcessRunner();
  const runner: CommandRunner = {
    run: (call) => inner.run({ ...call, env: { ...call.env, HOME: folder } }),
  };
  return opened({ config: { command, cwd: folder, ...config }, folder, runner, bd });
}

function opened(given: {
  config: BeadsConfigInput;
  folder: string;
  runner: CommandRunner;
  bd: Database['bd'];
  clock?: Clock;
}): Database {
  const { config, folder, runner, bd, clock } = given;
  const runs: string[] = [];
  const run: CommandRunner = {
    async run(call: Command) {
      if (call.args[0] !== 'version') runs.push(call.args[0] ?? '');
      return runner.run(call);
    },
  };
  const bind = (own: CommandRunner): BeadsConnector =>
    new BeadsConnector(config, { run: own, ...(clock === undefined ? {} : { clock }) });
  return {
    connector: bind(run),
    run,
    runs,
    bind,
    bd,
    importRows(rows) {
      const is0 = /"version": *"0/.test(bd(['version', '--json']));
      const input = rows.map((row) => `${JSON.stringify(row)}\n`).join('');
      bd(['import', ...(is0 ? [] : ['-']), '--json'], input);
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}
