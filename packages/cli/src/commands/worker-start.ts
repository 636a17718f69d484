import { ConnectorConfigError } from '@spec-kitty/tracker-core';
import type { RunReport } from '@spec-kitty/tracker-worker';
import { readConfig } from '../config/read-config.ts';
import { UsageError } from '../config/usage-error.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { connectBinding, engineOptionsOf } from '../host/connect-binding.ts';
import type { CommandContext } from '../host/context.ts';
import { putPeople, samePlace } from '../host/open-host.ts';
import { findPlugins } from '../host/plugins.ts';
import { inPostgres } from '../host/postgres.ts';
import { workerBindings, workerPlace } from '../host/worker-place.ts';
import { counted } from '../output/names.ts';
import { issueCounts } from '../output/run-view.ts';
import { joined, line, look, type Shown } from '../output/shown.ts';

export interface WorkerStartOptions {
  concurrency?: number;
}

/** Syncs the bindings of the config file until it is interrupted, together with every other worker on its database. */
export async function workerStartCommand(
  context: CommandContext,
  options: WorkerStartOptions,
): Promise<ExitCode> {
  const { io, printer, signal } = context;
  const loaded = await readConfig(io.cwd, context.configFile);
  const { postgres, jobs, tenant, startWorker } = await workerPlace(context, loaded);
  const plugins = await findPlugins(loaded.folder);
  await using database = postgres.openPostgresDatabase(postgres.options);
  await inPostgres(() => database.ready());
  const store = database.store(tenant);
  await putPeople(store, loaded);
  const { worker: settings } = loaded.config;
  /** The first name of each place. */
  const holders = new Map<string, string>();
  await using worker = await startWorker({
    ...jobs,
    concurrency: options.concurrency ?? settings?.concurrency ?? 4,
    // All bindings are one tenant's here.
    tenantConcurrency: 1000,
    logger: { debug() {}, info() {}, warn: (message) => printer.note(line`${look('yellow', message)}`) },
    async open({ name }, given) {
      const config = loaded.config.bindings[name];
      if (!config) throw new ConnectorConfigError(`there is no binding "${name}" in ${loaded.file} any more`);
      try {
        const binding = await connectBinding(context, loaded, plugins, name, config, given);
        const holder = holders.get(binding.id) ?? name;
        holders.set(binding.id, holder);
        if (holder !== name) {
          await binding.connector[Symbol.asyncDispose]();
          throw samePlace(holder, name);
        }
        return { ...engineOptionsOf(binding, store), clock: database.clock };
      } catch (error) {
        if (!(error instanceof UsageError)) throw error;
        throw new ConnectorConfigError(error.message, {
          cause: error,
          ...(error.fieldPath === undefined ? {} : { fieldPath: error.fieldPath }),
        });
      }
    },
    onRun: (report) => printer.note(reportLine(report)),
  });
  const bindings = workerBindings(loaded, tenant);
  await worker.control.put(bindings);
  for (const { name } of await worker.control.status({ tenant }))
    if (!Object.hasOwn(loaded.config.bindings, name)) await worker.control.remove({ tenant, name });
  printer.document({ bindings, store: postgres.place });
  printer.note(line`Syncing ${counted(bindings.length, 'binding')} until Ctrl-C; ${postgres.place}.`);
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
  return EXIT.done;
}

/** What a run did, and when the next one is. */
function reportLine({ name, operation, outcome, result, failure, next }: RunReport): Shown {
  const did: Shown[] = [];
  if (result) {
    const sides = (['pulled', 'pushed'] as const).map((side) => ({
      side,
      counts: issueCounts({ ...result.stats }, side),
    }));
    for (const { side, counts } of sides) if (counts.width > 0) did.push(line`${side} ${counts}`);
    if (result.conflicts.length > 0) did.push(line`${counted(result.conflicts.length, 'conflict')}`);
    if (result.failures.length > 0) did.push(look('red', counted(result.failures.length, 'failure')));
  }
  if (outcome === 'more') did.push(line`goes on`);
  if (outcome === 'busy') did.push(line`another run holds it`);
  if (failure) did.push(line`${look('red', failure.message)} ${look('dim', `[${failure.code}]`)}`);
  if (next.kind === 'dead') did.push(look('red', `the ${next.pause} is paused until somebody resumes it`));
  const what = did.length === 0 ? look('dim', 'nothing new') : joined(did, '; ');
  return line`${look('bold', name)}  ${operation}  ${what}`;
}
