import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { openPostgresDatabase } from '../src/index.ts';
import { describeRealServer, failure, identity, newSchema, run, type Server, write } from './support.ts';

const WRITER = fileURLToPath(new URL('./child/writer.ts', import.meta.url));

function start(schema: string, task: string, name = ''): ChildProcess {
  const stdio = ['ignore', 'pipe', 'inherit'] as const;
  const child = spawn(process.execPath, [WRITER, schema, task, name], { stdio: [...stdio] });
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

const storeOf = ({ pool }: Server, schema: string) => openPostgresDatabase({ pool, schema }).store().backend;

describeRealServer((server) => {
  test('two processes lose no edit of each other', async () => {
    const schema = newSchema(server);
    const backend = storeOf(server, schema);
    await backend.commit({ records: [write('counter', { title: '0' })] });
    await Promise.all(['a', 'b'].map((name) => output(start(schema, 'count', name))));
    const [holder] = await backend.lookup([identity('counter')]);
    const [counter] = await backend.load([holder?.recordId ?? 0]);
    expect(counter).toMatchObject({ issue: { title: '100' }, stamp: 101 });
    const { ids } = await backend.changed(0, 1000);
    expect(new Set(ids).size).toBe(101);
    expect(await backend.query({ text: 'a' }, { after: 0, limit: 1000 })).toHaveLength(50);
  });

  test('processes that make one schema at the same time all open it', async () => {
    const schema = newSchema(server);
    const answers = await Promise.all(Array.from({ length: 4 }, () => output(start(schema, 'open'))));
    expect(answers).toEqual(Array(4).fill('opened\n'));
    expect(await run(server.pool, `SELECT version FROM "${schema}".tracker_schema`)).toHaveLength(1);
  });

  test('a lease taken in another process holds here, and its fence goes on', async () => {
    const schema = newSchema(server);
    const backend = storeOf(server, schema);
    const elsewhere = Number(await output(start(schema, 'lease', 'other')));
    const error = await failure(() => backend.acquireLease('b1', 'here', 60_000));
    expect(error).toMatchObject({ code: 'sync_busy' });
    await run(server.pool, `UPDATE "${schema}".leases SET until = 0`);
    expect((await backend.acquireLease('b1', 'here', 60_000)).fence).toBeGreaterThan(elsewhere);
  });

  test('a process killed while it writes leaves whole commits, and all that it had reported', async () => {
    const schema = newSchema(server);
    const child = start(schema, 'pairs');
    let reported = 0;
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      reported += chunk.split('\n').length - 1;
      if (reported >= 50) child.kill('SIGKILL');
    });
    await once(child, 'close');
    const backend = storeOf(server, schema);
    // Waits for what the server still does of the last one.
    expect(await backend.commit({ records: [write('after')] })).toEqual({ ok: true });
    const left = await backend.query({ text: 'left' }, { after: 0, limit: 100_000 });
    const right = await backend.query({ text: 'right' }, { after: 0, limit: 100_000 });
    expect(left.length).toBe(right.length);
    expect(left.length).toBeGreaterThanOrEqual(reported);
  });
});
