import type Database from 'better-sqlite3';

/** Every statement but those of `query`, whose conditions vary. */
export const SQL = {
  counters: 'SELECT last_record, last_sequence, fresh FROM counters WHERE one = 1',
  setCounters: 'UPDATE counters SET last_record = ?, last_sequence = ?, fresh = ? WHERE one = 1',

  record: 'SELECT stamp, text FROM records WHERE id = ?',
  stamp: 'SELECT stamp FROM records WHERE id = ?',
  changed: 'SELECT id, sequence FROM records WHERE sequence > ? ORDER BY sequence LIMIT ?',
  insertRecord: 'INSERT INTO records (id, stamp, sequence, deleted, status, text) VALUES (?, 1, ?, ?, ?, ?)',
  updateRecord:
    'UPDATE records SET stamp = stamp + 1, sequence = ?, deleted = ?, status = ?, text = ? WHERE id = ?',
  deleteRecord: 'DELETE FROM records WHERE id = ?',

  // Two plain look-ups: a join over bound values would be planned again at each call.
  candidates:
    'SELECT record_id FROM fresh_keys WHERE hash = ? UNION ALL SELECT record_id FROM settled_keys WHERE hash = ?',
  // A list of values costs one call of SQLite; a join with it would be planned anew at each call.
  candidatesOf: `SELECT record_id FROM fresh_keys WHERE hash IN (SELECT value FROM json_each(?))
    UNION ALL SELECT record_id FROM settled_keys WHERE hash IN (SELECT value FROM json_each(?))`,
  refsOf: 'SELECT record_id, identity, seen FROM refs WHERE record_id IN (SELECT value FROM json_each(?))',
  ref: 'SELECT record_id, seen FROM refs WHERE record_id = ? AND identity = ?',
  refsOfRecord: 'SELECT identity, target, draft, seen FROM refs WHERE record_id = ?',
  insertRef: 'INSERT OR REPLACE INTO refs (record_id, identity, target, draft, seen) VALUES (?, ?, ?, ?, ?)',
  deleteRef: 'DELETE FROM refs WHERE record_id = ? AND identity = ?',

  insertKey: 'INSERT OR IGNORE INTO fresh_keys (hash, record_id) VALUES (?, ?)',
  deleteFreshKey: 'DELETE FROM fresh_keys WHERE hash = ? AND record_id = ?',
  deleteSettledKey: 'DELETE FROM settled_keys WHERE hash = ? AND record_id = ?',
  settleKeys:
    'INSERT OR IGNORE INTO settled_keys (hash, record_id) SELECT hash, record_id FROM fresh_keys ORDER BY hash, record_id',
  clearFreshKeys: 'DELETE FROM fresh_keys',

  listed: 'SELECT listed, last_sequence FROM counters WHERE one = 1',
  listedRefs:
    'SELECT identity, record_id FROM listed_refs WHERE target = ? AND identity > ? ORDER BY identity LIMIT ?',
  listRefs: `INSERT OR IGNORE INTO listed_refs (target, identity, record_id)
    SELECT refs.target, refs.identity, refs.record_id
    FROM records CROSS JOIN refs ON refs.record_id = records.id
    WHERE records.sequence > ? AND refs.draft = 0 AND refs.target <> ''
    ORDER BY refs.target, refs.identity`,
  setListed: 'UPDATE counters SET listed = last_sequence WHERE one = 1',
  deleteListedRef: 'DELETE FROM listed_refs WHERE target = ? AND identity = ?',

  pending: 'SELECT record_id FROM pending WHERE target = ? AND record_id > ? ORDER BY record_id LIMIT ?',
  pendingOfRecord: 'SELECT target FROM pending WHERE record_id = ?',
  insertPending: 'INSERT OR IGNORE INTO pending (target, record_id) VALUES (?, ?)',
  deletePending: 'DELETE FROM pending WHERE target = ? AND record_id = ?',

  bindings: 'SELECT text FROM bindings ORDER BY id',
  putBinding: 'INSERT INTO bindings (id, text) VALUES (?, ?) ON CONFLICT DO UPDATE SET text = excluded.text',

  lease: 'SELECT owner, fence, until FROM leases WHERE binding_id = ?',
  putLease: `INSERT INTO leases (binding_id, owner, fence, until) VALUES (?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET owner = excluded.owner, fence = excluded.fence, until = excluded.until`,
  releaseLease: 'UPDATE leases SET until = NULL WHERE binding_id = ? AND fence = ?',

  intents: 'SELECT text FROM intents WHERE binding_id = ? ORDER BY position',
  putIntent: `INSERT INTO intents (key, binding_id, text) VALUES (?, ?, ?)
    ON CONFLICT (key) DO UPDATE SET binding_id = excluded.binding_id, text = excluded.text`,
  deleteIntent: 'DELETE FROM intents WHERE key = ?',

  rereads:
    'SELECT sequence, text FROM rereads WHERE binding_id = ? AND sequence > ? ORDER BY sequence LIMIT ?',
  putReread: `INSERT INTO rereads (binding_id, identity, sequence, text) VALUES (?, ?, ?, ?)
    ON CONFLICT (binding_id, identity)
    DO UPDATE SET sequence = excluded.sequence, text = json_patch(text, excluded.text)`,
  deleteReread: 'DELETE FROM rereads WHERE binding_id = ? AND identity = ? AND sequence = ?',

  conflict: 'SELECT text FROM conflicts WHERE id = ?',
  conflictsOfRecord: 'SELECT text FROM conflicts WHERE record_id = ?',
  conflictsOfStatus: 'SELECT text FROM conflicts WHERE status = ? ORDER BY detected_at, id LIMIT ?',
  conflictsOfBinding:
    'SELECT text FROM conflicts WHERE status = ? AND binding_id = ? ORDER BY detected_at, id LIMIT ?',
  putConflict: `INSERT INTO conflicts (id, record_id, binding_id, status, detected_at, text) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET record_id = excluded.record_id, binding_id = excluded.binding_id,
      status = excluded.status, detected_at = excluded.detected_at, text = excluded.text`,

  runs: 'SELECT text FROM runs ORDER BY position DESC LIMIT ? OFFSET ?',
  runsOfBinding: 'SELECT text FROM runs WHERE binding_id = ? ORDER BY position DESC LIMIT ? OFFSET ?',
  insertRun: 'INSERT INTO runs (binding_id, text) VALUES (?, ?)',
  overrides: 'SELECT text FROM overrides ORDER BY position DESC LIMIT ? OFFSET ?',
  overridesOfBinding:
    'SELECT text FROM overrides WHERE binding_id = ? ORDER BY position DESC LIMIT ? OFFSET ?',
  insertOverride: 'INSERT INTO overrides (binding_id, text) VALUES (?, ?)',

  people: 'SELECT text FROM people ORDER BY position',
  clearPeople: 'DELETE FROM people',
  insertPerson: 'INSERT INTO people (text) VALUES (?)',
} as const;

export type StatementName = keyof typeof SQL;
/** Those that {@link Statements.insertAll} takes: their text ends with the values of a row. */
export type InsertName = 'insertRecord' | 'insertRef' | 'insertKey';
export type SqlValue = string | number | null;

/** Rows that one statement inserts: a call of SQLite costs about as much as a row. */
const ROWS_AT_ONCE = 20;

function insertMany(sql: string): string {
  const row = sql.slice(sql.lastIndexOf('('));
  return sql + `, ${row}`.repeat(ROWS_AT_ONCE - 1);
}

/** The statements, prepared once: a file whose tables are not ours is found out when it is opened. */
export class Statements {
  readonly #prepared = new Map<string, Database.Statement<SqlValue[]>>();

  constructor(db: Database.Database) {
    for (const [name, sql] of Object.entries(SQL)) this.#prepared.set(name, db.prepare(sql));
    const inserts: InsertName[] = ['insertRecord', 'insertRef', 'insertKey'];
    for (const name of inserts) this.#prepared.set(`${name} many`, db.prepare(insertMany(SQL[name])));
  }

  get<Row>(name: StatementName, ...values: SqlValue[]): Row | undefined {
    return this.#statement(name).get(...values) as Row | undefined;
  }

  all<Row>(name: StatementName, ...values: SqlValue[]): Row[] {
    return this.#statement(name).all(...values) as Row[];
  }

  run(name: StatementName, ...values: SqlValue[]): void {
    this.#statement(name).run(...values);
  }

  insertAll(name: InsertName, rows: SqlValue[][]): void {
    const whole = rows.length - (rows.length % ROWS_AT_ONCE);
    for (let at = 0; at < whole; at += ROWS_AT_ONCE) {
      this.#statement(`${name} many`).run(...rows.slice(at, at + ROWS_AT_ONCE).flat());
    }
    for (const row of rows.slice(whole)) this.run(name, ...row);
  }

  #statement(name: string): Database.Statement<SqlValue[]> {
    const statement = this.#prepared.get(name);
    if (!statement) throw new TypeError(`no statement ${name}`);
    return statement;
  }
}
