import type { ChildProcess } from 'node:child_process';

/** Sends a signal to a child and to what it started; to the child alone on Windows, which has no process groups. */
export function signalGroup(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (child.pid === undefined) return;
  try {
    if (process.platform === 'win32') child.kill(signal);
    else process.kill(-child.pid, signal);
  } catch {
    // Nobody of the group is left, or nobody that may be signalled.
  }
}
