import type { Command } from 'commander';
import type { BindingsOptions } from './commands/bindings.ts';
import type { WorkerStartOptions } from './commands/worker-start.ts';
import { whole } from './define-commands.ts';
import type { Go } from './program.ts';

/** What is for more than one machine. */
export function defineWorker(program: Command, go: Go): void {
  const worker = program
    .command('worker')
    .description('keep the bindings in step by themselves, from several machines (needs store.postgres)');
  worker
    .command('start')
    .description('sync the bindings on their schedule until Ctrl-C, together with every other worker')
    .option('--concurrency <n>', 'runs at once in this process', whole(1))
    .action((options: WorkerStartOptions) =>
      go(async (context) =>
        (await import('./commands/worker-start.ts')).workerStartCommand(context, options),
      ),
    );
  worker
    .command('status')
    .description('how the bindings stand: last run, lag, failures, next run')
    .action(() =>
      go(async (context) => (await import('./commands/worker-status.ts')).workerStatusCommand(context)),
    );
  const bindings = program.command('bindings').description('pause, resume and run what workers sync');
  const actions = {
    pause: 'no new run begins, until they are resumed',
    resume: 'go on with what was paused, or was given up',
    run: 'sync as soon as a worker is free',
  } as const;
  for (const action of ['pause', 'resume', 'run'] as const) {
    const command = bindings
      .command(action)
      .description(actions[action])
      .argument(action === 'run' ? '<binding...>' : '[binding...]', 'names from the config file');
    if (action !== 'run')
      command.option('--credential <name>', 'all that ask under it, as worker status --json names it');
    if (action === 'pause') command.option('--reason <text>', 'shown by worker status');
    command.action((names: string[], options: BindingsOptions) =>
      go(async (context) =>
        (await import('./commands/bindings.ts')).bindingsCommand(context, action, names, options),
      ),
    );
  }
}
