import { realpath, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { isPlainObject } from '../model/json.ts';
import { MAX_PACKAGE_JSON_BYTES, parsePackageJson } from './package-json.ts';
import { readBounded } from './read-bounded.ts';
import { Rejection } from './rejection.ts';

/** A package that announces itself as a plugin. */
export interface PluginPackage {
  /** A real path inside the package. */
  manifestFile: string;
  /** The real path of its code. @throws Rejection where that is not there, or not inside. */
  entryFile(): Promise<string>;
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
  const place = await installedAt(directory, name);
  const packageJson = place && (await readPackageJson(place.root));
  if (!place || !packageJson) return undefined;
  const { root } = place;
  const { exports, main } = packageJson;
  const announced = isListed(exports) ? exportedManifest(place, name, exports) : await unlistedManifest(root);
  if (announced === undefined) return undefined;
  // The real file: a link may have another name than what it points at.
  const manifestFile = await fileInside(root, announced, 'manifest');
  if (!manifestFile.endsWith('.json')) {
    throw new Rejection('its manifest is not a .json file', { code: 'manifest_not_json' });
  }
  const entry = isListed(exports) ? exportedEntry(root, exports) : mainEntry(root, main);
  return { manifestFile, entryFile: () => fileInside(root, entry, 'entry') };
}

interface InstalledPackage {
  /** The `node_modules` in which it was found, maybe as a link. */
  nodeModules: string;
  /** Its real folder. */
  root: string;
}

/** An installed package, as Node finds it: `node_modules` of each folder upwards. */
async function installedAt(directory: string, name: string): Promise<InstalledPackage | undefined> {
  const nodeModules = join(directory, 'node_modules');
  const root = await realpath(join(nodeModules, name)).catch(() => undefined);
  if (root !== undefined) return { nodeModules, root };
  const above = dirname(directory);
  return above === directory ? undefined : installedAt(above, name);
}

async function readPackageJson(root: string): Promise<Record<string, unknown> | undefined> {
  try {
    const bytes = await readBounded(join(root, 'package.json'), MAX_PACKAGE_JSON_BYTES);
    const packageJson = bytes && parsePackageJson(bytes);
    return isPlainObject(packageJson) ? packageJson : undefined;
  } catch {
    return undefined;
  }
}

/** Node passes over what can be no exports. */
const isListed = (exports: unknown): boolean =>
  typeof exports === 'string' || (typeof exports === 'object' && exports !== null);

/** The manifest of a package without exports, all of whose files are public. */
async function unlistedManifest(root: string): Promise<string | undefined> {
  const file = join(root, MANIFEST_SUBPATH);
  const isThere = await stat(file).catch(() => undefined);
  return isThere && file;
}

function exportedManifest(
  { nodeModules, root }: InstalledPackage,
  name: string,
  exports: unknown,
): string | undefined {
  try {
    // Not as the host: Node would read its package.json once more, more strictly, and take it for what it may name.
    return createRequire(join(nodeModules, 'none.js')).resolve(`${name}/manifest.json`);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    if (code === 'ERR_INVALID_PACKAGE_TARGET') {
      throw new Rejection('its manifest lies outside the package', { code: 'outside_package', cause });
    }
    const target = isPlainObject(exports) ? exports[MANIFEST_SUBPATH] : undefined;
    if (target === undefined || target === null) return undefined;
    if (code === 'ERR_PACKAGE_PATH_NOT_EXPORTED') {
      // What is exported for `import` alone is none of the business of `require`.
      const path = conditional(target);
      if (path !== undefined) return resolve(root, path);
    }
    const problem =
      code === 'ERR_INVALID_PACKAGE_CONFIG'
        ? 'its package.json is none that Node reads'
        : 'its manifest is not there; was the package built?';
    throw new Rejection(problem, { code: 'manifest_missing', cause });
  }
}

/** Not by `require.resolve`, which knows nothing of entries for `import` alone. */
function exportedEntry(root: string, exports: unknown): string {
  const target = conditional(isPlainObject(exports) && '.' in exports ? exports['.'] : exports);
  return resolve(root, target ?? 'index.js');
}

/** `main` may leave out an ending, name a folder, or not be there. */
function mainEntry(root: string, main: unknown): string {
  try {
    return createRequire(join(root, 'package.json')).resolve(root + sep);
  } catch {
    return resolve(root, typeof main === 'string' ? main : 'index.js');
  }
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
