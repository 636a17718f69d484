import { readFile } from 'node:fs/promises';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeWorkbench, memoryConfig, removeWorkbench, type Workbench } from './test-io.ts';
import { createAtTracker } from './tracker.ts';

const SERVER_URL = process.env['TRACKER_POSTGRES'];
if (SERVER_URL === undefined) {
  process.stdout.write(
    'skipped: workers of the command line, since TRACKER_POSTGRES names no server (see .ci/start-postgres)\n',
  );
}

const REFERENCE = '${' + 'env:DATABASE_URL}';

let bench: Workbench;
beforeEach(async () => {
  bench = await makeWorkbench();
});
afterEach(() => removeWorkbench(bench));

interface BindingRow {
  name: string;
  state: string;
  pausedReason: string | null;
  lastOutcome: string | null;
  everyMs: number;
  credential: string;
}

describe('without a store that several machines reach', () => {
  it.each([
    ['worker', 'start'],
    ['worker', 'status'],
    ['bindings', 'run', 'app'],
  ])('%s %s says what to set', async (...args) => {
    await bench.configure(memoryConfig());
    const { code, stdout } = await bench.cli([...args, '--json']);
    expect(code).toBe(2);
    expect(JSON.parse(stdout).error).toMatchObject({ code: 'worker_store', fieldPath: 'store' });
  });
});

describe('what a config file may not say of workers', () => {
  it.each([
    [{ worker: { everySeconds: 0 } }, 'worker.everySeconds'],
    [{ worker: { concurrency: 101 } }, 'worker.concurrency'],
    [{ worker: { every: 5 } }, 'worker.every'],
  ])('%j', async (more, fieldPath) => {
    await bench.configure({ ...memoryConfig(), ...more });
    const { code, stdout } = await bench.cli(['worker', 'status', '--json']);
    expect([code, JSON.parse(stdout).error]).toMatchObject([2, { code: 'config_invalid', fieldPath }]);
  });
});

describe.runIf(SERVER_URL !== undefined)('over a server', { timeout: 120_000 }, () => {
  let env: Record<string, string>;
  let database: string;

  async function asAdministrator(sql: string): Promise<void> {
    const client = new pg.Client({ connectionString: SERVER_URL ?? '' });
    await client.connect();
    await client.query(sql);
    await client.end();
  }

  beforeEach(async () => {
    database = `cli_worker_${process.pid}_${Date.now().toString(36)}`;
    await asAdministrator(`CREATE DATABASE "${database}"`);
    const url = new URL(SERVER_URL ?? '');
    url.pathname = `/${database}`;
    env = { DATABASE_URL: url.href };
    await configure({});
  });
  afterEach(() => asAdministrator(`DROP DATABASE "${database}" WITH (FORCE)`));

  async function configure(more: Record<string, unknown>): Promise<void> {
    const store = { postgres: { connectionString: REFERENCE } };
    await bench.configure({ ...memoryConfig(), store, worker: { everySeconds: 600 }, ...more });
  }

  /** A worker in this process, until the test is done with it. */
  function startWorker() {
    let press = (): void => {};
    let said = '';
    const waiting = new Set<() => void>();
    const ended = bench.cli(['worker', 'start'], {
      env,
      interrupt: (interrupt) => {
        press = interrupt;
      },
      onStderr: (text) => {
        said += text;
        for (const look of [...waiting]) look();
      },
    });
    return {
      says: (words: string): Promise<void> =>
        new Promise((resolve) => {
          const look = (): void => {
            if (!said.includes(words)) return;
            waiting.delete(look);
            resolve();
          };
          waiting.add(look);
          look();
        }),
      stop: () => {
        press();
        return ended;
      },
    };
  }

  const bindings = async (): Promise<BindingRow[]> =>
    (await bench.json<{ bindings: BindingRow[] }>(['worker', 'status'], { env })).bindings;

  it('a worker syncs what it is told to, and stops when it is asked to', async () => {
    expect((await bench.cli(['worker', 'status'], { env })).stderr).toContain('No worker has been started');
    const worker = startWorker();
    await worker.says('Syncing 1 binding until Ctrl-C');
    await createAtTracker(bench, 'From the tracker');
    expect((await bench.cli(['bindings', 'run', 'app'], { env })).stdout).toContain('runs as soon as');
    await worker.says('pulled 1 created');
    const status = await bench.json<{ workers: { pid: number }[]; bindings: BindingRow[] }>(
      ['worker', 'status'],
      { env },
    );
    expect(status.workers.map(({ pid }) => pid)).toEqual([process.pid]);
    expect(status.bindings).toMatchObject([{ name: 'app', lastOutcome: 'done', everyMs: 600_000 }]);
    expect((await worker.stop()).code).toBe(0);
    const after = await bench.cli(['worker', 'status'], { env });
    expect(after.stderr).toContain('No worker is running');
    expect(after.stdout).toMatch(/^app +waiting +\d{4}-\d\d-\d\d \d\d:\d\dZ +done/m);
    expect(after.stdout + after.stderr).not.toContain(SERVER_URL);
  });

  it('pauses and resumes bindings, one by one and by their credential', async () => {
    const worker = startWorker();
    await worker.says('Syncing 1 binding');
    expect((await bench.cli(['bindings', 'pause', 'app', '--reason', 'moving house'], { env })).code).toBe(0);
    expect(await bindings()).toMatchObject([{ state: 'paused', pausedReason: 'moving house' }]);
    expect((await bench.cli(['bindings', 'run', 'app'], { env })).code).toBe(1);
    expect((await bench.cli(['bindings', 'resume', 'app'], { env })).code).toBe(0);
    const [{ credential = '' } = {}] = await bindings();
    expect((await bench.cli(['bindings', 'pause', '--credential', credential], { env })).stdout).toContain(
      '1 binding paused',
    );
    expect((await bench.cli(['bindings', 'resume', '--credential', credential], { env })).stdout).toContain(
      '1 binding will run',
    );
    expect(await bindings()).toMatchObject([{ state: 'waiting' }]);
    await worker.stop();
  });

  it('what a person has to mend is dead, with the reason, and exit code 1', async () => {
    const config = JSON.parse(await readFile(bench.path('spec-kitty-tracker.json'), 'utf8'));
    config.bindings.app.options.nonsense = true;
    await bench.configure(config);
    const worker = startWorker();
    await worker.says('Syncing 1 binding');
    await bench.cli(['bindings', 'run', 'app'], { env });
    await worker.says('is paused until somebody resumes it');
    const { code, stdout } = await bench.cli(['worker', 'status'], { env });
    expect(code).toBe(1);
    expect(stdout).toContain('nonsense');
    expect(stdout).toContain('spec-kitty-tracker bindings resume app');
    await worker.stop();
  });

  it('a second name of one place is dead, and says which the first is', async () => {
    const { bindings: both } = memoryConfig() as { bindings: { app: unknown } };
    await configure({ bindings: { app: both.app, twin: both.app } });
    const worker = startWorker();
    await worker.says('Syncing 2 bindings');
    await bench.cli(['bindings', 'run', 'app'], { env });
    await worker.says('app  sync');
    await bench.cli(['bindings', 'run', 'twin'], { env });
    await worker.says('are the same place of the same tracker');
    expect((await bindings()).map(({ name, state }) => [name, state])).toContainEqual(['twin', 'dead']);
    await worker.stop();
  });

  it('a binding that is in the config file no more is none of the next worker', async () => {
    const first = startWorker();
    await first.says('Syncing 1 binding');
    await first.stop();
    const { bindings: before } = memoryConfig() as { bindings: { app: unknown } };
    await configure({ bindings: { web: before.app } });
    const second = startWorker();
    await second.says('Syncing 1 binding');
    expect((await bindings()).map(({ name }) => name)).toEqual(['web']);
    await second.stop();
  });

  it.each([
    [['bindings', 'pause'], 'usage'],
    [['bindings', 'pause', 'app', '--credential', 'x'], 'usage'],
    [['bindings', 'resume', 'nope'], 'binding_unknown'],
  ])('%j is refused', async (args, code) => {
    const answer = await bench.cli([...args, '--json'], { env });
    expect([answer.code, JSON.parse(answer.stdout).error.code]).toEqual([2, code]);
  });
});
