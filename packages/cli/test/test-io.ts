import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CliIo } from '../src/cli-io.ts';
import { run } from '../src/program.ts';

export interface Answer {
  code: number;
  stdout: string;
  stderr: string;
}

export interface IoOptions {
  columns?: number;
  env?: Record<string, string>;
  answers?: string[];
  /** Called while a question waits for its answer. */
  onAsk?: () => Promise<void>;
  input?: string;
  /** Called with a function that acts as a Ctrl-C, before the command starts. */
  interrupt?: (press: () => void) => void;
  /** Called with everything that is written to stderr. */
  onStderr?: (text: string) => void;
}

/** A folder with a config file, in which commands run inside this process. */
export class Workbench {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  async configure(config: unknown): Promise<void> {
    const text = typeof config === 'string' ? config : JSON.stringify(config);
    await writeFile(this.path('spec-kitty-tracker.json'), text);
  }

  async cli(args: readonly string[], options: IoOptions = {}): Promise<Answer> {
    const out: string[] = [];
    const err: string[] = [];
    const presses = new Set<() => void>();
    const { answers, columns } = options;
    const isTTY = columns !== undefined;
    const io: CliIo = {
      stdout: { write: (text) => void out.push(text), isTTY, columns: () => columns },
      stderr: {
        write: (text) => {
          err.push(text);
          options.onStderr?.(text);
        },
        isTTY,
        columns: () => columns,
      },
      ...(answers
        ? {
            ask: async (question: string) => {
              err.push(question);
              await options.onAsk?.();
              return answers.shift();
            },
          }
        : {}),
      readInput: async () => options.input ?? '',
      input: async function* () {
        yield Buffer.from(options.input ?? '');
      },
      env: options.env ?? {},
      cwd: this.folder,
      onInterrupt: (listener) => {
        presses.add(listener);
        return () => void presses.delete(listener);
      },
      exit: (code) => void err.push(`exit ${code}`),
    };
    options.interrupt?.(() => {
      for (const press of presses) press();
    });
    const code = await run(args, io);
    return { code, stdout: out.join(''), stderr: err.join('') };
  }

  /** The command's one JSON document. */
  async json<T>(args: readonly string[], options: IoOptions = {}): Promise<T> {
    const { stdout } = await this.cli([...args, '--json'], options);
    return JSON.parse(stdout) as T;
  }
}

export async function makeWorkbench(): Promise<Workbench> {
  return new Workbench(await mkdtemp(join(tmpdir(), 'tracker-cli-')));
}

export async function removeWorkbench({ folder }: Workbench): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}

/** One binding `app` to a memory tracker in a file. */
export function memoryConfig(binding: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    store: { path: 'store.sqlite' },
    bindings: {
      app: {
        connector: 'memory',
        options: { file: 'tracker.json', workspace: 'app' },
        strategy: 'manual_review',
        ...binding,
      },
    },
  };
}
