/** What the process says at its end. The worst that happened counts: usage, failures, busy, conflicts, in this order. */
export const EXIT = {
  done: 0,
  /** Something in the result failed, or the run was stopped before its end. */
  failures: 1,
  /** The command line or the config file is wrong; nothing was done. */
  usage: 2,
  /** A person has to decide. */
  conflicts: 3,
  /** Another run of the binding is under way; nothing was done. */
  busy: 4,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const WORST_FIRST: readonly ExitCode[] = [EXIT.usage, EXIT.failures, EXIT.busy, EXIT.conflicts];

export function worst(codes: readonly ExitCode[]): ExitCode {
  return WORST_FIRST.find((code) => codes.includes(code)) ?? EXIT.done;
}
