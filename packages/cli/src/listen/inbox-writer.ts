import type { SyncStore, TrackerEvent } from '@spec-kitty/tracker-core';

interface Waiting {
  bindingId: string;
  events: TrackerEvent[];
  done: () => void;
  failed: (error: unknown) => void;
}

/** Stores events. Those that come while others are being stored share the next commit: a burst costs few of them. */
export class InboxWriter {
  readonly #store: Pick<SyncStore, 'putEvents'>;
  #waiting: Waiting[] = [];
  #running = false;

  constructor(store: Pick<SyncStore, 'putEvents'>) {
    this.#store = store;
  }

  /** Ends when the events are stored. @throws what the store failed with; then none of them is. */
  put(bindingId: string, events: TrackerEvent[]): Promise<void> {
    return new Promise((done, failed) => {
      this.#waiting.push({ bindingId, events, done, failed });
      if (!this.#running) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#waiting.length > 0) {
      // What has come in by now is taken along.
      await new Promise((resolve) => setImmediate(resolve));
      const taken = this.#waiting;
      this.#waiting = [];
      for (const bindingId of new Set(taken.map((one) => one.bindingId))) {
        const some = taken.filter((one) => one.bindingId === bindingId);
        try {
          await this.#store.putEvents(
            bindingId,
            some.flatMap(({ events }) => events),
          );
          for (const { done } of some) done();
        } catch (error) {
          for (const { failed } of some) failed(error);
        }
      }
    }
    this.#running = false;
  }
}
