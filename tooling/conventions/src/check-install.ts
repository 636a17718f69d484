import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import {
  CLI,
  CONNECT,
  CORE,
  DISCOVER,
  GITLAB,
  HTTP,
  MEMORY,
  POSTGRES,
  READ,
  SIBLING,
  SIBLING_CODE,
  SYNC,
  THIRD_PARTY,
  WEB,
  WORKER,
} from './install-programs.ts';
import { installRuntime, OTHER_RUNTIMES, runIn } from './other-runtimes.ts';
import { type HostProject, installYarn, npm, type PackageManager, pnpm } from './package-managers.ts';
import { REPOSITORY_ROOT, readRepository } from './read-repository.ts';
import { run } from './run-program.ts';
import { packagesIn } from './workspace.ts';

/*
 * Packs every published package as a release would and installs them as strangers do: in empty folders, by npm, pnpm and
 * yarn, from the tarballs alone. In each folder a sync runs, types resolve, and nothing is there that was not asked for.
 * Other runtimes than Node run the same and come to the same.
 */

interface Host {
  name: string;
  /** What its package.json names. */
  asks: readonly string[];
  /** Packages of this project and of third parties that may be there, and no other. */
  brings: readonly string[];
  files: Readonly<Record<string, string>>;
  /** The arguments of Node, each to be run in the folder. */
  runs: readonly (readonly string[])[];
  /** The host is one of two packages of a workspace; the other one is a plugin. */
  isInWorkspace?: boolean;
}

const CONFIG = JSON.stringify({
  store: { path: 'issues.sqlite' },
  bindings: { memory: { connector: 'memory', options: { workspace: 'shop' } } },
});

const HOSTS: readonly Host[] = [
  {
    name: 'core and one connector',
    asks: [CORE, MEMORY],
    brings: [CORE, MEMORY],
    files: { 'main.ts': SYNC },
    runs: [['main.ts']],
  },
  {
    name: 'the command line, SQLite and two connectors',
    asks: [CLI, MEMORY, '@spec-kitty/tracker-github'],
    brings: [
      CORE,
      CLI,
      MEMORY,
      '@spec-kitty/tracker-github',
      '@spec-kitty/tracker-http',
      '@spec-kitty/tracker-store-sqlite',
    ],
    files: { 'spec-kitty-tracker.json': CONFIG },
    runs: [
      ['node_modules/@spec-kitty/tracker-cli/dist/main.js', 'issues', 'create', '--title', 'One'],
      ['node_modules/@spec-kitty/tracker-cli/dist/main.js', 'sync'],
    ],
  },
  {
    name: 'core, the PostgreSQL store and the worker',
    asks: [CORE, POSTGRES, WORKER, '@opentelemetry/api'],
    brings: [CORE, POSTGRES, WORKER],
    files: { 'main.ts': CONNECT },
    runs: [['main.ts']],
  },
  {
    name: 'a connector of a third party',
    asks: [CORE, THIRD_PARTY],
    brings: [CORE, THIRD_PARTY, '@spec-kitty/tracker-http'],
    files: { 'main.ts': READ },
    runs: [['main.ts']],
  },
  {
    name: 'discovery in a workspace',
    asks: [CORE, MEMORY, '@spec-kitty/tracker-github'],
    brings: [CORE, MEMORY, '@spec-kitty/tracker-github', HTTP, SIBLING],
    files: { 'main.ts': DISCOVER },
    runs: [['main.ts']],
    isInWorkspace: true,
  },
];

const ManifestSchema = z.looseObject({
  name: z.string(),
  version: z.string(),
  scripts: z.record(z.string(), z.string()).optional(),
});

/** Scripts that run when a package is installed. */
const INSTALL_SCRIPTS = ['preinstall', 'install', 'postinstall'];

/** Packs what is in a folder. Answers the tarball. */
function pack(folder: string, into: string): string {
  const before = new Set(readdirSync(into));
  run('pnpm', ['pack', '--pack-destination', into], folder);
  const tarball = readdirSync(into).find((file) => !before.has(file));
  if (tarball === undefined) throw new Error(`pnpm pack left no tarball of ${folder}`);
  return join(into, tarball);
}

function packAll(into: string): Map<string, string> {
  const published = packagesIn(readRepository((path) => path.endsWith('package.json'))).filter(
    (one) => one.published,
  );
  return new Map(
    published.map(({ name, directory }) => [name, pack(join(REPOSITORY_ROOT, directory), into)]),
  );
}

/** The plugin beside a host in its workspace: the memory connector under another id, for `import` alone. */
function writeSibling(folder: string, from: (name: string) => string): void {
  const manifest = join(REPOSITORY_ROOT, 'packages/connectors/memory/dist/manifest.json');
  const announced = JSON.parse(readFileSync(manifest, 'utf8')) as object;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify({ ...announced, id: 'sibling' }));
  writeFileSync(join(folder, 'index.js'), SIBLING_CODE);
  writeJson(join(folder, 'package.json'), {
    name: SIBLING,
    version: '1.0.0',
    type: 'module',
    exports: { '.': { import: './index.js' }, './manifest.json': './manifest.json' },
    dependencies: { [CORE]: from(CORE), [MEMORY]: from(MEMORY) },
  });
}

function writeJson(file: string, value: object): void {
  writeFileSync(file, JSON.stringify(value, null, 2));
}

/** Writes a host's package.json: it names what it asks for, and what that needs is overridden with our tarballs. Answers the host's folder. */
function writeHost(
  folder: string,
  manager: PackageManager,
  { asks, isInWorkspace = false }: Host,
  tarballs: ReadonlyMap<string, string>,
): string {
  const from = (name: string): string => {
    const tarball = tarballs.get(name);
    // What is not ours comes from the registry.
    return tarball === undefined ? '*' : `file:${tarball}`;
  };
  const asked = Object.fromEntries(asks.map((name) => [name, from(name)]));
  const dependencies = isInWorkspace ? { ...asked, [SIBLING]: manager.siblingVersion } : asked;
  const overrides = Object.fromEntries([...tarballs.keys()].map((name) => [name, from(name)]));
  const project: HostProject = { dependencies, overrides, isWorkspace: isInWorkspace };
  const host = { name: 'host', version: '1.0.0', private: true, type: 'module', dependencies };
  const place = isInWorkspace ? join(folder, 'app') : folder;
  mkdirSync(place, { recursive: true });
  manager.writeSettings(folder, project);
  if (isInWorkspace) {
    writeJson(join(place, 'package.json'), host);
    writeSibling(join(folder, 'sibling'), from);
  }
  const root = isInWorkspace ? { name: 'root', private: true } : host;
  writeJson(join(folder, 'package.json'), { ...root, ...manager.rootFields(project) });
  return place;
}

interface Installed {
  names: Set<string>;
  packages: number;
  bytes: number;
  scripts: string[];
}

/** Links are followed, and what they lead to more than once is counted once. */
function installedIn(folder: string): Installed {
  const found: Installed = { names: new Set(), packages: 0, bytes: 0, scripts: [] };
  const seen = new Set<string>();
  const inodes = new Set<number>();
  for (const entry of readdirSync(join(folder, 'node_modules'), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const { ino, size } = statSync(path);
    if (!inodes.has(ino)) found.bytes += size;
    inodes.add(ino);
    // A package stands right below `node_modules`, or below its scope there.
    if (!/\/node_modules\/(?:@[^/]+\/)?[^/@.][^/]*\/package\.json$/.test(path)) continue;
    const { name, version, scripts = {} } = ManifestSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
    if (seen.has(`${name}@${version}`)) continue;
    seen.add(`${name}@${version}`);
    found.packages += 1;
    found.names.add(name);
    for (const script of INSTALL_SCRIPTS) if (script in scripts) found.scripts.push(`${name}: ${script}`);
  }
  return found;
}

const isOurs = (name: string): boolean => /^(?:@spec-kitty\/|(?:create-)?spec-kitty-)/.test(name);
/** What only development needs. */
const TOOLS = [
  'typescript',
  'vitest',
  '@biomejs/biome',
  'turbo',
  'knip',
  'fast-check',
  '@spec-kitty/tracker-testkit',
];

/** Else the layout that was to be tried is none of the manager's. */
function layoutProblems({ isolates }: PackageManager, place: string): string[] {
  const own = lstatSync(join(place, 'node_modules', MEMORY), { throwIfNoEntry: false });
  if (isolates) return own?.isSymbolicLink() ? [] : [`${MEMORY} is no link in the host's own folder`];
  return own ? [`${MEMORY} is in the host's own folder, and not above it`] : [];
}

function check(
  host: Host,
  manager: PackageManager,
  folder: string,
  tarballs: ReadonlyMap<string, string>,
): string {
  const { name, brings, files, runs } = host;
  const place = writeHost(folder, manager, host, tarballs);
  manager.install(folder);
  for (const [path, text] of Object.entries(files)) writeFileSync(join(place, path), text);
  const { names, packages, bytes, scripts } = installedIn(folder);
  const ours = [...names].filter(isOurs);
  const stray = [...ours.filter((one) => !brings.includes(one)), ...TOOLS.filter((one) => names.has(one))];
  const missing = brings.filter((one) => !names.has(one));
  const problems = [
    ...stray.map((one) => `${one} was installed, and nobody asked for it`),
    ...missing.map((one) => `${one} is missing`),
    ...scripts.filter((one) => isOurs(one)).map((one) => `has an install script, ${one}`),
    ...(host.isInWorkspace ? layoutProblems(manager, place) : []),
  ];
  if (problems.length > 0) throw new Error(problems.join('\n'));
  for (const parameters of runs) run(process.execPath, parameters, place);
  if (files['main.ts'] !== undefined) {
    const types = resolve(REPOSITORY_ROOT, 'node_modules/@types');
    const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2023', '--types', 'node'];
    run('tsc', [...options, '--lib', 'es2023,esnext.disposable', '--typeRoots', types, 'main.ts'], place);
  }
  const others = scripts.length === 0 ? '' : `; scripts of others: ${scripts.join(', ')}`;
  return `${name}, by ${manager.name}: ${packages} packages, ${(bytes / 1_000_000).toFixed(1)} MB${others}`;
}

/** A connector as the initialiser writes it, built and packed. */
function thirdParty(folder: string, tarballs: ReadonlyMap<string, string>, into: string): string {
  const program = join(REPOSITORY_ROOT, 'packages/create-connector/dist/main.js');
  const place = join(folder, 'third-party');
  run(process.execPath, [program, '--name', 'third-party', '--transport', 'http', '--folder', place], folder);
  const path = join(place, 'package.json');
  const manifest = JSON.parse(readFileSync(path, 'utf8')) as Record<string, Record<string, string>>;
  const overrides = Object.fromEntries([...tarballs].map(([name, file]) => [name, `file:${file}`]));
  for (const part of ['dependencies', 'devDependencies'] as const)
    for (const name of Object.keys(manifest[part] ?? {})) {
      const file = tarballs.get(name);
      if (file !== undefined && manifest[part]) manifest[part][name] = `file:${file}`;
    }
  const original = readFileSync(path, 'utf8');
  writeFileSync(path, JSON.stringify({ ...manifest, overrides }));
  run('npm', ['install', '--no-audit', '--no-fund'], place);
  for (const script of ['check', 'test', 'build']) run('npm', ['run', script], place);
  writeFileSync(path, original);
  return pack(place, into);
}

/** One installation, run by Node and by every other runtime that is to be had: the texts must be the same, byte by byte. */
function checkRuntimes(folder: string, tools: string, tarballs: ReadonlyMap<string, string>): void {
  const name = 'core, GitLab and the memory connector';
  const host: Host = { name, asks: [CORE, MEMORY, GITLAB, HTTP], brings: [], files: {}, runs: [] };
  const place = writeHost(folder, npm, host, tarballs);
  npm.install(folder);
  const scenario = readFileSync(new URL('web-scenario.ts', import.meta.url), 'utf8');
  for (const [file, text] of Object.entries({ 'web-scenario.ts': scenario, 'main.ts': WEB }))
    writeFileSync(join(place, file), text);
  const expected = run(process.execPath, ['main.ts'], place);
  for (const runtime of OTHER_RUNTIMES) {
    const program = orReason(() => installRuntime(runtime, tools));
    if (program === undefined) continue;
    const text = runIn(runtime, program, place, 'main.ts');
    if (text !== expected)
      throw new Error(`${runtime.name} comes to something else than Node:\n${text}\n\nNode:\n${expected}`);
    console.log(`${name}, in ${runtime.name}: the same ${Buffer.byteLength(text)} bytes as in Node`);
  }
}

/** What a registry may not have is gone without, with a reason. */
function orReason<T>(get: () => T): T | undefined {
  try {
    return get();
  } catch (error) {
    console.log(`not tried: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

function main(): void {
  const folder = mkdtempSync(join(tmpdir(), 'spec-kitty-install-'));
  try {
    const packed = join(folder, 'packed');
    const tools = join(folder, 'tools');
    for (const place of [packed, tools]) mkdirSync(place);
    const tarballs = packAll(packed);
    tarballs.set(THIRD_PARTY, thirdParty(folder, tarballs, packed));
    const yarn = orReason(() => installYarn(tools));
    for (const manager of yarn ? [npm, pnpm, yarn] : [npm, pnpm])
      for (const [index, host] of HOSTS.entries())
        console.log(check(host, manager, join(folder, `${manager.name}-${index}`), tarballs));
    checkRuntimes(join(folder, 'runtimes'), tools, tarballs);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

main();
