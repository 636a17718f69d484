import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * Writes `dist/manifest.json` of connectors from their compiled `dist/manifest.js`: what discovery reads without
 * running any code of theirs. Run after `tsc -b`, for the folders that are named, or for all connectors.
 *
 *     node tooling/manifests/write-manifests.ts [folder …]
 */
const REPOSITORY = resolve(import.meta.dirname, '../..');
const CONNECTORS = join(REPOSITORY, 'packages/connectors');

/** Keys in code-unit order: the text depends on the data alone. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return Object.fromEntries(entries.map(([key, held]) => [key, sorted(held)]));
}

async function manifestText(folder: string): Promise<string> {
  const compiled = join(folder, 'dist/manifest.js');
  if (!existsSync(compiled)) throw new Error(`${compiled} is not there: run tsc -b first`);
  const exported: unknown = await import(pathToFileURL(compiled).href);
  const isModule = typeof exported === 'object' && exported !== null;
  const manifest = isModule && 'manifest' in exported ? exported.manifest : undefined;
  if (manifest === undefined) throw new Error(`${compiled} exports no "manifest"`);
  return `${JSON.stringify(sorted(manifest), null, 2)}\n`;
}

async function writeManifest(folder: string): Promise<void> {
  const text = await manifestText(folder);
  const file = join(folder, 'dist/manifest.json');
  // Left alone when nothing changed, so that what is built upon it is not built again.
  if (!existsSync(file) || readFileSync(file, 'utf8') !== text) writeFileSync(file, text);
}

/** Connectors that have a manifest; one without it has not begun. */
function connectorFolders(): string[] {
  return readdirSync(CONNECTORS)
    .sort()
    .map((name) => join(CONNECTORS, name))
    .filter((folder) => existsSync(join(folder, 'src/manifest.ts')));
}

const named = process.argv.slice(2).map((folder) => resolve(folder));
for (const folder of named.length > 0 ? named : connectorFolders()) await writeManifest(folder);
