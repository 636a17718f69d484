import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import * as core from '@spec-kitty/tracker-core';
import { describe, expect, it } from 'vitest';
import { DOCS, page, pages, ROOT } from './pages.ts';

type ErrorClass = new (message: string, details: { refused: [] }) => { code: string };

const blocks = pages.flatMap((name) =>
  [...page(name).matchAll(/```ts\n(.*?)```/gs)].map(([, code = ''], index) => [
    `${name}, block ${index + 1}`,
    code,
  ]),
);

/** Without their indentation, which a formatter takes from a block. */
const lines = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.trim())
    .join('\n');

/** A block that begins with the path of a file is from the package that the initialiser writes. */
const FILE = /^\/\/ ((?:src|test)\/\S+)\n/;

it.each(blocks.filter(([, code = '']) => FILE.test(code)))(
  '%s stands so in a new connector',
  (_name, code = '') => {
    const [, path = ''] = FILE.exec(code) ?? [];
    const places = ['common', 'http'].map(
      (part) => `${ROOT}packages/create-connector/template/${part}/${path}.txt`,
    );
    const written = places.filter((place) => existsSync(place)).map((place) => readFileSync(place, 'utf8'));
    expect(written).toHaveLength(1);
    expect(lines(written[0] ?? '')).toContain(lines(code.replace(FILE, '')).trim());
  },
);

it.each(blocks.filter(([, code = '']) => !FILE.test(code)))('%s runs', { timeout: 30_000 }, (_name, code) => {
  const folder = mkdtempSync(join(import.meta.dirname, '../block-'));
  try {
    const file = join(folder, 'block.mts');
    writeFileSync(file, code ?? '');
    expect(execFileSync(process.execPath, [file], { encoding: 'utf8' })).not.toBe('');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

it.each(pages)('every link in %s leads to a file', (name) => {
  const targets = [...page(name).matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, target = '']) => target);
  expect(targets.filter((target) => !existsSync(resolve(dirname(join(DOCS, name)), target)))).toEqual([]);
});

describe('the page of connectors', () => {
  it('names capabilities and methods that there are', () => {
    const text = page('write-a-connector.md');
    const names = new Set([...text.matchAll(/`(supports\w+)`/g)].map(([, name = '']) => name));
    const known = readFileSync(`${ROOT}packages/core/src/protocol/capabilities.ts`, 'utf8');
    expect(names.size).toBeGreaterThan(10);
    for (const name of names) expect(known).toContain(`  ${name}`);
  });
});

describe('the page of errors', () => {
  const text = page('errors.md');
  const classes = Object.entries(core).filter(
    ([name, value]) => typeof value === 'function' && name.endsWith('Error') && /^[A-Z]/.test(name),
  );

  it('names every class of errors that core has, with its code', () => {
    expect(classes.length).toBeGreaterThan(12);
    for (const [name, value] of classes) {
      const { code } = new (value as ErrorClass)('x', { refused: [] });
      if (name !== 'SpecKittyTrackerError') expect(text).toMatch(new RegExp(`\`${code}\` +\\| \`${name}\``));
    }
  });

  it('names every reason for which a field is skipped', () => {
    for (const reason of core.SKIP_REASONS) expect(text).toContain(`\`${reason}\``);
  });
});
