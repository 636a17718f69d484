import { readFile, realpath, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { isPlainObject } from '../model/json.ts';
import { Rejection } from './rejection.ts';

/** The files of a package that announces itself as a plugin; both are real paths inside it. */
export interface PluginPackage {
  manifestFile: string;
  entryFile: string;
}

const MANIFEST_SUBPATH = './manifest.json';
const NAME = /^(?:@[a-z0-9~-][\w.~-]*\/)?[a-z0-9~-][\w.~-]*$/i;

/**
 * What the dependency `name` of the package in `directory` announces; undefined where it is not installed or
 * announces nothing. Nothing of it is run.
 * @throws Rejection
 */
export async function findPluginPackage(directory: string, name: string): Promise<PluginPackage | undefined> {
  if (!NAME.test(name)) throw new Rejection('its name is no name of a package', { code: 'invalid_name' });
  const root = await installedAt(directory, name);
  const manifest = root && (await readPackageJson(root));
  if (!root || !manifest) return undefined;
  const announced = exported(directory, name, root, manifest);
  if (!announced) return undefined;
  if (!announced.manifestFile.endsWith('.json')) {
    throw new Rejection('its manifest is not a .json file', { code: 'manifest_not_json' });
  }
  return {
    manifestFile: await fileInside(root, announced.manifestFile, 'manifest'),
    entryFile: await fileInside(root, announced.entryFile, 'entry'),
  };
}

/** The real folder of an installed package, as Node finds it: `node_modules` of each folder upwards. */
async function installedAt(directory: string, name: string): Promise<string | undefined> {
  const found = await realpath(join(directory, 'node_modules', name)).catch(() => undefined);
  if (found !== undefined) return found;
  const above = dirname(directory);
  return above === directory ? undefined : installedAt(above, name);
}

async function readPackageJson(root: string): Promise<Record<string, unknown> | undefined> {
  try {
    const manifest: unknown = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
    return isPlainObject(manifest) ? manifest : undefined;
  } catch {
    return undefined;
  }
}

/** By its exports: `./manifest.json` is the manifest, the main entry the code. */
function exported(
  directory: string,
  name: string,
  root: string,
  manifest: Record<string, unknown>,
): PluginPackage | undefined {
  const { exports } = manifest;
  const explicit = isPlainObject(exports) && Object.hasOwn(exports, MANIFEST_SUBPATH);
  try {
    const manifestFile = createRequire(join(directory, 'package.json')).resolve(`${name}/manifest.json`);
    return { manifestFile, entryFile: resolve(root, mainEntry(manifest)) };
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ERR_INVALID_PACKAGE_TARGET') {
      throw new Rejection('its manifest lies outside the package', { code: 'outside_package', cause });
    }
    if (!explicit) return undefined;
    throw new Rejection('its manifest is not there; was the package built?', {
      code: 'manifest_missing',
      cause,
    });
  }
}

/** Not by `require.resolve`, which knows nothing of entries for `import` alone. */
function mainEntry({ exports, main }: Record<string, unknown>): string {
  const target = conditional(isPlainObject(exports) && '.' in exports ? exports['.'] : exports);
  return target ?? (typeof main === 'string' ? main : 'index.js');
}

function conditional(target: unknown): string | undefined {
  if (typeof target === 'string') return target;
  if (Array.isArray(target)) return conditional(target[0]);
  if (!isPlainObject(target)) return undefined;
  for (const [condition, value] of Object.entries(target)) {
    if (!['node', 'import', 'module-sync', 'default'].includes(condition)) continue;
    const found = conditional(value);
    if (found !== undefined) return found;
  }
  return undefined;
}

async function fileInside(root: string, path: string, what: 'manifest' | 'entry'): Promise<string> {
  const file = await realpath(path).catch(() => undefined);
  const way = relative(root, file ?? path);
  if (way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way)) {
    throw new Rejection(`its ${what} lies outside the package`, { code: 'outside_package' });
  }
  if (file === undefined || !(await stat(file)).isFile()) {
    throw new Rejection(`its ${what} is not there; was the package built?`, { code: `${what}_missing` });
  }
  return file;
}
