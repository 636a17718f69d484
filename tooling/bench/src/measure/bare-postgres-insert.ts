import { z } from 'zod';
import type { Send } from './postgres.ts';
import { PAGE_SIZE } from './pull.ts';
import { Stopwatch } from './stopwatch.ts';

/** A table of which rows are copied: the column by which pages are read, and the columns with their types. */
interface Table {
  name: string;
  page: string;
  columns: Readonly<Record<string, string>>;
}

const RECORDS: Table = {
  name: 'records',
  page: 'id',
  columns: {
    tenant: 'text',
    id: 'bigint',
    stamp: 'bigint',
    sequence: 'bigint',
    deleted: 'boolean',
    status: 'text',
    labels: 'text',
    search: 'text',
    text: 'text',
  },
};
const REFS: Table = {
  name: 'refs',
  page: 'record_id',
  columns: {
    tenant: 'text',
    identity: 'text',
    record_id: 'bigint',
    target: 'text',
    draft: 'boolean',
    seen: 'text',
  },
};
const JSON_ONLY: Table = { name: 'issues', page: 'id', columns: { text: 'text' } };

const RowsSchema = z.array(z.record(z.string(), z.unknown()));

async function columnsOf(send: Send, schema: string, table: Table, after: number): Promise<unknown[][]> {
  const names = Object.keys(table.columns);
  const sql = `SELECT ${names.join(', ')} FROM "${schema}".${table.name === 'issues' ? 'records' : table.name}
    WHERE ${table.page} > $1 AND ${table.page} <= $2 ORDER BY ${table.page}`;
  const rows = RowsSchema.parse(await send(sql, [after, after + PAGE_SIZE]));
  return names.map((name) => rows.map((row) => row[name]));
}

function insertInto(schema: string, { name, columns }: Table): string {
  const values = Object.values(columns).map((type, index) => `$${index + 1}::${type}[]`);
  return `INSERT INTO "${schema}".${name} (${Object.keys(columns).join(', ')}) SELECT * FROM unnest(${values.join(', ')})`;
}

async function timedCopy(
  send: Send,
  [from, to]: readonly [string, string],
  tables: readonly Table[],
  size: number,
): Promise<number> {
  const inserting = new Stopwatch();
  for (let after = 0; after < size; after += PAGE_SIZE) {
    const pages: unknown[][][] = [];
    for (const table of tables) pages.push(await columnsOf(send, from, table, after));
    await inserting.timeAsync(async () => {
      await send('BEGIN');
      for (const [index, table] of tables.entries()) await send(insertInto(to, table), pages[index]);
      await send('COMMIT');
    });
  }
  return inserting.milliseconds;
}

/**
 * The least that keeping the rows of a first pull costs: those of its issues and their refs, as the store wrote them,
 * into empty tables of the same shape. A statement a table and a transaction a page of issues; nothing is looked up.
 */
export async function timedBareRows(send: Send, from: string, to: string, size: number): Promise<number> {
  await send(`CREATE SCHEMA "${to}"`);
  for (const { name } of [RECORDS, REFS]) {
    await send(`CREATE TABLE "${to}".${name} (LIKE "${from}".${name} INCLUDING ALL)`);
  }
  return timedCopy(send, [from, to], [RECORDS, REFS], size);
}

/** The same for the JSON of the issues alone, as the only column of a table without an index. */
export async function timedBareJson(send: Send, from: string, to: string, size: number): Promise<number> {
  await send(`CREATE SCHEMA "${to}"`);
  await send(`CREATE TABLE "${to}".issues (text text NOT NULL)`);
  return timedCopy(send, [from, to], [JSON_ONLY], size);
}
