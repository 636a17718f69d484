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
import { CommitRequest } from './apply-commit.ts';
import { conflictStatement } from './conflict-query.ts';
import type { Connection } from './connection.ts';
import { StoreError, uncertain } from './errors.ts';
import { queryStatement } from './issue-query.ts';
import { acquireLease } from './leases.ts';
import { fromSortKey, toKey } from './sort-key.ts';
import type { SqlValue, StatementName } from './statements.ts';
import { BINDING, CONFLICT, INTENT, OVERRIDE, PERSON, REREAD, RUN, type Shape } from './stored-shapes.ts';
import { readObject, readRecord } from './stored-text.ts';
import type { Tenant } from './tenant.ts';
import { Turns } from './turns.ts';

interface RecordRow {
  id: number;
  stamp: number;
  text: string;
}

export interface BackendOptions {
  /** In place of the server's clock. */
  clock?: Clock | undefined;
  /** What disposing of the backend does; nothing for one of many over a pool. */
  close?: () => Promise<void>;
}

const DEFAULT_LOG_LIMIT = 100;

/** One tenant's data. Each call but a commit is one statement. */
export class PostgresBackend implements StoreBackend {
  readonly #connection: Connection;
  readonly #tenant: Tenant;
  readonly #options: BackendOptions;
  /** Commits of a tenant wait for each other at the server; here they wait without a connection. */
  readonly #commits = new Turns();

  constructor(connection: Connection, tenant: Tenant, options: BackendOptions = {}) {
    this.#connection = connection;
    this.#tenant = tenant;
    this.#options = options;
  }

  async lookup(identities: string[]): Promise<Array<{ recordId: number; seen?: string } | undefined>> {
    if (identities.length === 0) return [];
    const keys = identities.map(toKey);
    const rows = await this.#all<{ identity: string; record_id: number; seen: string | null }>(
      'lookup',
      keys,
    );
    const holders = new Map(rows.map((row) => [row.identity, row]));
    return keys.map((key) => {
      const row = holders.get(key);
      return (
        row && { recordId: row.record_id, ...(row.seen === null ? {} : { seen: fromSortKey(row.seen) }) }
      );
    });
  }

  async load(ids: number[]): Promise<Array<StoredRecord | undefined>> {
    if (ids.length === 0) return [];
    const rows = await this.#all<RecordRow>('load', ids);
    const byId = new Map(rows.map((row) => [row.id, row]));
    return ids.map((id) => {
      const row = byId.get(id);
      return row && readRecord(this.#tenant.place, id, row);
    });
  }

  async query(query: IssueQuery, page: { after: number; limit: number }): Promise<StoredRecord[]> {
    const { sql, values } = queryStatement(query, page);
    const rows = await this.#select<RecordRow>(sql, values);
    return rows.map((row) => readRecord(this.#tenant.place, row.id, row));
  }

  async pending(targets: string[], page: { after: number; limit: number }): Promise<number[]> {
    const keys = targets.map(toKey);
    const rows = await this.#all<{ record_id: number }>('pending', keys, page.after, page.limit);
    return rows.map((row) => row.record_id);
  }

  async refs(
    target: string,
    page: { after: string; limit: number },
  ): Promise<{ identity: string; recordId: number }[]> {
    const rows = await this.#all<{ identity: string; record_id: number }>(
      'refs',
      toKey(target),
      toKey(page.after),
      page.limit,
    );
    return rows.map((row) => ({ identity: fromSortKey(row.identity), recordId: row.record_id }));
  }

  async changed(after: number, limit: number): Promise<{ ids: number[]; sequence: number }> {
    const rows = await this.#all<{ id: number; sequence: number }>('changed', after, limit);
    return { ids: rows.map((row) => row.id), sequence: rows.at(-1)?.sequence ?? after };
  }

  async commit(commit: Commit): Promise<CommitResult> {
    const { clock } = this.#options;
    const { serverClock } = this.#connection;
    const { place } = this.#tenant;
    const request = new CommitRequest({ tenant: this.#tenant, serverClock, clock }, commit);
    try {
      return await this.#commits.take(() =>
        this.#connection.transaction(place, (client) => request.apply(client)),
      );
    } catch (error) {
      throw request.isUncertain && error instanceof StoreError && error.retryable
        ? uncertain(place, error)
        : error;
    }
  }

  async bindings(): Promise<BindingRow[]> {
    return this.#objects('a binding', BINDING, 'bindings');
  }

  async intents(bindingId: string): Promise<Intent[]> {
    return this.#objects(`an intent of binding ${bindingId}`, INTENT, 'intents', toKey(bindingId));
  }

  async rereads(bindingId: string, page: { after: number; limit: number }): Promise<Reread[]> {
    const rows = await this.#all<{ sequence: number; text: string }>(
      'rereads',
      toKey(bindingId),
      page.after,
      page.limit,
    );
    return rows.map(({ sequence, text }) => ({
      ...readObject(this.#tenant.place, `reread ${sequence} of binding ${bindingId}`, text, REREAD),
      sequence,
    }));
  }

  async conflicts(query: ConflictQuery): Promise<StoredConflict[]> {
    const { sql, values } = conflictStatement(query);
    const rows = await this.#select<{ text: string }>(sql, values);
    return rows.map(({ text }) => readObject(this.#tenant.place, 'a conflict', text, CONFLICT));
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
    const { clock } = this.#options;
    return this.#connection.read(this.#tenant.place, (client) => {
      const now = clock ? Date.parse(clock.now()) : null;
      return acquireLease(client, this.#tenant, { bindingId, owner, ttlMs }, now);
    });
  }

  async releaseLease(bindingId: string, fence: number): Promise<void> {
    await this.#all('releaseLease', toKey(bindingId), fence);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#options.close?.();
  }

  #all<Row>(name: StatementName, ...values: SqlValue[]): Promise<Row[]> {
    return this.#connection.read(this.#tenant.place, (client) =>
      this.#tenant.all<Row>(client, name, ...values),
    );
  }

  #select<Row>(sql: string, values: SqlValue[]): Promise<Row[]> {
    return this.#connection.read(this.#tenant.place, (client) =>
      this.#tenant.select<Row>(client, sql, ...values),
    );
  }

  async #objects<T>(what: string, shape: Shape<T>, name: StatementName, ...values: SqlValue[]): Promise<T[]> {
    const rows = await this.#all<{ text: string }>(name, ...values);
    return rows.map(({ text }) => readObject(this.#tenant.place, what, text, shape));
  }

  #log<T>(
    what: string,
    shape: Shape<T>,
    all: StatementName,
    ofBinding: StatementName,
    query: LogQuery,
  ): Promise<T[]> {
    const { bindingId, limit = DEFAULT_LOG_LIMIT, skip = 0 } = query;
    if (bindingId === undefined) return this.#objects(what, shape, all, limit, skip);
    return this.#objects(what, shape, ofBinding, limit, skip, toKey(bindingId));
  }
}
