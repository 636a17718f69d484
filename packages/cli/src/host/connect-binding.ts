import {
  type ConnectorContext,
  isTrackerError,
  OwnershipPolicy,
  type PluginManifest,
  type SyncEngineOptions,
  type SyncStore,
  type TaskTrackerConnector,
  targetKey,
} from '@spec-kitty/tracker-core';
import { resolveOptions } from '../config/binding-options.ts';
import type { LoadedConfig } from '../config/read-config.ts';
import type { BindingConfig } from '../config/schema.ts';
import { trustClaims } from '../config/trust-claims.ts';
import { requireTrust } from '../config/trust-file.ts';
import { UsageError } from '../config/usage-error.ts';
import type { CommandContext } from './context.ts';
import { type Plugins, requirePlugin } from './plugins.ts';

/** A binding of the config file with its connector. */
export interface OpenBinding {
  name: string;
  /** By which the store knows it: system, workspace and scope. A new name in the config file loses nothing. */
  id: string;
  config: BindingConfig;
  manifest: PluginManifest;
  connector: TaskTrackerConnector;
  place: { system: string; workspace: string; scope: string };
}

/** Makes the connector of a binding, where its options are right and trusted. @throws UsageError */
export async function connectBinding(
  { io, printer, configFile }: CommandContext,
  { file, folder }: LoadedConfig,
  plugins: Plugins,
  name: string,
  config: BindingConfig,
  given: Partial<ConnectorContext> = {},
): Promise<OpenBinding> {
  const path = `bindings.${name}`;
  const { manifest, registry } = requirePlugin(plugins, config.connector, `${path}.connector`);
  await requireTrust(io.env, file, trustClaims(name, config, manifest), configFile);
  const { options, secrets } = resolveOptions(`${path}.options`, config.options, manifest, {
    folder,
    env: io.env,
  });
  for (const secret of secrets) printer.hide(secret);
  for (const { env, secret } of manifest.credentials) if (secret) printer.hide(io.env[env] ?? '');
  try {
    const connector = await registry.create(config.connector, options, {
      ...given,
      env: { ...io.env },
    });
    const place = {
      system: connector.name,
      workspace: connector.workspace,
      scope: connector.scope ?? connector.workspace,
    };
    return { name, id: targetKey(place), config, manifest, connector, place };
  } catch (error) {
    if (!isTrackerError(error)) throw error;
    const option = error.fieldPath ? `${path}.options.${error.fieldPath}` : `${path}.options`;
    throw new UsageError(`binding ${name}: ${error.message}`, {
      code: error.code,
      fieldPath: option,
      cause: error,
    });
  }
}

/** What an engine is told of a binding. */
export function engineOptionsOf({ connector, config }: OpenBinding, store: SyncStore): SyncEngineOptions {
  const { policy, strategy, filters, limits, enrol, deletions } = config;
  return {
    connector,
    store,
    policy: OwnershipPolicy.fromJSON(policy),
    ...(strategy === undefined ? {} : { strategy }),
    ...(filters === undefined ? {} : { filters }),
    ...(limits === undefined ? {} : { limits }),
    ...(enrol === undefined ? {} : { enrol }),
    ...(deletions === undefined ? {} : { deletions }),
  };
}
