import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createProcessRunner } from '../src/index.ts';
import { meetingPoint, rejection, script } from './fixtures.ts';

const runner = createProcessRunner();
const ECHO = 'process.stdout.write(JSON.stringify(process.argv.slice(1)))';

describe('running a command', () => {
  it('hands arguments over as they are', async () => {
    const parameters = [
      '--x=-y',
      'it\'s "quoted" $HOME `id` %PATH% *',
      'two\nlines\r\n',
      '👩‍🚀 \u202eabc',
      '',
      '\\',
    ];
    const { stdout, exitCode } = await runner.run(script(ECHO, { parameters }));
    expect(JSON.parse(stdout)).toEqual(parameters);
    expect(exitCode).toBe(0);
  });

  it('starts nothing for an argument with a NUL', async () => {
    expect(await rejection(runner.run(script(ECHO, { parameters: ['a\0b'] })))).toMatchObject({
      code: 'tracker_contract',
      kind: 'argument',
      reason: 'nul',
    });
    expect(await rejection(runner.run(script(ECHO, { env: { A: '\0' } })))).toMatchObject({
      fieldPath: 'env',
    });
  });

  it('answers any status, with what was written', async () => {
    const text = "console.log('out'); console.error('err'); process.exitCode = 3";
    expect(await runner.run(script(text))).toEqual({ exitCode: 3, stdout: 'out\n', stderr: 'err\n' });
  });

  it('gives input over stdin, and an end of file where there is none', async () => {
    const copy = 'process.stdin.pipe(process.stdout)';
    const input = `-\n${'é👩‍🚀'.repeat(100_000)}`;
    expect((await runner.run(script(copy, { input }))).stdout).toBe(input);
    expect((await runner.run(script(copy))).stdout).toBe('');
  });

  it('bears a child that closes its stdin while 10 MB are written', async () => {
    await using point = await meetingPoint();
    // It lives on until it is let go, so that writing to it fails while it does.
    const text = `${point.hello} require('node:fs').closeSync(0); console.log('enough'); arrive().resume();`;
    const input = Buffer.alloc(10_000_000, 97);
    const running = runner.run(script(text, { input }));
    (await point.arrival()).release();
    expect(await running).toMatchObject({ exitCode: 0, stdout: 'enough\n' });
  });

  it('decodes characters that are torn between two chunks', async () => {
    const text = `
      const bytes = Buffer.from('é👩‍🚀ü');
      const next = (i) => i < bytes.length && process.stdout.write(bytes.subarray(i, i + 1), () => setImmediate(next, i + 1));
      next(0);`;
    expect((await runner.run(script(text))).stdout).toBe('é👩‍🚀ü');
  });

  it('tells output that is not UTF-8, and still answers a failure', async () => {
    const bytes = 'process.stdout.write(Buffer.from([0xff, 0x41]))';
    expect(await rejection(runner.run(script(bytes)))).toMatchObject({
      code: 'command_encoding',
      failureClass: 'transient',
    });
    expect(await runner.run(script(`${bytes}; process.exitCode = 1`))).toMatchObject({
      exitCode: 1,
      stdout: '\ufffdA',
    });
  });

  it('shows the child no secret of its environment', async () => {
    const own = createProcessRunner({
      environment: { ...process.env, SECRET_TOKEN: 'hidden', WANTED: 'seen' },
      inherit: ['WANTED'],
    });
    const text = 'console.log(JSON.stringify(process.env))';
    const seen: unknown = JSON.parse((await own.run(script(text, { env: { GIVEN: 'too' } }))).stdout);
    expect(seen).toMatchObject({ WANTED: 'seen', GIVEN: 'too' });
    expect(JSON.stringify(seen)).not.toContain('hidden');
  });

  it('runs where it is told to', async () => {
    const cwd = realpathSync(tmpdir());
    expect((await runner.run(script('console.log(process.cwd())', { cwd }))).stdout).toBe(`${cwd}\n`);
  });

  it('says which command is missing and what to do', async () => {
    const error = await rejection(runner.run({ command: 'no-such-command-here', args: ['secret'] }));
    expect(error).toMatchObject({ code: 'connector_config', fieldPath: 'command' });
    expect(error.message).toMatch(/"no-such-command-here" was not found: install it/);
    expect(error.message).not.toContain('secret');
    expect(await rejection(runner.run({ command: ' ', args: [] }))).toMatchObject({ fieldPath: 'command' });
  });

  it('says what is wrong with the folder', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tracker-process-'));
    try {
      const missing = await rejection(runner.run(script('', { cwd: join(folder, 'gone') })));
      expect(missing).toMatchObject({ code: 'connector_config', fieldPath: 'cwd' });
      expect(missing.message).toMatch(/gone.*ENOENT/);
      const file = join(folder, 'file');
      writeFileSync(file, 'text');
      expect((await rejection(runner.run(script('', { cwd: file })))).message).toMatch(/is no folder/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it.skipIf(process.platform === 'win32')('says that a file may not be run', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tracker-process-'));
    try {
      const file = join(folder, 'tool');
      writeFileSync(file, 'text', { mode: 0o644 });
      const error = await rejection(runner.run({ command: file, args: [] }));
      expect(error).toMatchObject({ code: 'connector_config', fieldPath: 'command' });
      expect(error.message).toMatch(/"tool" may not be run/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it.each([
    { timeoutMs: 0 },
    { timeoutMs: Number.POSITIVE_INFINITY },
    { maxOutputBytes: 1.5 },
    { graceMs: -1 },
  ])('refuses %j', (options) => {
    expect(() => createProcessRunner(options)).toThrow(TypeError);
  });
});
