import { z } from 'zod';
import { type ParsedModule, parseModule } from './parse-module.ts';

/** Where a package stands; imports run one way between layers. */
export const LAYERS = [
  'core',
  'transports',
  'connectors',
  'stores',
  'testkit',
  'worker',
  'cli',
  'create-connector',
  'examples',
  'tooling',
] as const;
export type Layer = (typeof LAYERS)[number];

const DependenciesSchema = z.record(z.string(), z.string()).optional();
const ExportTargetSchema = z.union([z.string(), z.record(z.string(), z.string())]);

export const PackageManifestSchema = z.looseObject({
  name: z.string(),
  private: z.boolean().optional(),
  exports: z.record(z.string(), ExportTargetSchema).optional(),
  bin: z.record(z.string(), z.string()).optional(),
  scripts: z.record(z.string(), z.string()).optional(),
  dependencies: DependenciesSchema,
  devDependencies: DependenciesSchema,
  peerDependencies: DependenciesSchema,
  optionalDependencies: DependenciesSchema,
});
export type PackageManifest = z.infer<typeof PackageManifestSchema>;

export interface WorkspacePackage {
  /** Relative to the root of the repository, with forward slashes. */
  readonly directory: string;
  readonly name: string;
  readonly layer: Layer;
  readonly published: boolean;
  readonly manifest: PackageManifest;
}

/** The repository as the rules see it: data alone, so that a test can hand in a broken one. */
export interface Workspace {
  readonly files: ReadonlyMap<string, string>;
  readonly packages: readonly WorkspacePackage[];
  /** Every TypeScript or JavaScript file of a package, parsed. */
  readonly modules: ReadonlyMap<string, ParsedModule>;
}

export interface Violation {
  readonly file: string;
  readonly message: string;
}

export type Rule = (workspace: Workspace) => Violation[];

const PACKAGE_MANIFEST =
  /^(packages\/(?:core|cli|create-connector|testkit|worker)|packages\/(?:connectors|stores|transports)\/[^/]+|examples\/[^/]+|tooling\/[^/]+)\/package\.json$/;
const MODULE = /\.[cm]?[jt]s$/;

export function workspaceFrom(files: ReadonlyMap<string, string>): Workspace {
  const packages = packagesIn(files);
  const modules = new Map<string, ParsedModule>();
  for (const [path, text] of files) {
    if (MODULE.test(path) && packageOf(packages, path)) modules.set(path, parseModule(path, text));
  }
  return { files, packages, modules };
}

export function packagesIn(files: ReadonlyMap<string, string>): WorkspacePackage[] {
  const packages: WorkspacePackage[] = [];
  for (const [path, text] of files) {
    const directory = PACKAGE_MANIFEST.exec(path)?.[1];
    if (directory === undefined) continue;
    const manifest = PackageManifestSchema.parse(JSON.parse(text));
    const layer = layerOf(directory);
    const published = manifest.private !== true;
    packages.push({ directory, name: manifest.name, layer, published, manifest });
  }
  return packages.sort((a, b) => (a.directory < b.directory ? -1 : 1));
}

function layerOf(directory: string): Layer {
  const [top, second] = directory.split('/');
  const layer = LAYERS.find((candidate) => candidate === (top === 'packages' ? second : top));
  if (layer === undefined) throw new TypeError(`no layer for ${directory}`);
  return layer;
}

export function packageOf(packages: readonly WorkspacePackage[], path: string): WorkspacePackage | undefined {
  return packages.find((candidate) => path.startsWith(`${candidate.directory}/`));
}

export function isSource(owner: WorkspacePackage, path: string): boolean {
  return path.startsWith(`${owner.directory}/src/`);
}

/** The built files that a package's `exports` name, by subpath. */
export function exportedFiles(manifest: PackageManifest): Map<string, string> {
  const files = new Map<string, string>();
  for (const [subpath, target] of Object.entries(manifest.exports ?? {})) {
    const file = typeof target === 'string' ? target : target.default;
    if (file !== undefined) files.set(subpath, file);
  }
  return files;
}

/** The source of a built file (`./dist/x.js` comes from `src/x.ts`); undefined for one that is not compiled. */
export function sourceOfBuilt(file: string): string | undefined {
  const name = /^(?:\.\/)?dist\/(.+)\.js$/.exec(file)?.[1];
  return name === undefined ? undefined : `src/${name}.ts`;
}
