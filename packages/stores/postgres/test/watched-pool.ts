import type { PooledClient, PostgresPool } from '../src/index.ts';

/** Called before each statement of a pool; what it throws is thrown in the statement's place. */
export type Before = (text: string, client: PooledClient) => Promise<void> | void;

/** A pool of which every statement is seen before it is sent. */
export function watchedPool(pool: PostgresPool, before: Before): PostgresPool {
  return {
    async connect() {
      const client = await pool.connect();
      return {
        async query(text, values) {
          await before(text, client);
          return client.query(text, values);
        },
        release: (destroy) => client.release(destroy),
        on: (event, listener) => client.on?.(event, listener),
        off: (event, listener) => client.off?.(event, listener),
      };
    },
  };
}

/** A gate that is shut until it is opened. */
export class Gate {
  open: () => void = () => {};
  /** Resolves once somebody waits at the gate. */
  readonly reached: Promise<void>;
  #reach: () => void = () => {};
  readonly #opened: Promise<void>;

  constructor() {
    this.#opened = new Promise((resolve) => {
      this.open = resolve;
    });
    this.reached = new Promise((resolve) => {
      this.#reach = resolve;
    });
  }

  async pass(): Promise<void> {
    this.#reach();
    await this.#opened;
  }
}
