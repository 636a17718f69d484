import { describe, expect, it } from 'vitest';
import { createProcessRunner } from '../src/index.ts';
import { manualTimers, meetingPoint, rejection, script } from './fixtures.ts';

const FOR_EVER = 'setInterval(() => {}, 1e9);';
const DEAF = "process.on('SIGTERM', () => {});";

describe.skipIf(process.platform === 'win32')('stopping a command', () => {
  it('ends one that takes too long', async () => {
    const runner = createProcessRunner();
    const error = await rejection(runner.run(script(FOR_EVER, { timeoutMs: 5 })));
    expect(error).toMatchObject({ code: 'command_timeout', failureClass: 'transient' });
    expect(error.message).toMatch(/did not end within 0.005 s/);
  });

  it('kills one that does not listen, with what it started', async () => {
    await using point = await meetingPoint();
    const timers = manualTimers();
    const runner = createProcessRunner({ after: timers.after, timeoutMs: 30_000, graceMs: 10 });
    const grandchild = `${point.hello} ${DEAF} ${FOR_EVER} arrive();`;
    const child = `${point.hello} ${DEAF} ${FOR_EVER}
      require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(grandchild)}], { stdio: 'inherit' });
      arrive();`;
    const running = rejection(runner.run(script(child)));
    const processes = [await point.arrival(), await point.arrival()];
    timers.fire(30_000);
    timers.fire(10);
    expect(await running).toMatchObject({ code: 'command_timeout' });
    await Promise.all(processes.map(({ gone }) => gone));
    expect(timers.waiting()).toEqual([]);
  });

  it('lets one end by itself in its grace', async () => {
    await using point = await meetingPoint();
    const timers = manualTimers();
    const runner = createProcessRunner({ after: timers.after, timeoutMs: 30_000, graceMs: 10 });
    const polite = `${point.hello} ${FOR_EVER} process.on('SIGTERM', () => process.exit(0)); arrive();`;
    const running = rejection(runner.run(script(polite)));
    const child = await point.arrival();
    timers.fire(30_000);
    expect(await running).toMatchObject({ code: 'command_timeout' });
    await child.gone;
  });

  it.each(['stdout', 'stderr'])('stops one that writes too much to %s', async (stream) => {
    const runner = createProcessRunner({ maxOutputBytes: 100_000 });
    const text = `const more = () => process.${stream}.write('x'.repeat(65536), more); more();`;
    const error = await rejection(runner.run(script(text)));
    expect(error).toMatchObject({ code: 'command_output_limit', failureClass: 'transient' });
    expect(error.message).toMatch(/more than 100,000 bytes/);
  });

  it('takes output up to the limit', async () => {
    const runner = createProcessRunner({ maxOutputBytes: 5 });
    expect((await runner.run(script("process.stdout.write('12345')"))).stdout).toBe('12345');
    expect(await rejection(runner.run(script("process.stdout.write('123456')")))).toMatchObject({
      code: 'command_output_limit',
    });
  });

  it('does not wait for a process that holds the pipes of one that ended', async () => {
    await using point = await meetingPoint();
    const timers = manualTimers();
    const runner = createProcessRunner({ after: timers.after });
    const left = `${point.hello} arrive().on('end', () => process.exit()); ${FOR_EVER}`;
    const child = `${point.hello}
      const left = require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(left)}], { stdio: ['ignore', 'inherit', 'inherit'] });
      left.unref();
      require('node:fs').writeSync(1, String(left.pid));
      arrive(() => process.exit(0));`;
    const running = runner.run(script(child));
    const [first, second] = [await point.arrival(), await point.arrival()];
    // One of the two ends by itself; then the wait for the pipes begins.
    await Promise.race([first.gone, second.gone]);
    while (!timers.waiting().includes(500)) await new Promise((resolve) => setImmediate(resolve));
    timers.fire(500);
    const { stdout, exitCode } = await running;
    expect(exitCode).toBe(0);
    process.kill(Number(stdout), 'SIGKILL');
    await Promise.all([first.gone, second.gone]);
  });

  it('starts nothing once it is aborted', async () => {
    const reason = new Error('no longer wanted');
    const running = createProcessRunner().run({
      command: 'no-such-command-here',
      args: [],
      signal: AbortSignal.abort(reason),
    });
    expect(await rejection(running)).toBe(reason);
  });

  it('ends one that is aborted, and rejects with the reason when it is gone', async () => {
    await using point = await meetingPoint();
    const controller = new AbortController();
    const reason = new Error('no longer wanted');
    const runner = createProcessRunner();
    const running = rejection(
      runner.run(script(`${point.hello} ${FOR_EVER} arrive();`, { signal: controller.signal })),
    );
    const child = await point.arrival();
    controller.abort(reason);
    expect(await running).toBe(reason);
    await child.gone;
  });

  it('is not moved by a signal that is aborted afterwards', async () => {
    const controller = new AbortController();
    const { exitCode } = await createProcessRunner().run(script('', { signal: controller.signal }));
    controller.abort();
    expect(exitCode).toBe(0);
  });

  it('tells a signal from outside, and what was said before', async () => {
    const text = "console.error('short of memory'); process.kill(process.pid, 'SIGKILL')";
    const error = await rejection(createProcessRunner().run(script(text)));
    expect(error).toMatchObject({ code: 'command_signal', failureClass: 'transient' });
    expect(error.message).toMatch(/SIGKILL.*short of memory/);
  });

  it('watches for the end of this process while a command runs, and no longer', async () => {
    await using point = await meetingPoint();
    const before = process.listenerCount('exit');
    const controller = new AbortController();
    const runner = createProcessRunner();
    const running = rejection(
      runner.run(script(`${point.hello} ${FOR_EVER} arrive();`, { signal: controller.signal })),
    );
    await point.arrival();
    expect(process.listenerCount('exit')).toBe(before + 1);
    controller.abort(new Error('end'));
    await running;
    expect(process.listenerCount('exit')).toBe(before);
  });
});
