import { randomUUID } from 'node:crypto';
import { open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import {
  ConnectorConfigError,
  ConnectorRequestError,
  isTrackerError,
  type Sleep,
  TrackerContractError,
} from '@spec-kitty/tracker-core';
import type { TrackerStorage } from '../storage.ts';
import type { TrackerServer } from '../tracker-server.ts';

const LOCK_POLL_MS = 20;
const LOCK_WAIT_MS = 5_000;
/** A lock this old was left behind by a process that died: no write takes this long. */
const LOCK_STALE_MS = 30_000;

function codeOf(error: unknown): string | undefined {
  const code: unknown =
    typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/**
 * Keeps a tracker in a JSON file that several processes use: read again when it changed, replaced as a whole (a
 * temporary file, then a rename), one writer at a time (a lock file beside it).
 */
export class FileStorage implements TrackerStorage {
  readonly #file: string;
  readonly #server: TrackerServer;
  readonly #sleep: Sleep;
  #seen: string | undefined;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(file: string, server: TrackerServer, sleep: Sleep) {
    this.#file = file;
    this.#server = server;
    this.#sleep = sleep;
  }

  read<T>(work: () => T): Promise<T> {
    return this.#inTurn(async () => {
      await this.#refresh();
      return work();
    });
  }

  write<T>(work: () => T): Promise<T> {
    return this.#inTurn(async () => {
      await this.#lock();
      try {
        await this.#refresh();
        const before = this.#server.sequence;
        try {
          return work();
        } finally {
          if (this.#server.sequence !== before) await this.#save();
        }
      } finally {
        await rm(`${this.#file}.lock`, { force: true });
      }
    });
  }

  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const turn = this.#queue.then(task);
    this.#queue = turn.catch(() => undefined);
    return turn;
  }

  async #fingerprint(): Promise<string> {
    try {
      const { dev, ino, size, mtimeNs } = await stat(this.#file, { bigint: true });
      return [dev, ino, size, mtimeNs].join(':');
    } catch (cause) {
      if (codeOf(cause) === 'ENOENT') return 'none';
      throw this.#unusable(cause);
    }
  }

  async #refresh(): Promise<void> {
    const found = await this.#fingerprint();
    if (found === this.#seen) return;
    if (found === 'none') this.#server.clear();
    else this.#server.importState(await this.#parse());
    this.#seen = found;
  }

  async #parse(): Promise<unknown> {
    try {
      return JSON.parse(await readFile(this.#file, 'utf8'));
    } catch (cause) {
      if (!(cause instanceof SyntaxError)) throw this.#unusable(cause);
      throw new TrackerContractError('the file of the memory tracker holds no JSON', {
        provider: 'memory',
        kind: 'state',
        cause,
      });
    }
  }

  async #save(): Promise<void> {
    const temporary = `${this.#file}.${randomUUID()}.tmp`;
    // Until the new file stands, what this process holds is not what the file says.
    this.#seen = undefined;
    try {
      const text = JSON.stringify(this.#server.exportState());
      await writeFile(temporary, text, { mode: 0o600, flag: 'wx', flush: true });
      await rename(temporary, this.#file);
    } catch (cause) {
      await rm(temporary, { force: true });
      throw this.#unusable(cause);
    }
    this.#seen = await this.#fingerprint();
  }

  async #lock(): Promise<void> {
    const lock = `${this.#file}.lock`;
    for (let waited = 0; waited <= LOCK_WAIT_MS; waited += LOCK_POLL_MS) {
      try {
        await (await open(lock, 'wx', 0o600)).close();
        return;
      } catch (cause) {
        if (codeOf(cause) !== 'EEXIST') throw this.#unusable(cause);
      }
      if (await this.#isStale(lock)) await rm(lock, { force: true });
      else await this.#sleep(LOCK_POLL_MS);
    }
    throw new ConnectorRequestError('another process is writing the file of the memory tracker', {
      failureClass: 'transient',
      provider: 'memory',
    });
  }

  async #isStale(lock: string): Promise<boolean> {
    try {
      // Times of files are the machine's, so this one comparison is not by the injected clock.
      return Date.now() - (await stat(lock)).mtimeMs > LOCK_STALE_MS;
    } catch {
      return false;
    }
  }

  #unusable(cause: unknown): Error {
    if (isTrackerError(cause)) return cause;
    const missing = codeOf(cause) === 'ENOENT' ? `; the folder ${dirname(this.#file)} must exist` : '';
    return new ConnectorConfigError(
      `the file of the memory tracker cannot be used (${codeOf(cause)})${missing}`,
      {
        fieldPath: 'file',
        cause,
      },
    );
  }
}
