import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const PACKAGES: string = fileURLToPath(new URL('../../../..', import.meta.url));

const SOURCES: Record<string, string> = {
  '@spec-kitty/tracker-core': 'core/src/index.ts',
  '@spec-kitty/tracker-store-sqlite': 'stores/sqlite/src/index.ts',
};

/** One snippet of a source file, and what stands in its place. */
export interface SourceChange {
  /** Under `packages`. */
  file: string;
  find: string;
  replace: string;
}

/**
 * From here on this thread loads the packages from their sources, changed as told. Only this thread: nothing is
 * written anywhere. @throws where a snippet is not found exactly once, so that no mutant is ever the original.
 */
export function loadFromSources(changes: readonly SourceChange[] = []): void {
  const changed = new Map<string, string>();
  for (const { file, find, replace } of changes) {
    const path = join(PACKAGES, file);
    const url = pathToFileURL(path).href;
    const source = changed.get(url) ?? readFileSync(path, 'utf8');
    const times = source.split(find).length - 1;
    if (times !== 1) throw new Error(`${file} holds this ${times} times, not once: ${find}`);
    changed.set(
      url,
      source.replace(find, () => replace),
    );
  }
  registerHooks({
    resolve(specifier, context, next) {
      const source = SOURCES[specifier];
      if (source === undefined) return next(specifier, context);
      return { url: pathToFileURL(join(PACKAGES, source)).href, shortCircuit: true };
    },
    load(url, context, next) {
      const source = changed.get(url);
      if (source === undefined) return next(url, context);
      return { format: 'module-typescript', source, shortCircuit: true };
    },
  });
}
