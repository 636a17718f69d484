import { SyncBusyError } from '../errors/sync-errors.ts';
import { refIdentity } from '../model/external-ref.ts';
import { copyJson } from '../model/json.ts';
import { instant } from '../model/timestamp.ts';
import type { Clock } from '../protocol/context.ts';
import type {
  Commit,
  CommitResult,
  ConflictQuery,
  IssueQuery,
  LogQuery,
  RecordWrite,
  StoreBackend,
} from './backend.ts';
import { matchesQuery } from './matches-query.ts';
import { packRecord, unpackRecord } from './packed-record.ts';
import type {
  BindingRow,
  Intent,
  OverrideRecord,
  Person,
  Reread,
  RunRecord,
  StoredConflict,
  StoredRecord,
} from './records.ts';
import { SortedKeys } from './sorted-keys.ts';

interface Row {
  stamp: number;
  sequence: number;
  text: string;
  refs: RecordWrite['refs'];
  pending: string[];
}

interface Lease {
  owner: string;
  fence: number;
  /** Undefined once it was given back; the fence is kept, so that it never repeats. */
  until?: number;
}

function sortedKeysOf<Key extends string | number>(
  map: Map<string, SortedKeys<Key>>,
  name: string,
): SortedKeys<Key> {
  let keys = map.get(name);
  if (!keys) {
    keys = new SortedKeys<Key>();
    map.set(name, keys);
  }
  return keys;
}

/** Keeps everything in this process. Records are held as text, so that nothing is shared with a caller. */
export class MemoryBackend implements StoreBackend {
  readonly #clock: Clock;
  readonly #rows = new Map<number, Row>();
  readonly #identities = new Map<string, { recordId: number; seen?: string }>();
  readonly #ids = new SortedKeys<number>();
  readonly #pending = new Map<string, SortedKeys<number>>();
  readonly #refs = new Map<string, SortedKeys<string>>();
  readonly #changes = new Map<number, number>();
  readonly #changeOrder = new SortedKeys<number>();
  readonly #bindings = new Map<string, string>();
  readonly #intents = new Map<string, string>();
  readonly #conflicts = new Map<string, string>();
  readonly #conflictsOfRecord = new Map<number, Set<string>>();
  readonly #openConflicts = new Set<string>();
  readonly #rereads = new Map<string, Map<string, Reread>>();
  readonly #leases = new Map<string, Lease>();
  readonly #runs: string[] = [];
  readonly #overrides: string[] = [];
  #people = '[]';
  #nextId = 1;
  #sequence = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async lookup(identities: string[]): Promise<Array<{ recordId: number; seen?: string } | undefined>> {
    return identities.map((identity) => this.#identities.get(identity));
  }

  async load(ids: number[]): Promise<Array<StoredRecord | undefined>> {
    return ids.map((id) => this.#read(id));
  }

  async query(query: IssueQuery, page: { after: number; limit: number }): Promise<StoredRecord[]> {
    const found: StoredRecord[] = [];
    let after = page.after;
    for (;;) {
      const ids = this.#ids.page(after, 256);
      for (const id of ids) {
        const row = this.#rows.get(id);
        const record = this.#read(id);
        if (!row || !record || !matchesQuery(record, query)) continue;
        if (query.pending !== undefined && query.pending !== row.pending.length > 0) continue;
        found.push(record);
        if (found.length === page.limit) return found;
      }
      const last = ids.at(-1);
      if (last === undefined) return found;
      after = last;
    }
  }

  async pending(targets: string[], page: { after: number; limit: number }): Promise<number[]> {
    const ids = targets.flatMap((target) => this.#pending.get(target)?.page(page.after, page.limit) ?? []);
    return [...new Set(ids)].sort((a, b) => a - b).slice(0, page.limit);
  }

  async refs(
    target: string,
    page: { after: string; limit: number },
  ): Promise<{ identity: string; recordId: number }[]> {
    const found: { identity: string; recordId: number }[] = [];
    for (const identity of this.#refs.get(target)?.page(page.after, page.limit) ?? []) {
      const entry = this.#identities.get(identity);
      if (entry) found.push({ identity, recordId: entry.recordId });
    }
    return found;
  }

  async changed(after: number, limit: number): Promise<{ ids: number[]; sequence: number }> {
    const sequences = this.#changeOrder.page(after, limit);
    const ids = sequences.flatMap((sequence) => this.#changes.get(sequence) ?? []);
    return { ids, sequence: sequences.at(-1) ?? after };
  }

  async commit(commit: Commit): Promise<CommitResult> {
    if (commit.lease) this.#requireLease(commit.lease);
    const refused = this.#check(commit);
    if (refused) return refused;
    for (const { id } of commit.removeRecords ?? []) this.#remove(id);
    for (const write of commit.records ?? []) this.#write(write);
    if (commit.binding) this.#bindings.set(commit.binding.id, JSON.stringify(commit.binding));
    for (const intent of commit.putIntents ?? []) this.#intents.set(intent.key, JSON.stringify(intent));
    for (const key of commit.removeIntents ?? []) this.#intents.delete(key);
    for (const conflict of commit.putConflicts ?? []) this.#putConflict(conflict);
    for (const entry of commit.putRereads ?? []) {
      const ofBinding = this.#rereads.get(entry.bindingId) ?? new Map<string, Reread>();
      this.#rereads.set(entry.bindingId, ofBinding);
      const identity = refIdentity(entry.ref);
      const { from } = ofBinding.get(identity) ?? {};
      ofBinding.delete(identity);
      ofBinding.set(identity, { ...(from ? { from } : {}), ...entry, sequence: ++this.#sequence });
    }
    for (const { bindingId, identity, sequence } of commit.removeRereads ?? []) {
      const ofBinding = this.#rereads.get(bindingId);
      if (ofBinding?.get(identity)?.sequence === sequence) ofBinding.delete(identity);
    }
    for (const override of commit.overrides ?? []) this.#overrides.push(JSON.stringify(override));
    if (commit.run) this.#runs.push(JSON.stringify(commit.run));
    if (commit.people) this.#people = JSON.stringify(commit.people);
    return { ok: true };
  }

  async bindings(): Promise<BindingRow[]> {
    const rows = [...this.#bindings.values()].map((text) => JSON.parse(text) as BindingRow);
    return rows.sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  async intents(bindingId: string): Promise<Intent[]> {
    const all = [...this.#intents.values()].map((text) => JSON.parse(text) as Intent);
    return all.filter((intent) => intent.bindingId === bindingId);
  }

  async rereads(bindingId: string, page: { after: number; limit: number }): Promise<Reread[]> {
    const entries = [...(this.#rereads.get(bindingId)?.values() ?? [])];
    return copyJson(entries.filter((entry) => entry.sequence > page.after).slice(0, page.limit));
  }

  async conflicts(query: ConflictQuery): Promise<StoredConflict[]> {
    const found: StoredConflict[] = [];
    for (const id of this.#candidates(query)) {
      const text = this.#conflicts.get(id);
      if (text === undefined) continue;
      const conflict = JSON.parse(text) as StoredConflict;
      if (query.status !== undefined && conflict.status !== query.status) continue;
      if (query.recordIds && !query.recordIds.includes(conflict.recordId)) continue;
      if (query.bindingId !== undefined && conflict.bindingId !== query.bindingId) continue;
      found.push(conflict);
    }
    const key = (conflict: StoredConflict): string => `${conflict.detectedAt} ${conflict.id}`;
    return found.sort((a, b) => (key(a) < key(b) ? -1 : 1)).slice(0, query.limit);
  }

  async people(): Promise<Person[]> {
    return JSON.parse(this.#people) as Person[];
  }

  async runs(query: LogQuery): Promise<RunRecord[]> {
    return newestFirst<RunRecord>(this.#runs, query);
  }

  async overrides(query: LogQuery): Promise<OverrideRecord[]> {
    return newestFirst<OverrideRecord>(this.#overrides, query);
  }

  async acquireLease(bindingId: string, owner: string, ttlMs: number): Promise<{ fence: number }> {
    const now = instant(this.#clock.now());
    const lease = this.#leases.get(bindingId);
    const live = lease?.until !== undefined && lease.until > now;
    if (live && lease.owner !== owner)
      throw new SyncBusyError(`binding ${bindingId} is being synced by another run`);
    const fence = live ? lease.fence : (lease?.fence ?? 0) + 1;
    this.#leases.set(bindingId, { owner, fence, until: now + ttlMs });
    return { fence };
  }

  async releaseLease(bindingId: string, fence: number): Promise<void> {
    const lease = this.#leases.get(bindingId);
    if (lease?.fence === fence) this.#leases.set(bindingId, { owner: lease.owner, fence });
  }

  /** Nothing is open; what it holds goes with it. */
  async [Symbol.asyncDispose](): Promise<void> {}

  #read(id: number): StoredRecord | undefined {
    const row = this.#rows.get(id);
    return row && unpackRecord(id, row.stamp, row.text);
  }

  #requireLease({ bindingId, fence }: { bindingId: string; fence: number }): void {
    const lease = this.#leases.get(bindingId);
    if (lease?.fence === fence && lease.until !== undefined && lease.until > instant(this.#clock.now()))
      return;
    throw new SyncBusyError(`the lease of binding ${bindingId} was lost to another run`);
  }

  #check(commit: Commit): CommitResult | undefined {
    const expected = [...(commit.records ?? []), ...(commit.removeRecords ?? [])];
    const movedRecords = expected.flatMap(({ id, stamp }) =>
      id !== undefined && this.#rows.get(id)?.stamp !== stamp ? [id] : [],
    );
    const removed = new Set(commit.removeRecords?.map(({ id }) => id));
    const claimed = new Map<string, RecordWrite>();
    const takenIdentities: string[] = [];
    for (const write of commit.records ?? []) {
      for (const { identity } of write.refs) {
        const holder = this.#identities.get(identity)?.recordId;
        const foreign = holder !== undefined && holder !== write.id && !removed.has(holder);
        if (foreign || (claimed.has(identity) && claimed.get(identity) !== write))
          takenIdentities.push(identity);
        claimed.set(identity, write);
      }
    }
    return movedRecords.length + takenIdentities.length > 0
      ? { ok: false, movedRecords, takenIdentities }
      : undefined;
  }

  #remove(id: number): void {
    const row = this.#rows.get(id);
    if (!row) return;
    this.#unindex(id, row);
    this.#rows.delete(id);
    this.#ids.delete(id);
  }

  #unindex(id: number, row: Row): void {
    for (const { identity, target } of row.refs) {
      this.#identities.delete(identity);
      this.#refs.get(target)?.delete(identity);
    }
    for (const target of row.pending) this.#pending.get(target)?.delete(id);
    this.#changes.delete(row.sequence);
    this.#changeOrder.delete(row.sequence);
  }

  #write(write: RecordWrite): void {
    const id = write.id ?? this.#nextId++;
    const previous = this.#rows.get(id);
    if (previous) this.#unindex(id, previous);
    const sequence = ++this.#sequence;
    const stamp = (previous?.stamp ?? 0) + 1;
    this.#rows.set(id, {
      stamp,
      sequence,
      text: packRecord(write.record),
      refs: write.refs,
      pending: write.pending,
    });
    this.#ids.add(id);
    for (const { identity, target, draft, seen } of write.refs) {
      this.#identities.set(identity, { recordId: id, ...(seen === undefined ? {} : { seen }) });
      if (target !== '' && !draft) sortedKeysOf(this.#refs, target).add(identity);
    }
    for (const target of write.pending) sortedKeysOf(this.#pending, target).add(id);
    this.#changes.set(sequence, id);
    this.#changeOrder.add(sequence);
  }

  #putConflict(conflict: StoredConflict): void {
    const previous = this.#conflicts.get(conflict.id);
    if (previous)
      this.#conflictsOfRecord.get((JSON.parse(previous) as StoredConflict).recordId)?.delete(conflict.id);
    this.#conflicts.set(conflict.id, JSON.stringify(conflict));
    const ofRecord = this.#conflictsOfRecord.get(conflict.recordId) ?? new Set<string>();
    this.#conflictsOfRecord.set(conflict.recordId, ofRecord.add(conflict.id));
    if (conflict.status === 'open') this.#openConflicts.add(conflict.id);
    else this.#openConflicts.delete(conflict.id);
  }

  #candidates(query: ConflictQuery): Iterable<string> {
    if (query.id !== undefined) return [query.id];
    if (query.recordIds) return query.recordIds.flatMap((id) => [...(this.#conflictsOfRecord.get(id) ?? [])]);
    return query.status === 'open' ? this.#openConflicts : this.#conflicts.keys();
  }
}

function newestFirst<T extends { bindingId: string }>(rows: string[], query: LogQuery): T[] {
  const found: T[] = [];
  const { limit = 100, skip = 0 } = query;
  let passed = 0;
  for (let i = rows.length - 1; i >= 0 && found.length < limit; i--) {
    const row = JSON.parse(rows[i] ?? 'null') as T;
    if (query.bindingId !== undefined && row.bindingId !== query.bindingId) continue;
    if (passed++ >= skip) found.push(row);
  }
  return found;
}
