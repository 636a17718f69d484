import type { SyncResult } from '@spec-kitty/tracker-core';

export interface EventWorkerOptions {
  /** Works off what is in the inbox. */
  run(): Promise<SyncResult>;
  /** Whether something is left there. */
  hasMore(): Promise<boolean>;
  done(result: SyncResult): void;
  failed(error: unknown): void;
  /** Calls back after so many milliseconds, and gives up on it when the answer is called. */
  later(ms: number, work: () => void): () => void;
}

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;

/** Works off the events of one binding, one run after the other. What came while one was running is in the next. */
export class EventWorker {
  readonly #options: EventWorkerOptions;
  #running: Promise<void> | undefined;
  #again = false;
  #pause = FIRST_PAUSE_MS;
  #forget: (() => void) | undefined;
  #stopped = false;

  constructor(options: EventWorkerOptions) {
    this.#options = options;
  }

  /** There are events. */
  wake(): void {
    if (this.#stopped) return;
    this.#forget?.();
    this.#forget = undefined;
    if (this.#running) this.#again = true;
    else
      this.#running = this.#work().finally(() => {
        this.#running = undefined;
      });
  }

  /** No new run; ends when the one under way has. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#forget?.();
    await this.#running;
  }

  async #work(): Promise<void> {
    const { run, hasMore, done, failed, later } = this.#options;
    do {
      this.#again = false;
      let left: boolean;
      try {
        const result = await run();
        done(result);
        left = await hasMore();
        this.#pause = left ? this.#pause : FIRST_PAUSE_MS;
      } catch (error) {
        failed(error);
        left = true;
      }
      if (left && !this.#again && !this.#stopped) {
        // Another run holds the binding, or the tracker cannot be reached.
        this.#forget = later(this.#pause, () => this.wake());
        this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE_MS);
      }
    } while (this.#again && !this.#stopped);
  }
}
