import {
  type ConflictRecord,
  type OverrideRecord,
  type RunRecord,
  refIdentity,
} from '@spec-kitty/tracker-core';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { CommandContext } from '../host/context.ts';
import { findKnownIssue } from '../host/find-issue.ts';
import { type Host, openHost } from '../host/open-host.ts';
import {
  findLogged,
  type LogFilter,
  loggedIssues,
  newestOverrides,
  newestRuns,
  newestSettled,
  notedBy,
} from '../host/read-log.ts';
import { conflictLines, conflictTable } from '../output/conflict-view.ts';
import { counted, shortId } from '../output/names.ts';
import { type LoggedOverride, overrideLines, overrideTable } from '../output/override-view.ts';
import type { Printer } from '../output/printer.ts';
import { type LoggedRun, runLines, runTable } from '../output/run-view.ts';
import { line, look, type Shown } from '../output/shown.ts';

export interface LogOptions {
  binding?: string;
  issue?: string;
  /** Of each list. */
  limit: number;
  all?: boolean;
}

/** What runs did, and every value that lost: against the owner of its field, or in a conflict. */
export async function logCommand(context: CommandContext, options: LogOptions): Promise<ExitCode> {
  const { printer } = context;
  await using host = await openHost(context);
  const filter = await filterOf(host, options);
  const most = options.all ? Number.POSITIVE_INFINITY : options.limit;
  const runs = await newestRuns(host.store, filter, most);
  const overrides = await newestOverrides(host.store, filter, most);
  const conflicts = await newestSettled(host.store, filter, most);
  const describe = await describing(host);
  const shown = {
    runs: runs.entries.map(describe.run),
    overrides: await describe.overrides(overrides.entries),
    conflicts: conflicts.entries,
  };
  printer.document({
    ...shown,
    more: { runs: runs.more, overrides: overrides.more, conflicts: conflicts.more },
  });
  const { width } = printer;
  const ofIssue = options.issue !== undefined;
  const lists: List[] = [
    {
      title: ofIssue
        ? line`${counted(runs.entries.length, 'run')} in which it failed`
        : line`${counted(runs.entries.length, 'run')} that did something`,
      rows: runTable(shown.runs, width - 2),
      more: runs.more,
    },
    {
      title: line`${look('yellow', counted(overrides.entries.length, 'value'))} lost`,
      rows: overrideTable(shown.overrides, width - 2),
      more: overrides.more,
    },
    settledList(shown.conflicts, conflicts.more, width),
  ];
  const filled = lists.filter(({ rows }) => rows.length > 1);
  for (const [index, list] of filled.entries()) {
    if (index > 0) printer.result();
    printList(printer, list);
  }
  if (filled.length === 0) {
    printer.result(line`The log has nothing of that: a run that changes nothing leaves no entry.`);
  } else {
    printer.result();
    printer.result(line`See one whole: ${look('cyan', 'spec-kitty-tracker log show ID')}`);
  }
  const { issueRef } = filter;
  const open = issueRef ? await host.store.listConflicts({ issueRef, status: 'open' }) : [];
  if (open.length > 0) {
    // Both values stand where they were: what a person misses may be in one of these.
    printer.result(
      line`${counted(open.length, 'conflict')} of it open: ${look('cyan', 'spec-kitty-tracker conflicts list')}`,
    );
  }
  return EXIT.done;
}

/** One entry with its whole values. */
export async function logShowCommand(context: CommandContext, id: string): Promise<ExitCode> {
  const { printer } = context;
  await using host = await openHost(context);
  const { width } = printer;
  const entry = await findLogged(host.store, id);
  const describe = await describing(host);
  if (entry.kind === 'conflict') {
    const { conflict } = entry;
    printer.document({ conflict });
    printer.results(conflictLines(conflict, width));
    if (conflict.resolvedValue !== undefined) printRevert(printer, conflict.id);
    return EXIT.done;
  }
  if (entry.kind === 'override') {
    const [override] = await describe.overrides([entry.override]);
    printer.document({ override });
    if (override) printer.results(overrideLines(override, width));
    printRevert(printer, entry.id);
    return EXIT.done;
  }
  const run = describe.run(entry.run);
  const noted = await notedBy(host.store, run);
  const overrides = await describe.overrides(noted.overrides);
  printer.document({ run, overrides, conflicts: noted.conflicts });
  printer.results(runLines(run, width));
  const lists: List[] = [
    {
      title: line`${look('yellow', counted(overrides.length, 'value'))} lost`,
      rows: overrideTable(overrides, width - 2),
    },
    {
      title: line`${counted(noted.conflicts.length, 'conflict')} found`,
      rows: conflictTable(noted.conflicts, width - 2, 'all'),
    },
  ];
  for (const list of lists.filter(({ rows }) => rows.length > 1)) {
    printer.result();
    printList(printer, list);
  }
  return EXIT.done;
}

function printRevert(printer: Printer, id: string): void {
  printer.result();
  const command = `spec-kitty-tracker log revert ${shortId(id)}`;
  printer.result(line`Take back what lost: ${look('cyan', command)}`);
}

interface List {
  title: Shown;
  /** Under a row of titles. */
  rows: readonly Shown[];
  more?: boolean;
}

function printList(printer: Printer, { title, rows, more }: List): void {
  printer.result(title);
  printer.results(rows.map((row) => line`  ${row}`));
  if (more) printer.result(look('dim', '  these are the newest; --all shows the others too'));
}

function settledList(conflicts: readonly ConflictRecord[], more: boolean, width: number): List {
  return {
    title: line`${counted(conflicts.length, 'conflict')} settled`,
    rows: conflictTable(conflicts, width - 2, 'all'),
    more,
  };
}

async function filterOf(host: Host, { binding, issue }: LogOptions): Promise<LogFilter> {
  return {
    ...(binding === undefined ? {} : { bindingId: (await host.binding(binding)).id }),
    ...(issue === undefined ? {} : { issueRef: (await findKnownIssue(host.store, issue)).ref }),
  };
}

/** Gives entries the names by which people know bindings and issues. */
async function describing(host: Host): Promise<{
  run(run: RunRecord): LoggedRun;
  overrides(overrides: readonly OverrideRecord[]): Promise<LoggedOverride[]>;
}> {
  const names = new Map<string, string>();
  for (const name of host.bindingNames) {
    // The log can be read also where a connector is missing.
    const binding = await host.binding(name).catch(() => undefined);
    if (binding) names.set(binding.id, name);
  }
  return {
    run: (run) => ({ ...run, binding: names.get(run.bindingId) ?? null }),
    overrides: async (overrides) => {
      const issues = await loggedIssues(
        host.store,
        overrides.map(({ issueRef }) => issueRef),
      );
      return overrides.map((override) => {
        const issue = issues.get(refIdentity(override.issueRef));
        return {
          ...override,
          issueRef: issue?.ref ?? override.issueRef,
          binding: names.get(override.bindingId) ?? null,
          title: issue?.title ?? null,
        };
      });
    },
  };
}
