import { type GuardCounts, SyncGuardError } from '../errors/sync-errors.ts';
import { SpecKittyTrackerError } from '../errors/tracker-error.ts';
import { isEmptyValue, sameValue } from '../model/equality.ts';
import { type ExternalRef, refIdentity } from '../model/external-ref.ts';
import type { CanonicalIssue, CanonicalLink, IssuePatch } from '../model/issue.ts';
import { fingerprint, type JsonValue, stableStringify } from '../model/json.ts';
import { fieldPaths, valueAt } from '../model/snapshot.ts';
import type { TrackerCapabilities } from '../protocol/capabilities.ts';
import type { TaskTrackerConnector, WriteOptions, WriteResult } from '../protocol/connector.ts';
import type { StoredRecord } from '../store/records.ts';
import type { GuardLimits } from './options.ts';
import type { SyncResult } from './result.ts';

/** One write to the tracker, as `sync()` would make it. */
export type PlannedWrite =
  /** `as` is the ref by which the plan's other writes name the issue that is to be. */
  | { operation: 'create'; issueRef: ExternalRef; issue: CanonicalIssue; as: ExternalRef }
  | { operation: 'update'; issueRef: ExternalRef; patch: IssuePatch }
  | { operation: 'delete'; issueRef: ExternalRef }
  | { operation: 'link'; issueRef: ExternalRef; link: CanonicalLink; remove: boolean };

/** One change to the store. */
export interface PlannedChange {
  change: 'create' | 'update' | 'delete';
  issueRef: ExternalRef;
  /** The fields that change; all that are not empty at a create. */
  fields: string[];
}

/** What `sync()` would do now. Plain data; it can be shown, stored, and applied later. */
export interface SyncPlan {
  bindingId: string;
  full: boolean;
  writes: PlannedWrite[];
  changes: PlannedChange[];
  counts: GuardCounts;
  /** What the run would report. Ids in it are the plan's own. */
  result: SyncResult;
}

/** How many remote writes of each kind; a link counts as an update of its issue. */
export function countWrites(writes: readonly PlannedWrite[]): GuardCounts {
  const updated = new Set(
    writes
      .filter(({ operation }) => operation === 'update' || operation === 'link')
      .map(({ issueRef }) => refIdentity(issueRef)),
  );
  const of = (kind: PlannedWrite['operation']): number =>
    writes.filter(({ operation }) => operation === kind).length;
  return { creates: of('create'), updates: updated.size, deletes: of('delete') };
}

/**
 * What tells one write from another. An issue that the same run makes has no ref yet that two runs would share: it is
 * known by what it is made of.
 */
export class WriteKeys {
  readonly #made = new Map<string, string>();

  of(write: PlannedWrite): string {
    const { operation, issueRef } = write;
    if (operation === 'create') {
      const { ref: _ref, parent, ...rest } = write.issue;
      return `create ${stableStringify({ ...rest, parent: parent && this.#name(parent) } as unknown as JsonValue)}`;
    }
    const parts: JsonValue[] = [operation, this.#name(issueRef)];
    if (operation === 'link') parts.push(write.link.type, this.#name(write.link.target), write.remove);
    if (operation === 'update') {
      const { parent, ...patch } = write.patch;
      parts.push(patch as unknown as JsonValue, parent ? this.#name(parent) : parent === null);
    }
    return stableStringify(parts);
  }

  /** The issue of a create has a ref now. */
  made(write: PlannedWrite, ref: ExternalRef): void {
    this.#made.set(refIdentity(ref), fingerprint(this.of(write)));
  }

  #name(ref: ExternalRef): string {
    return this.#made.get(refIdentity(ref)) ?? refIdentity(ref);
  }
}

/** The keys of a plan's writes, each with the issue that it is about. */
export function keysOf(writes: readonly PlannedWrite[]): Map<string, ExternalRef> {
  const keys = new WriteKeys();
  return new Map(
    writes.map((write) => {
      const key = keys.of(write);
      if (write.operation === 'create') keys.made(write, write.as);
      return [key, write.issueRef];
    }),
  );
}

/** The changes to records, in order of record. */
export function plannedChanges(
  changes: readonly { before: StoredRecord | undefined; after: StoredRecord }[],
): PlannedChange[] {
  return changes.flatMap(({ before, after }): PlannedChange[] => {
    const issueRef = after.issue.ref;
    const fields = fieldPaths(after.issue, before?.issue).filter((path) => {
      const value = valueAt(after.issue, path);
      return before ? !sameValue(path, valueAt(before.issue, path), value) : !isEmptyValue(path, value);
    });
    if (!before) return [{ change: 'create', issueRef, fields }];
    if (after.deleted && !before.deleted) return [{ change: 'delete', issueRef, fields: [] }];
    return fields.length > 0 ? [{ change: 'update', issueRef, fields }] : [];
  });
}

/** A connector with some of its calls replaced; the others go to it as they are. */
function replacing(
  connector: TaskTrackerConnector,
  calls: Partial<TaskTrackerConnector>,
): TaskTrackerConnector {
  return new Proxy(connector, {
    get: (target, name) => {
      const own: unknown = Reflect.get(calls, name) ?? Reflect.get(target, name);
      return typeof own === 'function' ? own.bind(target) : own;
    },
  });
}

/** A connector whose reads are real and whose writes are only noted. */
export function noting(
  connector: TaskTrackerConnector,
  capabilities: TrackerCapabilities,
  writes: PlannedWrite[],
): TaskTrackerConnector {
  const planned = new Map<string, CanonicalIssue>();
  const keep = (issue: CanonicalIssue): CanonicalIssue => {
    planned.set(refIdentity(issue.ref), issue);
    return issue;
  };
  const create = (issue: CanonicalIssue): CanonicalIssue => {
    const id = capabilities.supportsClientIds ? issue.ref.id : `planned:${planned.size + 1}`;
    const as = { ...issue.ref, id };
    writes.push({ operation: 'create', issueRef: issue.ref, issue, as });
    return keep({ ...issue, ref: as });
  };
  const update = (ref: ExternalRef, patch: IssuePatch, options?: WriteOptions): CanonicalIssue => {
    const previous = planned.get(refIdentity(ref)) ?? options?.previous;
    if (!previous) throw new TypeError('an update without what it was made against cannot be planned');
    writes.push({ operation: 'update', issueRef: ref, patch });
    const { version: _version, ...rest } = previous;
    return keep({ ...rest, ...patch });
  };
  const link = async (issueRef: ExternalRef, target: CanonicalLink, remove: boolean): Promise<void> => {
    writes.push({ operation: 'link', issueRef, link: target, remove });
  };
  const made = (issue: CanonicalIssue): WriteResult => ({ ok: true, issue });
  return replacing(connector, {
    getIssue: async (ref, options) => planned.get(refIdentity(ref)) ?? connector.getIssue(ref, options),
    getIssues: async (refs, options) => {
      const found = (await connector.getIssues?.(refs, options)) ?? [];
      return refs.map((ref, index) => planned.get(refIdentity(ref)) ?? found[index]);
    },
    createIssue: async (issue) => create(issue),
    createIssues: async (items) => items.map(({ issue }) => made(create(issue))),
    updateIssue: async (ref, patch, options) => update(ref, patch, options),
    updateIssues: async (items) => items.map(({ ref, patch, options }) => made(update(ref, patch, options))),
    upsertLink: (ref, target) => link(ref, target, false),
    removeLink: (ref, target) => link(ref, target, true),
    deleteIssue: async (issueRef) => {
      writes.push({ operation: 'delete', issueRef });
    },
  });
}

/** A connector that refuses every write which is not in the plan. */
export function onlyPlanned(connector: TaskTrackerConnector, plan: SyncPlan): TaskTrackerConnector {
  const allowed = keysOf(plan.writes);
  const keys = new WriteKeys();
  const message = 'the issue moved since the plan was made; this is not in the plan';
  return refusing(
    connector,
    (write) =>
      allowed.has(keys.of(write)) ? undefined : new SpecKittyTrackerError(message, {}, 'not_planned'),
    (write, ref) => keys.made(write, ref),
  );
}

/** A connector that never passes the limits, whatever has come since the run was planned. */
export function withinLimits(connector: TaskTrackerConnector, limits: GuardLimits): TaskTrackerConnector {
  const { maxCreates = Infinity, maxUpdates = Infinity, maxDeletes = Infinity } = limits;
  const room = { create: maxCreates, update: maxUpdates, link: maxUpdates, delete: maxDeletes };
  const written = { create: new Set<string>(), update: new Set<string>(), delete: new Set<string>() };
  return refusing(connector, ({ operation, issueRef }) => {
    const issues = written[operation === 'link' ? 'update' : operation];
    const identity = refIdentity(issueRef);
    if (issues.size >= room[operation] && !issues.has(identity)) {
      const counts = {
        creates: written.create.size,
        updates: written.update.size,
        deletes: written.delete.size,
      };
      return new SyncGuardError(`one more ${operation} than the limits of this binding allow; it waits`, {
        counts,
      });
    }
    issues.add(identity);
    return undefined;
  });
}

/** A connector that is asked only for the writes which are not refused; the others are answered by the refusal. */
function refusing(
  connector: TaskTrackerConnector,
  refusal: (write: PlannedWrite) => SpecKittyTrackerError | undefined,
  onMade: (write: PlannedWrite, ref: ExternalRef) => void = () => {},
): TaskTrackerConnector {
  const noteMade = (issue: CanonicalIssue, answer: CanonicalIssue): CanonicalIssue => {
    onMade(created(issue), answer.ref);
    return answer;
  };
  const guarded =
    <Args extends unknown[], Answer>(
      call: (...args: Args) => Promise<Answer>,
      writeOf: (...args: Args) => PlannedWrite,
    ): ((...args: Args) => Promise<Answer>) =>
    async (...args) => {
      const error = refusal(writeOf(...args));
      if (error) throw error;
      return call(...args);
    };
  const together = async <Item>(
    items: Item[],
    call: ((items: Item[]) => Promise<WriteResult[]>) | undefined,
    writeOf: (item: Item) => PlannedWrite,
  ): Promise<WriteResult[]> => {
    const errors = items.map((item) => refusal(writeOf(item)));
    const results = (await call?.(items.filter((_, index) => !errors[index]))) ?? [];
    return errors.map((error) => (error ? { ok: false, error } : (results.shift() as WriteResult)));
  };
  const created = (issue: CanonicalIssue): PlannedWrite => ({
    operation: 'create',
    issueRef: issue.ref,
    issue,
    as: issue.ref,
  });
  const updated = (issueRef: ExternalRef, patch: IssuePatch): PlannedWrite => ({
    operation: 'update',
    issueRef,
    patch,
  });
  const linked =
    (remove: boolean) =>
    (issueRef: ExternalRef, link: CanonicalLink): PlannedWrite => ({
      operation: 'link',
      issueRef,
      link,
      remove,
    });
  return replacing(connector, {
    createIssue: guarded(
      async (issue: CanonicalIssue, options?: WriteOptions) =>
        noteMade(issue, await connector.createIssue(issue, options)),
      (issue) => created(issue),
    ),
    createIssues: async (items) => {
      const call = connector.createIssues?.bind(connector);
      const results = await together(items, call, ({ issue }) => created(issue));
      for (const [index, { issue }] of items.entries()) {
        const result = results[index];
        if (result?.ok) noteMade(issue, result.issue);
      }
      return results;
    },
    updateIssue: guarded(connector.updateIssue.bind(connector), updated),
    updateIssues: (items) =>
      together(items, connector.updateIssues?.bind(connector), ({ ref, patch }) => updated(ref, patch)),
    upsertLink: guarded(connector.upsertLink.bind(connector), linked(false)),
    ...(connector.removeLink && { removeLink: guarded(connector.removeLink.bind(connector), linked(true)) }),
    ...(connector.deleteIssue && {
      deleteIssue: guarded(connector.deleteIssue.bind(connector), (issueRef) => ({
        operation: 'delete',
        issueRef,
      })),
    }),
  });
}
