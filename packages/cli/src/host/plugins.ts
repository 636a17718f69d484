import { fileURLToPath } from 'node:url';
import type { ConnectorRegistry, PluginManifest } from '@spec-kitty/tracker-core';
import { discoverPlugins, type PluginDiscovery, type RejectedPackage } from '@spec-kitty/tracker-core/node';
import { UsageError } from '../config/usage-error.ts';

/** The connectors that are installed. No code of theirs has been run. */
export interface Plugins {
  found: { manifest: PluginManifest; registry: ConnectorRegistry }[];
  rejected: RejectedPackage[];
}

/** Those of the project that `folder` belongs to; then those that were installed with the command line itself. */
export async function findPlugins(folder: string): Promise<Plugins> {
  const own = fileURLToPath(new URL('.', import.meta.url));
  const discoveries = [await discover(folder), await discover(own)];
  const found: Plugins['found'] = [];
  const rejected: RejectedPackage[] = [];
  for (const discovery of discoveries) {
    for (const manifest of discovery?.found ?? []) {
      if (found.some((other) => other.manifest.id === manifest.id)) continue;
      found.push({ manifest, registry: discovery?.registry as ConnectorRegistry });
    }
    for (const entry of discovery?.rejected ?? []) {
      if (!rejected.some((other) => other.package === entry.package)) rejected.push(entry);
    }
  }
  found.sort((a, b) => (a.manifest.id < b.manifest.id ? -1 : 1));
  return { found, rejected };
}

/** Undefined where the folder belongs to no package: a config file need not lie in one. */
async function discover(from: string): Promise<PluginDiscovery | undefined> {
  try {
    return await discoverPlugins({ from });
  } catch {
    return undefined;
  }
}

/** @throws UsageError naming what to install. */
export function requirePlugin(plugins: Plugins, id: string, fieldPath: string): Plugins['found'][number] {
  const found = plugins.found.find(({ manifest }) => manifest.id === id);
  if (found) return found;
  const installed = plugins.found.map(({ manifest }) => manifest.id).join(', ') || 'none';
  const rejected = plugins.rejected.find((entry) => entry.package.endsWith(`tracker-${id}`));
  throw new UsageError(
    rejected
      ? `the connector "${id}" is installed but cannot be used: ${rejected.reason}`
      : `the connector "${id}" is not installed (installed: ${installed})`,
    {
      code: 'connector_missing',
      fieldPath,
      hint: `Run: npm install @spec-kitty/tracker-${id}`,
    },
  );
}
