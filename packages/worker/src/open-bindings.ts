import type { SyncEngineOptions } from '@spec-kitty/tracker-core';
import { bindingKey } from './binding.ts';
import type { BindingState } from './rows.ts';

/** A binding, ready to be synced. The worker closes the connector; a store belongs to whoever opened it. */
export type OpenedBinding = SyncEngineOptions;

interface Kept {
  revision: number;
  opened: Promise<OpenedBinding>;
}

/**
 * Connectors that are kept between two runs, so that each does not look up anew what it knew: up to a number, those
 * that were used last. A binding is used by one run at a time.
 */
export class OpenBindings {
  readonly #open: (state: BindingState) => Promise<OpenedBinding>;
  readonly #most: number;
  readonly #kept = new Map<string, Kept>();
  readonly #used = new Set<string>();

  constructor(open: (state: BindingState) => Promise<OpenedBinding>, most: number) {
    this.#open = open;
    this.#most = most;
  }

  async use<T>(state: BindingState, work: (binding: OpenedBinding) => Promise<T>): Promise<T> {
    const key = bindingKey(state);
    const before = this.#kept.get(key);
    if (before && before.revision !== state.revision) await this.forget(key);
    const kept = this.#kept.get(key) ?? { revision: state.revision, opened: this.#open(state) };
    // The last used is the last in order.
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    this.#used.add(key);
    try {
      return await work(await kept.opened);
    } catch (error) {
      await this.forget(key);
      throw error;
    } finally {
      this.#used.delete(key);
      await this.#shrink();
    }
  }

  /** It is opened anew for its next run. */
  async forget(key: string): Promise<void> {
    const kept = this.#kept.get(key);
    this.#kept.delete(key);
    const opened = await kept?.opened.catch(() => undefined);
    await opened?.connector[Symbol.asyncDispose]();
  }

  async close(): Promise<void> {
    for (const key of [...this.#kept.keys()]) await this.forget(key);
  }

  async #shrink(): Promise<void> {
    for (const key of [...this.#kept.keys()]) {
      if (this.#kept.size <= this.#most) return;
      if (!this.#used.has(key)) await this.forget(key);
    }
  }
}
