import { expect, test } from 'vitest';
import { parseModule } from '../src/parse-module.ts';

const specifiers = (text: string): string[] =>
  parseModule('a.ts', text).imports.map(({ specifier }) => specifier);

test.each([
  ["import a from 'one';", ['one']],
  ["import type { A } from 'one';", ['one']],
  ["import 'one';", ['one']],
  ["export { a } from 'one';", ['one']],
  ["export type { A } from 'one';", ['one']],
  ["export * from 'one';", ['one']],
  ["export const load = () => import('one');", ['one']],
  ['export const load = () => import(`one`);', ['one']],
  ["// import a from 'one';", []],
  ['export const text = "import a from \'one\'";', []],
  ['export const load = (name: string) => import(name);', []],
])('%s imports %j', (text, expected) => {
  expect(specifiers(text)).toEqual(expected);
});

test('only the placeholder of a new package counts as without content', () => {
  expect(parseModule('a.ts', 'export {};\n').hasContent).toBe(false);
  expect(parseModule('a.ts', '#!/usr/bin/env node\nexport {};\n').hasContent).toBe(false);
  expect(parseModule('a.ts', 'export const a = 1;\n').hasContent).toBe(true);
});

test('a file that does not parse is an error, not a file without imports', () => {
  expect(() => parseModule('a.ts', 'import from from from')).toThrow(SyntaxError);
});
