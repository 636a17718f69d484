import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { IssueQuery, SyncStore } from '@spec-kitty/tracker-core';
import { UsageError } from '../config/usage-error.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { CommandContext } from '../host/context.ts';
import { openHost } from '../host/open-host.ts';
import { type ExportedIssue, exportedIssue } from '../interchange/record-line.ts';
import { cleanJson } from '../output/clean.ts';
import { counted } from '../output/names.ts';
import { line } from '../output/shown.ts';

export interface ExportOptions {
  binding?: string;
  output?: string;
}

/** The store's issues as JSON Lines, in the order in which they came. */
export async function exportCommand(context: CommandContext, options: ExportOptions): Promise<ExitCode> {
  const { io, printer, signal } = context;
  await using host = await openHost(context);
  const place = options.binding === undefined ? undefined : (await host.binding(options.binding)).place;
  const query: IssueQuery = place ? { system: place.system, workspace: place.workspace } : {};
  const issues = exportedIssues(host.store, query);

  if (options.output !== undefined) {
    const file = resolve(io.cwd, options.output);
    const count = await writeLines(file, issues, signal);
    printer.document({ file, issues: count });
    printer.result(line`${counted(count, 'issue')} written to ${file}`);
  } else {
    let count = 0;
    if (printer.json) printer.data('{"issues":[\n');
    for await (const issue of issues) {
      if (signal.aborted) break;
      const separator = printer.json && count > 0 ? ',\n' : '';
      printer.data(`${separator}${cleanJson(issue)}${printer.json ? '' : '\n'}`);
      count += 1;
    }
    if (printer.json) printer.data('\n]}\n');
  }
  return signal.aborted ? EXIT.failures : EXIT.done;
}

const PAGE = 200;

async function* exportedIssues({ backend }: SyncStore, query: IssueQuery): AsyncGenerator<ExportedIssue> {
  for (let after = 0; ; ) {
    const records = await backend.query(query, { after, limit: PAGE });
    for (const record of records) {
      const placed = record.agreements.find(
        ({ ref }) =>
          query.system === undefined || (ref.system === query.system && ref.workspace === query.workspace),
      );
      yield exportedIssue(record, placed?.ref ?? record.issue.ref);
    }
    const last = records.at(-1);
    if (!last || records.length < PAGE) return;
    after = last.id;
  }
}

async function writeLines(
  file: string,
  issues: AsyncIterable<ExportedIssue>,
  signal: AbortSignal,
): Promise<number> {
  const handle = await open(file, 'w').catch((cause: unknown) => {
    const why = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
    throw new UsageError(`${file} cannot be written (${why})`, {
      code: 'output_unusable',
      fieldPath: '--output',
      cause,
    });
  });
  try {
    let count = 0;
    for await (const issue of issues) {
      if (signal.aborted) break;
      await handle.write(`${JSON.stringify(issue)}\n`);
      count += 1;
    }
    return count;
  } finally {
    await handle.close();
  }
}
