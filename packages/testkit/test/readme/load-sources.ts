import { registerHooks } from 'node:module';

/** Under `packages`. */
const SOURCES: Record<string, string> = {
  '@spec-kitty/tracker-core': 'core',
  '@spec-kitty/tracker-memory': 'connectors/memory',
  '@spec-kitty/tracker-store-sqlite': 'stores/sqlite',
  '@spec-kitty/tracker-testkit': 'testkit',
};

// A block of the README runs outside of the packages, on their sources and not on what was built last.
registerHooks({
  resolve(specifier, context, next) {
    const folder = SOURCES[specifier];
    if (folder === undefined) return next(specifier, context);
    return { url: new URL(`../../../${folder}/src/index.ts`, import.meta.url).href, shortCircuit: true };
  },
});
