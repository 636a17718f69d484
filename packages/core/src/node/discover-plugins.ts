import { pathToFileURL } from 'node:url';
import { ConnectorConfigError } from '../errors/connector-config-error.ts';
import { TrackerContractError } from '../errors/contract-errors.ts';
import { ConnectorRegistry } from '../registry/connector-registry.ts';
import type { PluginManifest } from '../registry/plugin-manifest.ts';
import { isTrackerPlugin, pluginProblem, type TrackerPlugin } from '../registry/tracker-plugin.ts';
import { readHostPackage } from './host-package.ts';
import { findPluginPackage } from './plugin-package.ts';
import { readManifest } from './read-manifest.ts';
import { harmless, type RejectedPackage, Rejection } from './rejection.ts';

/** Where to look for plugins, and which of them to use. */
export interface DiscoveryOptions {
  /** A folder or file (path or file URL) of the host: the nearest `package.json` upwards counts. Default: the current folder. */
  from?: string | undefined;
  /** Names of packages or ids of plugins; nothing else is used. Default: all. */
  include?: string[] | undefined;
  /** Names of packages or ids of plugins that are not used. */
  exclude?: string[] | undefined;
}

/** What was found among the host's dependencies, and what was not taken. */
export interface PluginDiscovery {
  /** In the order of their ids. */
  found: PluginManifest[];
  /** Holds what was found; code is loaded by its `get` and `create` alone. */
  registry: ConnectorRegistry;
  /** In the order of the packages' names. */
  rejected: RejectedPackage[];
}

interface Candidate {
  package: string;
  /** What it claims to be; a broken package may claim an id, too. */
  id: string | undefined;
  plugin: { manifest: PluginManifest; entryFile: string } | Rejection;
}

/**
 * The plugins among the packages that the host's own `package.json` names and that are installed. A plugin's package
 * exports `./manifest.json` and, by default, the plugin. Discovery reads manifests and runs no code of any package. That
 * is no sandbox: a plugin that is used runs as the host does.
 * @throws ConnectorConfigError where the host's `package.json` cannot be read.
 */
export async function discoverPlugins(options: DiscoveryOptions = {}): Promise<PluginDiscovery> {
  const { include, exclude = [] } = options;
  const host = await readHostPackage(options.from ?? process.cwd());
  const candidates: Candidate[] = [];
  for (const name of host.dependencies) {
    if (exclude.includes(name)) continue;
    const candidate = await readCandidate(host.directory, name);
    if (candidate && !(candidate.id !== undefined && exclude.includes(candidate.id)))
      candidates.push(candidate);
  }

  const isUsed = ({ package: name, id }: Candidate): boolean =>
    !include || include.includes(name) || (id !== undefined && include.includes(id));
  const registry = new ConnectorRegistry();
  const rejected: RejectedPackage[] = [];
  for (const candidate of candidates) {
    const { package: name, id, plugin } = candidate;
    if (plugin instanceof Rejection) {
      rejected.push({ package: name, code: plugin.code, reason: plugin.message });
      continue;
    }
    if (!isUsed(candidate)) continue;
    const others = candidates.filter((other) => other !== candidate && other.id === id && isUsed(other));
    if (others.length === 0) {
      registry.registerLazy(plugin.manifest, () => loadPlugin(plugin.manifest.id, plugin.entryFile));
      continue;
    }
    const claim = `the id ${id} is claimed by ${others.map((other) => other.package).join(', ')} too`;
    const reason = `${claim}; exclude all but one of these packages`;
    rejected.push({ package: name, code: 'duplicate_id', reason });
  }
  return { found: registry.list(), registry, rejected };
}

/** Undefined for a package that is no plugin. */
async function readCandidate(directory: string, name: string): Promise<Candidate | undefined> {
  let id: string | undefined;
  try {
    const found = await findPluginPackage(directory, name);
    if (!found) return undefined;
    const manifest = await readManifest(found.manifestFile);
    id = manifest.id;
    return { package: name, id, plugin: { manifest, entryFile: await found.entryFile() } };
  } catch (error) {
    if (!(error instanceof Rejection)) throw error;
    return { package: name, id: id ?? error.claimedId, plugin: error };
  }
}

async function loadPlugin(id: string, entryFile: string): Promise<TrackerPlugin> {
  const plugin = await importDefault(id, entryFile);
  if (isTrackerPlugin(plugin)) return plugin;
  throw new TrackerContractError(
    `the package of connector ${id} exports no tracker plugin by default: ${pluginProblem(plugin)}`,
    { provider: id, kind: 'manifest', fieldPath: 'plugin', reason: 'invalid' },
  );
}

async function importDefault(id: string, entryFile: string): Promise<unknown> {
  try {
    const module: Record<string, unknown> = await import(pathToFileURL(entryFile).href);
    return module['default'];
  } catch (cause) {
    const words = cause instanceof Error ? harmless(String(cause.message).split('\n', 1).join(), 200) : '';
    const problem = `the code of connector ${id} cannot be loaded${words && ` (${words})`}`;
    throw new ConnectorConfigError(`${problem}; install its package again`, { cause, fieldPath: 'id' });
  }
}
