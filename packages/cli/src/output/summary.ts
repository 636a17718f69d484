import type {
  OverrideRecord,
  SkippedField,
  SyncFailure,
  SyncResult,
  SyncStats,
} from '@spec-kitty/tracker-core';
import { conflictTable } from './conflict-view.ts';
import { hintFor } from './error-view.ts';
import { amount, counted, issueName } from './names.ts';
import { OVERRIDE_COLUMNS } from './override-view.ts';
import type { Printer } from './printer.ts';
import { issueCounts } from './run-view.ts';
import { folded, joined, line, look, type Shown, shown, wrapped } from './shown.ts';
import { table } from './table.ts';

/** Longer lists are cut; all of it is in `--json`. */
const MOST = 20;

export interface RunReport {
  binding: string;
  operation: string;
  result: SyncResult;
  seconds: number;
  /** How the rows of the tracker's last answer add up, where its connector says so. */
  rows?: Record<string, number>;
}

/** The closing summary of a run. */
export function printSummary(printer: Printer, report: RunReport): void {
  const { binding, operation, result, seconds } = report;
  const stopped = result.failures.find(({ code }) => code === 'aborted' || code === 'time_budget');
  const state = stopped
    ? look('yellow', 'stopped')
    : result.failures.length > 0
      ? look('red', 'with failures')
      : look('green', 'done');
  printer.result(
    line`${look('bold', binding)}  ${operation} ${state} ${look('dim', `in ${seconds.toFixed(1)} s`)}`,
  );
  printer.results(countLines(report, printer.width));
  printOpenMatters(printer, binding, result);
  const decided = result.conflicts.some(({ status }) => status === 'resolved');
  if (decided || result.overrides.length > 0) {
    heading(
      printer,
      line`What lost is kept whole: ${look('cyan', `spec-kitty-tracker log --binding ${binding}`)}`,
    );
  }
}

/** What a person should know of a result, or of what a plan would give: lost values, conflicts, failures. */
export function printOpenMatters(printer: Printer, binding: string, result: SyncResult): void {
  printOverrides(printer, result.overrides);
  printConflicts(printer, result);
  printFailures(printer, binding, result.failures);
  printSkipped(printer, result.skipped);
}

function countLines({ result, operation, rows }: RunReport, width: number): Shown[] {
  const { stats } = result;
  const entries: [string, Shown][] = [];
  if (operation !== 'push') entries.push(['brought in', counts(stats, 'pulled')]);
  if (operation !== 'pull') entries.push(['sent', counts(stats, 'pushed')]);
  const { unchanged, stale } = stats;
  if (unchanged > 0) entries.push(['unchanged', line`${amount(unchanged)}`]);
  if (stale > 0)
    entries.push(['out of date', line`${amount(stale)} ignored: older than what was read before`]);
  if (rows) entries.push(['rows read', rowLine(rows)]);
  const indent = ' '.repeat(14);
  return entries.flatMap(([title, text]) =>
    folded(line`  ${look('dim', title.padEnd(12))}${text}`, width, indent),
  );
}

function counts(stats: SyncStats, side: 'pulled' | 'pushed'): Shown {
  const some = issueCounts({ ...stats }, side);
  return some.width === 0 ? line`nothing` : some;
}

/** `5,722 lines: 2,403 issues, 3,319 tombstones`: the first is the sum of the others. */
function rowLine(rows: Record<string, number>): Shown {
  const { lines, unreadable: _part, ...kinds } = rows;
  const parts = Object.entries(kinds).filter(([, count]) => count > 0);
  const sum = lines ?? parts.reduce((total, [, count]) => total + count, 0);
  return line`${amount(sum)}: ${joined(
    parts.map(([kind, count]) => line`${amount(count)} ${kind}`),
    ', ',
  )}`;
}

function heading(printer: Printer, text: Shown): void {
  printer.result();
  printer.result(text);
}

function more(printer: Printer, count: number): void {
  if (count > MOST) printer.result(look('dim', `  and ${amount(count - MOST)} more; --json has them all`));
}

function indented(printer: Printer, lines: readonly Shown[]): void {
  printer.results(lines.map((each) => line`  ${each}`));
}

function printOverrides(printer: Printer, overrides: readonly OverrideRecord[]): void {
  const groups: [string, OverrideRecord[]][] = [
    ['put back here, since the tracker owns the field', overrides.filter(({ kept }) => kept === 'external')],
    [
      'overridden at the tracker, since this side owns the field',
      overrides.filter(({ kept }) => kept === 'local'),
    ],
  ];
  for (const [title, records] of groups) {
    if (records.length === 0) continue;
    heading(printer, line`${look('yellow', counted(records.length, 'value'))} ${title}`);
    indented(printer, table(records.slice(0, MOST), OVERRIDE_COLUMNS, printer.width - 2));
    more(printer, records.length);
  }
}

function printConflicts(printer: Printer, result: SyncResult): void {
  const settled = result.conflicts.filter(({ status }) => status === 'resolved');
  const open = result.conflicts.filter(({ status }) => status === 'open');
  if (settled.length > 0) {
    heading(printer, line`${counted(settled.length, 'conflict')} settled`);
    indented(printer, conflictTable(settled.slice(0, MOST), printer.width - 2, 'settled'));
    more(printer, settled.length);
  }
  if (result.openConflicts === 0) return;
  const old = result.openConflicts - open.length;
  const since = old > 0 && open.length > 0 ? line` (${amount(open.length)} new)` : line``;
  heading(printer, line`${look('yellow', counted(result.openConflicts, 'conflict'))} left open${since}`);
  if (open.length > 0) indented(printer, conflictTable(open.slice(0, MOST), printer.width - 2, 'open'));
  more(printer, open.length);
  const first = open[0];
  printer.result(
    first
      ? line`  settle one: ${look('cyan', `spec-kitty-tracker conflicts resolve ${first.id.slice(0, 8)} --local`)} (or --external)`
      : line`  see them: ${look('cyan', 'spec-kitty-tracker conflicts list')}`,
  );
}

function printFailures(printer: Printer, binding: string, failures: readonly SyncFailure[]): void {
  if (failures.length === 0) return;
  heading(printer, look('red', counted(failures.length, 'failure')));
  for (const failure of failures.slice(0, MOST)) {
    const { issueRef, fieldPath, message, code } = failure;
    const names = [issueRef ? issueName(issueRef) : undefined, fieldPath].filter(
      (name) => name !== undefined,
    );
    const where = names.length > 0 ? line`${look('bold', names.join(' '))}: ` : line``;
    printer.results(folded(line`  ${where}${shown(message)} ${look('dim', `[${code}]`)}`, printer.width));
  }
  more(printer, failures.length);
  const hints = new Set(failures.flatMap((failure) => hintFor({ ...failure, binding }) ?? []));
  for (const hint of hints) indented(printer, wrapped(hint, Math.min(100, printer.width) - 2));
}

const REASONS: Record<SkippedField['reason'], string> = {
  conflict_open: 'waits for its conflict to be settled',
  cycle: 'it would make an issue its own ancestor',
  not_held: 'the tracker has no place for it',
  owned_by_tracker: 'the policy gives it to the tracker',
  parent_failed: 'the parent could not be created',
  refused: 'the tracker refused it, and nothing has changed since',
  waits: 'it names what the tracker does not know',
};

/** What waits, waits for something that a person can do. */
const WAITS: Record<string, string> = {
  assignees: 'people without an id at this tracker; give them one in "people" of the config file',
  links: 'linked issues that are not at this tracker; enrol them too',
  parent: 'a parent that is not at this tracker; enrol it too',
};

function reasonOf({ reason, field, detail }: SkippedField): string {
  if (reason === 'waits') return WAITS[field] ?? REASONS.waits;
  return detail === undefined ? REASONS[reason] : `${REASONS[reason]}: ${detail}`;
}

/** Grouped: the same reason for five hundred issues is one line. */
function printSkipped(printer: Printer, skipped: readonly SkippedField[]): void {
  // What an open conflict holds back stands with the conflicts.
  const others = skipped.filter(({ reason }) => reason !== 'conflict_open');
  if (others.length === 0) return;
  const groups = new Map<string, { field: string; why: string; names: Set<string> }>();
  for (const entry of others) {
    const why = reasonOf(entry);
    const group = groups.get(`${entry.field} ${why}`) ?? { field: entry.field, why, names: new Set() };
    groups.set(`${entry.field} ${why}`, group);
    group.names.add(issueName(entry.issueRef));
  }
  heading(printer, line`${counted(others.length, 'field')} not sent`);
  for (const { field, why, names } of [...groups.values()].slice(0, MOST)) {
    const some = [...names].slice(0, 3).join(', ') + (names.size > 3 ? ', …' : '');
    const text = line`  ${look('bold', field)} of ${counted(names.size, 'issue')} (${some}): ${why}`;
    printer.results(folded(text, printer.width));
  }
  more(printer, groups.size);
}
