import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Gives `work` the absolute path of a file with this text, in a folder that this user alone may enter, and removes both
 * when it ends, however it ends. For commands that read a text from `--file` only.
 */
export async function withTemporaryFile<T>(text: string, work: (path: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'spec-kitty-'));
  try {
    const path = join(folder, 'text.md');
    await writeFile(path, text, { flag: 'wx', mode: 0o600 });
    return await work(path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
