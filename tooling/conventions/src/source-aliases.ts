import { REPOSITORY_ROOT, readRepository } from './read-repository.ts';
import { exportedFiles, packagesIn, sourceOfBuilt, type WorkspacePackage } from './workspace.ts';

export interface SourceAlias {
  readonly find: RegExp;
  readonly replacement: string;
}

/**
 * Maps every public entry of every workspace package to its source, so that tests run over sources
 * and meet one single copy of each package. Entries that are data (`./manifest.json`) stay as built.
 */
export function sourceAliases(packages: readonly WorkspacePackage[], root: string): SourceAlias[] {
  const aliases: SourceAlias[] = [];
  for (const { directory, name, manifest } of packages) {
    for (const [subpath, built] of exportedFiles(manifest)) {
      const source = sourceOfBuilt(built);
      if (source === undefined) continue;
      const specifier = `${name}${subpath.slice(1)}`;
      aliases.push({
        find: new RegExp(`^${specifier.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`),
        replacement: `${root.replace(/\/$/, '')}/${directory}/${source}`,
      });
    }
  }
  return aliases;
}

export function repositorySourceAliases(): SourceAlias[] {
  const manifests = readRepository((path) => path.endsWith('package.json'));
  return sourceAliases(packagesIn(manifests), REPOSITORY_ROOT);
}
