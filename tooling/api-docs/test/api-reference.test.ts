import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { apiReference } from '../src/api-reference.ts';
import { entryPoints } from '../src/entry-points.ts';

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A repository with one package, whose entry has this text. */
function repository(index: string, manifest: Record<string, unknown> = {}): string {
  const root = mkdtempSync(join(tmpdir(), 'api-reference-'));
  folders.push(root);
  const files = {
    'packages/one/package.json': JSON.stringify({
      name: '@sample/one',
      type: 'module',
      exports: {
        '.': { types: './dist/index.d.ts', default: './dist/index.js' },
        './data.json': './data.json',
      },
      ...manifest,
    }),
    'packages/one/src/index.ts': index,
    'packages/one/src/other.ts': '/** Inside. */\nexport interface Inner {\n  a: number;\n}\n',
  };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

describe('entry points', () => {
  it('are the sources of what a published package exports', () => {
    const [entry, ...more] = entryPoints(repository(''));
    expect(entry).toEqual({
      specifier: '@sample/one',
      packageName: '@sample/one',
      source: 'packages/one/src/index.ts',
    });
    expect(more).toEqual([]);
  });

  it('leave out what is private', () => {
    expect(entryPoints(repository('', { private: true }))).toEqual([]);
  });
});

describe('the reference', { timeout: 60_000 }, () => {
  it('is written where nothing is wrong', async () => {
    const root = repository('/** Twice. */\nexport const twice = (value: number): number => value * 2;\n');
    const folder = join(root, 'out');
    expect(await apiReference({ root, folder })).toEqual([]);
    expect(existsSync(join(folder, 'index.html'))).toBe(true);
  });

  it.each([
    ['an export without a doc comment', 'export const bare = 1;\n', /bare .*does not have any documentation/],
    [
      'a method without one',
      '/** A class. */\nexport class Some {\n  bare(): void {}\n}\n',
      /Some\.bare .*does not have any documentation/,
    ],
    [
      'a link that leads nowhere',
      '/** See {@link nothing}. */\nexport const one = 1;\n',
      /link to "nothing"/,
    ],
    [
      'a type that is not exported',
      "import type { Inner } from './other.ts';\n/** Makes one. */\nexport const make = (): Inner => ({ a: 1 });\n",
      /Inner, defined in .* is referenced/,
    ],
    ['what does not compile', '/** One. */\nexport const one: string = 1;\n', /not assignable/],
  ])('tells %s', async (_name, index, message) => {
    const problems = await apiReference({ root: repository(index) });
    expect(problems.join('\n')).toMatch(message);
  });
});
