export type { BindingName, WorkerBinding } from './binding.ts';
export type {
  BindingStatus,
  DeadLetter,
  PauseTarget,
  StatusQuery,
  TrackerWorker,
  WorkerControl,
  WorkerProcess,
} from './control.ts';
export { type NextRun, nextRun, type RanAt } from './next-run.ts';
export { openWorkerControl } from './open-worker-control.ts';
export type { JobsDriver, JobsOptions, OpenedBinding, RunReport, WorkerOptions } from './options.ts';
export { outcomeOf, outcomeOfError, type RunFailure, type RunOutcome } from './outcome.ts';
export { startWorker } from './start-worker.ts';
