import { expect, test } from 'vitest';
import { packedFileProblems } from '../src/packed-files.ts';

const healthy = ['package/package.json', 'package/README.md', 'package/LICENSE', 'package/dist/index.js'];

test('a package of built files and its three papers is fine', () => {
  expect(packedFileProblems(healthy)).toEqual([]);
});

test.each(['package/README.md', 'package/LICENSE'])('%s must be there', (path) => {
  expect(packedFileProblems(healthy.filter((other) => other !== path))).toEqual([`${path} is missing`]);
});

test.each([
  'package/src/index.ts',
  'package/test/a.test.ts',
  'package/dist/tsconfig.tsbuildinfo',
  'package/.env',
])('%s must not be there', (path) => {
  expect(packedFileProblems([...healthy, path])).toEqual([`${path} does not belong into the package`]);
});
