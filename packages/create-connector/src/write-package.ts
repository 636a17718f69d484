import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Answers } from './answers.ts';
import { pathOf, type Ranges, render } from './render.ts';

const TEMPLATE = fileURLToPath(new URL('./template', import.meta.url));

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

/**
 * Writes a new package into a folder that is empty, or is not there. Answers the paths of its files.
 * @throws Error where the folder has something in it: nothing of anybody's is written over.
 */
export async function writePackage(
  folder: string,
  answers: Answers,
  template: string = TEMPLATE,
): Promise<string[]> {
  const there = await readdir(folder).catch(() => []);
  if (there.length > 0) throw new Error(`${folder} is not empty; nothing was written`);
  const ranges = JSON.parse(await readFile(join(template, 'ranges.json'), 'utf8')) as Ranges;
  const written: string[] = [];
  for (const part of ['common', answers.transport]) {
    for (const file of await filesIn(join(template, part))) {
      const path = pathOf(file);
      const text = render(await readFile(join(template, part, file), 'utf8'), answers, ranges);
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text, { flag: 'wx' });
      written.push(path.split(sep).join('/'));
    }
  }
  return written.sort();
}
