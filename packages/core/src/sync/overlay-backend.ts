import { refIdentity } from '../model/external-ref.ts';
import type {
  Commit,
  CommitResult,
  ConflictQuery,
  IssueQuery,
  LogQuery,
  StoreBackend,
} from '../store/backend.ts';
import { packRecord, unpackRecord } from '../store/packed-record.ts';
import type {
  BindingRow,
  Intent,
  OverrideRecord,
  Person,
  Reread,
  RunRecord,
  StoredConflict,
  StoredRecord,
} from '../store/records.ts';
import { SortedKeys } from '../store/sorted-keys.ts';

/** Ids of records that exist in the overlay only. */
const FIRST_ID = 2 ** 40;

/** A store's backend under a sheet that takes every write: what planning runs on. Nothing reaches the backend below. */
export class OverlayBackend implements StoreBackend {
  readonly #base: StoreBackend;
  readonly #rows = new Map<number, { text: string; stamp: number }>();
  readonly #removed = new Set<number>();
  readonly #identities = new Map<string, { recordId: number; seen?: string }>();
  readonly #pending = new Map<string, SortedKeys<number>>();
  readonly #bindings = new Map<string, BindingRow>();
  readonly #intents = new Map<string, Intent>();
  readonly #endedIntents = new Set<string>();
  readonly #conflicts = new Map<string, StoredConflict>();
  readonly #readAgain = new Set<string>();
  #nextId = FIRST_ID;

  constructor(base: StoreBackend) {
    this.#base = base;
  }

  /** Records that were written, as they are below and as they would be. */
  async changes(): Promise<{ before: StoredRecord | undefined; after: StoredRecord }[]> {
    const ids = [...this.#rows.keys()].sort((a, b) => a - b);
    const before = await this.#base.load(ids);
    return ids.flatMap((id, index) => {
      const after = this.#read(id);
      return after ? [{ before: before[index], after }] : [];
    });
  }

  async lookup(identities: string[]): Promise<Array<{ recordId: number; seen?: string } | undefined>> {
    const base = await this.#base.lookup(identities);
    return base.map((entry, index) => {
      const own = this.#identities.get(identities[index] ?? '');
      return own ?? (entry && this.#removed.has(entry.recordId) ? undefined : entry);
    });
  }

  async load(ids: number[]): Promise<Array<StoredRecord | undefined>> {
    const base = await this.#base.load(ids);
    return base.map((record, index) => {
      const id = ids[index] ?? -1;
      return this.#removed.has(id) ? undefined : (this.#read(id) ?? record);
    });
  }

  query(query: IssueQuery, page: { after: number; limit: number }): Promise<StoredRecord[]> {
    return this.#base.query(query, page);
  }

  async pending(targets: string[], page: { after: number; limit: number }): Promise<number[]> {
    const own = targets.flatMap((target) => this.#pending.get(target)?.page(page.after, page.limit) ?? []);
    let { after } = page;
    for (;;) {
      const base = await this.#base.pending(targets, { after, limit: page.limit });
      const last = base.at(-1);
      const kept = base.filter((id) => !this.#rows.has(id) && !this.#removed.has(id));
      const complete = last === undefined || base.length < page.limit;
      const reachable = complete ? own : own.filter((id) => id <= last);
      const ids = [...new Set([...kept, ...reachable])].sort((a, b) => a - b).slice(0, page.limit);
      if (ids.length > 0 || complete) return ids;
      after = last;
    }
  }

  refs(
    target: string,
    page: { after: string; limit: number },
  ): Promise<{ identity: string; recordId: number }[]> {
    return this.#base.refs(target, page);
  }

  changed(after: number, limit: number): Promise<{ ids: number[]; sequence: number }> {
    return this.#base.changed(after, limit);
  }

  async commit(commit: Commit): Promise<CommitResult> {
    for (const { id } of commit.removeRecords ?? []) {
      this.#removed.add(id);
      this.#rows.delete(id);
    }
    for (const write of commit.records ?? []) {
      const id = write.id ?? this.#nextId++;
      this.#rows.set(id, { text: packRecord(write.record), stamp: (write.stamp ?? 0) + 1 });
      for (const { identity, seen } of write.refs) {
        this.#identities.set(identity, { recordId: id, ...(seen === undefined ? {} : { seen }) });
      }
      for (const keys of this.#pending.values()) keys.delete(id);
      for (const target of write.pending) {
        const keys = this.#pending.get(target) ?? new SortedKeys<number>();
        this.#pending.set(target, keys);
        keys.add(id);
      }
    }
    if (commit.binding) this.#bindings.set(commit.binding.id, commit.binding);
    for (const intent of commit.putIntents ?? []) this.#intents.set(intent.key, intent);
    for (const key of commit.removeIntents ?? []) {
      this.#intents.delete(key);
      this.#endedIntents.add(key);
    }
    for (const conflict of commit.putConflicts ?? []) this.#conflicts.set(conflict.id, conflict);
    for (const entry of commit.removeRereads ?? []) this.#readAgain.add(entry.identity);
    return { ok: true };
  }

  async bindings(): Promise<BindingRow[]> {
    const base = (await this.#base.bindings()).filter((row) => !this.#bindings.has(row.id));
    return [...base, ...this.#bindings.values()];
  }

  async intents(bindingId: string): Promise<Intent[]> {
    const base = (await this.#base.intents(bindingId)).filter(
      (intent) => !this.#endedIntents.has(intent.key),
    );
    return [...base, ...[...this.#intents.values()].filter((intent) => intent.bindingId === bindingId)];
  }

  async rereads(bindingId: string, page: { after: number; limit: number }): Promise<Reread[]> {
    const base = await this.#base.rereads(bindingId, page);
    return base.filter((entry) => !this.#readAgain.has(refIdentity(entry.ref)));
  }

  async conflicts(query: ConflictQuery): Promise<StoredConflict[]> {
    const base = await this.#base.conflicts(query);
    const own = [...this.#conflicts.values()].filter(
      (conflict) =>
        (query.id === undefined || conflict.id === query.id) &&
        (query.status === undefined || conflict.status === query.status) &&
        (query.bindingId === undefined || conflict.bindingId === query.bindingId) &&
        (query.recordIds === undefined || query.recordIds.includes(conflict.recordId)),
    );
    return [...base.filter(({ id }) => !this.#conflicts.has(id)), ...own];
  }

  people(): Promise<Person[]> {
    return this.#base.people();
  }

  runs(query: LogQuery): Promise<RunRecord[]> {
    return this.#base.runs(query);
  }

  overrides(query: LogQuery): Promise<OverrideRecord[]> {
    return this.#base.overrides(query);
  }

  async acquireLease(): Promise<{ fence: number }> {
    return { fence: 1 };
  }

  async releaseLease(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {}

  #read(id: number): StoredRecord | undefined {
    const row = this.#rows.get(id);
    return row && unpackRecord(id, row.stamp, row.text);
  }
}
