import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const START = fileURLToPath(new URL('../../../.ci/start-postgres', import.meta.url));
const run = promisify(execFile);

/** A PostgreSQL server that nobody else uses. */
export interface OwnServer extends AsyncDisposable {
  connectionString: string;
  /** As after a crash: every connection is lost, what was committed is there again. */
  restart(): Promise<void>;
}

/** Undefined with the reason where none is to be had on this machine. */
export async function startServer(): Promise<OwnServer | { reason: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'tracker-postgres-'));
  const { stdout, stderr } = await run(START, [folder]);
  const connectionString = stdout.trim();
  if (connectionString === '') {
    await rm(folder, { recursive: true, force: true });
    return { reason: stderr.trim() };
  }
  return {
    connectionString,
    restart: async () => {
      await run(START, ['--restart', folder]);
    },
    [Symbol.asyncDispose]: async () => {
      await run(START, ['--stop', folder]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
