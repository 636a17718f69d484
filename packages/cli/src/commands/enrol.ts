import type { CanonicalIssue, CanonicalStatus, ExternalRef, IssueQuery } from '@spec-kitty/tracker-core';
import { UsageError } from '../config/usage-error.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { amount, counted } from '../output/names.ts';
import { line, look } from '../output/shown.ts';
import type { CommandContext } from '../session/context.ts';
import { findIssue } from '../session/find-issue.ts';
import { openSession, type Session } from '../session/session.ts';

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
  await using session = await openSession(context);
  const { place } = await session.binding(name);
  const enrolled: ExternalRef[] = [];
  let already = 0;
  for await (const { ref } of selected(session, ids, options)) {
    if (signal.aborted || enrolled.length === options.limit) break;
    const before = (await session.store.refsOf(ref)).length;
    await session.store.enrol(ref, place);
    if ((await session.store.refsOf(ref)).length === before) already += 1;
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
  session: Session,
  ids: readonly string[],
  options: EnrolOptions,
): AsyncGenerator<CanonicalIssue> {
  if (ids.length > 0) {
    for (const id of ids) yield await findIssue(session.store, id);
    return;
  }
  const { from, status, label, text } = options;
  const origin = from === undefined ? undefined : (await session.binding(from)).place;
  const query: IssueQuery = {
    ...(origin ? { system: origin.system, workspace: origin.workspace } : {}),
    ...(status === undefined ? {} : { status }),
    ...(label === undefined ? {} : { labels: label }),
    ...(text === undefined ? {} : { text }),
  };
  yield* session.store.iterateIssues(query);
}
