import type { Sleep } from '@spec-kitty/tracker-core';
import type { PostgresClient, PostgresPool } from './client.ts';
import { type FailureKind, failureKind, type Redact, StoreError, storeError } from './errors.ts';
import { migrate } from './migrations.ts';
import type { ServerClock } from './server-clock.ts';

export interface ConnectionOptions {
  pool: PostgresPool;
  schema: string;
  sleep: Sleep;
  serverClock: ServerClock;
  redact: Redact;
  /** Closes what was opened for this store. */
  close?: () => Promise<void>;
}

/** Waits between tries, in milliseconds: about ten seconds together. */
const WAITS: readonly number[] = [0, 100, 200, 400, 800, 1600, 3200, 3200];

const TRIED_AGAIN: readonly (FailureKind | undefined)[] = ['again', 'lost', 'refused'];

/** Whether what a transaction wrote is kept, and what its caller is answered. */
export interface Outcome<T> {
  keep: boolean;
  result: T;
}

/** A pool of connections to one schema. */
export class Connection {
  readonly schema: string;
  readonly serverClock: ServerClock;
  readonly #options: ConnectionOptions;
  #migrated: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.schema = options.schema;
    this.serverClock = options.serverClock;
  }

  /** Brings the schema to its latest version, once. A failure is told to each caller, and the next one tries again. */
  async ready(): Promise<void> {
    this.#migrated ??= this.#prepare().catch((error: unknown) => {
      this.#migrated = undefined;
      throw error;
    });
    await this.#migrated;
  }

  /** As {@link read}, of a schema that need not be there. */
  async look<T>(place: string, work: (client: PostgresClient) => Promise<T>): Promise<T> {
    return this.#told(place, () => this.#retried(() => this.#withClient((client) => work(client))));
  }

  /** `work` may be run again, after a failure that may pass. */
  async read<T>(place: string, work: (client: PostgresClient) => Promise<T>): Promise<T> {
    return this.#run(place, (client) => work(client));
  }

  /**
   * What `work` writes is kept whole or not at all. It is run again after a failure that may pass, also after a COMMIT
   * whose answer was lost: it has to find out by itself what became of an earlier run.
   */
  async transaction<T>(place: string, work: (client: PostgresClient) => Promise<Outcome<T>>): Promise<T> {
    return this.#run(place, (client, discard) => transact(client, discard, work));
  }

  async close(): Promise<void> {
    this.#closing ??= this.#options.close?.() ?? Promise.resolve();
    await this.#closing;
  }

  async #run<T>(place: string, work: Work<T>): Promise<T> {
    return this.#told(place, async () => {
      await this.ready();
      return this.#retried(() => this.#withClient(work));
    });
  }

  async #told<T>(place: string, work: () => Promise<T>): Promise<T> {
    if (this.#closing) throw new StoreError(`${place}: the store was closed`);
    try {
      return await work();
    } catch (error) {
      throw storeError(place, error, this.#options.redact);
    }
  }

  async #prepare(): Promise<void> {
    await this.#retried(() =>
      this.#withClient(async (client) => {
        await migrate(client, this.schema);
        const { rows } = await client.query(
          'SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 AS server_time',
        );
        const [answer] = rows as { server_time: number }[];
        if (answer) this.serverClock.hear(answer.server_time);
      }),
    );
  }

  async #retried<T>(work: () => Promise<T>): Promise<T> {
    for (let tries = 0; ; tries++) {
      try {
        return await work();
      } catch (error) {
        const wait = WAITS[tries];
        if (wait === undefined || !TRIED_AGAIN.includes(failureKind(error))) throw error;
        if (wait > 0) await this.#options.sleep(wait);
      }
    }
  }

  async #withClient<T>(work: Work<T>): Promise<T> {
    const client = await this.#options.pool.connect();
    // A connection that ends between two statements says so by an event, which would end the process.
    const ignore = (): void => {};
    client.on?.('error', ignore);
    let destroy = false;
    try {
      return await work(client, () => {
        destroy = true;
      });
    } catch (error) {
      destroy ||= failureKind(error) === 'lost';
      throw error;
    } finally {
      client.release(destroy);
      client.off?.('error', ignore);
    }
  }
}

/** Work over one connection, which it may keep from being used again. */
type Work<T> = (client: PostgresClient, discard: () => void) => Promise<T>;

async function transact<T>(
  client: PostgresClient,
  discard: () => void,
  work: (client: PostgresClient) => Promise<Outcome<T>>,
): Promise<T> {
  const rollBack = (): Promise<unknown> => client.query('ROLLBACK').catch(discard);
  // Said in full: a database may have other defaults, and what is read after the lock has to be what is there then.
  await client.query('BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE');
  let outcome: Outcome<T>;
  try {
    outcome = await work(client);
  } catch (error) {
    await rollBack();
    throw error;
  }
  if (outcome.keep) await commit(client, discard);
  else await rollBack();
  return outcome.result;
}

async function commit(client: PostgresClient, discard: () => void): Promise<void> {
  try {
    await client.query('COMMIT');
  } catch (error) {
    // Nobody knows in what state it left the connection.
    discard();
    throw error;
  }
}
