import { globSync, readFileSync } from 'node:fs';
import { join, posix, sep } from 'node:path';
import { z } from 'zod';

/** What a published package exports under one name. */
export interface EntryPoint {
  /** As an import names it: `@spec-kitty/tracker-core/node`. */
  readonly specifier: string;
  readonly packageName: string;
  /** The source file, from the root of the repository, with forward slashes. */
  readonly source: string;
}

const ManifestSchema = z.object({
  name: z.string(),
  private: z.boolean().default(false),
  exports: z.record(z.string(), z.union([z.string(), z.object({ default: z.string() })])).default({}),
});

/** The public entries of every package that is published, by their names. Entries that are data have no source. */
export function entryPoints(root: string): EntryPoint[] {
  const manifests = globSync(['packages/*/package.json', 'packages/*/*/package.json'], { cwd: root });
  return manifests
    .map((path) => path.split(sep).join('/'))
    .flatMap((path) => entriesOf(posix.dirname(path), readFileSync(join(root, path), 'utf8')))
    .sort((a, b) => (a.specifier < b.specifier ? -1 : 1));
}

function entriesOf(directory: string, text: string): EntryPoint[] {
  const manifest = ManifestSchema.parse(JSON.parse(text));
  if (manifest.private) return [];
  return Object.entries(manifest.exports).flatMap(([subpath, target]) => {
    const built = typeof target === 'string' ? target : target.default;
    const name = /^\.\/dist\/(.+)\.js$/.exec(built)?.[1];
    if (name === undefined) return [];
    const { name: packageName } = manifest;
    const source = `${directory}/src/${name}.ts`;
    return [{ specifier: posix.join(packageName, subpath), packageName, source }];
  });
}
