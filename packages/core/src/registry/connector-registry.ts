import { ConnectorConfigError } from '../errors/connector-config-error.ts';
import { TrackerContractError } from '../errors/contract-errors.ts';
import { isTrackerError } from '../errors/tracker-error.ts';
import type { TaskTrackerConnector } from '../protocol/connector.ts';
import type { ConnectorContext } from '../protocol/context.ts';
import { createConnector } from './create-connector.ts';
import { manifestDifference } from './manifest-difference.ts';
import { type PluginManifest, parseManifest } from './plugin-manifest.ts';
import { deepFreeze, definePlugin, pluginProblem, type TrackerPlugin } from './tracker-plugin.ts';

interface Entry {
  manifest: PluginManifest;
  load: () => Promise<TrackerPlugin>;
  /** The load under way or done. */
  plugin?: Promise<TrackerPlugin> | undefined;
}

/** The plugins that a host knows. Each registry stands alone; none is shared by a process. */
export class ConnectorRegistry {
  readonly #entries = new Map<string, Entry>();

  /** @throws TypeError where it is no plugin, ConnectorConfigError where its id is taken. */
  register(plugin: TrackerPlugin): void {
    const { manifest } = definePlugin(plugin);
    this.#add({ manifest, load: async () => plugin });
  }

  /**
   * A plugin whose code is loaded by the first `get` or `create`, once; a load that failed is tried again.
   * @throws TypeError where the manifest is none, ConnectorConfigError where its id is taken.
   */
  registerLazy(manifest: PluginManifest, load: () => Promise<TrackerPlugin>): void {
    const announced = deepFreeze(parseManifest(manifest));
    this.#add({ manifest: announced, load: () => loadAnnounced(announced, load) });
  }

  /** In the order of their ids. */
  list(): PluginManifest[] {
    const ids = [...this.#entries.keys()].sort();
    return ids.flatMap((id) => this.#entries.get(id)?.manifest ?? []);
  }

  /** Whether a plugin of this id is registered, loaded or not. */
  has(id: string): boolean {
    return this.#entries.has(id);
  }

  /**
   * @throws ConnectorConfigError where no such plugin is there or its code cannot be loaded, TrackerContractError
   * where what was loaded is no plugin or not the announced one.
   */
  async get(id: string): Promise<TrackerPlugin> {
    const entry = this.#entries.get(id);
    if (!entry) throw this.#unknown(id);
    entry.plugin ??= entry.load();
    const { plugin } = entry;
    try {
      return await plugin;
    } catch (error) {
      if (entry.plugin === plugin) entry.plugin = undefined;
      throw error;
    }
  }

  /**
   * A connector of the plugin `id`. `context` defaults to the global `fetch`, no log, the system's clock and an
   * empty environment; of the environment given, the plugin sees what its manifest declares.
   * @throws ConnectorConfigError with `fieldPath` where the configuration is wrong or names an unknown option,
   * TrackerContractError where the connector claims more than the manifest, and what `get` and the plugin throw.
   */
  async create(
    id: string,
    config: unknown,
    context?: Partial<ConnectorContext>,
  ): Promise<TaskTrackerConnector> {
    return createConnector(await this.get(id), config, context);
  }

  #add(entry: Entry): void {
    const { id, displayName } = entry.manifest;
    const other = this.#entries.get(id);
    if (other) {
      const names = `"${other.manifest.displayName}" and "${displayName}"`;
      throw new ConnectorConfigError(`two plugins have the id ${id}: ${names}; register one`, {
        fieldPath: 'id',
      });
    }
    this.#entries.set(id, entry);
  }

  #unknown(id: string): ConnectorConfigError {
    const installed = [...this.#entries.keys()].sort().join(', ') || 'none';
    const install = /^[a-z][a-z0-9-]{0,63}$/.test(id) ? `; run npm install @spec-kitty/tracker-${id}` : '';
    const message = `no connector ${JSON.stringify(id)} is installed${install} (installed: ${installed})`;
    return new ConnectorConfigError(message, { fieldPath: 'id' });
  }
}

/**
 * Loads a plugin and compares it with what was announced. Of the two JSON Schemas the names of the options count: the
 * rest is derived, and another version of zod may word it differently.
 */
async function loadAnnounced(
  manifest: PluginManifest,
  load: () => Promise<TrackerPlugin>,
): Promise<TrackerPlugin> {
  const { id } = manifest;
  let plugin: TrackerPlugin;
  try {
    plugin = await load();
  } catch (cause) {
    if (isTrackerError(cause)) throw cause;
    const message = `the code of connector ${id} cannot be loaded; install its package again`;
    throw new ConnectorConfigError(message, { cause, fieldPath: 'id' });
  }
  const fail = (fieldPath: string, reason: string, problem: string): never => {
    const details = { provider: id, kind: 'manifest', fieldPath, reason };
    throw new TrackerContractError(`the package of connector ${id} ${problem}`, details);
  };
  const problem = pluginProblem(plugin);
  if (problem !== undefined) fail('plugin', 'invalid', `exports no tracker plugin: ${problem}`);
  const difference = manifestDifference(manifest, plugin.manifest);
  if (difference !== undefined)
    fail(difference, 'differs', `announces something else in its manifest than in its code: ${difference}`);
  return definePlugin(plugin);
}
