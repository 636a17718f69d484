import type { CanonicalStatus, IssueQuery } from '@spec-kitty/tracker-core';
import { UsageError } from '../config/usage-error.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { CommandContext } from '../host/context.ts';
import { findIssue } from '../host/find-issue.ts';
import { type Host, openHost } from '../host/open-host.ts';
import { ownersAmong, ownersOf } from '../host/owners.ts';
import { issueLines, issueTable } from '../output/issue-view.ts';
import { counted, issueName } from '../output/names.ts';
import { line, look } from '../output/shown.ts';
import { type FieldOptions, fieldsFrom } from './issue-fields.ts';

export interface IssueListOptions {
  binding?: string;
  status?: CanonicalStatus[];
  label?: string[];
  text?: string;
  pending?: boolean;
  deleted?: boolean;
  limit?: number;
}

export async function issuesListCommand(
  context: CommandContext,
  options: IssueListOptions,
): Promise<ExitCode> {
  const { printer } = context;
  await using host = await openHost(context);
  const { binding, status, label, text, pending, deleted, limit } = options;
  const place = binding === undefined ? undefined : (await host.binding(binding)).place;
  const query: IssueQuery = {
    ...(place ? { system: place.system, workspace: place.workspace } : {}),
    ...(status === undefined ? {} : { status }),
    ...(label === undefined ? {} : { labels: label }),
    ...(text === undefined ? {} : { text }),
    ...(pending === undefined ? {} : { pending }),
    ...(deleted === undefined ? {} : { deleted }),
    ...(limit === undefined ? {} : { limit }),
  };
  const issues = await host.store.listIssues(query);
  printer.document({ issues });
  if (issues.length === 0) printer.result(line`No issue meets that.`);
  else printer.results(issueTable(issues, printer.width));
  if (issues.length === limit)
    printer.result(look('dim', `the first ${counted(issues.length, 'issue')}; there may be more`));
  return EXIT.done;
}

export async function issuesShowCommand(context: CommandContext, id: string): Promise<ExitCode> {
  const { printer } = context;
  await using host = await openHost(context);
  const issue = await findIssue(host.store, id);
  const refs = await host.store.refsOf(issue.ref);
  const conflicts = await host.store.listConflicts({ issueRef: issue.ref, status: 'open' });
  printer.document({ issue, refs, conflicts });
  printer.results(issueLines({ issue, refs, conflicts }, printer.width));
  return EXIT.done;
}

export async function issuesCreateCommand(
  context: CommandContext,
  options: FieldOptions & { title: string; binding?: string },
): Promise<ExitCode> {
  const { printer, io } = context;
  await using host = await openHost(context);
  const { name, place } = await host.binding(options.binding ?? onlyBinding(host));
  const empty = { labels: [], assignees: [], customFields: {} };
  const patch = await fieldsFrom(options, empty, { io, store: host.store });
  const issue = await host.store.createDraft(place, { ...patch, title: options.title });
  printer.document({ issue });
  printer.result(line`${look('bold', issueName(issue.ref))}  ${issue.title}`);
  printer.result(line`The next push creates it: ${look('cyan', `spec-kitty-tracker push ${name}`)}`);
  warnOfOwners(context, ownersAmong(host, [name], Object.keys(patch)));
  return EXIT.done;
}

export async function issuesEditCommand(
  context: CommandContext,
  id: string,
  options: FieldOptions,
): Promise<ExitCode> {
  const { printer, io } = context;
  await using host = await openHost(context);
  const before = await findIssue(host.store, id);
  const patch = await fieldsFrom(options, before, { io, store: host.store });
  if (Object.keys(patch).length === 0) {
    throw new UsageError('say what to change, such as --title or --status', {
      code: 'nothing_named',
      fieldPath: '--title',
    });
  }
  const issue = await host.store.editIssue(before.ref, patch);
  const changed = issue.localRevision !== before.localRevision;
  printer.document({ issue, changed });
  printer.result(
    line`${look('bold', issueName(issue.ref))}  ${changed ? `changed: ${Object.keys(patch).join(', ')}` : 'is like that already'}`,
  );
  if (changed) warnOfOwners(context, await ownersOf(host, issue, Object.keys(patch)));
  return EXIT.done;
}

function onlyBinding(host: Host): string {
  const [only, ...others] = host.bindingNames;
  if (only !== undefined && others.length === 0) return only;
  throw new UsageError('say where the issue shall be created', {
    code: 'binding_missing',
    fieldPath: '--binding',
    hint: `The bindings are: ${host.bindingNames.join(', ')}`,
  });
}

/** A value that the next run would put back is better known now. */
function warnOfOwners({ printer }: CommandContext, owners: ReturnType<typeof ownersAmong>): void {
  for (const { binding, fields } of owners) {
    printer.note(
      line`${look('yellow', 'note:')} the policy of ${binding} gives ${fields.join(', ')} to the tracker; the next run puts that back`,
    );
  }
}
