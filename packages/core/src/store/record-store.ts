import * as z from 'zod';
import { ConnectorConfigError } from '../errors/connector-config-error.ts';
import { IssueNotFoundError } from '../errors/issue-not-found-error.ts';
import { SyncBusyError, SyncConflictError } from '../errors/sync-errors.ts';
import { canonicalIssue, issuePatch } from '../model/canonical-issue.ts';
import {
  draftRef,
  type ExternalRef,
  ExternalRefSchema,
  isDraftRef,
  refIdentity,
  sameRef,
} from '../model/external-ref.ts';
import type { CanonicalIssue, IssueFields, IssuePatch } from '../model/issue.ts';
import { contestedField, OwnershipPolicy } from '../policy/ownership-policy.ts';
import { type Clock, type Ids, systemClock, systemIds } from '../protocol/context.ts';
import { parseTrackerEvents, type TrackerEvent } from '../protocol/events.ts';
import type { Commit, IssueQuery, LogQuery, StoreBackend } from './backend.ts';
import { adopted, editCommit, newRecord, withoutDraft } from './edit-record.ts';
import { joinedConflicts, joinRecords } from './join-records.ts';
import { MemoryBackend } from './memory-backend.ts';
import { parseChoice, parseFields, parsePeople, parsePlace, parseRef } from './parse-host-input.ts';
import { label, placed, present, publicConflict } from './present-record.ts';
import { recordWrite } from './record-write.ts';
import {
  type Agreement,
  agreementAt,
  type BindingRow,
  type ConflictRecord,
  type Intent,
  mayBeSameTarget,
  type OverrideRecord,
  type Person,
  type RunRecord,
  type StoredConflict,
  type StoredRecord,
  targetKey,
} from './records.ts';
import { settleConflict } from './settle-conflict.ts';
import type { BindingPlace, ConflictChoice, ConflictListQuery, SyncStore } from './sync-store.ts';

/** Tries of an edit while other writers move the same record; more than that is a defect, not bad luck. */
const MAX_EDIT_TRIES = 100;

/** Times of edits, and ids of drafts and overrides. Default: the system's. */
export interface RecordStoreOptions {
  clock?: Clock;
  ids?: Ids;
}

/** The host's side of a store, the same over every backend. */
export class RecordStore implements SyncStore {
  readonly backend: StoreBackend;
  readonly #clock: Clock;
  readonly #ids: Ids;

  constructor(backend: StoreBackend, options: RecordStoreOptions = {}) {
    this.backend = backend;
    this.#clock = options.clock ?? systemClock;
    this.#ids = options.ids ?? systemIds;
  }

  async getIssue(ref: ExternalRef): Promise<CanonicalIssue | undefined> {
    const record = await this.#find(ref);
    return record && !record.deleted ? present(record, ref) : undefined;
  }

  async listIssues(query: IssueQuery = {}): Promise<CanonicalIssue[]> {
    const issues: CanonicalIssue[] = [];
    for await (const issue of this.iterateIssues(query)) issues.push(issue);
    return issues;
  }

  async *iterateIssues(query: IssueQuery = {}): AsyncIterable<CanonicalIssue> {
    let left = query.limit ?? Number.POSITIVE_INFINITY;
    let after = 0;
    while (left > 0) {
      const limit = Math.min(left, 200);
      const records = await this.backend.query(query, { after, limit });
      for (const record of records) yield present(record, placed(record, query));
      const last = records.at(-1);
      if (!last || records.length < limit) return;
      left -= records.length;
      after = last.id;
    }
  }

  async upsertIssue(issue: CanonicalIssue): Promise<void> {
    const parsed = canonicalIssue(issue);
    const { localRevision, version: _version, correlationKey: _key, raw: _raw, ...content } = parsed;
    await this.#attempt(async () => {
      const record = await this.#find(parsed.ref);
      const now = this.#clock.now();
      if (!record) {
        const target = targetKey(await this.#place(parsed.ref));
        const created = {
          ...content,
          createdAt: parsed.createdAt ?? now,
          updatedAt: parsed.updatedAt ?? now,
        };
        return { records: [recordWrite(newRecord(created, { ref: parsed.ref, target }))] };
      }
      if (record.deleted) {
        throw new SyncConflictError(`${label(parsed.ref)} was deleted; it cannot be saved`, {
          moved: [parsed.ref],
        });
      }
      if (localRevision !== undefined && localRevision < record.revision) {
        throw new SyncConflictError(
          `${label(parsed.ref)} changed since this copy was read (revision ${localRevision}, now ${record.revision}); read it again, or use editIssue`,
          { moved: [parsed.ref], fieldPath: 'localRevision' },
        );
      }
      const { updatedAt } = content;
      const at = updatedAt !== null && updatedAt !== record.issue.updatedAt ? updatedAt : now;
      return editCommit(record, content, at);
    });
  }

  async editIssue(ref: ExternalRef, patch: IssuePatch): Promise<CanonicalIssue> {
    const parsed = issuePatch(patch);
    await this.#attempt(async () => editCommit(await this.#live(ref), parsed, this.#clock.now()));
    return present(await this.#live(ref), ref);
  }

  async deleteIssue(ref: ExternalRef): Promise<void> {
    await this.#attempt(async () => {
      const record = await this.#live(ref);
      const deleted = { at: this.#clock.now(), by: 'local' as const };
      return { records: [recordWrite({ ...record, revision: record.revision + 1, deleted }, record)] };
    });
  }

  async createDraft(
    place: BindingPlace,
    fields: Partial<IssueFields> & { title: string },
  ): Promise<CanonicalIssue> {
    const ref = draftRef(parsePlace(place), this.#ids());
    const now = this.#clock.now();
    const issue = canonicalIssue({ ...parseFields(fields), ref, createdAt: now, updatedAt: now });
    const target = targetKey(await this.#place(place));
    await this.#attempt(async () => ({ records: [recordWrite(newRecord(issue, { ref, target }))] }));
    return { ...issue, localRevision: 1 };
  }

  async refsOf(ref: ExternalRef): Promise<ExternalRef[]> {
    const record = await this.#find(ref);
    return record?.agreements.map((agreement) => agreement.ref) ?? [];
  }

  async linkRef(existing: ExternalRef, other: ExternalRef): Promise<void> {
    const ref = parseRef(other);
    const target = targetKey(await this.#place(ref));
    await this.#attempt(async () => {
      const record = await this.#live(existing);
      const second = await this.#find(ref);
      if (second?.id === record.id) return {};
      const draft = record.agreements.find(
        (agreement) => mayBeSameTarget(agreement.target, target) && isDraftRef(agreement.ref),
      );
      if (draft && !second) return { records: [recordWrite(adopted(record, draft, ref), record)] };
      if (!second) return this.#withAgreement(record, { ref, target });
      await this.#requireNothingInFlight(second);
      const first = draft ? withoutDraft(record, draft, ref) : record;
      const { record: joined, lost } = joinRecords(first, second);
      for (const agreement of second.agreements) await this.#requireRoom(first, agreement.target);
      const { deleted: _deleted, ...alive } = joined;
      const now = this.#clock.now();
      const open = await this.backend.conflicts({ recordIds: [second.id], status: 'open' });
      return {
        records: [recordWrite(alive, record)],
        removeRecords: [{ id: second.id, stamp: second.stamp }],
        putConflicts: joinedConflicts(open, record.id),
        overrides: lost.map((value) => ({
          ...value,
          id: this.#ids(),
          bindingId: '',
          issueRef: record.issue.ref,
          kept: 'local' as const,
          at: now,
        })),
      };
    });
  }

  async enrol(ref: ExternalRef, place: BindingPlace): Promise<void> {
    const target = targetKey(await this.#place(parsePlace(place)));
    await this.#attempt(async () => {
      const record = await this.#live(ref);
      if (record.agreements.some((agreement) => mayBeSameTarget(agreement.target, target))) return {};
      return this.#withAgreement(record, { ref: draftRef(place, this.#ids()), target });
    });
  }

  async unlinkRef(ref: ExternalRef): Promise<void> {
    const identity = refIdentity(ref);
    await this.#attempt(async () => {
      const record = await this.#require(ref);
      const held = record.aliases[identity] ?? identity;
      const agreements = record.agreements.filter((agreement) => refIdentity(agreement.ref) !== held);
      const first = agreements[0];
      if (!first) {
        throw new ConnectorConfigError(`${label(ref)} is the issue's only ref; delete the issue instead`);
      }
      await this.#requireNothingInFlight(record);
      const target = record.agreements.find((agreement) => !agreements.includes(agreement))?.target;
      const open = await this.backend.conflicts({ recordIds: [record.id], status: 'open' });
      const ended = open.filter((conflict) => conflict.target === target);
      const aliases = Object.fromEntries(Object.entries(record.aliases).filter(([, to]) => to !== held));
      return {
        records: [
          recordWrite({ ...record, issue: { ...record.issue, ref: first.ref }, agreements, aliases }, record),
        ],
        putConflicts: ended.map((conflict) => ({ ...conflict, status: 'resolved', strategy: 'unlinked' })),
      };
    });
  }

  async listConflicts(query: ConflictListQuery = {}): Promise<ConflictRecord[]> {
    const { issueRef, ...rest } = query;
    const record = issueRef && (await this.#find(issueRef));
    if (issueRef && !record) return [];
    const found = await this.backend.conflicts({ ...rest, ...(record ? { recordIds: [record.id] } : {}) });
    return found.map(publicConflict);
  }

  async resolveConflict(id: string, given: ConflictChoice): Promise<ConflictRecord> {
    const choice = parseChoice(given);
    let settled: StoredConflict | undefined;
    await this.#attempt(async () => {
      const [conflict] = await this.backend.conflicts({ id });
      const [record] = conflict ? await this.backend.load([conflict.recordId]) : [];
      if (!conflict || !record) throw new IssueNotFoundError(`there is no conflict ${id}`);
      if (conflict.status === 'resolved') throw new SyncConflictError(`conflict ${id} is settled already`);
      const result = settleConflict(record, conflict, choice, this.#clock.now());
      const strategy = typeof choice === 'string' ? `host:${choice}` : 'host:value';
      const { value, localValue } = result;
      settled = { ...conflict, localValue, status: 'resolved', strategy, resolvedValue: value };
      const { bindingId, issueRef: ref } = conflict;
      return {
        records: [recordWrite(result.record, record)],
        putConflicts: [settled],
        // What was edited there while it was deleted here is listed no more: it is read when it lives on.
        ...(conflict.field === 'deleted' && value === false
          ? { putRereads: [{ bindingId, ref, reason: 'event' as const }] }
          : {}),
      };
    });
    if (!settled) throw new IssueNotFoundError(`there is no conflict ${id}`);
    return publicConflict(settled);
  }

  async retryRefused(ref: ExternalRef): Promise<void> {
    await this.#attempt(async () => {
      const record = await this.#live(ref);
      const agreements = record.agreements.map(({ refused: _refused, ...rest }) => rest);
      const unclear = (await this.#inFlight(record)).filter((intent) => intent.unclearUntil !== undefined);
      // Of creates at several trackers only the one that was named is decided.
      const named = unclear.length > 1 ? unclear.filter((intent) => sameRef(intent.ref, ref)) : unclear;
      if (named.length < Math.min(1, unclear.length)) {
        const drafts = unclear.map((intent) => label(intent.ref)).join(', ');
        throw new SyncConflictError(`${label(ref)} waits for several creates; name one of ${drafts}`);
      }
      return {
        records: [recordWrite({ ...record, agreements }, record)],
        removeIntents: named.map((intent) => intent.key),
      };
    });
  }

  async getPeople(): Promise<Person[]> {
    return this.backend.people();
  }

  async setPeople(people: Person[]): Promise<void> {
    await this.backend.commit({ people: parsePeople(people) });
  }

  async putEvents(bindingId: string, events: TrackerEvent[]): Promise<void> {
    const movedFrom = z.object({ from: ExternalRefSchema });
    const putRereads = parseTrackerEvents(events).map(({ eventType, issueRef, payload }) => {
      const moved = eventType === 'moved' ? movedFrom.safeParse(payload) : undefined;
      return {
        bindingId,
        ref: issueRef,
        reason: eventType === 'deleted' || eventType === 'created' ? eventType : ('event' as const),
        ...(moved?.success ? { from: moved.data.from } : {}),
      };
    });
    if (putRereads.length > 0) await this.backend.commit({ putRereads });
  }

  listRuns(query: LogQuery = {}): Promise<RunRecord[]> {
    return this.backend.runs(query);
  }

  listOverrides(query: LogQuery = {}): Promise<OverrideRecord[]> {
    return this.backend.overrides(query);
  }

  /** Closes the backend. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.backend[Symbol.asyncDispose]();
  }

  async #find(ref: ExternalRef): Promise<StoredRecord | undefined> {
    const [entry] = await this.backend.lookup([refIdentity(ref)]);
    if (!entry) return undefined;
    const [record] = await this.backend.load([entry.recordId]);
    return record;
  }

  async #require(ref: ExternalRef): Promise<StoredRecord> {
    const record = await this.#find(ref);
    if (record) return record;
    throw new IssueNotFoundError(`the store has no issue ${label(ref)}`, { issueRef: ref });
  }

  async #live(ref: ExternalRef): Promise<StoredRecord> {
    const record = await this.#require(ref);
    if (!record.deleted) return record;
    throw new IssueNotFoundError(`${label(ref)} was deleted`, { issueRef: ref });
  }

  /** Computes a commit and writes it, again from the start when what it read has moved. */
  async #attempt(compute: () => Promise<Commit>): Promise<void> {
    for (let tries = 0; tries < MAX_EDIT_TRIES; tries++) {
      const commit = await compute();
      if (Object.keys(commit).length === 0) return;
      if ((await this.backend.commit(commit)).ok) return;
    }
    throw new SyncBusyError('the issue is being changed by other writers without pause; try again');
  }

  /** The scope that a place without one means. */
  async #place(place: BindingPlace): Promise<BindingPlace> {
    if (place.scope !== undefined) return place;
    const scopes = (await this.#bindingsAt(place)).map((binding) => binding.scope);
    const [only, ...others] = [...new Set(scopes)];
    const draft = !('id' in place) || isDraftRef(place as ExternalRef);
    if (others.length > 0 && draft) {
      throw new ConnectorConfigError(
        `${place.system} ${place.workspace} has several bindings; name a scope: ${scopes.join(', ')}`,
        { fieldPath: 'scope' },
      );
    }
    return only === undefined || others.length > 0 ? place : { ...place, scope: only };
  }

  async #bindingsAt(place: BindingPlace): Promise<BindingRow[]> {
    const bindings = await this.backend.bindings();
    return bindings.filter((row) => row.system === place.system && row.workspace === place.workspace);
  }

  async #withAgreement(record: StoredRecord, agreement: Agreement): Promise<Commit> {
    await this.#requireRoom(record, agreement.target);
    return { records: [recordWrite({ ...record, agreements: [...record.agreements, agreement] }, record)] };
  }

  /** One issue of a binding a record, and one owner a field. */
  async #requireRoom(record: StoredRecord, target: string): Promise<void> {
    const held = agreementAt(record, target);
    if (held) {
      throw new ConnectorConfigError(
        `${label(record.issue.ref)} is ${label(held.ref)} in that binding already; unlink that first`,
      );
    }
    const targets = new Set([...record.agreements.map((agreement) => agreement.target), target]);
    const rows = (await this.backend.bindings()).filter((row) => targets.has(targetKey(row)));
    const field = contestedField(rows.map((row) => OwnershipPolicy.fromJSON(row.policy)));
    if (field === undefined) return;
    throw new ConnectorConfigError(
      `${label(record.issue.ref)} cannot be linked: the policies of ${rows.map((row) => row.id).join(' and ')} both give ${field} to their tracker`,
      { fieldPath: field },
    );
  }

  async #inFlight(record: StoredRecord): Promise<Intent[]> {
    const bindings = await this.backend.bindings();
    const intents = await Promise.all(bindings.map(({ id }) => this.backend.intents(id)));
    return intents.flat().filter((intent) => intent.recordId === record.id);
  }

  async #requireNothingInFlight(record: StoredRecord): Promise<void> {
    const [waiting] = await this.#inFlight(record);
    if (!waiting) return;
    throw new SyncBusyError(
      `a ${waiting.kind} of ${label(waiting.ref)} was sent and is not settled yet; sync ${waiting.bindingId} first`,
    );
  }
}

/** A store that lives as long as the process: for tests, and for hosts that keep their data elsewhere. */
export class InMemoryIssueStore extends RecordStore {
  constructor(options: RecordStoreOptions = {}) {
    super(new MemoryBackend(options.clock ?? systemClock), options);
  }
}
