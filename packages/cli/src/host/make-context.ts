import type { CliIo } from '../cli-io.ts';
import type { ExitCode } from '../exit-codes.ts';
import { exitCodeOf, printError, reportOf } from '../output/error-view.ts';
import { Printer } from '../output/printer.ts';
import { line } from '../output/shown.ts';
import type { CommandContext } from './context.ts';

export interface GlobalOptions {
  json?: boolean;
  config?: string;
  /** False for `--no-color`, true for `--color`. */
  color?: boolean;
}

/** Runs a command with what it needs; whatever it throws becomes a report and an exit code. */
export async function withContext(
  io: CliIo,
  options: GlobalOptions,
  command: (context: CommandContext) => Promise<ExitCode>,
): Promise<ExitCode> {
  const printer = new Printer(io, { json: options.json ?? false, color: options.color });
  const controller = new AbortController();
  const forget = io.onInterrupt(() => {
    if (controller.signal.aborted) return io.exit(130);
    controller.abort(new Error('interrupted'));
    printer.note(line`Stopping after this step. Ctrl-C again ends at once.`);
  });
  try {
    return await command({ io, printer, configFile: options.config, signal: controller.signal });
  } catch (error) {
    printer.clearStatus();
    const report = reportOf(error);
    printer.document({ error: report });
    printError(printer, report);
    return exitCodeOf(error);
  } finally {
    forget();
  }
}
