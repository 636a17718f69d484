import type { CliIo } from '../cli-io.ts';
import type { Printer } from '../output/printer.ts';

/** What every command gets. */
export interface CommandContext {
  io: CliIo;
  printer: Printer;
  /** As the command line named it. */
  configFile: string | undefined;
  /** Aborted by the first Ctrl-C. */
  signal: AbortSignal;
}
