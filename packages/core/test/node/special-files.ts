import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'vitest';

type Skip = TestContext['skip'];

/** A pipe that nobody writes to: whoever opens it plainly waits for ever. */
export function makePipe(file: string, skip: Skip): void {
  try {
    execFileSync('mkfifo', [file], { stdio: 'ignore' });
  } catch {
    skip('this system has no mkfifo');
  }
}

/** A device that never ends. */
export function endlessDevice(skip: Skip): string {
  if (!existsSync('/dev/zero')) skip('this system has no /dev/zero');
  return '/dev/zero';
}

/** Begins like `text` and then has so many bytes, of which a disk need hold none. */
export async function writeHuge(file: string, text: string, bytes: number): Promise<void> {
  await writeFile(file, text);
  await truncate(file, bytes);
}

/** As somebody who may read no file that the owner has closed. */
export async function asNobody<T>(folder: string, skip: Skip, work: () => Promise<T>): Promise<T> {
  if (process.getuid?.() !== 0) return work();
  await chmod(folder, 0o755);
  await chmod(join(folder, 'node_modules'), 0o755);
  try {
    process.seteuid?.(65_534);
  } catch (error) {
    skip(`root reads every file, and cannot become another user here: ${String(error)}`);
  }
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}
