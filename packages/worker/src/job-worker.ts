import { TrackerEventSchema } from '@spec-kitty/tracker-core';
import type { Job, WorkOptions } from 'pg-boss';
import { z } from 'zod';
import { BindingRunner } from './binding-runner.ts';
import type { TrackerWorker } from './control.ts';
import type { JobControl } from './job-control.ts';
import { type Jobs, QUEUES } from './open-jobs.ts';
import type { WorkerOptions } from './options.ts';

const RunSchema = z.object({ tenant: z.string(), name: z.string() });
const EventsSchema = RunSchema.extend({ events: z.array(TrackerEventSchema) });

/** How long a stop waits for the runs, each of which ends after its step. */
const STOP_MS = 60_000;

/** Takes jobs, one after the other in each of its slots. */
export class JobWorker implements TrackerWorker {
  readonly #jobs: Jobs;
  readonly #options: WorkerOptions;
  readonly #runner: BindingRunner;
  readonly #stopping = new AbortController();

  constructor(jobs: Jobs, options: WorkerOptions) {
    this.#jobs = jobs;
    this.#options = options;
    this.#runner = new BindingRunner(jobs, options, this.#stopping.signal);
  }

  get control(): JobControl {
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

  async stop(): Promise<void> {
    if (this.#stopping.signal.aborted) return;
    this.#stopping.abort(new Error('the worker stops'));
    await this.#jobs.boss.stop({ graceful: true, timeout: STOP_MS });
    await this.#runner.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
