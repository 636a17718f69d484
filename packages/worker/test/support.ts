import { PGlite } from '@electric-sql/pglite';
import { InMemoryIssueStore, OwnershipPolicy, type SyncEngineOptions } from '@spec-kitty/tracker-core';
import { InMemoryConnector } from '@spec-kitty/tracker-memory';
import { fromPglite, type JobResult } from 'pg-boss';
import { BindingRunner } from '../src/binding-runner.ts';
import type { JobControl } from '../src/job-control.ts';
import { type Jobs, openJobs, QUEUES } from '../src/open-jobs.ts';
import type { RunReport, WorkerOptions } from '../src/options.ts';

/** A database in this process, with queues and tables. Nothing polls it: tests take the jobs themselves. */
export async function openTestJobs(): Promise<Jobs> {
  const pglite = await PGlite.create();
  const jobs = await openJobs({ driver: { db: fromPglite(pglite), backend: 'pglite' } }, false);
  return {
    ...jobs,
    [Symbol.asyncDispose]: async () => {
      await jobs[Symbol.asyncDispose]();
      await pglite.close();
    },
  };
}

export const EVERY_MS = 300_000;
export const ACME = { tenant: 'acme', name: 'web' };

/** A binding of a memory tracker, as it was opened by a worker. */
export interface Opened {
  connector: InMemoryConnector;
  disposed: boolean;
}

/** Runners over one database, as several machines have them, and what their hosts opened. */
export interface Bench {
  jobs: Jobs;
  control: JobControl;
  runner: BindingRunner;
  store: InMemoryIssueStore;
  opened: Opened[];
  reports: RunReport[];
  /** Takes the next job that is due, and does it. Undefined where none is. */
  work(): Promise<JobResult | undefined>;
  /** Whether a job of a binding waits, and in how many milliseconds from now it is due. */
  waiting(name?: string): Promise<number | undefined>;
  stop: AbortController;
}

export function benchOf(
  jobs: Jobs,
  { engine, ...options }: Partial<WorkerOptions> & { engine?: Partial<SyncEngineOptions> } = {},
  prepare: (connector: InMemoryConnector) => void = () => {},
): Bench {
  const store = new InMemoryIssueStore();
  const opened: Opened[] = [];
  const reports: RunReport[] = [];
  const stop = new AbortController();
  // One tracker for all that are opened of one binding: the first connector's.
  const trackers = new Map<string, InMemoryConnector>();
  const runner = new BindingRunner(
    jobs,
    {
      open: async ({ name }, context) => {
        const config = { name: 'memory', workspace: name };
        const connector = new InMemoryConnector(config, context, trackers.get(name)?.tracker);
        if (!trackers.has(name)) trackers.set(name, connector);
        prepare(connector);
        const entry: Opened = { connector, disposed: false };
        opened.push(entry);
        const dispose = connector[Symbol.asyncDispose].bind(connector);
        connector[Symbol.asyncDispose] = async () => {
          entry.disposed = true;
          await dispose();
        };
        return { connector, store, policy: OwnershipPolicy.split({ fieldOwners: {} }), ...engine };
      },
      random: () => 0.5,
      onRun: (report) => reports.push(report),
      ...options,
    },
    stop.signal,
  );
  return {
    jobs,
    control: runner.control,
    runner,
    store,
    opened,
    reports,
    stop,
    async work() {
      const [job] = await jobs.boss.fetch<{ tenant: string; name: string }>(QUEUES.run);
      if (!job) return undefined;
      const result = await runner.run({
        ...job.data,
        id: job.id,
        signal: job.signal ?? new AbortController().signal,
      });
      if (result.status === 'completed') await jobs.boss.complete(QUEUES.run, job.id, result.output);
      else await jobs.boss.deleteJob(QUEUES.run, job.id);
      return result;
    },
    async waiting(name) {
      const found = await jobs.boss.findJobs<{ name: string }>(QUEUES.run, { queued: true });
      const job = found.find(({ data }) => name === undefined || data.name === name);
      return job && job.startAfter.getTime() - Date.now();
    },
  };
}
