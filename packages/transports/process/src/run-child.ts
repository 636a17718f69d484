import { type ChildProcess, spawn } from 'node:child_process';
import { ChildOutput } from './child-output.ts';
import { signalGroup } from './process-group.ts';
import type { After } from './timers.ts';

/** What to run, as it is handed to the system. */
export interface ChildTask {
  command: string;
  args: readonly string[];
  cwd: string | undefined;
  env: Record<string, string>;
  input: string | Uint8Array | undefined;
  signal: AbortSignal | undefined;
}

export interface ChildLimits {
  timeoutMs: number;
  /** Of each of its two streams. */
  maxOutputBytes: number;
  /** From asking the child to end until it is ended. */
  graceMs: number;
  after: After;
}

/** How a child came to its end; `stopped` tells why we ended it. */
export type ChildEnd =
  | { kind: 'unstarted'; cause: unknown }
  | { kind: 'stopped'; because: 'timeout' | 'output' | 'abort' }
  | { kind: 'signal'; signal: string; stderr: ChildOutput }
  | { kind: 'exit'; exitCode: number; stdout: ChildOutput; stderr: ChildOutput };

/** How long the pipes of a child that ended may stay open for what it started, in milliseconds. */
const DRAIN_MS = 500;

/** Runs one child to its end. Never rejects, and leaves no child of its own behind. */
export function runChild(
  task: ChildTask,
  limits: ChildLimits,
  started: (child: ChildProcess) => void,
): Promise<ChildEnd> {
  const { after } = limits;
  return new Promise((resolve) => {
    let child: ChildProcess;
    try {
      child = spawn(task.command, task.args, {
        cwd: task.cwd,
        env: task.env,
        shell: false,
        windowsHide: true,
        // A group of its own, which can be ended as a whole.
        detached: process.platform !== 'win32',
        stdio: [task.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      });
    } catch (cause) {
      resolve({ kind: 'unstarted', cause });
      return;
    }
    const { stdin, stdout: outStream, stderr: errStream } = child;
    if (!outStream || !errStream) {
      // Where the system had no pipes left, the reason follows as an event.
      child.once('error', (cause) => resolve({ kind: 'unstarted', cause }));
      return;
    }
    started(child);

    let because: 'timeout' | 'output' | 'abort' | undefined;
    let exit: { code: number | null; signal: string | null } | undefined;
    let finished = false;
    const cancels: (() => void)[] = [];
    const stdout = new ChildOutput(outStream, limits.maxOutputBytes, () => stop('output'));
    const stderr = new ChildOutput(errStream, limits.maxOutputBytes, () => stop('output'));

    function endOf(): ChildEnd {
      if (because !== undefined) return { kind: 'stopped', because };
      if (exit?.code == null) return { kind: 'signal', signal: exit?.signal ?? 'an unknown signal', stderr };
      return { kind: 'exit', exitCode: exit.code, stdout, stderr };
    }

    function finish(end: ChildEnd = endOf()): void {
      if (finished) return;
      finished = true;
      for (const cancel of cancels) cancel();
      task.signal?.removeEventListener('abort', onAbort);
      for (const stream of [stdin, outStream, errStream]) stream?.destroy();
      child.unref();
      resolve(end);
    }

    function stop(why: 'timeout' | 'output' | 'abort'): void {
      if (finished || because !== undefined) return;
      if (exit !== undefined) {
        // Its answer is here; only the pipes are still held open.
        if (why !== 'timeout') because = why;
        finish();
        return;
      }
      because = why;
      signalGroup(child, 'SIGTERM');
      const kill = (): void => {
        signalGroup(child, 'SIGKILL');
        // One that the system cannot end (it hangs in a driver) is let go.
        cancels.push(after(limits.graceMs, finish));
      };
      cancels.push(after(limits.graceMs, kill));
    }

    function onAbort(): void {
      stop('abort');
    }

    /** What the child wrote is in the pipes by now: they are empty once a turn of the loop brings nothing more. */
    function drain(): void {
      const before = stdout.bytes + stderr.bytes;
      setImmediate(() => {
        if (finished) return;
        if (stdout.bytes + stderr.bytes > before) drain();
        else finish();
      });
    }

    child.on('error', (cause) => {
      if (child.pid === undefined) finish(because === 'abort' ? endOf() : { kind: 'unstarted', cause });
    });
    child.on('exit', (code, signal) => {
      exit = { code, signal };
      if (because === undefined) {
        cancels.push(after(DRAIN_MS, drain));
        return;
      }
      // What it started gets no second grace.
      signalGroup(child, 'SIGKILL');
      finish();
    });
    child.on('close', () => finish());
    task.signal?.addEventListener('abort', onAbort, { once: true });
    cancels.push(after(limits.timeoutMs, () => stop('timeout')));
    if (stdin) {
      // A child need not read what it is given: one that stops reading is no failure by itself.
      stdin.on('error', () => {});
      stdin.end(task.input);
    }
  });
}
