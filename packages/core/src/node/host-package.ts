import { readFile, realpath, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConnectorConfigError } from '../errors/connector-config-error.ts';
import { isPlainObject } from '../model/json.ts';

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
  const path = from.startsWith('file:') ? fileURLToPath(from) : from;
  let directory: string;
  try {
    directory = await realpath(path);
    if (!(await stat(directory)).isDirectory()) directory = dirname(directory);
  } catch (cause) {
    return fail('there is no such folder or file', cause);
  }
  for (;;) {
    const file = join(directory, 'package.json');
    const text = await readFile(file, 'utf8').catch(() => undefined);
    if (text !== undefined) return { directory, dependencies: dependenciesIn(text, fail) };
    if (dirname(directory) === directory) return fail('no package.json is there or above it');
    directory = dirname(directory);
  }
}

function dependenciesIn(text: string, fail: (problem: string, cause?: unknown) => never): string[] {
  let manifest: unknown;
  try {
    manifest = JSON.parse(text);
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
