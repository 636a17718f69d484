import { type ChildProcess, spawn } from 'node:child_process';
import { resolve } from 'node:path';
import type { TrackerEvent } from '@spec-kitty/tracker-core';
import { signedDelivery } from '@spec-kitty/tracker-memory';
import { openSqliteStore } from '@spec-kitty/tracker-store-sqlite';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeWorkbench, memoryConfig, removeWorkbench, type Workbench } from './test-io.ts';
import { createAtTracker, trackerOf } from './tracker.ts';

const BIN = resolve(import.meta.dirname, '../dist/main.js');
const SECRET = 'a secret of webhooks';
const variable = '$' + '{env:HOOK}';

let bench: Workbench;
let children: ChildProcess[];
beforeEach(async () => {
  bench = await makeWorkbench();
  children = [];
  const options = { file: 'tracker.json', workspace: 'app', webhookSecret: variable };
  await bench.configure(memoryConfig({ options }));
});
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  await removeWorkbench(bench);
});

interface Listening {
  child: ChildProcess;
  url: string;
  /** Ends once it has said so on stderr. */
  told(text: RegExp): Promise<void>;
  ended: Promise<number | null>;
}

async function listen(...args: string[]): Promise<Listening> {
  const child = spawn(process.execPath, [BIN, 'listen', '--port', '0', '--json', ...args], {
    cwd: bench.folder,
    env: { PATH: process.env['PATH'] ?? '', HOOK: SECRET },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  let [stdout, stderr] = ['', ''];
  const ended = new Promise<number | null>((done) => child.on('close', done));
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const told = (text: RegExp): Promise<void> =>
    new Promise((done, fail) => {
      const look = (): void => {
        if (text.test(stderr)) done();
      };
      look();
      child.stderr?.on('data', look);
      child.on('close', () => fail(new Error(`it ended without saying ${text}: ${stderr}`)));
    });
  await new Promise<void>((done, fail) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
      if (/\n}\n$/.test(stdout)) done();
    });
    child.on('close', () => fail(new Error(`it ended: ${stdout}${stderr}`)));
  });
  const { listening } = JSON.parse(stdout) as { listening: { url: string }[] };
  return { child, url: listening[0]?.url ?? '', told, ended };
}

const event = (id: string): TrackerEvent => ({
  eventId: `event-${id}`,
  eventType: 'updated',
  issueRef: { system: 'memory', workspace: 'app', id },
  timestamp: '2026-01-01T00:00:00.000Z',
  payload: {},
});

async function deliver(url: string, ids: readonly string[]): Promise<number> {
  const { headers, body } = await signedDelivery(SECRET, ids.map(event));
  return (await fetch(url, { method: 'POST', headers, body: new Uint8Array(body) })).status;
}

it('brings in what a delivery is about, and ends cleanly', { timeout: 60_000 }, async () => {
  const { ref } = await createAtTracker(bench, 'one');
  await bench.cli(['pull'], { env: { HOOK: SECRET } });
  const { child, url, told, ended } = await listen();
  await trackerOf(bench).updateIssue(ref, { title: 'changed there' });
  expect(await deliver(url, [ref.id])).toBe(202);
  await told(/1 updated/);
  child.kill('SIGTERM');
  expect(await ended).toBe(0);
  const { stdout } = await bench.cli(['issues', 'list'], { env: { HOOK: SECRET } });
  expect(stdout).toContain('changed there');
});

it('loses nothing that it took, when it is killed in the middle', { timeout: 60_000 }, async () => {
  await bench.cli(['pull'], { env: { HOOK: SECRET } });
  {
    // Another run has the binding: what comes in waits in the inbox.
    await using store = openSqliteStore(bench.path('store.sqlite'));
    const [row] = await store.backend.bindings();
    await store.backend.acquireLease(row?.id ?? '', 'somebody', 3_600_000);
  }
  const { child, url } = await listen();
  const taken: string[] = [];
  let killed = false;
  // Several senders at once; each goes on until nobody answers any more.
  const sender = async (name: number): Promise<void> => {
    for (let index = 0; index < 500; index += 1) {
      const id = `${name}-${index}`;
      try {
        if ((await deliver(url, [id])) !== 202) return;
      } catch {
        return;
      }
      taken.push(id);
      if (taken.length === 300) killed = child.kill('SIGKILL');
    }
  };
  await Promise.all(Array.from({ length: 16 }, (_, name) => sender(name)));
  expect([killed, taken.length >= 300]).toEqual([true, true]);
  await using store = openSqliteStore(bench.path('store.sqlite'));
  const waiting = await store.backend.rereads('memory:app:app', { after: 0, limit: 100_000 });
  const held = new Set(waiting.map(({ ref }) => ref.id));
  expect(taken.filter((id) => !held.has(id))).toEqual([]);
});

it.each([
  ['without a secret', {}, 'webhook_secret_missing'],
  ['under a name that no binding has', { HOOK: SECRET }, 'binding_unknown'],
])('does not start %s', async (_name, env, code) => {
  if (!('HOOK' in env)) await bench.configure(memoryConfig());
  const args = ['listen', '--port', '0', ...('HOOK' in env ? ['nowhere'] : [])];
  const answer = await bench.json<{ error: { code: string } }>(args, { env: { ...env } });
  expect(answer.error.code).toBe(code);
});

it('says which port it cannot have', async () => {
  const { url } = await listen();
  const { port } = new URL(url);
  const { code, stdout } = await bench.cli(['listen', '--port', port, '--json'], { env: { HOOK: SECRET } });
  expect([code, JSON.parse(stdout).error.code]).toEqual([2, 'port_unusable']);
});
