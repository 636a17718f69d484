/** What the program of the command line writes to and asks of its surroundings; see `CliIo` in its package. */
interface CommandIo {
  stdout: { write(text: string): void; isTTY: boolean; columns(): number | undefined };
  stderr: { write(text: string): void; isTTY: boolean; columns(): number | undefined };
  readInput(): Promise<string>;
  input(): AsyncIterable<Uint8Array>;
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  onInterrupt(listener: () => void): () => void;
  exit(code: number): void;
}

interface Program {
  run(args: readonly string[], io: CommandIo): Promise<number>;
}

export interface CommandAnswer {
  code: number;
  stdout: string;
  stderr: string;
}

// The package is a command and exports nothing; a process for each of thousands of runs would be most of their time.
const PROGRAM = new URL('../../../packages/cli/src/program.ts', import.meta.url);

/** Runs the command line in this process, in a folder. */
export async function commandLine(
  args: readonly string[],
  { cwd, env, input = Buffer.alloc(0) }: { cwd: string; env: Record<string, string>; input?: Uint8Array },
): Promise<CommandAnswer> {
  const { run }: Program = await import(PROGRAM.href);
  const written = { stdout: '', stderr: '' };
  const output = (name: 'stdout' | 'stderr'): CommandIo['stdout'] => ({
    write: (text) => {
      written[name] += text;
    },
    isTTY: false,
    columns: () => undefined,
  });
  const code = await run(args, {
    stdout: output('stdout'),
    stderr: output('stderr'),
    readInput: async () => '',
    input: async function* () {
      yield input;
    },
    env,
    cwd,
    onInterrupt: () => () => {},
    exit: () => {},
  });
  return { code, ...written };
}
