import {
  type CanonicalIssue,
  type ConflictRecord,
  type ExternalRef,
  type FieldPath,
  type JsonValue,
  sameValue,
  valueAt,
  withValue,
} from '@spec-kitty/tracker-core';
import { UsageError } from '../config/usage-error.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { CommandContext } from '../host/context.ts';
import { type Host, openHost } from '../host/open-host.ts';
import { ownersOf } from '../host/owners.ts';
import { findLogged, type LogEntry } from '../host/read-log.ts';
import { issueName, shortValue } from '../output/names.ts';
import { line, look } from '../output/shown.ts';

export interface RevertOptions {
  force?: boolean;
}

/** A value that lost, and what took its place. */
interface Loss {
  issueRef: ExternalRef;
  field: string;
  lost: JsonValue;
  kept: JsonValue;
}

/** Makes a value that lost a host's edit: the next sync sends it. */
export async function logRevertCommand(
  context: CommandContext,
  id: string,
  { force = false }: RevertOptions,
): Promise<ExitCode> {
  const { printer } = context;
  await using host = await openHost(context);
  const { issueRef, field, lost, kept } = lossOf(await findLogged(host.store, id), id);
  const issue = await host.store.getIssue(issueRef);
  if (!issue) throw refused('issue_gone', `${issueName(issueRef)} was deleted; its ${field} cannot be set`);
  const name = issueName(issue.ref);
  const path = field as FieldPath;
  const now = valueAt(issue, path);
  // A custom key that a side did not hold stands in the log as null.
  const wanted = lost === null && path.startsWith('customFields.') ? undefined : lost;
  const changed = !sameValue(path, now, wanted);
  if (changed) {
    await requireFree(host, issue, path);
    if (!force && !sameValue(path, now ?? null, kept)) {
      throw refused(
        'field_changed',
        `${field} of ${name} has changed since: it is ${shortValue(now)} now, not ${shortValue(kept)}`,
        `With --force it becomes ${shortValue(lost)} all the same.`,
      );
    }
    // With the revision that was looked at: an edit that comes in between is not overwritten.
    await host.store.upsertIssue(withValue(issue, path, wanted));
  }
  printer.document({ issue: await host.store.getIssue(issue.ref), field, value: lost, changed });
  printer.result(
    line`${look('bold', name)}  ${field} is ${changed ? 'again' : 'already'} ${shortValue(lost)}`,
  );
  if (changed) printer.result(line`The next sync sends it.`);
  return EXIT.done;
}

function lossOf(entry: LogEntry, id: string): Loss {
  switch (entry.kind) {
    case 'run':
      throw refused(
        'log_is_run',
        `${id} is a run`,
        `See what it overrode: spec-kitty-tracker log show ${id}`,
      );
    case 'override': {
      const { issueRef, field, lostValue, keptValue } = entry.override;
      return { issueRef, field, lost: lostValue, kept: keptValue };
    }
    case 'conflict':
      return lossOfConflict(entry.conflict, id);
  }
}

function lossOfConflict(conflict: ConflictRecord, id: string): Loss {
  const { issueRef, field, status, localValue, externalValue, resolvedValue } = conflict;
  if (status === 'open' || resolvedValue === undefined) {
    throw refused(
      'nothing_lost',
      `nothing was lost in conflict ${id}`,
      `See it: spec-kitty-tracker conflicts show ${id}`,
    );
  }
  if (field === 'deleted') {
    throw refused('not_revertible', 'a decision about a deletion cannot be taken back');
  }
  const losers = [localValue, externalValue].filter(
    (value) => !sameValue(field as FieldPath, value, resolvedValue),
  );
  const [lost, ...others] = losers;
  if (lost !== undefined && others.length === 0) return { issueRef, field, lost, kept: resolvedValue };
  throw losers.length === 0
    ? refused('nothing_lost', `nothing was lost in conflict ${id}: both sides are equal`)
    : refused(
        'lost_two',
        `two values lost in conflict ${id}`,
        `Choose one: spec-kitty-tracker issues edit ${issueName(issueRef)}`,
      );
}

/** @throws UsageError where an edit of the field would not be sent, or not last. */
async function requireFree(host: Host, issue: CanonicalIssue, path: FieldPath): Promise<void> {
  const name = issueName(issue.ref);
  const open = await host.store.listConflicts({ issueRef: issue.ref, status: 'open' });
  const conflict = open.find(({ field }) => field === path);
  if (conflict) {
    throw refused(
      'conflict_open',
      `${path} of ${name} is in an open conflict`,
      `Settle it: spec-kitty-tracker conflicts resolve ${conflict.id}`,
    );
  }
  const owners = await ownersOf(host, issue, [path]);
  const [owner] = owners;
  if (!owner) return;
  throw refused(
    'field_owned',
    `the policy of ${owner.binding} gives ${path} to the tracker: the next run would put it back again`,
    'Write it at the tracker, or change the policy in the config file first.',
  );
}

function refused(code: string, message: string, hint?: string): UsageError {
  return new UsageError(message, { code, fieldPath: 'ID', ...(hint === undefined ? {} : { hint }) });
}
