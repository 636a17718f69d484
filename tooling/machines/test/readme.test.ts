import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const README = readFileSync(join(ROOT, 'packages/worker/README.md'), 'utf8');
const BLOCKS = [...README.matchAll(/```ts\n(.*?)```/gs)].map(([, code = '']) => code);
const SETTINGS = [
  '--ignoreConfig',
  '--noEmit',
  '--strict',
  '--skipLibCheck',
  '--exactOptionalPropertyTypes',
  '--noUncheckedIndexedAccess',
];
const PLATFORM = [
  '--module',
  'nodenext',
  '--target',
  'es2024',
  '--lib',
  'es2024,esnext.disposable',
  '--types',
  'node',
];

test("the worker's page compiles against the packages as they are built", { timeout: 60_000 }, () => {
  expect(BLOCKS).toHaveLength(1);
  // Inside of a package that has all of those which the block imports.
  const folder = mkdtempSync(join(import.meta.dirname, '../block-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'block.mts');
  writeFileSync(file, BLOCKS[0] ?? '');
  const compile = (): string =>
    execFileSync(join(ROOT, 'node_modules/.bin/tsc'), [...SETTINGS, ...PLATFORM, file], {
      encoding: 'utf8',
      stdio: 'pipe',
    });
  expect(compile()).toBe('');
  writeFileSync(file, `${BLOCKS[0]}\nconst wrong: number = worker;\n`);
  expect(compile).toThrow();
});
