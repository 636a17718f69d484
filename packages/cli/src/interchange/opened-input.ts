import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { CliIo } from '../cli-io.ts';
import { UsageError } from '../config/usage-error.ts';

/** Input that can be read more than once. */
export interface OpenedInput extends AsyncDisposable {
  /** Null for standard input. */
  file: string | null;
  read(): AsyncIterable<Uint8Array>;
}

/** Standard input is kept in a file of its own meanwhile, for it may be larger than memory. @throws UsageError */
export async function openInput(io: CliIo, name: string): Promise<OpenedInput> {
  if (name !== '-') {
    const file = resolve(io.cwd, name);
    await requireFile(file, name);
    return { file, read: () => createReadStream(file), [Symbol.asyncDispose]: async () => {} };
  }
  const folder = await mkdtemp(join(tmpdir(), 'spec-kitty-tracker-'));
  const file = join(folder, 'input.jsonl');
  const dispose = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    await pipeline(io.input(), createWriteStream(file, { mode: 0o600 }));
  } catch (error) {
    await dispose();
    throw error;
  }
  return { file: null, read: () => createReadStream(file), [Symbol.asyncDispose]: dispose };
}

async function requireFile(file: string, name: string): Promise<void> {
  let why = 'it is no file';
  try {
    await using handle = await open(file);
    if ((await handle.stat()).isFile()) return;
  } catch (cause) {
    why = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
  }
  throw new UsageError(`${name} cannot be read (${why})`, { code: 'input_unusable', fieldPath: 'FILE' });
}
