import type { BindingRow, SyncCheckpoint } from '@spec-kitty/tracker-core';
import { UsageError } from '../config/usage-error.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { OpenBinding } from '../host/connect-binding.ts';
import type { CommandContext } from '../host/context.ts';
import { type Host, openHost } from '../host/open-host.ts';
import { type ErrorReport, printError, reportOf } from '../output/error-view.ts';
import { amount, shortTime } from '../output/names.ts';
import { line, look, type Shown } from '../output/shown.ts';
import { type Column, table } from '../output/table.ts';

interface BindingStatus {
  name: string;
  connector: string;
  system: string;
  workspace: string;
  scope: string;
  lastRunAt: string | null;
  checkpoint: SyncCheckpoint;
  /** Issues of the store that this tracker holds. */
  issues: number;
  /** Issues with a change that this tracker has not got; null where it is only read. */
  pending: number | null;
  openConflicts: number;
}

interface Unusable {
  name: string;
  connector: string;
  error: ErrorReport;
}

/** How the store and its bindings stand. Asks no tracker. */
export async function statusCommand(context: CommandContext): Promise<ExitCode> {
  const { printer } = context;
  await using host = await openHost(context);
  const bindings: (BindingStatus | Unusable)[] = [];
  for (const name of host.bindingNames) bindings.push(await statusOf(host, name));
  printer.document({ config: host.loaded.file, store: host.storePlace, bindings });

  printer.result(line`${look('dim', 'config')}  ${host.loaded.file}`);
  printer.result(line`${look('dim', 'store ')}  ${host.storePlace}`);
  printer.result();
  printer.results(
    table(
      bindings.filter((entry) => 'issues' in entry),
      COLUMNS,
      printer.width,
    ),
  );
  const unusable = bindings.filter((entry) => 'error' in entry);
  for (const { name, error } of unusable) printError(printer, error, name);
  return unusable.length > 0 ? EXIT.usage : EXIT.done;
}

async function statusOf(host: Host, name: string): Promise<BindingStatus | Unusable> {
  let binding: OpenBinding;
  try {
    binding = await host.binding(name);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return { name, connector: host.loaded.config.bindings[name]?.connector ?? '', error: reportOf(error) };
  }
  const row: BindingRow | undefined = await host.row(binding);
  const writable = (await binding.connector.getCapabilities()).supportsWrite !== false;
  const open = await host.store.listConflicts({ status: 'open', bindingId: binding.id });
  return {
    name,
    connector: binding.config.connector,
    ...binding.place,
    lastRunAt: row?.lastRunAt ?? null,
    checkpoint: row?.checkpoint ?? {},
    issues: await countIssues(host, binding),
    pending: writable ? await countPending(host, binding) : null,
    openConflicts: open.length,
  };
}

const PAGE = 1000;

async function countIssues({ store }: Host, { id }: OpenBinding): Promise<number> {
  let count = 0;
  for (let after = ''; ; ) {
    const rows = await store.backend.refs(id, { after, limit: PAGE });
    count += rows.length;
    const last = rows.at(-1);
    if (!last || rows.length < PAGE) return count;
    after = last.identity;
  }
}

async function countPending({ store }: Host, { id }: OpenBinding): Promise<number> {
  let count = 0;
  for (let after = 0; ; ) {
    const ids = await store.backend.pending([id], { after, limit: PAGE });
    count += ids.length;
    const last = ids.at(-1);
    if (last === undefined || ids.length < PAGE) return count;
    after = last;
  }
}

const count = (value: number): Shown => (value === 0 ? look('dim', '0') : line`${amount(value)}`);

const COLUMNS: readonly Column<BindingStatus>[] = [
  { title: 'binding', value: ({ name }) => look('bold', name), shrinksTo: 12 },
  { title: 'connector', value: ({ connector }) => connector, optional: 1 },
  { title: 'workspace', value: ({ workspace }) => workspace, shrinksTo: 12, optional: 2 },
  { title: 'issues', value: ({ issues }) => count(issues), align: 'right' },
  {
    title: 'to send',
    value: ({ pending }) => (pending === null ? look('dim', 'read-only') : count(pending)),
    align: 'right',
  },
  { title: 'conflicts', value: ({ openConflicts }) => count(openConflicts), align: 'right' },
  { title: 'last run', value: ({ lastRunAt }) => (lastRunAt ? shortTime(lastRunAt) : look('dim', 'never')) },
];
