import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packedFileProblems } from './packed-files.ts';
import { REPOSITORY_ROOT, readRepository } from './read-repository.ts';
import { packagesIn, type WorkspacePackage } from './workspace.ts';

/** Packs every published package as a release would, and examines the tarballs. */
function main(): void {
  const published = packagesIn(readRepository((path) => path.endsWith('package.json'))).filter(
    (candidate) => candidate.published,
  );
  const folder = mkdtempSync(join(tmpdir(), 'spec-kitty-packages-'));
  try {
    const failed = published.filter((candidate) => !check(candidate, folder));
    console.log(`\n${published.length - failed.length} of ${published.length} packages are fit to publish`);
    for (const { name } of failed) console.error(`not fit: ${name}`);
    process.exitCode = failed.length === 0 ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function check({ name, directory, manifest }: WorkspacePackage, folder: string): boolean {
  console.log(`\n${name}`);
  const before = new Set(readdirSync(folder));
  run('pnpm', ['pack', '--pack-destination', folder], join(REPOSITORY_ROOT, directory));
  const tarball = readdirSync(folder).find((file) => !before.has(file));
  if (tarball === undefined) throw new Error(`pnpm pack left no tarball of ${name}`);
  const path = join(folder, tarball);

  const listing = execFileSync('tar', ['-tzf', path], { encoding: 'utf8' });
  const problems = packedFileProblems(
    listing.split('\n').filter((line) => line !== '' && !line.endsWith('/')),
  );
  for (const problem of problems) console.error(`  ${problem}`);

  const results = [problems.length === 0, run('publint', ['run', path, '--strict'])];
  // A package that is only a command has no types to examine.
  if (manifest.exports) results.push(run('attw', [path, '--profile', 'esm-only']));
  return results.every(Boolean);
}

function run(command: string, parameters: string[], cwd: string = REPOSITORY_ROOT): boolean {
  try {
    execFileSync(command, parameters, { cwd, stdio: ['ignore', 'inherit', 'inherit'] });
    return true;
  } catch {
    console.error(`  ${command} ${parameters[0]} failed`);
    return false;
  }
}

main();
