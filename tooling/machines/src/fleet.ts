import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type MachineLine, MachineLineSchema, type MachineSetup } from './machine-setup.ts';

const MACHINE = fileURLToPath(new URL('./machine.ts', import.meta.url));

export type LoggedLine = MachineLine & { machine: number };

/** Workers as processes, and what they log. */
export class Fleet implements AsyncDisposable {
  readonly lines: LoggedLine[] = [];
  /** What was said on their error output. */
  readonly complaints: string[] = [];
  /** When a machine was killed, in milliseconds since 1970, by its number. */
  readonly killed = new Map<number, number>();
  readonly #setup: MachineSetup;
  readonly #machines: ChildProcess[] = [];
  readonly #waiting = new Set<() => void>();

  constructor(setup: MachineSetup) {
    this.#setup = setup;
  }

  /** Starts one more. @returns its number, once it takes jobs. */
  async start(): Promise<number> {
    const machine = this.#machines.length;
    const child = spawn(process.execPath, [MACHINE]);
    child.stdin.end(JSON.stringify(this.#setup));
    this.#machines.push(child);
    createInterface({ input: child.stdout }).on('line', (text) => {
      this.lines.push({ ...MachineLineSchema.parse(JSON.parse(text)), machine });
      for (const look of [...this.#waiting]) look();
    });
    createInterface({ input: child.stderr }).on('line', (text) =>
      this.complaints.push(`${machine}: ${text}`),
    );
    await this.until((lines) => lines.some((line) => line.event === 'ready' && line.machine === machine));
    return machine;
  }

  /** Until the log is as wanted: looked at with each new line. @throws Error where a machine ended by itself. */
  async until(wanted: (lines: readonly LoggedLine[]) => boolean): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const exits = this.#machines.map((child, machine) => {
        const gone = (code: number | null): void => {
          if (code === null || code === 0) return;
          settle();
          reject(new Error(`machine ${machine} ended with ${code}: ${this.complaints.slice(-5).join('\n')}`));
        };
        child.once('exit', gone);
        return () => child.off('exit', gone);
      });
      const settle = (): void => {
        this.#waiting.delete(look);
        for (const forget of exits) forget();
      };
      const look = (): void => {
        if (!wanted(this.lines)) return;
        settle();
        resolve();
      };
      this.#waiting.add(look);
      look();
    });
  }

  /** As when the power fails. */
  async kill(machine: number): Promise<void> {
    await this.#end(machine, 'SIGKILL');
    this.killed.set(machine, Date.now());
  }

  /** As when a machine is replaced. @returns the exit code. */
  async stop(machine: number): Promise<number | null> {
    return await this.#end(machine, 'SIGTERM');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#machines.map((_, machine) => this.#end(machine, 'SIGKILL')));
  }

  async #end(machine: number, signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> {
    const child = this.#machines[machine];
    if (!child) throw new RangeError(`there is no machine ${machine}`);
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
    return child.exitCode;
  }
}
