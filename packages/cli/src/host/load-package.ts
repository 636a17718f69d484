import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { UsageError } from '../config/usage-error.ts';

/**
 * A package that only some config files need, as the first of the folders has it.
 * @throws UsageError naming what to install, for the field that asks for it.
 */
export async function loadPackage(
  name: string,
  folders: readonly string[],
  fieldPath: string,
): Promise<unknown> {
  for (const folder of folders) {
    const file = fileFrom(folder, name);
    if (file !== undefined) return import(pathToFileURL(file).href);
  }
  throw new UsageError(`${fieldPath} needs ${name}, which is not installed`, {
    code: 'package_missing',
    fieldPath,
    hint: `Run: npm install ${name}`,
  });
}

function fileFrom(folder: string, name: string): string | undefined {
  try {
    return createRequire(join(folder, 'package.json')).resolve(name);
  } catch {
    return undefined;
  }
}
