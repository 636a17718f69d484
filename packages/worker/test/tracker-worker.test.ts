import { PGlite } from '@electric-sql/pglite';
import { InMemoryIssueStore, OwnershipPolicy } from '@spec-kitty/tracker-core';
import { InMemoryConnector } from '@spec-kitty/tracker-memory';
import { fromPglite } from 'pg-boss';
import { expect, onTestFinished, test } from 'vitest';
import type { RunReport } from '../src/index.ts';
import { startWorker, type TrackerWorker, type WorkerOptions } from '../src/index.ts';

/** A worker that takes its jobs itself, and a way to wait for what it reports. */
async function workerOf(options: Omit<WorkerOptions, 'onRun'>) {
  const pglite = await PGlite.create();
  const reports: RunReport[] = [];
  const waiting = new Set<() => void>();
  const worker: TrackerWorker = await startWorker({
    driver: { db: fromPglite(pglite), backend: 'pglite' },
    ...options,
    onRun(report) {
      reports.push(report);
      for (const look of [...waiting]) look();
    },
  });
  onTestFinished(async () => {
    await worker.stop();
    await pglite.close();
  });
  const until = (wanted: (reports: readonly RunReport[]) => boolean): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (!wanted(reports)) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
    });
  return { worker, reports, until };
}

const policy = OwnershipPolicy.split({ fieldOwners: {} });
const LONG = { timeout: 60_000 };

test('a tenant with much to do keeps no other waiting', LONG, async () => {
  let [release, atOnce, most] = [(): void => {}, 0, 0];
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const { worker, until } = await workerOf({
    concurrency: 4,
    tenantConcurrency: 2,
    async open({ tenant, name }) {
      const connector = new InMemoryConnector({ workspace: name });
      connector.faults.hook(async ({ operation, phase }) => {
        if (tenant !== 'large' || operation !== 'listIssues' || phase !== 'before') return;
        atOnce += 1;
        most = Math.max(most, atOnce);
        await held;
        atOnce -= 1;
      });
      return { connector, store: new InMemoryIssueStore(), policy };
    },
  });
  const large = Array.from({ length: 8 }, (_, index) => ({ tenant: 'large', name: `binding-${index}` }));
  const bindings = [...large, { tenant: 'small', name: 'only' }];
  await worker.control.put(
    bindings.map((each) => ({ ...each, credential: each.tenant, everyMs: 3_600_000 })),
  );
  for (const binding of bindings) await worker.control.runNow(binding);
  // Nothing of the large one has ended yet.
  await until((reports) => reports.some(({ tenant }) => tenant === 'small'));
  release();
  await until((reports) => reports.length === bindings.length);
  expect(most).toBe(2);
});

test('events that are delivered are read soon, without a listing', LONG, async () => {
  const store = new InMemoryIssueStore();
  const connector = new InMemoryConnector({ workspace: 'web' });
  const { worker, reports, until } = await workerOf({ open: async () => ({ connector, store, policy }) });
  const binding = { tenant: 'acme', name: 'web' };
  await worker.control.put([{ ...binding, credential: 'token', everyMs: 3_600_000 }]);
  await worker.control.runNow(binding);
  await until(() => reports.length === 1);
  const { ref } = connector.tracker.create({ title: 'made there' });
  const event = {
    eventId: 'one',
    eventType: 'created' as const,
    issueRef: ref,
    timestamp: '2026-03-01T00:00:00.000Z',
    payload: {},
  };
  await worker.control.deliver(binding, [event, event]);
  await until(() => reports.length === 2);
  expect(reports[1]).toMatchObject({
    operation: 'events',
    outcome: 'done',
    result: { stats: { pulledCreated: 1 } },
  });
  expect((await store.listIssues()).map(({ title }) => title)).toEqual(['made there']);
  expect((await worker.control.workers()).map(({ pid }) => pid)).toEqual([process.pid]);
});

test('a worker that stops waits for the step of its run, and leaves the rest to others', LONG, async () => {
  let arrived = (): void => {};
  const began = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  let release = (): void => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const connector = new InMemoryConnector({ workspace: 'web' });
  connector.faults.hook(async ({ operation, phase }) => {
    if (operation !== 'listIssues' || phase !== 'before') return;
    arrived();
    await held;
  });
  const { worker, reports } = await workerOf({
    open: async () => ({ connector, store: new InMemoryIssueStore(), policy }),
  });
  const binding = { tenant: 'acme', name: 'web' };
  await worker.control.put([{ ...binding, credential: 'token', everyMs: 3_600_000 }]);
  await worker.control.runNow(binding);
  await began;
  const stopped = worker.stop();
  release();
  await stopped;
  expect(reports).toMatchObject([{ outcome: 'more', next: { kind: 'at' } }]);
});
