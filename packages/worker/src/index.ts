export type { BindingName, WorkerBinding } from './binding.ts';
export type { RunReport, WorkerOptions } from './binding-runner.ts';
export { type NextRun, nextRun, type RanAt } from './next-run.ts';
export type { OpenedBinding } from './open-bindings.ts';
export type { JobsOptions } from './open-jobs.ts';
export { outcomeOf, outcomeOfError, type RunFailure, type RunOutcome } from './outcome.ts';
export { startWorker, type TrackerWorker } from './tracker-worker.ts';
export {
  type BindingStatus,
  type DeadLetter,
  openWorkerControl,
  type PauseTarget,
  type StatusQuery,
  type WorkerControl,
  type WorkerProcess,
} from './worker-control.ts';
