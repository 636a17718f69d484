/** Sends one statement, with values for `$1`, `$2`, … in it. A client of `pg` is one, and so is a PGlite. */
export interface PostgresClient {
  /** Its rows, whatever their shape; rejects with the server's error. */
  query(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>;
}

/** A connection that is one caller's until it is given back. */
export interface PooledClient extends PostgresClient {
  /** With true: it is closed, and not given to anybody else. */
  release(destroy?: boolean): void;
  /** Tells of a connection that ended while nothing was asked of it. */
  on?(event: 'error', listener: (error: Error) => void): unknown;
  /** No more of that. */
  off?(event: 'error', listener: (error: Error) => void): unknown;
}

/** What a store needs of a pool. A `Pool` of `pg` is one. */
export interface PostgresPool {
  /** Waits until a connection is free; rejects where none comes free in time, or none is to be had. */
  connect(): Promise<PooledClient>;
}

/**
 * A pool of one connection, such as a PGlite, which its callers have one after the other. There is no other one to be
 * had: instead of being destroyed it is rolled back.
 */
export function singleClientPool(client: PostgresClient): PostgresPool {
  let free: Promise<void> = Promise.resolve();
  return {
    async connect() {
      const before = free;
      let release = (): void => {};
      free = new Promise((resolve) => {
        release = resolve;
      });
      await before;
      return {
        query: (text, values) => client.query(text, values),
        release(destroy) {
          if (destroy) client.query('ROLLBACK').then(release, release);
          else release();
        },
      };
    },
  };
}
