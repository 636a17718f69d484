import type { WorkerControl } from './control.ts';
import { JobControl } from './job-control.ts';
import { openJobs } from './open-jobs.ts';
import type { JobsOptions } from './options.ts';

/** For a process that runs no worker: a web server that takes webhooks, a command. */
export async function openWorkerControl(options: JobsOptions): Promise<WorkerControl> {
  return new JobControl(await openJobs(options, false), Math.random);
}
