import { type Command, Option } from 'commander';
import type { InitOptions } from './commands/init.ts';
import type { TrustOptions } from './commands/trust.ts';
import { repeated } from './define-commands.ts';
import type { Go } from './program.ts';

/** `shared` is the policy that a binding has where none is set. */
export const INIT_POLICIES: readonly string[] = [
  'shared',
  'external_authoritative',
  'spec_kitty_authoritative',
];

/** The commands that set a project up. */
export function defineSetup(program: Command, go: Go): void {
  program
    .command('init')
    .description('write a config file; asks for what the options do not say')
    .option('--connector <id>', 'an installed connector')
    .addOption(repeated('--option <key=value>', 'an option of the connector'))
    .option('--binding <name>', 'how the binding is called (default: as the connector)')
    .addOption(new Option('--policy <policy>', 'who may write the fields').choices(INIT_POLICIES))
    .option('--store <file>', 'the file of the store (default: issues.sqlite)')
    .option('--yes', 'do not ask; take the defaults')
    .action((options: InitOptions) =>
      go(async (context) => (await import('./commands/init.ts')).initCommand(context, options)),
    );
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
