import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import type { CliIo } from './cli-io.ts';
import { defineCompletion } from './completion/define-completion.ts';
import { defineCommands } from './define-commands.ts';
import { defineSetup } from './define-setup.ts';
import { defineWorker } from './define-worker.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { CommandContext } from './host/context.ts';
import { cleanJson, cleanText } from './output/clean.ts';

/** Runs a command once the command line is understood. */
export type Go = (command: (context: CommandContext) => Promise<ExitCode>) => Promise<void>;

const WIDTH_WITHOUT_TERMINAL = 80;

/**
 * The whole command line. What a command needs is imported when it runs: `--help` and `--version` load this file, the
 * definitions and commander.
 */
export async function run(argv: readonly string[], io: CliIo): Promise<ExitCode> {
  let code: ExitCode = EXIT.done;
  const program = new Command('spec-kitty-tracker');
  const go: Go = async (command) => {
    const { withContext } = await import('./host/make-context.ts');
    code = await withContext(io, program.opts(), command);
  };
  program
    .description('Keeps a local store and your trackers in step.')
    .option('--json', 'one JSON document on stdout, for programs')
    .option('--config <file>', 'the config file (default: the nearest spec-kitty-tracker.json upwards)')
    .option('--color', 'colours, even where there is no terminal')
    .option('--no-color', 'no colours; NO_COLOR in the environment does the same')
    .version(version(), '--version', 'show the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand(false)
    .configureHelp({ showGlobalOptions: true, minWidthToWrap: 20 })
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      // It repeats the words that it does not know.
      writeErr: (text) => io.stderr.write(cleanText(text)),
      getOutHelpWidth: () => io.stdout.columns() ?? WIDTH_WITHOUT_TERMINAL,
      getErrHelpWidth: () => io.stderr.columns() ?? WIDTH_WITHOUT_TERMINAL,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .exitOverride()
    .addHelpText('after', EXIT_CODES);
  // Commander reads an absent --color as true; absent must stay absent, for the terminal to decide.
  program.setOptionValue('color', undefined);
  defineSetup(program, go);
  defineCommands(program, go);
  defineWorker(program, go);
  defineCompletion(program, io);
  try {
    await program.parseAsync(argv, { from: 'user' });
    return code;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === 'commander.helpDisplayed' || error.code === 'commander.version') return EXIT.done;
    if (argv.includes('--json')) {
      const message = error.message.replace(/^error: /, '');
      io.stdout.write(
        `${cleanJson({ error: { code: error.code.replace('commander.', 'usage_'), message } })}\n`,
      );
    }
    return EXIT.usage;
  }
}

const EXIT_CODES = `
Exit codes:
  0  done                            3  conflicts are left open
  1  failures in the result          4  another run of the binding is under way
  2  wrong command line or config
`;

function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  const value =
    typeof manifest === 'object' && manifest !== null && 'version' in manifest ? manifest.version : '';
  return String(value);
}
