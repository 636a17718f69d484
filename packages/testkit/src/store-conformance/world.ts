import {
  type Agreement,
  type BindingRow,
  type CanonicalIssue,
  type Clock,
  type Commit,
  canonicalIssue,
  type ExternalRef,
  fieldsOf,
  type Ids,
  type Intent,
  OwnershipPolicy,
  type RecordWrite,
  recordWrite,
  refIdentity,
  type StoreBackend,
  type StoredConflict,
  type StoredRecord,
  type SyncStore,
  targetKey,
} from '@spec-kitty/tracker-core';
import { check, equal, present } from '../support/check.ts';

export const START = '2030-01-01T00:00:00.000Z';
export const PLACE = { system: 'first', workspace: 'w', scope: 'w' } as const;
export const OTHER_PLACE = { system: 'second', workspace: 'w', scope: 'w' } as const;
export const TARGET: string = targetKey(PLACE);
export const OTHER_TARGET: string = targetKey(OTHER_PLACE);

/** A clock that stands still until it is moved. */
export class StandingClock implements Clock {
  #now = Date.parse(START);

  now(): string {
    return new Date(this.#now).toISOString();
  }

  advance(ms: number): void {
    this.#now += ms;
  }
}

export function countedIds(): Ids {
  let count = 0;
  return () => `id-${String(++count).padStart(6, '0')}`;
}

export function refOf(id: string, place: { system: string; workspace: string } = PLACE): ExternalRef {
  return { system: place.system, workspace: place.workspace, id };
}

export const identityOf = (id: string): string => refIdentity(refOf(id));

export function issueOf(id: string, fields: Partial<CanonicalIssue> = {}): CanonicalIssue {
  return canonicalIssue({
    ref: refOf(id),
    title: `Issue ${id}`,
    createdAt: START,
    updatedAt: START,
    ...fields,
  });
}

export type RecordContent = Omit<StoredRecord, 'id' | 'stamp'>;

export function agreementOf(issue: CanonicalIssue, changes: Partial<Agreement> = {}): Agreement {
  const pair = { local: fieldsOf(issue), remote: fieldsOf(issue) };
  return { ref: issue.ref, target: TARGET, pair, seen: `seen ${issue.ref.id}`, ...changes };
}

/** A record that its tracker agrees with. */
export function contentOf(issue: CanonicalIssue, changes: Partial<RecordContent> = {}): RecordContent {
  return { revision: 1, issue, agreements: [agreementOf(issue)], aliases: {}, fieldTimes: {}, ...changes };
}

export function agreed(id: string, fields: Partial<CanonicalIssue> = {}): RecordWrite {
  return recordWrite(contentOf(issueOf(id, fields)));
}

/** A record with a change that its tracker has not got. */
export function pendingWrite(id: string): RecordWrite {
  const issue = issueOf(id);
  return recordWrite(contentOf(issue, { agreements: [{ ref: issue.ref, target: TARGET }] }));
}

export function bindingOf(id: string, changes: Partial<BindingRow> = {}): BindingRow {
  const policy = OwnershipPolicy.externalAuthoritative().toJSON();
  return { id, ...PLACE, policy, checkpoint: {}, filters: '', enrolled: 0, ...changes };
}

export function conflictOf(id: string, changes: Partial<StoredConflict> = {}): StoredConflict {
  return {
    id,
    issueRef: refOf('1'),
    field: 'title',
    localValue: 'ours',
    externalValue: 'theirs',
    strategy: 'manual_review',
    status: 'open',
    detectedAt: START,
    recordId: 1,
    bindingId: 'b1',
    target: TARGET,
    ...changes,
  };
}

export function intentOf(key: string, changes: Partial<Intent> = {}): Intent {
  const issue = issueOf('1');
  return {
    key,
    bindingId: 'b1',
    recordId: 1,
    ref: issue.ref,
    kind: 'update',
    at: START,
    patch: { title: 'Sent' },
    local: fieldsOf(issue),
    paths: ['title'],
    ...changes,
  };
}

/** One case's store. */
export class StoreWorld {
  readonly store: SyncStore;
  readonly backend: StoreBackend;
  readonly clock: StandingClock;
  readonly records: number;
  /** The same data as another process finds it. */
  readonly reopened: () => Promise<SyncStore>;

  constructor(
    store: SyncStore,
    clock: StandingClock,
    options: { records: number; reopen: () => Promise<SyncStore> },
  ) {
    this.store = store;
    this.backend = store.backend;
    this.clock = clock;
    this.records = options.records;
    this.reopened = options.reopen;
  }

  async commit(commit: Commit): Promise<void> {
    equal(await this.backend.commit(commit), { ok: true }, 'the answer to a commit');
  }

  /** The record that a ref leads to, with its stamp. */
  async record(id: string, backend: StoreBackend = this.backend): Promise<StoredRecord> {
    const [entry] = await backend.lookup([identityOf(id)]);
    const [record] = await backend.load([present(entry, `the store has nothing under ${id}`).recordId]);
    return present(record, `the store has no record for ${id}`);
  }

  async missing(id: string): Promise<boolean> {
    return (await this.backend.lookup([identityOf(id)]))[0] === undefined;
  }

  /** Every id that is pending for the targets, read in small pages. */
  async pending(targets: string[] = [TARGET], limit = 3): Promise<number[]> {
    const ids: number[] = [];
    for (let after = 0; ; ) {
      const page = await this.backend.pending(targets, { after, limit });
      ids.push(...page);
      const last = page.at(-1);
      if (last === undefined || page.length < limit) return ids;
      check(last > after, 'a page of pending records does not go on after the one before');
      after = last;
    }
  }

  async refs(target: string = TARGET, limit = 3): Promise<string[]> {
    const identities: string[] = [];
    for (let after = ''; ; ) {
      const page = await this.backend.refs(target, { after, limit });
      identities.push(...page.map(({ identity }) => identity));
      const last = page.at(-1);
      if (!last || page.length < limit) return identities;
      check(last.identity > after, 'a page of refs does not go on after the one before');
      after = last.identity;
    }
  }
}

/** Codes by which a lost lease is told. */
export const BUSY = ['sync_busy'] as const;
