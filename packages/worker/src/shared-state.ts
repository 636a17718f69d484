import type { JsonValue, SharedState } from '@spec-kitty/tracker-core';
import { JsonValueSchema } from '@spec-kitty/tracker-core';
import type { Db } from 'pg-boss';
import { z } from 'zod';
import type { Schema } from './migrate.ts';

const RowsSchema = z.array(
  z.object({ document: z.string().nullable(), version: z.coerce.number().nullable(), now: z.number() }),
);

/** More machines than that never meet so often; then the database is not what it should be. */
const MAX_TRIES = 1000;

/** The documents that all workers of a database share: a change is made to the newest one, or made again. */
export class DatabaseState implements SharedState {
  readonly #db: Db;
  readonly #schema: Schema;
  /** Calls of one process for one document wait for each other instead of beating each other. */
  readonly #turns = new Map<string, Promise<unknown>>();

  constructor(db: Db, schema: Schema) {
    this.#db = db;
    this.#schema = schema;
  }

  /** Forgets what nobody changed for two days: no limit of a vendor lasts that long. */
  async sweep(): Promise<void> {
    await this.#db.executeSql(
      `DELETE FROM ${this.#schema}.shared_state WHERE updated_at < now() - interval '2 days'`,
    );
  }

  async update<T>(
    name: string,
    change: (before: JsonValue | undefined, now: number) => { after: JsonValue; answer: T },
  ): Promise<T> {
    const before = this.#turns.get(name) ?? Promise.resolve();
    const turn = before.then(() => this.#update(name, change));
    const settled = turn.then(
      () => {},
      () => {},
    );
    this.#turns.set(name, settled);
    try {
      return await turn;
    } finally {
      if (this.#turns.get(name) === settled) this.#turns.delete(name);
    }
  }

  async #update<T>(
    name: string,
    change: (before: JsonValue | undefined, now: number) => { after: JsonValue; answer: T },
  ): Promise<T> {
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      const { document, version, now } = await this.#read(name);
      const { after, answer } = change(parsed(document), now);
      const text = JSON.stringify(after);
      if (text === document || (await this.#write(name, text, version))) return answer;
    }
    throw new Error(`the shared document ${name} is changed by others without end`);
  }

  async #read(name: string): Promise<{ document: string | null; version: number | null; now: number }> {
    const { rows } = await this.#db.executeSql(
      `SELECT s.document, s.version, (extract(epoch from clock_timestamp()) * 1000)::float8 AS now
       FROM (SELECT 1) one LEFT JOIN ${this.#schema}.shared_state s ON s.name = $1`,
      [name],
    );
    const [row] = RowsSchema.parse(rows);
    return row ?? { document: null, version: null, now: 0 };
  }

  async #write(name: string, document: string, version: number | null): Promise<boolean> {
    const table = `${this.#schema}.shared_state`;
    const { rows } =
      version === null
        ? await this.#db.executeSql(
            `INSERT INTO ${table} (name, document, version) VALUES ($1, $2, 1) ON CONFLICT DO NOTHING RETURNING version`,
            [name, document],
          )
        : await this.#db.executeSql(
            `UPDATE ${table} SET document = $2, version = version + 1, updated_at = now() WHERE name = $1 AND version = $3 RETURNING version`,
            [name, document, version],
          );
    return rows.length === 1;
  }
}

/** What is no JSON any more is begun anew. */
function parsed(document: string | null): JsonValue | undefined {
  if (document === null) return undefined;
  try {
    return JsonValueSchema.parse(JSON.parse(document));
  } catch {
    return undefined;
  }
}
