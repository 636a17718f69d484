import { isRelative, splitBare } from '../specifiers.ts';
import { packageOf, type Rule, type Violation, type WorkspacePackage } from '../workspace.ts';

/** Packages that are written as somebody outside this project writes one: with what is published, and nothing else. */
const OUTSIDE: ReadonlySet<string> = new Set(['examples/custom-connector']);

/** What would tie it to this repository: sources by path, and settings of ours. */
const TIES = /(?:\.\.\/)+(?:packages|tooling|examples|node_modules)\b/;
const BY_PATH = /^(?:file|link|portal|workspace:\.{0,2}\/)/;

export const outsidePackages: Rule = ({ packages, files, modules }) => {
  const violations: Violation[] = [];
  for (const owner of packages.filter(({ directory }) => OUTSIDE.has(directory))) {
    for (const [file, { imports }] of modules) {
      if (!file.startsWith(`${owner.directory}/`)) continue;
      for (const { specifier } of imports) {
        const imported = isRelative(specifier) ? undefined : named(packages, specifier);
        if (imported && imported !== owner && !imported.published)
          violations.push({ file, message: `${specifier} is not published: nobody outside has it` });
        if (imported && imported !== owner && !isDeclared(owner, imported.name))
          violations.push({ file, message: `${imported.name} is not declared in its package.json` });
      }
    }
    for (const [file, text] of files) {
      if (packageOf(packages, file) !== owner || !/(?:package|tsconfig[\w.]*)\.json$/.test(file)) continue;
      if (TIES.test(text))
        violations.push({ file, message: 'names something of this repository by its path' });
    }
    violations.push(...dependencyProblems(owner, packages));
  }
  return violations;
};

function dependencyProblems(
  { directory, manifest }: WorkspacePackage,
  packages: readonly WorkspacePackage[],
): Violation[] {
  const { dependencies, devDependencies, peerDependencies, optionalDependencies } = manifest;
  const all = { ...dependencies, ...devDependencies, ...peerDependencies, ...optionalDependencies };
  return Object.entries(all).flatMap(([name, range]) => {
    const own = packages.find((candidate) => candidate.name === name);
    const message = BY_PATH.test(range)
      ? `depends on ${name} by a path`
      : own && !own.published
        ? `depends on ${name}, which is not published`
        : undefined;
    return message === undefined ? [] : [{ file: `${directory}/package.json`, message }];
  });
}

const named = (packages: readonly WorkspacePackage[], specifier: string): WorkspacePackage | undefined =>
  packages.find(({ name }) => name === splitBare(specifier).name);

function isDeclared({ manifest }: WorkspacePackage, name: string): boolean {
  const { dependencies, devDependencies, peerDependencies } = manifest;
  return [dependencies, devDependencies, peerDependencies].some((some) => some && Object.hasOwn(some, name));
}
