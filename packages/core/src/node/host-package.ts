import { realpath, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConnectorConfigError } from '../errors/connector-config-error.ts';
import { isPlainObject } from '../model/json.ts';
import { MAX_PACKAGE_JSON_BYTES, parsePackageJson } from './package-json.ts';
import { readBounded } from './read-bounded.ts';

const DEPENDENCY_FIELDS = ['dependencies', 'optionalDependencies', 'peerDependencies', 'devDependencies'];

/** The package that asks for plugins. */
export interface HostPackage {
  /** Its real folder: package managers that link packages resolve from there. */
  directory: string;
  /** What it depends on, each name once, in code-unit order. */
  dependencies: string[];
}

/**
 * The package that the folder or file `from` (a path or a file URL) belongs to: the nearest `package.json` upwards.
 * @throws ConnectorConfigError where there is none, or where it cannot be read.
 */
export async function readHostPackage(from: string): Promise<HostPackage> {
  const fail = (problem: string, cause?: unknown): never => {
    throw new ConnectorConfigError(`no plugins can be looked for from ${from}: ${problem}`, {
      cause,
      fieldPath: 'from',
    });
  };
  let directory: string;
  try {
    directory = await realpath(from.startsWith('file:') ? fileURLToPath(from) : from);
    if (!(await stat(directory)).isDirectory()) directory = dirname(directory);
  } catch (cause) {
    return fail('there is no such folder or file', cause);
  }
  for (;;) {
    const file = join(directory, 'package.json');
    if (await isThere(file)) {
      const bytes = await readBounded(file, MAX_PACKAGE_JSON_BYTES).catch((cause: unknown) =>
        fail('its package.json cannot be read', cause),
      );
      if (!bytes) return fail(`its package.json is larger than ${MAX_PACKAGE_JSON_BYTES} bytes`);
      return { directory, dependencies: dependenciesIn(bytes, fail) };
    }
    if (dirname(directory) === directory) return fail('no package.json is there or above it');
    directory = dirname(directory);
  }
}

/** False for a folder of that name too; true for what is there and cannot be looked at. */
async function isThere(file: string): Promise<boolean> {
  try {
    return !(await stat(file)).isDirectory();
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ENOENT');
  }
}

function dependenciesIn(bytes: Uint8Array, fail: (problem: string, cause?: unknown) => never): string[] {
  let manifest: unknown;
  try {
    manifest = parsePackageJson(bytes);
  } catch (cause) {
    return fail('its package.json is not JSON', cause);
  }
  if (!isPlainObject(manifest)) return fail('its package.json holds no object');
  const names = new Set<string>();
  for (const field of DEPENDENCY_FIELDS) {
    const group = manifest[field];
    if (isPlainObject(group)) for (const name of Object.keys(group)) names.add(name);
  }
  return [...names].sort();
}
