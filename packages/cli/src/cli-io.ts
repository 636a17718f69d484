/** Where text goes. */
export interface Output {
  write(text: string): void;
  isTTY: boolean;
  /** Width of the terminal, as it is now; undefined where there is none. */
  columns(): number | undefined;
}

/** Everything that the command line uses of the process, so that tests can stand in for it. */
export interface CliIo {
  stdout: Output;
  stderr: Output;
  /** Asks the person a question; absent where nobody is there to answer. Undefined: the input ended. */
  ask?: (question: string, signal: AbortSignal) => Promise<string | undefined>;
  /** All of standard input, as text. */
  readInput(): Promise<string>;
  /** Standard input as it comes, for what may be too large to hold. */
  input(): AsyncIterable<Uint8Array>;
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  /** Calls back at each Ctrl-C (or SIGTERM) until the returned function is called. */
  onInterrupt(listener: () => void): () => void;
  /** Ends the process at once. */
  exit(code: number): void;
}
