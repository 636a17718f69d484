import { TrackerEventSchema } from '@spec-kitty/tracker-core';
import type { Job, WorkOptions } from 'pg-boss';
import { z } from 'zod';
import { BindingRunner, type WorkerOptions } from './binding-runner.ts';
import { type Jobs, openJobs, QUEUES } from './open-jobs.ts';
import type { WorkerControl } from './worker-control.ts';

const RunSchema = z.object({ tenant: z.string(), name: z.string() });
const EventsSchema = RunSchema.extend({ events: z.array(TrackerEventSchema) });

/** How long a stop waits for the runs, each of which ends after its step. */
const STOP_MS = 60_000;

/** Syncs bindings, together with every other worker on the same database. Made by {@link startWorker}. */
export class TrackerWorker implements AsyncDisposable {
  readonly #jobs: Jobs;
  readonly #options: WorkerOptions;
  readonly #runner: BindingRunner;
  readonly #stopping = new AbortController();

  constructor(jobs: Jobs, options: WorkerOptions) {
    this.#jobs = jobs;
    this.#options = options;
    this.#runner = new BindingRunner(jobs, options, this.#stopping.signal);
  }

  /** What can be done with the bindings; as `openWorkerControl` gives elsewhere. */
  get control(): WorkerControl {
    return this.#runner.control;
  }

  /** Begins to take jobs. @throws Error where the database cannot be reached. */
  async start(): Promise<void> {
    const { boss } = this.#jobs;
    const { concurrency = 4, tenantConcurrency = 2 } = this.#options;
    for (let slot = 0; slot < concurrency; slot += 1)
      await this.#work(
        QUEUES.run,
        { groupConcurrency: tenantConcurrency, perJobResults: true },
        async (job) => [
          await this.#runner.run({ ...RunSchema.parse(job.data), id: job.id, signal: job.signal }),
        ],
      );
    await this.#work(QUEUES.events, {}, async ({ data }) => {
      const { events, ...binding } = EventsSchema.parse(data);
      await this.#runner.take(binding, events);
    });
    await boss.work(QUEUES.sweep, { pollingIntervalSeconds: 30 }, () => this.control.sweep());
    await boss.schedule(QUEUES.sweep, '* * * * *');
  }

  /** One job after the other; after one, the next is asked for at once, and where there is none, a second later. */
  async #work(queue: string, options: WorkOptions, work: (job: Job) => Promise<unknown>): Promise<void> {
    const { boss } = this.#jobs;
    const id = await boss.work<object>(queue, { ...options, pollingIntervalSeconds: 1 }, async ([job]) => {
      if (!job) return [];
      try {
        return await work(job);
      } finally {
        boss.notifyWorker(id);
      }
    });
  }

  /** Takes no new job; runs under way stop between two steps, and other workers go on with them. */
  async stop(): Promise<void> {
    if (this.#stopping.signal.aborted) return;
    this.#stopping.abort(new Error('the worker stops'));
    await this.#jobs.boss.stop({ graceful: true, timeout: STOP_MS });
    await this.#runner.close();
  }

  /** As {@link TrackerWorker.stop}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

/** Begins to sync the bindings that are known, beside any other worker on the same database. */
export async function startWorker(options: WorkerOptions): Promise<TrackerWorker> {
  const jobs = await openJobs(options, true);
  const worker = new TrackerWorker(jobs, options);
  try {
    await worker.start();
    return worker;
  } catch (error) {
    await jobs[Symbol.asyncDispose]();
    throw error;
  }
}
