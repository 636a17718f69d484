import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeWorkbench, memoryConfig, removeWorkbench, type Workbench } from './test-io.ts';

/** The built program, as users run it. */
const BIN = resolve(import.meta.dirname, '../dist/main.js');

let bench: Workbench;
beforeEach(async () => {
  bench = await makeWorkbench();
  await bench.configure(memoryConfig());
});
afterEach(() => removeWorkbench(bench));

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

function start(args: readonly string[]): {
  child: ChildProcess;
  ended: Promise<Ended>;
  told: (text: RegExp) => Promise<void>;
} {
  const child = spawn(process.execPath, [BIN, ...args], {
    cwd: bench.folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<Ended>((done) => child.on('close', (code) => done({ code, stdout, stderr })));
  const told = (text: RegExp): Promise<void> =>
    new Promise((done, fail) => {
      const look = (): void => {
        if (text.test(stderr)) done();
      };
      child.stderr?.on('data', look);
      child.on('close', () => fail(new Error(`it ended without saying ${text}: ${stderr}`)));
    });
  return { child, ended, told };
}

const runBin = (...args: string[]): Promise<Ended> => start(args).ended;

describe('the program', () => {
  it.each([
    [['--version'], 0],
    [['--help'], 0],
    [['issues', 'list', '--help'], 0],
    [['status'], 0],
    [['sync'], 0],
    [['nonsense'], 2],
    [['pull', 'nowhere'], 2],
  ])('%j ends with %i', async (args, expected) => {
    expect((await runBin(...args)).code).toBe(expected);
  });

  it('says its version', async () => {
    const manifest: { version: string } = JSON.parse(
      await readFile(new URL('../package.json', import.meta.url), 'utf8'),
    );
    expect((await runBin('--version')).stdout).toBe(`${manifest.version}\n`);
  });

  it.each([['--help'], ['--version']])('imports nothing heavy for %s', async (flag) => {
    const hook = `import { registerHooks } from 'node:module';
      registerHooks({ resolve(name, context, next) { const found = next(name, context); process.stderr.write(found.url + '\\n'); return found; } });`;
    const { stderr } = spawnSync(
      process.execPath,
      ['--import', `data:text/javascript,${encodeURIComponent(hook)}`, BIN, flag],
      { encoding: 'utf8' },
    );
    expect(stderr).toContain('commander');
    expect(stderr).not.toMatch(
      /zod|sqlite|packages\/core|tracker-core|string-width|dist\/(commands|output(?!\/clean\.js)|host|config)/,
    );
  });

  it('ships the schema of its config file', async () => {
    const schema = JSON.parse(await readFile(new URL('../dist/config.schema.json', import.meta.url), 'utf8'));
    expect(Object.keys(schema.properties)).toEqual(['$schema', 'store', 'bindings', 'people', 'worker']);
    expect(schema.additionalProperties).toBe(false);
    const { policy, strategy } = schema.properties.bindings.additionalProperties.properties;
    expect([policy.anyOf[0].enum[0], strategy.anyOf[0].enum[0]]).toEqual([
      'external_authoritative',
      'external_wins',
    ]);
  });

  it('stops at Ctrl-C with what was done, and goes on later', async () => {
    const file = bench.path('export.jsonl');
    const rows = Array.from({ length: 20_000 }, (_, index) =>
      JSON.stringify({ id: `x-${index}`, title: `Issue ${index}`, updated_at: '2026-01-01T00:00:00Z' }),
    );
    await writeFile(file, rows.join('\n'));
    await bench.configure({
      store: { path: 's.sqlite' },
      bindings: { many: { connector: 'beads', options: { exportFile: 'export.jsonl' } } },
    });
    const { child, ended, told } = start(['pull']);
    await told(/1,\d+ read/);
    child.kill('SIGINT');
    const { code, stdout, stderr } = await ended;
    expect(code).toBe(1);
    expect(stderr).toContain('Stopping after this step');
    expect(stdout).toMatch(/stopped[\s\S]* created[\s\S]*\[aborted\]/);
    const status = JSON.parse((await runBin('status', '--json')).stdout);
    expect(status.bindings[0].issues).toBeGreaterThanOrEqual(1000);
    expect(status.bindings[0].issues).toBeLessThan(20_000);
  }, 60_000);

  it('does not mind a reader that stops reading', async () => {
    for (const title of ['one', 'two'])
      await bench.cli(['issues', 'create', '--title', title, '--body', 'x'.repeat(200_000)]);
    const { child, ended } = start(['export']);
    child.stdout?.destroy();
    expect(await ended).toMatchObject({ code: 0, stderr: '' });
  });
});

const SCRIPT = '/usr/bin/script';
const hasTerminal =
  existsSync(SCRIPT) && spawnSync(SCRIPT, ['--version'], { encoding: 'utf8' }).stdout.includes('util-linux');

it('asks on a real terminal', async ({ skip }) => {
  skip(!hasTerminal, 'the script command of util-linux is not here');
  await bench.cli(['issues', 'create', '--title', 'one']);
  const command = `'${process.execPath}' '${BIN}' sync`;
  const answered = (input: string): string =>
    spawnSync(SCRIPT, ['-qec', command, '/dev/null'], {
      cwd: bench.folder,
      input,
      encoding: 'utf8',
      env: { ...process.env, TERM: 'xterm' },
    }).stdout;
  expect(answered('n\n')).toMatch(/Go on\?[\s\S]*Nothing was done/);
  expect(answered('y\n')).toMatch(/Go on\?[\s\S]*1 created/);
});
