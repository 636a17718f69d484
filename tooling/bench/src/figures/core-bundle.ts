import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import type { Figure, Sample } from './figure.ts';

const ROOT = fileURLToPath(new URL('../../../..', import.meta.url));

/** Core's main entry as a host's bundler would take it in, without zod. */
async function coreBundle(): Promise<Uint8Array> {
  const { outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints: ['packages/core/src/index.ts'],
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'neutral',
    target: 'es2023',
    external: ['zod'],
    write: false,
    logLevel: 'silent',
  });
  const [output] = outputFiles;
  if (!output) throw new Error('esbuild wrote no bundle');
  return output.contents;
}

async function measureWith(compress: (bytes: Uint8Array) => Uint8Array): Promise<Sample> {
  const bundle = await coreBundle();
  return { value: compress(bundle).byteLength, parts: { minifiedBytes: bundle.byteLength } };
}

export const coreGzip: Figure = {
  name: 'core-gzip',
  title: 'Core, minified and gzipped, without zod',
  unit: ' bytes',
  target: 25_000,
  exact: true,
  measure: () => measureWith((bytes) => gzipSync(bytes, { level: 9 })),
};

export const coreBrotli: Figure = {
  name: 'core-brotli',
  title: 'Core, minified and compressed by Brotli, without zod',
  unit: ' bytes',
  target: 25_000,
  exact: true,
  measure: () =>
    measureWith((bytes) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } })),
};
