import type { TrackerWorker } from './control.ts';
import { JobWorker } from './job-worker.ts';
import { openJobs } from './open-jobs.ts';
import type { WorkerOptions } from './options.ts';

/** Begins to sync the bindings that are known, beside any other worker on the same database. */
export async function startWorker(options: WorkerOptions): Promise<TrackerWorker> {
  const jobs = await openJobs(options, true);
  const worker = new JobWorker(jobs, options);
  try {
    await worker.start();
    return worker;
  } catch (error) {
    await jobs[Symbol.asyncDispose]();
    throw error;
  }
}
