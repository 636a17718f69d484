import { readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const FILE = 'spec-kitty-tracker.json';
const MAX_BYTES = 1_048_576;

/**
 * The bindings of the named config file, else of the nearest one. None where it cannot be read: somebody is typing,
 * and no error would reach them. Only names that a config file may have, since a shell will read them.
 */
export function bindingNames(cwd: string, named: string | undefined): string[] {
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    try {
      const file = named === undefined ? join(folder, FILE) : resolve(cwd, named);
      if (statSync(file).size > MAX_BYTES) return [];
      const config: unknown = JSON.parse(readFileSync(file, 'utf8').replace(/^\ufeff/, ''));
      return namesIn(config).filter((name) => /^[A-Za-z0-9][\w.-]{0,63}$/.test(name));
    } catch (error) {
      const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
      if (!missing || named !== undefined || dirname(folder) === folder) return [];
    }
  }
}

function namesIn(config: unknown): string[] {
  if (typeof config !== 'object' || config === null || !('bindings' in config)) return [];
  const { bindings } = config;
  return typeof bindings === 'object' && bindings !== null ? Object.keys(bindings) : [];
}
