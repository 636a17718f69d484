import type {
  BindingRow,
  Clock,
  Commit,
  CommitResult,
  ConflictQuery,
  Intent,
  IssueQuery,
  LogQuery,
  OverrideRecord,
  Person,
  Reread,
  RunRecord,
  StoreBackend,
  StoredConflict,
  StoredRecord,
} from '@spec-kitty/tracker-core';
import type Database from 'better-sqlite3';
import { applyCommit } from './apply-commit.ts';
import type { Connection } from './connection.ts';
import { damaged } from './errors.ts';
import { Identities } from './identities.ts';
import { FIRST_DAMAGED_RECORD, queryStatement } from './issue-query.ts';
import { acquireLease } from './leases.ts';
import { allRefsListed, listRefs } from './record-index.ts';
import { fromSortKey, toSortKey } from './sort-key.ts';
import type { SqlValue, StatementName } from './statements.ts';
import { BINDING, CONFLICT, INTENT, OVERRIDE, PERSON, REREAD, RUN, type Shape } from './stored-shapes.ts';
import { readObject, readRecord } from './stored-text.ts';

interface RecordRow {
  id: number;
  stamp: number;
  text: string;
}

const DEFAULT_LOG_LIMIT = 100;

/** Where a limit is wanted and none was given. */
const ALL = -1;

/** SQLite's calls are synchronous; each method does its work in one transaction before it gives its promise back. */
export class SqliteBackend implements StoreBackend {
  readonly #connection: Connection;
  readonly #clock: Clock;
  readonly #identities: Identities;
  /** By its text. The conditions of a query combine to a few dozen statements. */
  readonly #queries = new Map<string, Database.Statement<SqlValue[]>>();

  constructor(connection: Connection, clock: Clock) {
    this.#connection = connection;
    this.#identities = new Identities(connection.statements);
    this.#clock = clock;
  }

  async lookup(identities: string[]): Promise<Array<{ recordId: number; seen?: string } | undefined>> {
    const holders = this.#connection.read(() => {
      const counters = this.#connection.statements.get<{ last_sequence: number }>('counters');
      return this.#identities.lookup(identities, counters?.last_sequence ?? 0);
    });
    return holders.map(
      (row) => row && { recordId: row.record_id, ...(row.seen === null ? {} : { seen: row.seen }) },
    );
  }

  async load(ids: number[]): Promise<Array<StoredRecord | undefined>> {
    const { path, statements } = this.#connection;
    const rows = this.#connection.read(() => ids.map((id) => statements.get<RecordRow>('record', id)));
    return rows.map((row, index) => row && readRecord(path, ids[index] ?? 0, row));
  }

  async query(query: IssueQuery, page: { after: number; limit: number }): Promise<StoredRecord[]> {
    const { sql, values } = queryStatement(query, page);
    const rows = this.#connection.read(() => this.#queryRows(sql, values, page.after));
    return rows.map((row) => readRecord(this.#connection.path, row.id, row));
  }

  async pending(targets: string[], page: { after: number; limit: number }): Promise<number[]> {
    const { statements } = this.#connection;
    const ids = this.#connection.read(() =>
      targets.flatMap((target) =>
        statements
          .all<{ record_id: number }>('pending', toSortKey(target), page.after, page.limit)
          .map((row) => row.record_id),
      ),
    );
    return [...new Set(ids)].sort((a, b) => a - b).slice(0, page.limit);
  }

  async refs(
    target: string,
    page: { after: string; limit: number },
  ): Promise<{ identity: string; recordId: number }[]> {
    const { statements } = this.#connection;
    const read = (): { identity: string; record_id: number }[] =>
      statements.all('listedRefs', toSortKey(target), toSortKey(page.after), page.limit);
    const rows =
      this.#connection.read(() => (allRefsListed(statements) ? read() : undefined)) ??
      this.#connection.write(() => {
        listRefs(statements);
        return read();
      });
    return rows.map((row) => ({ identity: fromSortKey(row.identity), recordId: row.record_id }));
  }

  async changed(after: number, limit: number): Promise<{ ids: number[]; sequence: number }> {
    const rows = this.#all<{ id: number; sequence: number }>('changed', after, limit);
    return { ids: rows.map((row) => row.id), sequence: rows.at(-1)?.sequence ?? after };
  }

  async commit(commit: Commit): Promise<CommitResult> {
    const { path, statements } = this.#connection;
    const context = { path, statements, identities: this.#identities };
    return this.#connection.write(() => applyCommit(context, commit, this.#now()));
  }

  async bindings(): Promise<BindingRow[]> {
    return this.#objects('a binding', BINDING, 'bindings');
  }

  async intents(bindingId: string): Promise<Intent[]> {
    return this.#objects(`an intent of binding ${bindingId}`, INTENT, 'intents', toSortKey(bindingId));
  }

  async rereads(bindingId: string, page: { after: number; limit: number }): Promise<Reread[]> {
    const rows = this.#all<{ sequence: number; text: string }>(
      'rereads',
      toSortKey(bindingId),
      page.after,
      page.limit,
    );
    const { path } = this.#connection;
    return rows.map(({ sequence, text }) => ({
      ...readObject(path, `reread ${sequence} of binding ${bindingId}`, text, REREAD),
      sequence,
    }));
  }

  async conflicts(query: ConflictQuery): Promise<StoredConflict[]> {
    const { id, recordIds, status, bindingId, limit } = query;
    const found = this.#connection
      .read(() => this.#candidates(query))
      .filter(
        (conflict) =>
          (id === undefined || conflict.id === id) &&
          (recordIds === undefined || recordIds.includes(conflict.recordId)) &&
          (status === undefined || conflict.status === status) &&
          (bindingId === undefined || conflict.bindingId === bindingId),
      );
    return found.sort(byDetection).slice(0, limit);
  }

  async people(): Promise<Person[]> {
    return this.#objects('a person', PERSON, 'people');
  }

  async runs(query: LogQuery): Promise<RunRecord[]> {
    return this.#log('a run', RUN, 'runs', 'runsOfBinding', query);
  }

  async overrides(query: LogQuery): Promise<OverrideRecord[]> {
    return this.#log('an override', OVERRIDE, 'overrides', 'overridesOfBinding', query);
  }

  async acquireLease(bindingId: string, owner: string, ttlMs: number): Promise<{ fence: number }> {
    const { statements } = this.#connection;
    return this.#connection.write(() => acquireLease(statements, { bindingId, owner, ttlMs }, this.#now()));
  }

  async releaseLease(bindingId: string, fence: number): Promise<void> {
    const { statements } = this.#connection;
    this.#connection.write(() => statements.run('releaseLease', toSortKey(bindingId), fence));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#connection.close();
  }

  /** Read once a transaction has its lock, for which it may have waited. */
  #now(): number {
    return Date.parse(this.#clock.now());
  }

  #all<Row>(name: StatementName, ...values: SqlValue[]): Row[] {
    return this.#connection.read(() => this.#connection.statements.all<Row>(name, ...values));
  }

  #objects<T>(what: string, shape: Shape<T>, name: StatementName, ...values: SqlValue[]): T[] {
    const rows = this.#all<{ text: string }>(name, ...values);
    return rows.map(({ text }) => readObject(this.#connection.path, what, text, shape));
  }

  #log<T>(what: string, shape: Shape<T>, all: StatementName, ofBinding: StatementName, query: LogQuery): T[] {
    const { bindingId, limit = DEFAULT_LOG_LIMIT, skip = 0 } = query;
    if (bindingId === undefined) return this.#objects(what, shape, all, limit, skip);
    return this.#objects(what, shape, ofBinding, toSortKey(bindingId), limit, skip);
  }

  #queryRows(sql: string, values: SqlValue[], after: number): RecordRow[] {
    const { db, path } = this.#connection;
    let statement = this.#queries.get(sql);
    if (!statement) {
      statement = db.prepare(sql);
      this.#queries.set(sql, statement);
    }
    try {
      return statement.all(...values) as RecordRow[];
    } catch (error) {
      const row = db.prepare(FIRST_DAMAGED_RECORD).get(after) as { id: number } | undefined;
      throw row ? damaged(path, `record ${row.id}`, error) : error;
    }
  }

  /** Conflicts among which are those asked for, by the narrowest index; up to the limit of each kind. */
  #candidates({ id, recordIds, status, bindingId, limit = ALL }: ConflictQuery): StoredConflict[] {
    const find = (name: StatementName, ...values: SqlValue[]): StoredConflict[] =>
      this.#connection.statements
        .all<{ text: string }>(name, ...values)
        .map(({ text }) => readObject(this.#connection.path, 'a conflict', text, CONFLICT));
    if (id !== undefined) return find('conflict', toSortKey(id));
    if (recordIds) return [...new Set(recordIds)].flatMap((recordId) => find('conflictsOfRecord', recordId));
    const statuses = status === undefined ? ['open', 'resolved'] : [status];
    return statuses.flatMap((one) =>
      bindingId === undefined
        ? find('conflictsOfStatus', one, limit)
        : find('conflictsOfBinding', one, toSortKey(bindingId), limit),
    );
  }
}

function byDetection(a: StoredConflict, b: StoredConflict): number {
  if (a.detectedAt !== b.detectedAt) return a.detectedAt < b.detectedAt ? -1 : 1;
  return a.id < b.id ? -1 : 1;
}
