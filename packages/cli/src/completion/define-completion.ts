import { Argument, type Command } from 'commander';
import type { CliIo } from '../cli-io.ts';

/** `completion` prints a script; the hidden `complete` answers it. Neither reads more than it needs: somebody types. */
export function defineCompletion(program: Command, io: CliIo): void {
  program
    .command('completion')
    .description('print a script that completes commands, options and names in a shell')
    .addArgument(new Argument('<shell>', 'whose').choices(['bash', 'zsh', 'fish']))
    .action(async (shell: string) => {
      const { completionScript } = await import('./scripts.ts');
      const script = completionScript(shell) ?? '';
      io.stdout.write(
        program.opts()['json'] === true ? `${JSON.stringify({ shell, script }, null, 2)}\n` : script,
      );
    });
  program
    .command('complete', { hidden: true })
    .argument('[words...]')
    .action(async (words: string[]) => {
      const { complete } = await import('./candidates.ts');
      const { bindingNames } = await import('./binding-names.ts');
      const { candidates, files } = complete(program, words, (config) => bindingNames(io.cwd, config));
      for (const { text, description } of candidates)
        io.stdout.write(description ? `${text}\t${description}\n` : `${text}\n`);
      if (files) io.stdout.write(':files\n');
    });
}
