import { context, metrics, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { InMemoryIssueStore, OwnershipPolicy } from '@spec-kitty/tracker-core';
import { InMemoryConnector } from '@spec-kitty/tracker-memory';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Jobs } from '../src/open-jobs.ts';
import { ACME, benchOf, EVERY_MS, openTestJobs } from './support.ts';

const spans = new InMemorySpanExporter();
const measured = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
const reader = new PeriodicExportingMetricReader({ exporter: measured, exportIntervalMillis: 3_600_000 });
const SECRET = 'ghp_very-secret';

let jobs: Jobs;

beforeAll(async () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(
    new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter: spans })] }),
  );
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
  jobs = await openTestJobs();
}, 60_000);

afterAll(async () => {
  await jobs[Symbol.asyncDispose]();
  await reader.shutdown();
  for (const api of [context, trace, metrics]) api.disable();
});

/** The sum or the count of a metric, by attributes. */
async function metric(name: string): Promise<[Record<string, unknown>, number][]> {
  measured.reset();
  await reader.forceFlush();
  const all = measured
    .getMetrics()
    .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics: some }) => some));
  const points = all.find(({ descriptor }) => descriptor.name === name)?.dataPoints ?? [];
  return points.map(({ attributes, value }) => [attributes, typeof value === 'number' ? value : value.count]);
}

it('runs, requests, waits, conflicts and lag are measured and traced, without a word of secrets or issues', async () => {
  const store = new InMemoryIssueStore();
  const tracker = new InMemoryConnector({ workspace: 'web' });
  const bench = benchOf(jobs, {
    fetch: async () => Response.json({}),
    open: async (_, given) => {
      const connector = new InMemoryConnector({ workspace: 'web' }, {}, tracker.tracker);
      connector.faults.hook(async ({ operation, phase }) => {
        if (operation !== 'listIssues' || phase !== 'before') return;
        given.onLimitWait?.(2500);
        const headers = { authorization: `Bearer ${SECRET}` };
        await given.fetch?.(`https://api.example/issues?key=${SECRET}`, {
          method: 'POST',
          headers,
          body: SECRET,
        });
      });
      return { connector, store, policy: OwnershipPolicy.split({ fieldOwners: {} }), strategy: 'local_wins' };
    },
  });
  await bench.control.put([{ ...ACME, credential: SECRET, everyMs: EVERY_MS }]);
  const { ref } = tracker.tracker.create({ title: 'a secret plan' });
  const run = async (): Promise<void> => {
    await bench.control.runNow(ACME);
    await bench.work();
  };
  await run();
  tracker.tracker.edit(ref, { title: 'another plan' });
  await store.editIssue(ref, { title: 'our plan' });
  await run();

  expect(await metric('spec_kitty.tracker.runs')).toEqual([
    [{ connector: 'memory', operation: 'sync', outcome: 'done' }, 2],
  ]);
  expect(await metric('spec_kitty.tracker.run.duration')).toEqual([
    [{ connector: 'memory', operation: 'sync', outcome: 'done' }, 2],
  ]);
  expect(await metric('spec_kitty.tracker.conflicts')).toEqual([[{ connector: 'memory' }, 1]]);
  // The first sync had nothing to be late for.
  expect(await metric('spec_kitty.tracker.lag')).toEqual([[{ connector: 'memory' }, 1]]);
  expect(await metric('spec_kitty.tracker.limit.wait')).toEqual([[{}, 2]]);
  expect(await metric('spec_kitty.tracker.request.duration')).toEqual([
    [{ 'server.address': 'api.example', 'http.request.method': 'POST', 'http.response.status_code': 200 }, 2],
  ]);

  const finished = spans.getFinishedSpans();
  const runs = finished.filter(({ name }) => name === 'spec_kitty.tracker.run');
  const requests = finished.filter(({ name }) => name === 'POST');
  expect([runs.length, requests.length]).toEqual([2, 2]);
  expect(requests[0]?.parentSpanContext?.spanId).toBe(runs[0]?.spanContext().spanId);
  expect(runs[0]?.attributes).toEqual({
    tenant: 'acme',
    binding: 'web',
    connector: 'memory',
    operation: 'sync',
    outcome: 'done',
  });
  const words = JSON.stringify([finished.map(({ name, attributes, events }) => [name, attributes, events])]);
  expect(words).not.toMatch(/secret|plan/);
});
