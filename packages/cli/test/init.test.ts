import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeWorkbench, removeWorkbench, type Workbench } from './test-io.ts';

let bench: Workbench;
let env: Record<string, string>;
beforeEach(async () => {
  bench = await makeWorkbench();
  env = { XDG_CONFIG_HOME: bench.path('home') };
});
afterEach(() => removeWorkbench(bench));

const written = async (): Promise<unknown> =>
  JSON.parse(await readFile(bench.path('spec-kitty-tracker.json'), 'utf8'));
const SCHEMA = './node_modules/@spec-kitty/tracker-cli/dist/config.schema.json';

it('asks, and writes a config file that the other commands read', async () => {
  // An answer that is none is asked for again.
  const answers = [
    'gitlab',
    'memory',
    'tracker.json',
    '',
    'perhaps',
    'yes',
    'shop',
    '',
    'external_authoritative',
    '',
  ];
  const { code, stdout, stderr } = await bench.cli(['init', '--no-color'], { env, answers, columns: 80 });
  expect({ code, answers }).toEqual({ code: 0, answers: [] });
  expect(stderr).toContain('npm install @spec-kitty/tracker-gitlab');
  expect(stderr).toContain('workspace (The workspace of the refs) [memory]: ');
  expect(stdout).toContain('Set SPEC_KITTY_MEMORY_WEBHOOK_SECRET in the environment.');
  expect(await written()).toEqual({
    $schema: SCHEMA,
    store: { path: 'issues.sqlite' },
    bindings: {
      memory: {
        connector: 'memory',
        options: {
          file: 'tracker.json',
          workspace: 'shop',
          webhookSecret: `\${env:SPEC_KITTY_MEMORY_WEBHOOK_SECRET}`,
        },
        policy: 'external_authoritative',
      },
    },
  });
  const set = { ...env, SPEC_KITTY_MEMORY_WEBHOOK_SECRET: 'longer than eight' };
  expect((await bench.cli(['doctor'], { env: set })).code).toBe(0);
});

it('takes everything from options, where nobody can answer', async () => {
  const args = [
    'init',
    '--connector',
    'beads',
    '--option',
    'exportFile=x.jsonl',
    '--binding',
    'b',
    '--store',
    's.db',
  ];
  expect(await bench.json(args, { env })).toEqual({
    config: bench.path('spec-kitty-tracker.json'),
    binding: 'b',
    connector: 'beads',
    store: 's.db',
    ignored: [],
    environment: [],
  });
  expect(await written()).toEqual({
    $schema: SCHEMA,
    store: { path: 's.db' },
    bindings: { b: { connector: 'beads', options: { exportFile: 'x.jsonl' } } },
  });
});

describe('says what is missing or wrong, and writes nothing', () => {
  it.each([
    ['no connector', [], 'answer_missing', /--connector \(beads, memory\)/],
    ['another connector', ['--connector', 'jira'], 'answer_invalid', /npm install @spec-kitty\/tracker-jira/],
    [
      'another option',
      ['--connector', 'memory', '--option', 'a=b'],
      'option_unknown',
      /no option a;.*workspace/,
    ],
    ['an empty option', ['--connector', 'memory', '--option', 'file='], 'answer_invalid', /file/],
    [
      'a plain secret',
      ['--connector', 'memory', '--option', 'webhookSecret=hunter2hunter2'],
      'config_plain_secret',
      /env:SPEC/,
    ],
    ['a name that is none', ['--connector', 'memory', '--binding', '../x'], 'config_invalid', /bindings/],
    [
      'a file that cannot be',
      ['--connector', 'memory', '--config', 'no/such/c.json'],
      'output_unusable',
      /c\.json/,
    ],
  ])('%s', async (_name, args, code, text) => {
    const answer = await bench.cli(['init', ...args, '--json'], { env });
    expect([answer.code, JSON.parse(answer.stdout).error.code]).toEqual([2, code]);
    expect(answer.stderr).toMatch(text);
    expect(answer.stdout + answer.stderr).not.toContain('hunter2');
    expect(await readdir(bench.folder)).toEqual([]);
  });

  it.each([0, 1, 2, 5])('an input that ends after %i answers', async (count) => {
    const answers = ['memory', 'f.json', '', '', '', ''].slice(0, count);
    const { code, stderr } = await bench.cli(['init'], { env, answers, columns: 80 });
    expect([code, stderr.includes('Nothing was written')]).toEqual([1, true]);
    expect(await readdir(bench.folder)).toEqual([]);
  });

  it('a config file that is there already stays as it is', async () => {
    await bench.configure('mine');
    const { code, stderr } = await bench.cli(['init', '--connector', 'memory'], { env });
    expect([code, stderr.includes('[config_exists]')]).toEqual([2, true]);
    expect(await readFile(bench.path('spec-kitty-tracker.json'), 'utf8')).toBe('mine');
  });
});

describe('the store is ignored by git', () => {
  beforeEach(() => mkdir(bench.path('.git')));
  const init = async (...args: string[]): Promise<string> => {
    await bench.cli(['init', '--connector', 'memory', ...args], { env });
    return readFile(bench.path('.gitignore'), 'utf8').catch(() => '');
  };

  it.each([
    ['a new file', undefined, '/issues.sqlite\n/issues.sqlite-wal\n/issues.sqlite-shm\n'],
    ['after a line without an end', 'dist', 'dist\n/issues.sqlite\n/issues.sqlite-wal\n/issues.sqlite-shm\n'],
    [
      'what is there stays',
      'issues.sqlite\r\n',
      'issues.sqlite\r\n/issues.sqlite-wal\r\n/issues.sqlite-shm\r\n',
    ],
  ])('%s', async (_name, before, after) => {
    if (before !== undefined) await writeFile(bench.path('.gitignore'), before);
    expect(await init()).toBe(after);
  });

  it('also where it lies elsewhere in the work tree, but not outside of it', async () => {
    await mkdir(bench.path('sub'));
    await bench.cli(['init', '--connector', 'memory', '--config', 'sub/c.json', '--store', '../[x].db'], {
      env,
    });
    expect(await readFile(bench.path('.gitignore'), 'utf8')).toMatch(/^\/\\\[x\\\]\.db\n/);
    const { ignored } = await bench.json<{ ignored: string[] }>(
      ['init', '--connector', 'memory', '--config', 'd.json', '--store', '../out.db'],
      { env },
    );
    expect(ignored).toEqual([]);
  });
});
