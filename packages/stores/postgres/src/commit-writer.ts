import type { PostgresClient } from './client.ts';
import type { SqlValue, StatementName } from './statements.ts';
import type { Tenant } from './tenant.ts';

type Column<T> = (row: T) => string | number | boolean | null;

/** Inside of the transaction of one commit: its statements, and the numbers that it takes. */
export class CommitWriter {
  readonly tenant: Tenant;
  readonly #client: PostgresClient;
  #lastRecord: number;
  #lastSequence: number;

  constructor(
    tenant: Tenant,
    client: PostgresClient,
    counters: { lastRecord: number; lastSequence: number },
  ) {
    this.tenant = tenant;
    this.#client = client;
    this.#lastRecord = counters.lastRecord;
    this.#lastSequence = counters.lastSequence;
  }

  get counters(): { lastRecord: number; lastSequence: number } {
    return { lastRecord: this.#lastRecord, lastSequence: this.#lastSequence };
  }

  nextRecord(): number {
    this.#lastRecord += 1;
    return this.#lastRecord;
  }

  nextSequence(): number {
    this.#lastSequence += 1;
    return this.#lastSequence;
  }

  all<Row>(name: StatementName, ...values: SqlValue[]): Promise<Row[]> {
    return this.tenant.all<Row>(this.#client, name, ...values);
  }

  async run(name: StatementName, ...values: SqlValue[]): Promise<void> {
    await this.all(name, ...values);
  }

  /** One statement for all rows, which takes a list of values for each column; none where there are no rows. */
  async runForAll<T>(name: StatementName, rows: readonly T[], ...columns: Column<T>[]): Promise<void> {
    if (rows.length > 0) await this.run(name, ...columns.map((column) => rows.map(column)));
  }
}
