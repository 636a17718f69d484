import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';

/** Puts the template beside the compiled program, with the ranges of versions that this release goes with. */
const here = resolve(import.meta.dirname, '..');
const root = resolve(here, '../..');
const target = resolve(here, 'dist/template');

interface Manifest {
  version: string;
  devDependencies?: Record<string, string>;
}
const manifestIn = (folder: string): Manifest =>
  JSON.parse(readFileSync(resolve(folder, 'package.json'), 'utf8')) as Manifest;
const compatible = (version: string): string => `^${version.replace(/^\^/, '')}`;

const tools = manifestIn(root).devDependencies ?? {};
const zod = createRequire(resolve(root, 'packages/core/package.json')).resolve('zod/package.json');
const ranges = {
  coreRange: compatible(manifestIn(resolve(root, 'packages/core')).version),
  httpRange: compatible(manifestIn(resolve(root, 'packages/transports/http')).version),
  processRange: compatible(manifestIn(resolve(root, 'packages/transports/process')).version),
  testkitRange: compatible(manifestIn(resolve(root, 'packages/testkit')).version),
  zodRange: compatible(manifestIn(resolve(zod, '..')).version),
  biomeRange: compatible(tools['@biomejs/biome'] ?? ''),
  typesNodeRange: compatible(tools['@types/node'] ?? ''),
  typescriptRange: compatible(tools['typescript'] ?? ''),
};

rmSync(target, { recursive: true, force: true });
cpSync(resolve(here, 'template'), target, { recursive: true });
writeFileSync(resolve(target, 'ranges.json'), `${JSON.stringify(ranges, null, 2)}\n`);
