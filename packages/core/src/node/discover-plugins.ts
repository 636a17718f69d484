import { pathToFileURL } from 'node:url';
import { ConnectorConfigError } from '../errors/connector-config-error.ts';
import { ConnectorRegistry } from '../registry/connector-registry.ts';
import type { PluginManifest } from '../registry/plugin-manifest.ts';
import { isTrackerPlugin, type TrackerPlugin } from '../registry/tracker-plugin.ts';
import { readHostPackage } from './host-package.ts';
import { findPluginPackage } from './plugin-package.ts';
import { readManifest } from './read-manifest.ts';
import { type RejectedPackage, Rejection } from './rejection.ts';

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
  manifest: PluginManifest;
  entryFile: string;
}

/**
 * The plugins among the packages that the host's own `package.json` names and that are installed. A plugin's package
 * exports `./manifest.json` and, by default, the plugin. Discovery reads manifests and runs no code of any package. That is no sandbox: a plugin that is used runs as the
 * host does.
 * @throws ConnectorConfigError where the host's `package.json` cannot be read.
 */
export async function discoverPlugins(options: DiscoveryOptions = {}): Promise<PluginDiscovery> {
  const { include, exclude = [] } = options;
  const host = await readHostPackage(options.from ?? process.cwd());
  const rejected: RejectedPackage[] = [];
  const candidates: Candidate[] = [];

  for (const name of host.dependencies) {
    if (exclude.includes(name)) continue;
    try {
      const candidate = await readCandidate(host.directory, name);
      if (!candidate || exclude.includes(candidate.manifest.id)) continue;
      if (!include || include.includes(name) || include.includes(candidate.manifest.id))
        candidates.push(candidate);
    } catch (error) {
      if (!(error instanceof Rejection)) throw error;
      rejected.push({ package: name, code: error.code, reason: error.message });
    }
  }

  const registry = new ConnectorRegistry();
  for (const { package: name, manifest, entryFile } of candidates) {
    const others = candidates.filter((other) => other.package !== name && other.manifest.id === manifest.id);
    if (others.length === 0) {
      registry.registerLazy(manifest, () => loadPlugin(entryFile));
      continue;
    }
    const claim = `the id ${manifest.id} is claimed by ${others.map((other) => other.package).join(', ')} too`;
    rejected.push({
      package: name,
      code: 'duplicate_id',
      reason: `${claim}; exclude all but one of these packages`,
    });
  }
  rejected.sort((a, b) => (a.package < b.package ? -1 : 1));
  return { found: registry.list(), registry, rejected };
}

async function readCandidate(directory: string, name: string): Promise<Candidate | undefined> {
  const found = await findPluginPackage(directory, name);
  if (!found) return undefined;
  return { package: name, manifest: await readManifest(found.manifestFile), entryFile: found.entryFile };
}

async function loadPlugin(entryFile: string): Promise<TrackerPlugin> {
  const module: Record<string, unknown> = await import(pathToFileURL(entryFile).href);
  const plugin = module['default'];
  if (isTrackerPlugin(plugin)) return plugin;
  throw new ConnectorConfigError('the entry exports no tracker plugin by default');
}
