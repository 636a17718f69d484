import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type CanonicalIssue,
  type CommandRunner,
  canonicalIssue,
  type ExternalRef,
  type IssuePatch,
} from '@spec-kitty/tracker-core';
import { createProcessRunner } from '@spec-kitty/tracker-process';
import { type FPConfigInput, FPConnector } from '../src/index.ts';
import { runStandIn } from './stand-in/stand-in.ts';
import { load, newId, SETTINGS, type Settings, type State, save, tick } from './stand-in/state.ts';

process.stderr.write(
  'fp cannot be installed here: these tests run against a stand-in made from its transcripts\n',
);

const MAIN = fileURLToPath(new URL('./stand-in/main.ts', import.meta.url));

type Command = Parameters<CommandRunner['run']>[0];

/** A project of the stand-in, in folders of its own. */
export interface Project extends Disposable {
  cwd: string;
  /** Runs it as a child. */
  children: CommandRunner;
  /** Runs the same code in this process, which takes a hundredth of the time. */
  inside: CommandRunner;
  /** The arguments of every call but the first, which asks for the version. */
  calls: string[][];
  connector(config?: FPConfigInput, runner?: CommandRunner): FPConnector;
  read(): State;
  change(edit: (state: State) => void): void;
}

export const refOf = (id: string): ExternalRef => ({ system: 'fp', workspace: 'fp', id });

export function newIssue(fields: IssuePatch = {}): CanonicalIssue {
  return canonicalIssue({ title: 'A title', ...fields, ref: refOf('draft:1') });
}

export function project(settings: Partial<Settings> = {}): Project {
  const root = mkdtempSync(join(tmpdir(), 'tracker-fp-'));
  const [home, cwd] = [join(root, 'home'), join(root, 'project')];
  mkdirSync(join(cwd, '.fp'), { recursive: true });
  save(home, { settings: { ...SETTINGS, ...settings }, issues: [], comments: [], ticks: 0 });
  const own = createProcessRunner({ environment: { ...process.env, HOME: home } });
  const calls: string[][] = [];
  const noted = (command: Command): void => {
    if (command.args[0] !== '--version') calls.push(command.args);
  };
  const children: CommandRunner = {
    async run(command) {
      noted(command);
      return own.run({ ...command, command: process.execPath, args: [MAIN, ...command.args] });
    },
  };
  const inside: CommandRunner = {
    async run(command) {
      command.signal?.throwIfAborted();
      noted(command);
      return runStandIn(command.args, home, command.cwd ?? '');
    },
  };
  return {
    cwd,
    children,
    inside,
    calls,
    connector: (config = {}, runner = inside) => new FPConnector({ cwd, ...config }, { run: runner }),
    read: () => load(home),
    change(edit) {
      const state = load(home);
      edit(state);
      save(home, state);
    },
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  };
}

/** Makes an issue as a person does; answers its full id. */
export function seed(held: Project, title: string, fields: Partial<State['issues'][number]> = {}): string {
  let id = '';
  held.change((state) => {
    const now = tick(state);
    id = newId(state);
    state.issues.push({
      id,
      number: state.issues.length + 1,
      title,
      description: '',
      status: 'todo',
      priority: null,
      parent: null,
      dependencies: [],
      properties: {},
      createdAt: now,
      updatedAt: now,
      ...fields,
    });
  });
  return id;
}

/** What a call was rejected with. */
export async function rejection(call: Promise<unknown>): Promise<Error> {
  try {
    await call;
  } catch (error) {
    if (error instanceof Error) return error;
    throw error;
  }
  throw new Error('the call was expected to be rejected');
}
