import { fileURLToPath } from 'node:url';
import { fingerprint } from '@spec-kitty/tracker-core';
import type { JobsOptions, PauseTarget, WorkerBinding, WorkerControl } from '@spec-kitty/tracker-worker';
import type { LoadedConfig } from '../config/read-config.ts';
import type { BindingConfig } from '../config/schema.ts';
import { variableOf } from '../config/secret-of.ts';
import { UsageError } from '../config/usage-error.ts';
import type { CommandContext } from './context.ts';
import { loadPackage } from './load-package.ts';
import { bindingConfig } from './open-host.ts';
import { inPostgres, type Postgres, postgresOf } from './postgres.ts';

const PACKAGE = '@spec-kitty/tracker-worker';
const SCHEMA = 'spec_kitty_tracker_worker';
const EVERY_SECONDS = 300;

type Package = Pick<typeof import('@spec-kitty/tracker-worker'), 'openWorkerControl' | 'startWorker'>;

/** The worker's package, and where its jobs are kept. */
export interface WorkerPlace extends Package {
  postgres: Postgres;
  jobs: JobsOptions;
  tenant: string;
}

/** @throws UsageError where the store is none that several machines reach, or the package is missing. */
export async function workerPlace(context: CommandContext, loaded: LoadedConfig): Promise<WorkerPlace> {
  if (!loaded.config.store.postgres)
    throw new UsageError('a worker needs a store that several machines reach, and store.path is a file', {
      code: 'worker_store',
      fieldPath: 'store',
      hint: 'Set store.postgres instead. To sync now and then from this machine alone, run sync from a timer.',
    });
  const postgres = await postgresOf(context, loaded);
  const folders = [loaded.folder, fileURLToPath(new URL('.', import.meta.url))];
  const { openWorkerControl, startWorker } = (await loadPackage(PACKAGE, folders, 'worker')) as Package;
  const { connectionString, schema, tenant } = postgres;
  // Bindings of other config files are none that this one could open.
  const own = schema === 'spec_kitty_tracker' && tenant === 'default';
  const suffix = own ? '' : `_${fingerprint(JSON.stringify([schema, tenant])).slice(0, 12)}`;
  const jobs = { connectionString, schema: `${SCHEMA}${suffix}` };
  return { openWorkerControl, startWorker, postgres, jobs, tenant };
}

/** What can be done with the bindings of a config file, from any machine. */
export async function workerControl(
  context: CommandContext,
  loaded: LoadedConfig,
): Promise<{ control: WorkerControl; tenant: string }> {
  const { openWorkerControl, jobs, tenant } = await workerPlace(context, loaded);
  return { control: await inPostgres(() => openWorkerControl(jobs)), tenant };
}

/** The bindings of a config file, as a worker knows them. */
export function workerBindings({ config }: LoadedConfig, tenant: string): WorkerBinding[] {
  return Object.entries(config.bindings).map(([name, binding]) => {
    const seconds = binding.everySeconds ?? config.worker?.everySeconds ?? EVERY_SECONDS;
    return { tenant, name, credential: credentialOf(binding), everyMs: seconds * 1000 };
  });
}

/** By the variables that hold its secrets: bindings with the same ones are refused, and paused, together. */
function credentialOf({ connector, options }: BindingConfig): string {
  const variables = Object.values(options).flatMap((value) => variableOf(value) ?? []);
  return [connector, ...variables.sort()].join(' ').slice(0, 200);
}

/** A target as a person names it: bindings of the config file, or a credential. @throws UsageError */
export function targetsOf(
  loaded: LoadedConfig,
  tenant: string,
  names: readonly string[],
  credential: string | undefined,
): { shown: string; target: PauseTarget }[] {
  if (credential !== undefined && names.length > 0)
    throw new UsageError('name bindings or a credential, not both', {
      code: 'usage',
      fieldPath: '--credential',
    });
  if (credential !== undefined) return [{ shown: credential, target: { credential } }];
  if (names.length === 0)
    throw new UsageError('name at least one binding, or a credential', {
      code: 'usage',
      hint: `The bindings are: ${Object.keys(loaded.config.bindings).join(', ')}`,
    });
  for (const name of names) bindingConfig(loaded, name);
  return names.map((name) => ({ shown: name, target: { tenant, name } }));
}
