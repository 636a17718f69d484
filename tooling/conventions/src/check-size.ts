import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { budgetProblems, measureBundle, unmatchedBudgets } from './bundle-size.ts';
import { REPOSITORY_ROOT, readRepository } from './read-repository.ts';
import { packagesIn } from './workspace.ts';

const PartSchema = z.strictObject({
  names: z.array(z.string()).optional(),
  maxGzipBytes: z.int().positive(),
  /** The imported packages count, too. */
  withPackages: z.boolean().optional(),
});

const BudgetFileSchema = z.record(
  z.string(),
  z.strictObject({
    entry: z.string(),
    imports: z.array(z.string()).optional(),
    maxGzipBytes: z.int().positive(),
    /** What the package is meant to come down to; told beside the measurement, not enforced. */
    goalGzipBytes: z.int().positive().optional(),
    /** What a bundle gets that imports some of the names alone. */
    parts: z.record(z.string(), PartSchema).optional(),
  }),
);

function fail(problem: string): void {
  console.error(problem);
  process.exitCode = 1;
}

const budgets = BudgetFileSchema.parse(
  JSON.parse(readFileSync(new URL('../size-budget.json', import.meta.url), 'utf8')),
);
const packages = packagesIn(readRepository((path) => path.endsWith('package.json')));
const published = packages.filter((one) => one.published).map(({ name }) => name);
for (const problem of unmatchedBudgets(published, Object.keys(budgets))) fail(problem);

console.log('Minified and gzipped, what is imported from other packages apart:');
for (const [name, budget] of Object.entries(budgets)) {
  const report = await measureBundle(budget.entry, REPOSITORY_ROOT);
  const { maxGzipBytes, goalGzipBytes } = budget;
  const goal = goalGzipBytes === undefined ? '' : `, goal ${goalGzipBytes}`;
  console.log(`${name}: ${report.gzipBytes} bytes; budget ${maxGzipBytes}${goal}`);
  for (const problem of budgetProblems(report, budget)) fail(`${name}: ${problem}`);
  for (const [part, measured] of Object.entries(budget.parts ?? {})) {
    const { gzipBytes, imports } = await measureBundle(budget.entry, REPOSITORY_ROOT, measured);
    console.log(`  ${part}: ${gzipBytes} bytes; budget ${measured.maxGzipBytes}`);
    for (const problem of budgetProblems({ ...report, gzipBytes, imports }, measured))
      fail(`${part}: ${problem}`);
  }
}
