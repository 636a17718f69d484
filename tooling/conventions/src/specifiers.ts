import { isBuiltin } from 'node:module';
import { posix } from 'node:path';

export function isRelative(specifier: string): boolean {
  return specifier.startsWith('.');
}

export function isNodeBuiltin(specifier: string): boolean {
  return isBuiltin(specifier);
}

/** The path in the repository that a relative import names. */
export function resolveRelative(importer: string, specifier: string): string {
  return posix.normalize(posix.join(posix.dirname(importer), specifier));
}

/** `@scope/name/entry` is the package `@scope/name` and the subpath `./entry`. */
export function splitBare(specifier: string): { name: string; subpath: string } {
  const parts = specifier.split('/');
  const length = specifier.startsWith('@') ? 2 : 1;
  const rest = parts.slice(length).join('/');
  return { name: parts.slice(0, length).join('/'), subpath: rest === '' ? '.' : `./${rest}` };
}
