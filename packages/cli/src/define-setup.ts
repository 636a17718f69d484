import type { Command } from 'commander';
import type { TrustOptions } from './commands/trust.ts';
import type { Go } from './program.ts';

/** The commands that set a project up. */
export function defineSetup(program: Command, go: Go): void {
  program
    .command('doctor')
    .description('whether everything is there that a run needs, and what to do; changes nothing')
    .action(() => go(async (context) => (await import('./commands/doctor.ts')).doctorCommand(context)));
  program
    .command('trust')
    .description('let this config file set another command or baseUrl than the connectors have')
    .option('--list', 'what is trusted, of every config file')
    .option('--revoke', 'trust this config file no more')
    .option('--yes', 'do not ask')
    .action((options: TrustOptions) =>
      go(async (context) => (await import('./commands/trust.ts')).trustCommand(context, options)),
    );
}
