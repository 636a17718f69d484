import type { Command } from 'commander';
import type { ImportCommandOptions } from './commands/import.ts';
import type { LinkOptions } from './commands/link.ts';
import type { UnlinkOptions } from './commands/unlink.ts';
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
  program
    .command('link')
    .description('say that two issues are one; without ids: which ones of two bindings may be')
    .argument('[id...]', 'two issues, or two bindings (default: the only two)')
    .option('--all', 'ask to take all certain pairs')
    .option('--yes', 'take them without asking')
    .action((names: string[], options: LinkOptions) =>
      go(async (context) => (await import('./commands/link.ts')).linkCommand(context, names, options)),
    );
  program
    .command('unlink')
    .description('undo that: both issues live on')
    .argument('<id>', 'the issue that shall be one of its own, by system:workspace:id, id or key')
    .option('--force', 'also where its binding enrols issues by itself')
    .action((id: string, options: UnlinkOptions) =>
      go(async (context) => (await import('./commands/unlink.ts')).unlinkCommand(context, id, options)),
    );
}
