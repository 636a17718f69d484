import type { Command } from 'commander';
import type { ImportCommandOptions } from './commands/import.ts';
import type { Go } from './program.ts';

/** What brings issues of two places together. */
export function definePairs(program: Command, go: Go): void {
  program
    .command('import')
    .description('takes issues from JSON Lines, as export writes them')
    .argument('<file>', 'the file; - reads standard input')
    .option('--dry-run', 'say what would be created, changed and left')
    .option('--skip-bad', 'take the other lines where some are bad')
    .option('--force', 'also where the issue in the store is newer')
    .action((file: string, options: ImportCommandOptions) =>
      go(async (context) => (await import('./commands/import.ts')).importCommand(context, file, options)),
    );
}
