import { execFile } from 'node:child_process';
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { discoverPlugins } from '@spec-kitty/tracker-core/node';
import { afterAll, describe, expect, it } from 'vitest';
import { QUESTIONS, spellings } from '../src/answers.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const PROGRAM = resolve(import.meta.dirname, '../dist/main.js');
const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'connector-'));
  folders.push(folder);
  return folder;
}

interface Ended {
  code: number;
  output: string;
}

function run(cwd: string, file: string, ...args: string[]): Promise<Ended> {
  return new Promise((end) => {
    execFile(
      process.execPath,
      [file, ...args],
      { cwd, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) =>
        end({ code: error ? Number(error.code ?? 1) : 0, output: `${stdout}${stderr}` }),
    );
  });
}

/** What `npm install` would bring, from this workspace. */
function install(folder: string): void {
  const places: Record<string, string> = {
    '@spec-kitty/tracker-core': 'packages/core',
    '@spec-kitty/tracker-http': 'packages/transports/http',
    '@spec-kitty/tracker-process': 'packages/transports/process',
    '@spec-kitty/tracker-testkit': 'packages/testkit',
    zod: dirname(createRequire(resolve(ROOT, 'packages/core/package.json')).resolve('zod/package.json')),
    '@types/node': 'node_modules/@types/node',
  };
  for (const [name, place] of Object.entries(places)) {
    const link = join(folder, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(resolve(ROOT, place), link, 'dir');
  }
}

const tsc = resolve(ROOT, 'node_modules/typescript/bin/tsc');
const biome = resolve(ROOT, 'node_modules/@biomejs/biome/bin/biome');

describe.each(['http', 'process'] as const)('a new connector over %s', (transport) => {
  it('builds, lints, passes conformance and is found by a host', { timeout: 120_000 }, async () => {
    const folder = emptyFolder();
    const args = ['--name', 'my-tracker', '--transport', transport, '--folder', 'made'];
    const made = await run(folder, PROGRAM, ...args);
    expect(made, made.output).toMatchObject({ code: 0 });
    const place = join(folder, 'made');
    install(place);
    const check = async (what: string, file: string, ...more: string[]): Promise<Ended> => {
      const ended = await run(place, file, ...more);
      expect(ended.code, `${what}: ${ended.output.slice(-3000)}`).toBe(0);
      return ended;
    };
    await check('types', tsc);
    await check('lint', biome, 'lint', '--error-on-warnings');
    const tests = ['conformance', 'connector'].map((name) => `test/${name}.test.ts`);
    const tested = await check('tests', '--test', '--test-reporter=tap', ...tests);
    expect(Number(/^# pass (\d+)$/m.exec(tested.output)?.[1])).toBeGreaterThan(40);
    await check('build', tsc, '-p', 'tsconfig.build.json');
    await check('manifest', 'write-manifest.js');

    const host = emptyFolder();
    const name = 'spec-kitty-tracker-my-tracker';
    writeFileSync(
      join(host, 'package.json'),
      JSON.stringify({ name: 'host', dependencies: { [name]: '*' } }),
    );
    mkdirSync(join(host, 'node_modules'));
    symlinkSync(place, join(host, 'node_modules', name), 'dir');
    const { found, rejected } = await discoverPlugins({ from: host });
    expect([found.map(({ id, displayName }) => [id, displayName]), rejected]).toEqual([
      [['my-tracker', 'My Tracker']],
      [],
    ]);
    const left = writtenIn(place).filter((path) => /sample|\{\{/i.test(readFileSync(path, 'utf8')));
    expect(left).toEqual([]);
  });
});

function writtenIn(place: string): string[] {
  return globSync(['*.*', '.gitignore', 'src/*', 'test/*'], { cwd: place }).map((path) => join(place, path));
}

describe('the program', () => {
  it('writes over nothing', async () => {
    const folder = emptyFolder();
    writeFileSync(join(folder, 'mine.txt'), 'mine');
    const ended = await run(folder, PROGRAM, '--name', 'x', '--folder', '.');
    expect(ended).toMatchObject({
      code: 2,
      output: expect.stringMatching(/is not empty; nothing was written/),
    });
  });

  it.each([
    [['--name', 'Not Kebab'], /--name: expected a name in kebab-case/],
    [['--name', 'x', '--transport', 'pigeon'], /--transport: expected one of http, process/],
    [['--name', 'x', '--category', 'big'], /--category: expected one of saas, local, reference/],
    [['--name', 'x', '--package', '../x'], /--package: expected a name that npm takes/],
    [[], /--name is missing, and nobody is there to be asked/],
    [['--nonsense'], /nonsense/],
  ])('refuses %j', async (args, message) => {
    const ended = await run(emptyFolder(), PROGRAM, ...args);
    expect(ended).toMatchObject({ code: 2, output: expect.stringMatching(message) });
  });

  it('shows its options', async () => {
    const { code, output } = await run(emptyFolder(), PROGRAM, '--help');
    expect(code).toBe(0);
    for (const { name } of QUESTIONS) expect(output).toContain(`--${name} `);
  });
});

it('spells a name in every form', () => {
  expect(spellings('my-tracker2')).toEqual({
    pascal: 'MyTracker2',
    constant: 'MY_TRACKER2',
    display: 'My Tracker2',
  });
});
