import { type IssueField, refIdentity, systemClock } from '@spec-kitty/tracker-core';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { CommandContext } from '../host/context.ts';
import { openHost } from '../host/open-host.ts';
import { type BadLine, type ImportCounts, LineImport } from '../interchange/import-lines.ts';
import { openInput } from '../interchange/opened-input.ts';
import type { LineAction } from '../interchange/plan-line.ts';
import { amount, counted, issueName } from '../output/names.ts';
import type { Printer } from '../output/printer.ts';
import { folded, line, look } from '../output/shown.ts';
import { type Column, table } from '../output/table.ts';

export interface ImportCommandOptions {
  dryRun?: boolean;
  skipBad?: boolean;
  force?: boolean;
}

/** What a dry run tells of one issue. */
interface PlannedLine {
  issue: string;
  name: string;
  action: LineAction;
  fields: readonly IssueField[];
  title: string;
}

const MOST = 20;

/** Takes issues from JSON Lines into the store. Nothing is written where a line is bad, unless bad ones are skipped. */
export async function importCommand(
  context: CommandContext,
  name: string,
  { dryRun = false, skipBad = false, force = false }: ImportCommandOptions,
): Promise<ExitCode> {
  const { io, printer, signal } = context;
  await using host = await openHost(context);
  await using input = await openInput(io, name);
  const planned: PlannedLine[] = [];
  const most = printer.json ? Number.POSITIVE_INFINITY : MOST;
  const lines = new LineImport(host.store, {
    bindings: await host.store.backend.bindings(),
    force,
    now: systemClock.now(),
    signal,
    onLine: ({ issue }, action, fields) => {
      if (!dryRun || planned.length >= most) return;
      const { ref, title } = issue;
      planned.push({ issue: refIdentity(ref), name: issueName(ref), action, fields, title });
    },
  });
  printer.status(line`reading ${name}`);
  const seen = await lines.look(input.read());
  printer.clearStatus();
  const refused = seen.bad > 0 && !skipBad;
  const written = !dryRun && !refused && !signal.aborted;
  if (written) printer.status(line`writing`);
  const counts = written ? await lines.write(input.read()) : seen;
  printer.clearStatus();
  printer.document({
    file: input.file,
    written,
    counts,
    bad: lines.bad,
    ...(dryRun ? { issues: planned.map(({ name: _name, ...entry }) => entry) } : {}),
  });
  if (dryRun && planned.length > 0) {
    printer.results(table(planned, COLUMNS, printer.width));
    const { created, changed, older } = seen;
    const others = created + changed + older - planned.length;
    if (others > 0) printer.result(look('dim', `and ${amount(others)} more; --json has them all`));
    printer.result();
  }
  printBad(printer, lines.bad, counts.bad);
  if (refused) printer.note(line`Nothing was written. ${look('cyan', '--skip-bad')} takes the other lines.`);
  else if (!written && signal.aborted) printer.note(line`Nothing was written.`);
  else printCounts(printer, counts, written);
  return seen.bad > 0 || counts.bad > 0 || signal.aborted ? EXIT.failures : EXIT.done;
}

const COLUMNS: readonly Column<PlannedLine>[] = [
  { title: 'issue', value: ({ name }) => look('bold', name), shrinksTo: 14 },
  { title: 'would be', value: ({ action }) => (action === 'older' ? 'left' : action) },
  { title: 'title', value: ({ title }) => title, shrinksTo: 20 },
  {
    title: 'what',
    value: ({ action, fields }) => (action === 'older' ? 'newer in the store' : fields.join(', ')),
    shrinksTo: 12,
    optional: 1,
  },
];

function printBad(printer: Printer, bad: readonly BadLine[], count: number): void {
  if (count === 0) return;
  printer.note(look('red', counted(count, 'bad line')));
  for (const { line: number, fieldPath, message, code } of bad.slice(0, MOST)) {
    const where = fieldPath === undefined ? `line ${number}` : `line ${number}, ${fieldPath}`;
    const text = line`  ${look('bold', where)}: ${message} ${look('dim', `[${code}]`)}`;
    for (const each of folded(text, printer.errorWidth)) printer.note(each);
  }
  if (count > MOST) printer.note(look('dim', `  and ${amount(count - MOST)} more; see --json`));
}

function printCounts(printer: Printer, counts: ImportCounts, written: boolean): void {
  const { created, changed, left, older } = counts;
  const would = written ? '' : 'would be ';
  printer.result(
    line`${look('bold', counted(counts.lines, 'issue'))}: ${amount(created)} ${would}created, ${amount(changed)} changed, ${amount(left + older)} left`,
  );
  if (older > 0)
    printer.result(
      line`${amount(older)} of them differ and are newer in the store; ${look('cyan', '--force')} takes the file's values`,
    );
  if (written && created + changed > 0)
    printer.result(line`The next sync sends what its tracker has not got.`);
}
