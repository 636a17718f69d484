import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { isNodeBuiltin } from './specifiers.ts';

export interface SizeBudget {
  /** The source file to bundle. */
  readonly entry: string;
  /** What a user brings along anyway; nothing else may be imported. */
  readonly external: readonly string[];
  readonly maxGzipBytes: number;
}

export interface BundleReport {
  readonly minifiedBytes: number;
  readonly gzipBytes: number;
  /** What the bundle still imports. */
  readonly imports: readonly string[];
}

export async function measureBundle(entry: string, root: string): Promise<BundleReport> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'neutral',
    target: 'es2023',
    packages: 'external',
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
  for (const specifier of imports) {
    if (isNodeBuiltin(specifier)) problems.push(`imports ${specifier}, which only Node has`);
    else if (!budget.external.includes(specifier)) problems.push(`imports ${specifier}`);
  }
  return problems;
}
