import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { TOLD_BY_THE_STORE } from './moments.ts';

const PACKAGES: string = fileURLToPath(new URL('../../../..', import.meta.url));
const STORE: string = join(PACKAGES, 'stores/sqlite/src/index.ts');

/** The store's sources, changed as told: each snippet must be there once, or nothing would be told. */
const changed: Plugin = {
  name: 'changed',
  setup({ onLoad, onResolve }) {
    // What is native stays a file of its own, found where the store finds it.
    onResolve({ filter: /^better-sqlite3$/ }, ({ path }) => ({
      path: createRequire(STORE).resolve(path),
      external: true,
    }));
    onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const change = TOLD_BY_THE_STORE.find(({ file }) => join(PACKAGES, file) === path);
      if (!change) return undefined;
      const parts = (await readFile(path, 'utf8')).split(change.find);
      if (parts.length !== 2) throw new Error(`${change.file} does not hold this once: ${change.find}`);
      return { contents: parts.join(change.replace), loader: 'ts' };
    });
  },
};

/** The child as one file, written to `outfile`: it starts in a quarter of the time that its sources take. */
export async function bundleChild(outfile: string): Promise<void> {
  await build({
    entryPoints: [fileURLToPath(new URL('./killed-child.ts', import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node22',
    alias: {
      '@spec-kitty/tracker-core': join(PACKAGES, 'core/src/index.ts'),
      '@spec-kitty/tracker-store-sqlite': STORE,
    },
    plugins: [changed],
    logLevel: 'error',
  });
}
