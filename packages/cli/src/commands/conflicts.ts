import {
  type ConflictChoice,
  type ConflictRecord,
  JsonValueSchema,
  type SyncStore,
} from '@spec-kitty/tracker-core';
import { UsageError } from '../config/usage-error.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { CommandContext } from '../host/context.ts';
import { openHost } from '../host/open-host.ts';
import { conflictLines, conflictTable } from '../output/conflict-view.ts';
import { amount, issueName, shortValue } from '../output/names.ts';
import { line, look } from '../output/shown.ts';

export interface ConflictListOptions {
  all?: boolean;
  binding?: string;
}

export async function conflictsListCommand(
  context: CommandContext,
  options: ConflictListOptions,
): Promise<ExitCode> {
  const { printer } = context;
  await using host = await openHost(context);
  const binding = options.binding === undefined ? undefined : await host.binding(options.binding);
  const conflicts = await host.store.listConflicts({
    ...(options.all ? {} : { status: 'open' }),
    ...(binding ? { bindingId: binding.id } : {}),
  });
  printer.document({ conflicts });
  if (conflicts.length === 0)
    printer.result(options.all ? line`There is no conflict.` : line`No conflict is open.`);
  else printer.results(conflictTable(conflicts, printer.width, options.all ? 'all' : 'open'));
  return EXIT.done;
}

export async function conflictsShowCommand(context: CommandContext, id: string): Promise<ExitCode> {
  const { printer } = context;
  await using host = await openHost(context);
  const conflict = await findConflict(host.store, id);
  printer.document({ conflict });
  printer.results(conflictLines(conflict, printer.width));
  if (conflict.status === 'open') {
    printer.result();
    const command = `spec-kitty-tracker conflicts resolve ${conflict.id.slice(0, 8)}`;
    printer.result(line`Settle it with ${look('cyan', `${command} --local`)}, --external or --value JSON.`);
  }
  return EXIT.done;
}

export interface ResolveOptions {
  local?: boolean;
  external?: boolean;
  value?: string;
}

export async function conflictsResolveCommand(
  context: CommandContext,
  id: string,
  options: ResolveOptions,
): Promise<ExitCode> {
  const { printer } = context;
  const choice = choiceOf(options);
  await using host = await openHost(context);
  const { id: whole, status } = await findConflict(host.store, id);
  if (status === 'resolved') {
    throw new UsageError(`conflict ${id} is settled already`, { code: 'conflict_settled', fieldPath: 'ID' });
  }
  const conflict = await host.store.resolveConflict(whole, choice);
  const left = (await host.store.listConflicts({ status: 'open' })).length;
  printer.document({ conflict, openConflicts: left });
  const { issueRef, field, resolvedValue } = conflict;
  printer.result(line`${look('bold', issueName(issueRef))}  ${field} is now ${shortValue(resolvedValue)}`);
  printer.result(
    line`${left === 0 ? 'No conflict is' : `${amount(left)} still`} open. The next sync sends what changed.`,
  );
  return EXIT.done;
}

function choiceOf({ local, external, value }: ResolveOptions): ConflictChoice {
  const given = [local, external, value !== undefined].filter(Boolean).length;
  if (given !== 1) {
    throw new UsageError('say which value to keep: --local, --external or --value JSON', {
      code: 'choice_missing',
      fieldPath: '--local',
    });
  }
  if (value === undefined) return local ? 'local' : 'external';
  try {
    return { value: JsonValueSchema.parse(JSON.parse(value)) };
  } catch (cause) {
    throw new UsageError('--value is not JSON', {
      code: 'value_not_json',
      fieldPath: '--value',
      hint: `Text needs its quotes: --value '"some text"'`,
      cause,
    });
  }
}

/** By its id, or by the beginning of it where that is enough. @throws UsageError */
async function findConflict(store: SyncStore, id: string): Promise<ConflictRecord> {
  const [exact] = await store.listConflicts({ id });
  if (exact) return exact;
  const matching =
    id.length < 4 ? [] : (await store.listConflicts()).filter((conflict) => conflict.id.startsWith(id));
  const [found, ...others] = matching;
  if (found && others.length === 0) return found;
  throw new UsageError(
    found ? `${id} is the beginning of ${matching.length} ids` : `there is no conflict ${id}`,
    {
      code: found ? 'conflict_ambiguous' : 'conflict_unknown',
      fieldPath: 'ID',
      hint: 'See "spec-kitty-tracker conflicts list --all"; --json has the whole ids.',
    },
  );
}
