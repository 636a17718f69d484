import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import * as core from '@spec-kitty/tracker-core';
import { describe, expect, it } from 'vitest';
import { DOCS, page, pages, ROOT, table } from './pages.ts';

type ErrorClass = new (message: string, details: { refused: [] }) => { code: string };

it.each(pages)('every link in %s leads to a file', (name) => {
  const targets = [...page(name).matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, target = '']) => target);
  expect(targets.filter((target) => !existsSync(resolve(dirname(join(DOCS, name)), target)))).toEqual([]);
});

it('the table of pages has each of them once', () => {
  const named = table(page('README.md'), 'page').map(
    ({ page: cell = '' }) => /\]\(([^)]+)\)/.exec(cell)?.[1],
  );
  expect(named.toSorted()).toEqual(pages.filter((name) => name !== 'README.md').toSorted());
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

  it('names every code of the command line, and no other', () => {
    const sources = globSync('packages/cli/src/**/*.ts', { cwd: ROOT }).map((file) =>
      readFileSync(`${ROOT}${file}`, 'utf8'),
    );
    // Zod's own.
    const used = new Set(
      sources.flatMap((source) => [...source.matchAll(/code: '([a-z_]+)'/g)].map(([, code = '']) => code)),
    );
    used.delete('custom');
    const [, section = ''] = text.split('## From the command line');
    const named = table(section, 'code').map(({ code = '' }) => code.replaceAll('`', ''));
    expect(named.toSorted()).toEqual([...used].toSorted());
  });

  it('names every reason for which a field is skipped', () => {
    for (const reason of core.SKIP_REASONS) expect(text).toContain(`\`${reason}\``);
  });
});

describe('the page of stores', () => {
  it('counts the calls of a backend', () => {
    const calls = Object.getOwnPropertyNames(core.MemoryBackend.prototype).filter(
      (name) => name !== 'constructor',
    );
    expect(calls).toHaveLength(16);
    for (const text of [page('stores.md'), readFileSync(`${ROOT}packages/core/README.md`, 'utf8')])
      expect(text).toContain('sixteen');
  });
});
