import { readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, sep } from 'node:path';

/**
 * Adds the store's files to the `.gitignore` of `folder`, in a git work tree; of the work tree, where the store lies
 * outside of the folder. Gives the lines that were added.
 */
export async function ignoreStore(folder: string, storePath: string): Promise<string[]> {
  const root = await workTree(folder);
  if (root === undefined) return [];
  const home = [folder, root].find((each) => isInside(each, storePath));
  if (home === undefined) return [];
  const file = join(home, '.gitignore');
  const text = await readFile(file, 'utf8').catch(() => '');
  const there = new Set(text.split(/\r?\n/).map((line) => line.trim().replace(/^\//, '')));
  const path = relative(home, storePath)
    .split(sep)
    .join('/')
    .replace(/[\\*?[\]]/g, '\\$&');
  const lines = ['', '-wal', '-shm'].map((end) => `${path}${end}`).filter((line) => !there.has(line));
  if (lines.length === 0) return [];
  const newLine = text.includes('\r\n') ? '\r\n' : '\n';
  const before = text === '' || text.endsWith('\n') ? text : `${text}${newLine}`;
  const added = lines.map((line) => `/${line}`);
  await writeFile(file, before + added.map((line) => `${line}${newLine}`).join(''));
  return added;
}

async function workTree(from: string): Promise<string | undefined> {
  for (let folder = from; ; folder = dirname(folder)) {
    // A file in linked work trees and submodules.
    if (await stat(join(folder, '.git')).catch(() => undefined)) return folder;
    if (dirname(folder) === folder) return undefined;
  }
}

function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}
