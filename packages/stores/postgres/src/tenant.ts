import type { PostgresClient } from './client.ts';
import { inSchema } from './in-schema.ts';
import { toSortKey } from './sort-key.ts';
import { SQL, type SqlValue, type StatementName } from './statements.ts';

/**
 * One tenant of a schema. Every statement of the store is sent from here, and each gets the tenant as its first value:
 * there is no way to send one without.
 */
export class Tenant {
  readonly schema: string;
  readonly name: string;
  readonly #key: string;

  constructor(schema: string, name: string) {
    this.schema = schema;
    this.name = name;
    this.#key = toSortKey(name);
  }

  /** How errors name it. */
  get place(): string {
    return `PostgreSQL schema ${this.schema}, tenant ${this.name}`;
  }

  /** The rows that a statement answers; `Row` says what it selects. */
  async all<Row>(client: PostgresClient, name: StatementName, ...values: SqlValue[]): Promise<Row[]> {
    return this.select(client, SQL[name], ...values);
  }

  /** The same for a statement that is made of parts. In its text `$1` is the tenant, too. */
  async select<Row>(client: PostgresClient, sql: string, ...values: SqlValue[]): Promise<Row[]> {
    const { rows } = await client.query(inSchema(this.schema, sql), [this.#key, ...values]);
    return rows as Row[];
  }
}
