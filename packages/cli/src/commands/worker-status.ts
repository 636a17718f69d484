import type { BindingStatus, DeadLetter } from '@spec-kitty/tracker-worker';
import { readConfig } from '../config/read-config.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { CommandContext } from '../host/context.ts';
import { workerControl } from '../host/worker-place.ts';
import { amount, counted, shortTime } from '../output/names.ts';
import { line, look, type Shown, wrapped } from '../output/shown.ts';
import { type Column, table } from '../output/table.ts';

/** How the workers' bindings stand: from the database alone, whether a worker runs or not. */
export async function workerStatusCommand(context: CommandContext): Promise<ExitCode> {
  const { io, printer } = context;
  const loaded = await readConfig(io.cwd, context.configFile);
  const { control: opened, tenant } = await workerControl(context, loaded);
  await using control = opened;
  const bindings = await control.status({ tenant });
  const deadLetters = await control.deadLetters();
  const workers = await control.workers();
  printer.document({ workers, bindings, deadLetters });
  if (bindings.length === 0) {
    printer.note(line`No worker has been started with this config file yet: spec-kitty-tracker worker start`);
    return EXIT.done;
  }
  const named = workers.map(({ host, pid }) => `${host} ${pid}`).join(', ');
  if (workers.length === 0)
    printer.note(line`${look('yellow', 'No worker is running')}: spec-kitty-tracker worker start`);
  else printer.result(line`${counted(workers.length, 'worker')}: ${named}`);
  printer.result();
  printer.results(table(bindings, COLUMNS, printer.width));
  for (const binding of bindings) printReason(context, binding, deadLetters);
  return bindings.some(({ state }) => state === 'dead') ? EXIT.failures : EXIT.done;
}

function printReason(
  { printer }: CommandContext,
  { name, state, pausedReason, failure }: BindingStatus,
  deadLetters: readonly DeadLetter[],
): void {
  const letter = deadLetters.find((each) => each.name === name);
  const reason =
    state === 'dead' || state === 'paused'
      ? (pausedReason ?? letter?.reason)
      : failure && `${failure.code}: ${failure.message}`;
  if (!reason) return;
  printer.result();
  printer.result(line`${look('bold', name)}  ${look(state === 'dead' ? 'red' : 'yellow', state)}`);
  for (const each of wrapped(reason, printer.width - 4)) printer.result(line`    ${each}`);
  if (state === 'dead')
    printer.result(line`    ${look('dim', `Then run: spec-kitty-tracker bindings resume ${name}`)}`);
}

const STATES: Record<BindingStatus['state'], Shown> = {
  waiting: line`waiting`,
  running: look('cyan', 'running'),
  paused: look('yellow', 'paused'),
  dead: look('red', 'dead'),
};

/** `3 s`, `12 min`, `5 h`, `9 d`. */
function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3600)} h`;
  return `${amount(Math.round(seconds / 86_400))} d`;
}

const COLUMNS: readonly Column<BindingStatus>[] = [
  { title: 'binding', value: ({ name }) => look('bold', name), shrinksTo: 12 },
  { title: 'state', value: ({ state }) => STATES[state] },
  {
    title: 'last run',
    value: ({ lastEndedAt }) => (lastEndedAt ? shortTime(lastEndedAt) : look('dim', 'never')),
    optional: 1,
  },
  { title: 'ended', value: ({ lastOutcome }) => lastOutcome ?? '', optional: 3 },
  { title: 'lag', value: ({ lagMs }) => (lagMs === null ? '' : duration(lagMs)), align: 'right' },
  {
    title: 'failures',
    value: ({ failures }) => (failures === 0 ? look('dim', '0') : look('red', amount(failures))),
    align: 'right',
  },
  {
    title: 'conflicts',
    value: ({ openConflicts }) => (openConflicts === 0 ? look('dim', '0') : amount(openConflicts)),
    align: 'right',
    optional: 4,
  },
  { title: 'next run', value: ({ nextRunAt }) => shortTime(nextRunAt), optional: 2 },
];
