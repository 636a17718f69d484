import { bindingKey } from './binding.ts';
import type { OpenedBinding } from './options.ts';
import type { BindingState } from './rows.ts';

interface Kept {
  revision: number;
  opened: Promise<OpenedBinding>;
  users: number;
  /** Closed as soon as nobody uses it. */
  forgotten: boolean;
}

/**
 * Connectors that are kept between two runs, so that each does not look up anew what it knew: up to a number, those
 * that were used last. One that is in use is closed after that.
 */
export class OpenBindings {
  readonly #open: (state: BindingState) => Promise<OpenedBinding>;
  readonly #most: number;
  /** The one that was used last is the last. */
  readonly #kept = new Map<string, Kept>();

  constructor(open: (state: BindingState) => Promise<OpenedBinding>, most: number) {
    this.#open = open;
    this.#most = most;
  }

  /** Opens the binding where it is not open as it was put last, and does the work with it. */
  async use<T>(state: BindingState, work: (binding: OpenedBinding) => Promise<T>): Promise<T> {
    const key = bindingKey(state);
    if (this.#kept.get(key)?.revision !== state.revision) await this.forget(key);
    const kept: Kept = this.#kept.get(key) ?? {
      revision: state.revision,
      opened: this.#open(state),
      users: 0,
      forgotten: false,
    };
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    kept.users += 1;
    try {
      return await work(await kept.opened);
    } catch (error) {
      if (this.#kept.get(key) === kept) await this.forget(key);
      throw error;
    } finally {
      kept.users -= 1;
      await this.#close(kept);
      await this.#shrink();
    }
  }

  /** It is opened anew for its next use. */
  async forget(key: string): Promise<void> {
    const kept = this.#kept.get(key);
    if (!kept) return;
    this.#kept.delete(key);
    kept.forgotten = true;
    await this.#close(kept);
  }

  async close(): Promise<void> {
    for (const key of [...this.#kept.keys()]) await this.forget(key);
  }

  async #close(kept: Kept): Promise<void> {
    if (!kept.forgotten || kept.users > 0) return;
    const opened = await kept.opened.catch(() => undefined);
    await opened?.connector[Symbol.asyncDispose]();
  }

  async #shrink(): Promise<void> {
    const idle = [...this.#kept].filter(([, { users }]) => users === 0);
    for (const [key] of idle.slice(0, Math.max(0, this.#kept.size - this.#most))) await this.forget(key);
  }
}
