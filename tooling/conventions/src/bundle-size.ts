import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { isNodeBuiltin } from './specifiers.ts';

export interface SizeBudget {
  /** All that may be imported from other packages, and not from Node; anything, where it is not given. */
  readonly imports?: readonly string[] | undefined;
  readonly maxGzipBytes: number;
}

export interface BundleReport {
  readonly minifiedBytes: number;
  readonly gzipBytes: number;
  /** What the bundle still imports. */
  readonly imports: readonly string[];
}

export interface Measured {
  /** The names that somebody imports of the entry; all, where it is not given. */
  readonly names?: readonly string[] | undefined;
  /** What is imported from other packages counts, too. */
  readonly withPackages?: boolean | undefined;
}

export async function measureBundle(
  entry: string,
  root: string,
  { names, withPackages = false }: Measured = {},
): Promise<BundleReport> {
  const taken = names && `export { ${names.join(', ')} } from './${entry}';`;
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    ...(taken === undefined ? { entryPoints: [entry] } : { stdin: { contents: taken, resolveDir: root } }),
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    target: 'es2023',
    packages: withPackages ? 'bundle' : 'external',
    external: ['node:*'],
    write: false,
    metafile: true,
    logLevel: 'silent',
    outfile: 'bundle.js',
  });
  const text = outputFiles[0]?.contents ?? new Uint8Array();
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports.map(({ path }) => path));
  return {
    minifiedBytes: text.byteLength,
    gzipBytes: gzipSync(text, { level: 9 }).byteLength,
    imports: [...new Set(imports)].sort(),
  };
}

export function budgetProblems({ gzipBytes, imports }: BundleReport, budget: SizeBudget): string[] {
  const problems: string[] = [];
  if (gzipBytes > budget.maxGzipBytes) {
    problems.push(`${gzipBytes} bytes are more than the budget of ${budget.maxGzipBytes}`);
  }
  for (const specifier of budget.imports ? imports : []) {
    if (isNodeBuiltin(specifier)) problems.push(`imports ${specifier}, which only Node has`);
    else if (!budget.imports?.includes(specifier)) problems.push(`imports ${specifier}`);
  }
  return problems;
}

/** Published packages without a budget, and budgets without a package. */
export function unmatchedBudgets(published: readonly string[], budgets: readonly string[]): string[] {
  return [
    ...published.filter((name) => !budgets.includes(name)).map((name) => `${name} has no size budget`),
    ...budgets.filter((name) => !published.includes(name)).map((name) => `there is no package ${name}`),
  ];
}
