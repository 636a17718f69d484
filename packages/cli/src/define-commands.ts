import { type Command, InvalidArgumentError, Option } from 'commander';
import type { ConflictListOptions, ResolveOptions } from './commands/conflicts.ts';
import type { EnrolOptions } from './commands/enrol.ts';
import type { ExportOptions } from './commands/export.ts';
import type { FieldOptions } from './commands/issue-fields.ts';
import type { IssueListOptions } from './commands/issues.ts';
import type { ListenOptions } from './commands/listen.ts';
import type { LogOptions } from './commands/log.ts';
import type { RevertOptions } from './commands/log-revert.ts';
import type { PlanCommandOptions } from './commands/plan.ts';
import type { RunCommandOptions } from './commands/run.ts';
import { definePairs } from './define-pairs.ts';
import type { Go } from './program.ts';

// As core has them; importing core here would make --help slow. A test compares them.
export const STATUSES: readonly string[] = [
  'todo',
  'in_progress',
  'in_review',
  'blocked',
  'done',
  'canceled',
];
export const ISSUE_TYPES: readonly string[] = ['epic', 'story', 'task', 'bug', 'chore', 'subtask'];

const DEFAULT_LISTED = 50;
const DEFAULT_LOGGED = 20;

export function whole(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= least) return value;
    throw new InvalidArgumentError(`It must be a whole number, at least ${least}.`);
  };
}

function port(text: string): number {
  const value = Number(text);
  if (/^\d{1,5}$/.test(text) && value <= 65_535) return value;
  throw new InvalidArgumentError('It must be a whole number from 0 to 65535.');
}

const collected = (text: string, before: string[] | undefined): string[] => [...(before ?? []), text];

export function repeated(flags: string, description: string, choices?: readonly string[]): Option {
  const option = new Option(flags, `${description} (repeatable)`);
  if (!choices) return option.argParser(collected);
  // The choices are for help and completion; the parser, which replaces theirs, collects.
  return option.choices(choices).argParser((text: string, before: string[] | undefined) => {
    if (choices.includes(text)) return collected(text, before);
    throw new InvalidArgumentError(`It must be one of ${choices.join(', ')}.`);
  });
}

export function defineCommands(program: Command, go: Go): void {
  program
    .command('connectors')
    .description('what is installed, what each can do, what was rejected and why')
    .action(() =>
      go(async (context) => (await import('./commands/connectors.ts')).connectorsCommand(context)),
    );
  defineRuns(program, go);
  program
    .command('listen')
    .description('receive webhooks for the bindings, and bring in what they are about, until Ctrl-C')
    .argument('[binding...]', 'names from the config file (default: all that have a webhookSecret)')
    .requiredOption('--port <n>', 'where to listen; 0 takes a free one', port)
    .option('--host <address>', 'on this address (default: 127.0.0.1, this machine alone)')
    .option('--max-bytes <n>', 'refuse deliveries that are larger', whole(1))
    .action((names: string[], options: ListenOptions) =>
      go(async (context) => (await import('./commands/listen.ts')).listenCommand(context, names, options)),
    );
  program
    .command('status')
    .description('how the store and its bindings stand; asks no tracker')
    .action(() => go(async (context) => (await import('./commands/status.ts')).statusCommand(context)));
  defineIssues(program, go);
  defineConflicts(program, go);
  defineLog(program, go);
  program
    .command('enrol')
    .description('ask for issues to be created at one more tracker; the next push does it')
    .argument('<binding>', 'where they shall be created')
    .argument('[id...]', 'issues, by id, key or system:workspace:id')
    .option('--from <binding>', 'issues of this binding')
    .addOption(repeated('--status <status>', 'only of this status', STATUSES))
    .addOption(repeated('--label <label>', 'only with this label'))
    .option('--text <text>', 'only with this text in title or body')
    .option('--all', 'every issue of the store')
    .option('--limit <n>', 'at most so many', whole(1))
    .action((binding: string, ids: string[], options: EnrolOptions) =>
      go(async (context) =>
        (await import('./commands/enrol.ts')).enrolCommand(context, binding, ids, options),
      ),
    );
  program
    .command('export')
    .description("the store's issues as JSON Lines")
    .option('--binding <name>', 'only those of this binding')
    .option('--output <file>', 'into this file instead of stdout')
    .action((options: ExportOptions) =>
      go(async (context) => (await import('./commands/export.ts')).exportCommand(context, options)),
    );
  definePairs(program, go);
}

function defineRuns(program: Command, go: Go): void {
  const descriptions = {
    pull: 'bring what changed at the trackers into the store',
    push: 'send what changed in the store to the trackers',
    sync: 'pull, then push',
  } as const;
  for (const operation of ['sync', 'pull', 'push'] as const) {
    const command = program
      .command(operation)
      .description(descriptions[operation])
      .argument('[binding...]', 'names from the config file (default: all)')
      .option('--time-budget <seconds>', 'stop cleanly after so long', whole(1));
    if (operation !== 'push') command.option('--full', 'list everything, and look for issues that are gone');
    if (operation !== 'pull') command.option('--yes', 'do not ask before the first one of a binding');
    command.action((names: string[], options: RunCommandOptions) =>
      go(async (context) =>
        (await import('./commands/run.ts')).runCommand(context, operation, names, options),
      ),
    );
  }
  program
    .command('plan')
    .description('what sync would do now, without doing it')
    .argument('[binding...]', 'names from the config file (default: all)')
    .option('--full', 'as for a sync that lists everything')
    .option('--all', 'show every change, not only the first 50')
    .action((names: string[], options: PlanCommandOptions) =>
      go(async (context) => (await import('./commands/plan.ts')).planCommand(context, names, options)),
    );
}

function defineIssues(program: Command, go: Go): void {
  const issues = program.command('issues').description('list, show, create and edit the issues of the store');
  issues
    .command('list')
    .description('issues of the store, in the order in which they came')
    .option('--binding <name>', 'only those of this binding')
    .addOption(repeated('--status <status>', 'only of this status', STATUSES))
    .addOption(repeated('--label <label>', 'only with this label'))
    .option('--text <text>', 'only with this text in title or body')
    .option('--pending', 'only with a change that some tracker has not got')
    .option('--deleted', 'deleted ones instead')
    .option('--limit <n>', 'at most so many', whole(1), DEFAULT_LISTED)
    .action((options: IssueListOptions) =>
      go(async (context) => (await import('./commands/issues.ts')).issuesListCommand(context, options)),
    );
  issues
    .command('show')
    .description('one issue with all its fields')
    .argument('<id>', 'id, key or system:workspace:id')
    .action((id: string) =>
      go(async (context) => (await import('./commands/issues.ts')).issuesShowCommand(context, id)),
    );
  withFields(issues.command('create').description('an issue that the next push creates at the tracker'))
    .requiredOption('--title <text>', 'what it is about')
    .option('--binding <name>', 'where it shall be created (default: the only one)')
    .action((options: FieldOptions & { title: string; binding?: string }) =>
      go(async (context) => (await import('./commands/issues.ts')).issuesCreateCommand(context, options)),
    );
  withFields(issues.command('edit').description('change fields; the next push sends them'))
    .argument('<id>', 'id, key or system:workspace:id')
    .option('--title <text>', 'what it is about')
    .addOption(repeated('--remove-label <label>', 'take a label away'))
    .addOption(repeated('--remove-assignee <id>', 'take a person away'))
    .option('--no-parent', 'no parent any more')
    .action((id: string, options: FieldOptions) =>
      go(async (context) => (await import('./commands/issues.ts')).issuesEditCommand(context, id, options)),
    );
}

function withFields(command: Command): Command {
  return command
    .option('--body <text>', 'the description, in Markdown')
    .option('--body-file <file>', 'the description from a file; - reads standard input')
    .addOption(new Option('--status <status>', 'where it stands').choices([...STATUSES]))
    .addOption(new Option('--type <type>', 'what it is').choices([...ISSUE_TYPES]))
    .option('--priority <0-4|none>', '0 is most urgent')
    .addOption(repeated('--label <label>', 'add a label'))
    .addOption(repeated('--assignee <id>', 'add a person, by the id at the tracker'))
    .option('--parent <id>', 'the issue that it is part of')
    .addOption(repeated('--field <key=value>', 'set a custom field; no value removes it'));
}

function defineConflicts(program: Command, go: Go): void {
  const conflicts = program.command('conflicts').description('list, show and resolve conflicts');
  conflicts
    .command('list')
    .description('conflicts that are open')
    .option('--all', 'settled ones too')
    .option('--binding <name>', 'only those of this binding')
    .action((options: ConflictListOptions) =>
      go(async (context) => (await import('./commands/conflicts.ts')).conflictsListCommand(context, options)),
    );
  conflicts
    .command('show')
    .description('one conflict with its whole values')
    .argument('<id>', 'its id, or the beginning of it')
    .action((id: string) =>
      go(async (context) => (await import('./commands/conflicts.ts')).conflictsShowCommand(context, id)),
    );
  conflicts
    .command('resolve')
    .description('settle a conflict; the next sync sends what changed')
    .argument('<id>', 'its id, or the beginning of it')
    .option('--local', 'keep the value of the store')
    .option('--external', "keep the tracker's value")
    .option('--value <json>', 'another value, as JSON')
    .action((id: string, options: ResolveOptions) =>
      go(async (context) =>
        (await import('./commands/conflicts.ts')).conflictsResolveCommand(context, id, options),
      ),
    );
}

function defineLog(program: Command, go: Go): void {
  const log = program
    .command('log')
    .description('what runs did, and every value that lost; show has one whole, revert takes it back')
    .option('--binding <name>', 'only of this binding')
    .option('--issue <id>', 'only what became of this issue')
    .option('--limit <n>', 'at most so many of each list', whole(1), DEFAULT_LOGGED)
    .option('--all', 'the whole log')
    .action((options: LogOptions) =>
      go(async (context) => (await import('./commands/log.ts')).logCommand(context, options)),
    );
  log
    .command('show')
    .description('a run with its failures, or an override or conflict with its whole values')
    .argument('<id>', 'its id, or the beginning of it')
    .action((id: string) =>
      go(async (context) => (await import('./commands/log.ts')).logShowCommand(context, id)),
    );
  log
    .command('revert')
    .description('take an override or a settled conflict back: the value that lost becomes an edit of yours')
    .argument('<id>', 'its id, or the beginning of it')
    .option('--force', 'also where the field has changed since')
    .action((id: string, options: RevertOptions) =>
      go(async (context) =>
        (await import('./commands/log-revert.ts')).logRevertCommand(context, id, options),
      ),
    );
}
