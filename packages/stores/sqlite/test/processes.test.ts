import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { failure, identity, openBackend, temporaryPath, write } from './support.ts';

const WRITER = fileURLToPath(new URL('./child/writer.ts', import.meta.url));

function start(path: string, task: string, name = ''): ChildProcess {
  const child = spawn(process.execPath, [WRITER, path, task, name], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return child;
}

async function output(child: ChildProcess): Promise<string> {
  let text = '';
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  const [code] = await once(child, 'close');
  expect(code).toBe(0);
  return text;
}

const LONG = { timeout: 60_000 };

test('two processes lose no edit of each other', LONG, async () => {
  const { backend, path } = openBackend();
  await backend.commit({ records: [write('counter', { title: '0' })] });
  await Promise.all(['a', 'b'].map((name) => output(start(path, 'count', name))));
  const [holder] = await backend.lookup([identity('counter')]);
  const [counter] = await backend.load([holder?.recordId ?? 0]);
  expect(counter).toMatchObject({ issue: { title: '200' }, stamp: 201 });
  const { ids } = await backend.changed(0, 1000);
  expect(new Set(ids).size).toBe(201);
  expect(await backend.query({ text: 'a' }, { after: 0, limit: 1000 })).toHaveLength(100);
});

test('processes that create one store at the same time all open it', LONG, async () => {
  const path = temporaryPath();
  const answers = await Promise.all(Array.from({ length: 4 }, () => output(start(path, 'open'))));
  expect(answers).toEqual(Array(4).fill('opened\n'));
});

test('a lease taken in another process holds here, and its fence goes on', LONG, async () => {
  const { backend, path, clock } = openBackend();
  const elsewhere = Number(await output(start(path, 'lease', 'other')));
  const error = await failure(() => backend.acquireLease('b1', 'here', 60_000));
  expect(error).toMatchObject({ code: 'sync_busy' });
  clock.advance(1000 * 365 * 24 * 3600 * 1000);
  expect((await backend.acquireLease('b1', 'here', 60_000)).fence).toBeGreaterThan(elsewhere);
});

test(
  'a process killed while it writes leaves whole commits, and all that it had reported',
  LONG,
  async () => {
    const path = temporaryPath();
    const child = start(path, 'pairs');
    let reported = 0;
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      reported += chunk.split('\n').length - 1;
      if (reported >= 50) child.kill('SIGKILL');
    });
    await once(child, 'close');
    const { backend, connection } = openBackend(path);
    const left = await backend.query({ text: 'left' }, { after: 0, limit: 100_000 });
    const right = await backend.query({ text: 'right' }, { after: 0, limit: 100_000 });
    expect(left.length).toBe(right.length);
    expect(left.length).toBeGreaterThanOrEqual(reported);
    expect(connection.db.pragma('integrity_check', { simple: true })).toBe('ok');
    expect(await backend.commit({ records: [write('after')] })).toEqual({ ok: true });
  },
);
