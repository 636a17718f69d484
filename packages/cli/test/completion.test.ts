import { spawnSync } from 'node:child_process';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeWorkbench, memoryConfig, removeWorkbench, type Workbench } from './test-io.ts';

const BIN = resolve(import.meta.dirname, '../dist/main.js');

let bench: Workbench;
beforeEach(async () => {
  bench = await makeWorkbench();
  const { app } = memoryConfig()['bindings'] as Record<string, unknown>;
  await bench.configure({ store: { path: 's' }, bindings: { app, 'other-app': app, '$(evil)': app } });
});
afterEach(() => removeWorkbench(bench));

const completed = async (...words: string[]): Promise<string[]> => {
  const { code, stdout, stderr } = await bench.cli(['complete', '--', ...words]);
  expect([code, stderr]).toEqual([0, '']);
  return stdout.split('\n').flatMap((line) => line.split('\t')[0] || []);
};

describe('what may stand at the cursor', () => {
  it.each([
    ['a command', ['conf'], ['conflicts']],
    ['a command of a command', ['log', ''], ['show', 'revert']],
    ['an option', ['pull', '--f'], ['--full']],
    ['an option of the whole program', ['issues', 'list', '--conf'], ['--config']],
    ['a value', ['issues', 'list', '--status', 'in_'], ['in_progress', 'in_review']],
    ['a value that can be repeated', ['issues', 'list', '--status', 'todo', '--status', 'd'], ['done']],
    ['a value after =', ['issues', 'edit', '--type=s'], ['--type=story', '--type=subtask']],
    ['a value after the = of bash', ['issues', 'edit', '--type', '=', 's'], ['story', 'subtask']],
    [
      'a value right after the = of bash',
      ['init', '--policy', '='],
      ['shared', 'external_authoritative', 'spec_kitty_authoritative'],
    ],
    ['a shell', ['completion', 'f'], ['fish']],
    ['bindings', ['sync', ''], ['app', 'other-app']],
    ['more bindings', ['sync', 'app', 'o'], ['other-app']],
    ['the binding of an option', ['log', '--binding', 'a'], ['app']],
    ['a binding, named otherwise', ['enrol', 'app', '--from', 'o'], ['other-app']],
    ['a file', ['export', '--output', ''], [':files']],
    ['no option after --', ['sync', '--', '--f'], []],
    ['nothing where anything may stand', ['issues', 'list', '--text', ''], []],
    ['nothing after an unknown word', ['nonsense', '--json', 'x'], []],
    ['the hidden command does not', ['comp'], ['completion']],
  ])('%s', async (_name, words, expected) => {
    expect(await completed(...words)).toEqual(expected);
  });

  it('every command of the program', async () => {
    const { stdout } = await bench.cli(['--help']);
    const commands = [...stdout.matchAll(/^ {2}([a-z]+) (?:\[|<| )/gm)].map(([, name]) => name);
    expect(commands.length).toBeGreaterThan(10);
    expect((await completed('')).toSorted()).toEqual(commands.toSorted());
  });

  it('nothing, silently, where the config file is damaged or missing', async () => {
    expect(await completed('sync', '--config', 'none.json', '')).toEqual([]);
    await bench.configure('{');
    expect(await completed('sync', '')).toEqual([]);
  });
});

interface Shell {
  args: (script: string) => string[];
  /** Prints what the shell would offer after `words`, one a line. */
  ask: (words: readonly string[]) => string;
}

const SHELLS: Record<string, Shell> = {
  bash: {
    args: (script) => ['--noprofile', '--norc', '-c', script],
    ask: (words) =>
      `source <(spec-kitty-tracker completion bash); COMP_WORDS=(spec-kitty-tracker ${words.join(' ')}); ` +
      `COMP_CWORD=${words.length}; _spec_kitty_tracker 2>/dev/null; printf '%s\\n' "\${COMPREPLY[@]}"`,
  },
  zsh: {
    args: (script) => ['-f', '-c', script],
    // Outside of its line editor, zsh has no completion: the function is given what the editor would give it.
    ask: (words) =>
      `compdef() { : }; _files() { print -l -- *(N) }; source <(spec-kitty-tracker completion zsh); ` +
      `compadd() { while [[ $1 != -- ]]; do shift; done; shift; print -l -- "$@" }; ` +
      `words=(spec-kitty-tracker ${words.join(' ')}); CURRENT=${words.length + 1}; _spec_kitty_tracker`,
  },
  fish: {
    args: (script) => ['--no-config', '-c', script],
    ask: (words) =>
      `spec-kitty-tracker completion fish | source; complete -C 'spec-kitty-tracker ${words.map((word) => (word === "''" ? '' : word)).join(' ')}' | string replace -r '\\t.*' ''`,
  },
};

describe.each(Object.entries(SHELLS))('in %s', (name, { args, ask }) => {
  const missing = spawnSync(name, ['--version']).status !== 0;

  it.for<[string[], string[]]>([
    [['iss'], ['issues']],
    [
      ['issues', 'list', '--status', 'in_'],
      ['in_progress', 'in_review'],
    ],
    [['sync', 'o'], ['other-app']],
    [['export', '--output', 'onl'], ['only.txt']],
    [['nonsense', 'x', 'y'], []],
  ])('%j', async ([words, expected], { skip }) => {
    skip(missing, `${name} is not here`);
    await mkdir(bench.path('bin'));
    await writeFile(
      bench.path('bin/spec-kitty-tracker'),
      `#!/bin/sh\nexec '${process.execPath}' '${BIN}' "$@"\n`,
    );
    await chmod(bench.path('bin/spec-kitty-tracker'), 0o755);
    await mkdir(bench.path('here'));
    await writeFile(bench.path('here/only.txt'), '');
    const { stdout } = spawnSync(name, args(ask(words)), {
      cwd: bench.path('here'),
      encoding: 'utf8',
      env: { ...process.env, HOME: bench.folder, PATH: `${bench.path('bin')}:${process.env['PATH']}` },
    });
    expect(stdout.split('\n').filter((line) => line !== '')).toEqual(expected);
  });
});
