import { readdir, readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeWorkbench, memoryConfig, removeWorkbench, type Workbench } from '../test-io.ts';

const SECRET = 'hunter2-planted-secret';
const DEEP = 100_000;

let bench: Workbench;
beforeEach(async () => {
  bench = await makeWorkbench();
});
afterEach(() => removeWorkbench(bench));

interface Failed {
  error: { code: string; fieldPath?: string; message: string };
}

function expectFailed(answer: { code: number; stdout: string; stderr: string }, expected: object): void {
  expect(answer.code).toBe(2);
  const { error } = JSON.parse(answer.stdout) as Failed;
  expect({ code: error.code, fieldPath: error.fieldPath }).toEqual(expected);
  expect(error.message.length).toBeLessThan(4000);
  expect(answer.stdout + answer.stderr).not.toContain(SECRET);
  expect(Reflect.get({}, 'polluted')).toBeUndefined();
}

const withBinding = (binding: string): string =>
  `{"store":{"path":"s"},"bindings":{"app":{"connector":"memory",${binding}}}}`;
const withBindings = (bindings: string): string => `{"store":{"path":"s"},"bindings":${bindings}}`;

describe('a config file from a stranger writes nothing and shows no secret', () => {
  const files: [string, string, string, string | undefined][] = [
    ['half of a file', `{"token":"${SECRET}`, 'config_invalid', undefined],
    ['a text', JSON.stringify(SECRET), 'config_invalid', ''],
    ['null', 'null', 'config_invalid', ''],
    ['nothing', '', 'config_invalid', undefined],
    ['NUL bytes', `\0\0${SECRET}`, 'config_invalid', undefined],
    ['more than a megabyte', `{"x":"${SECRET.repeat(60_000)}"}`, 'config_invalid', undefined],
    ['lists of 100,000 levels', '['.repeat(DEEP) + ']'.repeat(DEEP), 'config_invalid', ''],
    [
      'options of 100,000 levels',
      withBinding(`"options":{"a":${'['.repeat(DEEP)}${']'.repeat(DEEP)}}`),
      'config_invalid',
      'bindings.app.options',
    ],
    ['a key __proto__', '{"__proto__":{"polluted":1}}', 'config_invalid', 'store'],
    [
      'a binding __proto__',
      withBindings(`{"__proto__":{"connector":"memory"}}`),
      'config_invalid',
      'bindings',
    ],
    [
      'a connector of every object',
      withBindings('{"app":{"connector":"constructor"}}'),
      'connector_missing',
      'bindings.app.connector',
    ],
    [
      'a name that is a path',
      withBindings('{"../app":{"connector":"memory"}}'),
      'config_invalid',
      'bindings.../app',
    ],
    [
      'a limit beyond numbers',
      withBinding('"limits":{"maxCreates":1e999}'),
      'config_invalid',
      'bindings.app.limits.maxCreates',
    ],
    [
      'a limit as text',
      withBinding('"limits":{"maxCreates":"5"}'),
      'config_invalid',
      'bindings.app.limits.maxCreates',
    ],
    ['a store as a list', '{"store":[],"bindings":{}}', 'config_invalid', 'store'],
    [
      'a store in memory',
      JSON.stringify({ ...memoryConfig(), store: { path: ' ' } }),
      'config_invalid',
      'store.path',
    ],
    [
      'a path with NUL',
      JSON.stringify({ ...memoryConfig(), store: { path: 'a\0b' } }),
      'connector_config',
      'store.path',
    ],
    [
      'a secret that is an object',
      withBinding(`"options":{"webhookSecret":{"secret":"${SECRET}"}}`),
      'config_plain_secret',
      'bindings.app.options.webhookSecret',
    ],
    [
      'a reference deep in an option',
      withBinding(`"options":{"faults":[{"x":"\${env:HOME}"}]}`),
      'config_env_refused',
      'bindings.app.options.faults.0.x',
    ],
    [
      'people of a prototype',
      JSON.stringify({ ...memoryConfig(), people: [{ id: 'a', ids: { constructor: 'x' } }] }),
      'config_invalid',
      'people[0].ids.constructor',
    ],
  ];
  it.each(files)('%s', async (_, text, code, fieldPath) => {
    await bench.configure(text);
    const answer = await bench.cli(['pull', '--json'], { env: { HOME: SECRET } });
    expectFailed(answer, { code, fieldPath });
    expect(await readFile(bench.path('spec-kitty-tracker.json'), 'utf8')).toBe(text);
  });
  it(`${files.length} hostile config files were tried`, () => {
    process.stdout.write(`bad input: ${files.length} config files\n`);
  });
});

describe('a hostile command line', () => {
  const lines: [string, string[], string, string | undefined][] = [
    ['a config file with NUL', ['pull', '--config', 'a\0b'], 'config_missing', '--config'],
    ['a config file that is a folder', ['pull', '--config', '.'], 'config_missing', '--config'],
    [
      'a config file with an endless name',
      ['pull', '--config', 'x'.repeat(300)],
      'config_missing',
      '--config',
    ],
    ['a binding __proto__', ['pull', '__proto__'], 'binding_unknown', 'bindings.__proto__'],
    ['an issue __proto__', ['issues', 'show', '__proto__'], 'issue_unknown', 'ID'],
    ['an issue with NUL', ['issues', 'show', 'a\0b:c:d'], 'issue_unknown', 'ID'],
    ['an issue that is a query', ['issues', 'show', "' OR 1=1 --"], 'issue_unknown', 'ID'],
    [
      'a priority of Infinity',
      ['issues', 'create', '--title', 'x', '--priority', 'Infinity'],
      'priority_unknown',
      '--priority',
    ],
    [
      'a title beyond measure',
      ['issues', 'create', '--title', SECRET.repeat(5000)],
      'issue_payload_contract',
      '--title',
    ],
    [
      'a body file with NUL',
      ['issues', 'create', '--title', 'x', '--body-file', 'a\0b'],
      'input_unusable',
      '--body-file',
    ],
    ['an output that is a folder', ['export', '--output', '.'], 'output_unusable', '--output'],
  ];
  it.each(lines)('%s', async (_, args, code, fieldPath) => {
    await bench.configure(memoryConfig());
    const before = await readdir(bench.folder);
    expectFailed(await bench.cli([...args, '--json']), { code, fieldPath });
    const issues = await bench.cli(['issues', 'list', '--json']);
    expect(issues.stdout).not.toContain('"title"');
    expect(
      (await readdir(bench.folder)).filter((name) => !before.includes(name) && !name.includes('sqlite')),
    ).toEqual([]);
  });
  it.each([[], ['--json']])(
    'is repeated without what a terminal would act on %j',
    async (...args: string[]) => {
      const answer = await bench.cli(['pu\u001b[2J\u202e\ud800', ...args]);
      expect(answer.code).toBe(2);
      for (const character of ['\u001b', '\u202e', '\ud800'])
        expect(answer.stdout + answer.stderr).not.toContain(character);
    },
  );
  it(`${lines.length} hostile command lines were tried`, () => {
    process.stdout.write(`bad input: ${lines.length} command lines\n`);
  });
});
