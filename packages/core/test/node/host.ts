import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { onTestFinished } from 'vitest';
import { FULL } from '../mission/fake-connector.ts';

/** Where a module that was imported leaves its mark. */
export const imported: string[] = Reflect.get(globalThis, 'importedPlugins') ?? [];
Reflect.set(globalThis, 'importedPlugins', imported);

const ZOD = new URL(import.meta.resolve('zod'));

export function manifest(id: string, change: object = {}): Record<string, unknown> {
  return {
    kind: 'spec-kitty.tracker-connector',
    specVersion: 1,
    id,
    displayName: `The ${id}`,
    category: 'reference',
    capabilities: FULL,
    configSchema: { type: 'object' },
    credentials: [],
    ...change,
  };
}

/** Code of an entry: leaves its mark when it is imported, then exports `plugin` as `exported` says. */
export function entry(id: string, exported = 'export default plugin;', change: object = {}): string {
  return `
    import { z } from ${JSON.stringify(ZOD.href)};
    globalThis.importedPlugins.push(${JSON.stringify(id)});
    const manifest = ${JSON.stringify(manifest(id, change))};
    const plugin = { manifest, configSchema: z.strictObject({}), create() { throw new Error('not made here'); } };
    ${exported}
  `;
}

/** A module that must never be imported. */
export const TRAP = "globalThis.importedPlugins.push('trap'); throw new Error('imported');";

/** Files of a package by path; objects become JSON. */
export type Files = Record<string, string | object>;

/** The exports of a package with its manifest and its entry where these say. */
export const exportsOf = (manifestPath: string, entryPath: string): object => ({
  exports: { '.': entryPath, './manifest.json': manifestPath },
});

/** A plugin's package in the fewest files. */
export function declaring(id: string, change: Files = {}): Files {
  return {
    'package.json': { name: id, type: 'module', ...exportsOf('./m.json', './e.js') },
    'm.json': manifest(id),
    'e.js': TRAP,
    ...change,
  };
}

/** A package that exports its manifest and its plugin. */
export function exporting(id: string, change: Files = {}): Files {
  return {
    'package.json': {
      name: id,
      type: 'module',
      exports: {
        '.': { types: './dist/index.d.ts', import: './dist/index.js' },
        './manifest.json': './dist/manifest.json',
      },
    },
    'dist/manifest.json': manifest(id),
    'dist/index.js': TRAP,
    ...change,
  };
}

export class Host {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  async write(path: string, files: Files): Promise<string> {
    for (const [name, content] of Object.entries(files)) {
      const file = join(this.folder, path, name);
      await mkdir(dirname(file), { recursive: true });
      const isText = typeof content === 'string' || content instanceof Uint8Array;
      await writeFile(file, isText ? content : JSON.stringify(content));
    }
    return join(this.folder, path);
  }

  /** A target that is absolute may lie outside the host. */
  async link(path: string, target: string): Promise<void> {
    const file = join(this.folder, path);
    await mkdir(dirname(file), { recursive: true });
    await symlink(resolve(this.folder, target), file);
  }
}

/** A folder of its own, and nothing in it. */
export async function emptyFolder(): Promise<Host> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'plugins-')));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return new Host(folder);
}

/** A host in a folder of its own that depends on, and has installed, these packages. */
export async function hostWith(packages: Record<string, Files>, packageJson: object = {}): Promise<Host> {
  const host = await emptyFolder();
  const dependencies = Object.fromEntries(Object.keys(packages).map((name) => [name, '*']));
  await host.write('.', { 'package.json': { name: 'host', dependencies, ...packageJson } });
  for (const [name, files] of Object.entries(packages)) await host.write(`node_modules/${name}`, files);
  return host;
}
