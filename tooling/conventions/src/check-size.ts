import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { budgetProblems, measureBundle } from './bundle-size.ts';
import { REPOSITORY_ROOT } from './read-repository.ts';

const BudgetFileSchema = z.record(
  z.string(),
  z.strictObject({
    entry: z.string(),
    external: z.array(z.string()),
    maxGzipBytes: z.int().positive(),
    /** What the package is meant to come down to; told beside the measurement, not enforced. */
    goalGzipBytes: z.int().positive(),
  }),
);

const budgets = BudgetFileSchema.parse(
  JSON.parse(readFileSync(new URL('../size-budget.json', import.meta.url), 'utf8')),
);
for (const [name, budget] of Object.entries(budgets)) {
  const report = await measureBundle(budget.entry, REPOSITORY_ROOT);
  const { minifiedBytes, gzipBytes } = report;
  console.log(
    `${name}: ${gzipBytes} bytes (minified and gzipped), ${minifiedBytes} minified; budget ${budget.maxGzipBytes}, goal ${budget.goalGzipBytes}`,
  );
  for (const problem of budgetProblems(report, budget)) {
    console.error(`${name}: ${problem}`);
    process.exitCode = 1;
  }
}
