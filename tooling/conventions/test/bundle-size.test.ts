import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { budgetProblems, measureBundle, unmatchedBudgets } from '../src/bundle-size.ts';

const budget = { imports: ['zod'], maxGzipBytes: 100 };

describe('the budget', () => {
  it.each([
    { what: 'just fits', gzipBytes: 100, imports: ['zod'], problems: [] },
    {
      what: 'is too big',
      gzipBytes: 101,
      imports: [],
      problems: [/101 bytes are more than the budget of 100/],
    },
    { what: 'imports another package', gzipBytes: 1, imports: ['ky', 'zod'], problems: [/imports ky/] },
    { what: 'imports a Node module', gzipBytes: 1, imports: ['node:fs'], problems: [/which only Node has/] },
    {
      what: 'imports a Node module without prefix',
      gzipBytes: 1,
      imports: ['fs'],
      problems: [/which only Node has/],
    },
  ])('a bundle that $what', ({ gzipBytes, imports, problems }) => {
    const found = budgetProblems({ minifiedBytes: gzipBytes, gzipBytes, imports }, budget);
    expect(found).toEqual(problems.map((problem) => expect.stringMatching(problem)));
  });

  it('without a list of imports holds the size alone', () => {
    const report = { minifiedBytes: 101, gzipBytes: 101, imports: ['ky', 'node:fs'] };
    const found = budgetProblems(report, { maxGzipBytes: 100 });
    expect(found).toEqual([expect.stringMatching(/101 bytes/)]);
  });

  it('is there for each published package, and for no other', () => {
    expect(unmatchedBudgets(['a', 'b'], ['b', 'c'])).toEqual([
      'a has no size budget',
      'there is no package c',
    ]);
  });
});

describe('the measurement', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bundle-size-'));
    await writeFile(
      join(folder, 'a.ts'),
      "import { z } from 'zod';\nexport { b } from './b.ts';\nexport const s = z;\n",
    );
    await writeFile(
      join(folder, 'b.ts'),
      "import { sep } from 'node:path';\nexport const b: string = sep;\n",
    );
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('follows the files and names what they import from outside', async () => {
    const report = await measureBundle('a.ts', folder);
    expect(report.imports).toEqual(['node:path', 'zod']);
    expect(report.gzipBytes).toBeGreaterThan(0);
    expect(report.minifiedBytes).toBeGreaterThan(0);
  });

  it('of some names leaves out what they do not need', async () => {
    const [all, one] = [
      await measureBundle('a.ts', folder),
      await measureBundle('a.ts', folder, { names: ['s'] }),
    ];
    expect(one.minifiedBytes).toBeLessThan(all.minifiedBytes);
    await expect(measureBundle('a.ts', folder, { names: ['none'] })).rejects.toThrow(/none/);
  });

  it('takes in other packages where it is asked to', async () => {
    await mkdir(join(folder, 'node_modules/zod'), { recursive: true });
    await writeFile(join(folder, 'node_modules/zod/package.json'), '{"main":"index.js"}');
    await writeFile(join(folder, 'node_modules/zod/index.js'), "export const z = 'this is no zod';\n");
    const apart = await measureBundle('a.ts', folder, { names: ['s'] });
    const together = await measureBundle('a.ts', folder, { names: ['s'], withPackages: true });
    expect(apart.imports).toEqual(['node:path', 'zod']);
    expect(together.imports).toEqual(['node:path']);
    expect(together.gzipBytes).not.toBe(apart.gzipBytes);
  });
});
