import { execFileSync } from 'node:child_process';
import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

export const REPOSITORY_ROOT: string = fileURLToPath(new URL('../../../', import.meta.url));

const GENERATED = new Set(['node_modules', 'dist', '.git', '.turbo', 'coverage', 'quickstart-data']);

/** All text files that git tracks or would track, by their path with forward slashes. */
export function readRepository(accept: (path: string) => boolean = () => true): Map<string, string> {
  const files = new Map<string, string>();
  for (const path of listFiles()) {
    if (!accept(path)) continue;
    const file = join(REPOSITORY_ROOT, path);
    if (!existsSync(file) || !statSync(file).isFile()) continue;
    const text = readFileSync(file, 'utf8');
    if (!text.includes('\0')) files.set(path, text);
  }
  return files;
}

function listFiles(): string[] {
  // A source archive has no git: then everything counts that is not generated.
  if (!existsSync(join(REPOSITORY_ROOT, '.git'))) {
    return globSync('**/*', { cwd: REPOSITORY_ROOT, exclude: (name) => GENERATED.has(name) }).map((path) =>
      path.split(sep).join('/'),
    );
  }
  const listing = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: REPOSITORY_ROOT,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  return [...new Set(listing.split('\0').filter((path) => path !== ''))];
}
