import { isNodeBuiltin, isRelative, resolveRelative, splitBare } from '../specifiers.ts';
import {
  exportedFiles,
  isSource,
  type PackageManifest,
  packageOf,
  type Rule,
  type Violation,
  type WorkspacePackage,
} from '../workspace.ts';

/** A package is used through what it exports, and only by packages that declare it. */
export const packageBoundaries: Rule = ({ packages, modules }) => {
  const violations: Violation[] = [];
  for (const [file, { imports }] of modules) {
    const importer = packageOf(packages, file);
    if (!importer) continue;
    for (const { specifier } of imports) {
      const message = isRelative(specifier)
        ? relativeProblem(importer, file, specifier)
        : bareProblem(packages, importer, file, specifier);
      if (message !== undefined) violations.push({ file, message });
    }
  }
  return violations;
};

function relativeProblem(importer: WorkspacePackage, file: string, specifier: string): string | undefined {
  const inside = resolveRelative(file, specifier).startsWith(`${importer.directory}/`);
  return inside ? undefined : `${specifier} leaves the package; import the other package by its name`;
}

function bareProblem(
  packages: readonly WorkspacePackage[],
  importer: WorkspacePackage,
  file: string,
  specifier: string,
): string | undefined {
  if (isNodeBuiltin(specifier)) {
    return specifier.startsWith('node:') ? undefined : `${specifier} is to be written node:${specifier}`;
  }
  const { name, subpath } = splitBare(specifier);
  const imported = packages.find((candidate) => candidate.name === name);
  if (imported && !exportedFiles(imported.manifest).has(subpath)) {
    return `${specifier} is no public entry of ${name}`;
  }
  if (importer.published && isSource(importer, file) && !isDeclaredForUsers(importer.manifest, name)) {
    return `${name} is not among the dependencies that ${importer.name} brings to its users`;
  }
  return undefined;
}

function isDeclaredForUsers(manifest: PackageManifest, name: string): boolean {
  const { dependencies, peerDependencies, optionalDependencies } = manifest;
  return [{ [manifest.name]: '' }, dependencies, peerDependencies, optionalDependencies].some(
    (declared) => declared !== undefined && Object.hasOwn(declared, name),
  );
}
