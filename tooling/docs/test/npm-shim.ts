import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/*
 * Stands in for npm in what the pages tell people to type: packages are this workspace's, and nothing is fetched. What
 * is not done here is refused, so that no page says what nobody tried.
 */

const ROOT = join(import.meta.dirname, '../../..');
const INITIALISER = 'spec-kitty-tracker-connector';

interface Manifest {
  name?: string;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
  scripts?: Record<string, string>;
}
const manifestOf = (file: string): Manifest => JSON.parse(readFileSync(file, 'utf8')) as Manifest;

const workspace = new Map(
  globSync(['packages/*/package.json', 'packages/*/*/package.json'], { cwd: ROOT }).map((path) => [
    manifestOf(join(ROOT, path)).name,
    join(ROOT, dirname(path)),
  ]),
);

/** Where a package is: in this workspace, or among what its packages use. */
function placeOf(name: string): string {
  const known = workspace.get(name);
  if (known !== undefined) return known;
  for (const owner of ['.', 'packages/core', 'packages/cli']) {
    const place = join(ROOT, owner, 'node_modules', name);
    if (existsSync(place)) return place;
  }
  return dirname(createRequire(join(ROOT, 'package.json')).resolve(`${name}/package.json`));
}

function install(names: readonly string[]): void {
  const manifest: Manifest = existsSync('package.json') ? manifestOf('package.json') : { name: 'host' };
  if (names.length > 0) {
    manifest.dependencies = {
      ...manifest.dependencies,
      ...Object.fromEntries(names.map((name) => [name, '*'])),
    };
    writeFileSync('package.json', JSON.stringify(manifest));
  }
  const { dependencies, devDependencies, peerDependencies } = manifest;
  for (const name of Object.keys({ ...dependencies, ...devDependencies, ...peerDependencies })) {
    const link = join('node_modules', name);
    if (existsSync(link)) continue;
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(placeOf(name), link, 'dir');
  }
}

function script(name: string): void {
  const command = manifestOf('package.json').scripts?.[name];
  if (command === undefined) throw new Error(`there is no script ${name}`);
  const { status } = spawnSync('bash', ['-c', command], { stdio: 'inherit' });
  process.exitCode = status ?? 1;
}

const [command, ...args] = process.argv.slice(2);
if (command === 'install') install(args);
else if (command === 'run' && args.length === 1) script(args[0] ?? '');
else if (command === 'test' && args.length === 0) script('test');
else if (command === 'create' && args[0] === INITIALISER && args[1] === '--') {
  const program = join(ROOT, 'packages/create-connector/dist/main.js');
  execFileSync(process.execPath, [program, ...args.slice(2)], { stdio: 'inherit' });
} else throw new Error(`npm ${process.argv.slice(2).join(' ')} is not played`);
