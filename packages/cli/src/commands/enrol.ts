import type { CanonicalIssue, CanonicalStatus, ExternalRef, IssueQuery } from '@spec-kitty/tracker-core';
import { UsageError } from '../config/usage-error.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { CommandContext } from '../host/context.ts';
import { findIssue } from '../host/find-issue.ts';
import { type Host, openHost } from '../host/open-host.ts';
import { amount, counted } from '../output/names.ts';
import { line, look } from '../output/shown.ts';

export interface EnrolOptions {
  from?: string;
  status?: CanonicalStatus[];
  label?: string[];
  text?: string;
  limit?: number;
  all?: boolean;
}

/** Asks for issues to be created at one more tracker; the next push does it. */
export async function enrolCommand(
  context: CommandContext,
  name: string,
  ids: readonly string[],
  options: EnrolOptions,
): Promise<ExitCode> {
  const { printer, signal } = context;
  requireSelection(ids, options);
  await using host = await openHost(context);
  const { place } = await host.binding(name);
  const enrolled: ExternalRef[] = [];
  let already = 0;
  for await (const { ref } of selected(host, ids, options)) {
    if (signal.aborted || enrolled.length === options.limit) break;
    const before = (await host.store.refsOf(ref)).length;
    await host.store.enrol(ref, place);
    if ((await host.store.refsOf(ref)).length === before) already += 1;
    else enrolled.push(ref);
  }
  printer.document({ binding: name, enrolled, already });
  printer.result(line`${counted(enrolled.length, 'issue')} enrolled in ${look('bold', name)}`);
  if (already > 0) printer.result(line`${amount(already)} had been enrolled before`);
  if (enrolled.length > 0) {
    printer.result(line`The next push creates them: ${look('cyan', `spec-kitty-tracker push ${name}`)}`);
  }
  return signal.aborted ? EXIT.failures : EXIT.done;
}

function requireSelection(ids: readonly string[], { all, from, status, label, text }: EnrolOptions): void {
  const filtered = [from, status, label, text].some((value) => value !== undefined);
  if (ids.length > 0 && (filtered || all)) {
    throw new UsageError('name issues or filter them, not both', {
      code: 'selection_twice',
      fieldPath: 'ID',
    });
  }
  if (ids.length > 0 || filtered || all) return;
  throw new UsageError('say which issues: their ids, --from, --status, --label, --text, or --all', {
    code: 'selection_missing',
    fieldPath: 'ID',
  });
}

async function* selected(
  host: Host,
  ids: readonly string[],
  options: EnrolOptions,
): AsyncGenerator<CanonicalIssue> {
  if (ids.length > 0) {
    for (const id of ids) yield await findIssue(host.store, id);
    return;
  }
  const { from, status, label, text } = options;
  const origin = from === undefined ? undefined : (await host.binding(from)).place;
  const query: IssueQuery = {
    ...(origin ? { system: origin.system, workspace: origin.workspace } : {}),
    ...(status === undefined ? {} : { status }),
    ...(label === undefined ? {} : { labels: label }),
    ...(text === undefined ? {} : { text }),
  };
  yield* host.store.iterateIssues(query);
}
