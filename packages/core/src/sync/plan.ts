import type { GuardCounts } from '../errors/sync-errors.ts';
import { SpecKittyTrackerError } from '../errors/tracker-error.ts';
import { sameValue } from '../model/equality.ts';
import { type ExternalRef, refIdentity } from '../model/external-ref.ts';
import type { CanonicalIssue, CanonicalLink, IssuePatch } from '../model/issue.ts';
import { type JsonValue, stableStringify } from '../model/json.ts';
import { fieldPaths, valueAt } from '../model/snapshot.ts';
import type { TrackerCapabilities } from '../protocol/capabilities.ts';
import type { TaskTrackerConnector, WriteOptions, WriteResult } from '../protocol/connector.ts';
import type { StoredRecord } from '../store/records.ts';
import type { SyncResult } from './result.ts';

/** One write to the tracker, as `sync()` would make it. */
export type PlannedWrite =
  | { operation: 'create'; issueRef: ExternalRef; issue: CanonicalIssue }
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

/** What tells one planned write from another. */
export function writeKey(write: PlannedWrite): string {
  const { issueRef, ...rest } = write;
  return `${refIdentity(issueRef)} ${stableStringify(rest as unknown as JsonValue)}`;
}

/** The changes to records, in order of record. */
export function plannedChanges(
  changes: readonly { before: StoredRecord | undefined; after: StoredRecord }[],
): PlannedChange[] {
  return changes.flatMap(({ before, after }): PlannedChange[] => {
    const issueRef = after.issue.ref;
    const fields = fieldPaths(after.issue, before?.issue).filter(
      (path) => !sameValue(path, before && valueAt(before.issue, path), valueAt(after.issue, path)),
    );
    if (!before) return [{ change: 'create', issueRef, fields }];
    if (after.deleted && !before.deleted) return [{ change: 'delete', issueRef, fields: [] }];
    return fields.length > 0 ? [{ change: 'update', issueRef, fields }] : [];
  });
}

/** A connector whose reads are real and whose writes are only noted. */
export function noting(
  connector: TaskTrackerConnector,
  capabilities: TrackerCapabilities,
  writes: PlannedWrite[],
): TaskTrackerConnector {
  const planned = new Map<string, CanonicalIssue>();
  const create = (issue: CanonicalIssue): CanonicalIssue => {
    writes.push({ operation: 'create', issueRef: issue.ref, issue });
    const id = `planned:${planned.size + 1}`;
    const ref = capabilities.supportsClientIds
      ? issue.ref
      : { system: connector.name, workspace: connector.workspace, id };
    const made = { ...issue, ref };
    planned.set(refIdentity(ref), made);
    return made;
  };
  const update = (ref: ExternalRef, patch: IssuePatch, options?: WriteOptions): CanonicalIssue => {
    writes.push({ operation: 'update', issueRef: ref, patch });
    const previous = planned.get(refIdentity(ref)) ?? options?.previous;
    if (!previous) throw new TypeError('an update without what it was made against cannot be planned');
    const { version: _version, ...rest } = previous;
    const made = { ...rest, ...patch };
    planned.set(refIdentity(ref), made);
    return made;
  };
  const read = async (ref: ExternalRef): Promise<CanonicalIssue> =>
    planned.get(refIdentity(ref)) ?? connector.getIssue(ref);
  const link = (ref: ExternalRef, target: CanonicalLink, remove: boolean): void => {
    writes.push({ operation: 'link', issueRef: ref, link: target, remove });
  };
  return {
    ...identityOf(connector),
    getCapabilities: async () => capabilities,
    listIssues: (query) => connector.listIssues(query),
    getIssue: read,
    createIssue: async (issue) => create(issue),
    updateIssue: async (ref, patch, options) => update(ref, patch, options),
    transitionIssue: async (ref, status, options) => update(ref, { status }, options),
    upsertLink: async (ref, target) => link(ref, target, false),
    removeLink: async (ref, target) => link(ref, target, true),
    addComment: async () => {},
    deleteIssue: async (ref) => {
      writes.push({ operation: 'delete', issueRef: ref });
    },
    getIssues: async (refs, options) => {
      const unplanned = refs.filter((ref) => !planned.has(refIdentity(ref)));
      const found = (await connector.getIssues?.(unplanned, options)) ?? [];
      const byIdentity = new Map(unplanned.map((ref, index) => [refIdentity(ref), found[index]]));
      return refs.map((ref) => planned.get(refIdentity(ref)) ?? byIdentity.get(refIdentity(ref)));
    },
    createIssues: async (items) =>
      items.map(({ issue }): WriteResult => ({ ok: true, issue: create(issue) })),
    updateIssues: async (items) =>
      items.map(({ ref, patch, options }): WriteResult => ({ ok: true, issue: update(ref, patch, options) })),
    findByIdempotencyKeys: async (keys, options) =>
      (await connector.findByIdempotencyKeys?.(keys, options)) ?? new Map(),
    [Symbol.asyncDispose]: async () => {},
  };
}

/** A connector that refuses every write which is not in the plan. */
export function onlyPlanned(connector: TaskTrackerConnector, plan: SyncPlan): TaskTrackerConnector {
  const allowed = new Set(plan.writes.map(writeKey));
  const require = (write: PlannedWrite): void => {
    if (allowed.has(writeKey(write))) return;
    throw new SpecKittyTrackerError(
      'the issue moved since the plan was made; this change is not in the plan',
      {},
      'not_planned',
    );
  };
  const result = async (call: () => Promise<CanonicalIssue>): Promise<WriteResult> => {
    try {
      return { ok: true, issue: await call() };
    } catch (error) {
      return { ok: false, error: error as SpecKittyTrackerError };
    }
  };
  const gated: TaskTrackerConnector = {
    ...identityOf(connector),
    getCapabilities: () => connector.getCapabilities(),
    listIssues: (query) => connector.listIssues(query),
    getIssue: (ref, options) => connector.getIssue(ref, options),
    createIssue: async (issue, options) => {
      require({ operation: 'create', issueRef: issue.ref, issue });
      return connector.createIssue(issue, options);
    },
    updateIssue: async (ref, patch, options) => {
      require({ operation: 'update', issueRef: ref, patch });
      return connector.updateIssue(ref, patch, options);
    },
    transitionIssue: (ref, status, options) => gated.updateIssue(ref, { status }, options),
    upsertLink: async (ref, link, options) => {
      require({ operation: 'link', issueRef: ref, link, remove: false });
      return connector.upsertLink(ref, link, options);
    },
    addComment: (ref, body, options) => connector.addComment(ref, body, options),
    deleteIssue: async (ref, options) => {
      require({ operation: 'delete', issueRef: ref });
      await connector.deleteIssue?.(ref, options);
    },
    createIssues: (items) =>
      Promise.all(items.map(({ issue, options }) => result(() => gated.createIssue(issue, options)))),
    updateIssues: (items) =>
      Promise.all(
        items.map(({ ref, patch, options }) => result(() => gated.updateIssue(ref, patch, options))),
      ),
    [Symbol.asyncDispose]: async () => {},
  };
  if (connector.removeLink) {
    gated.removeLink = async (ref, link, options) => {
      require({ operation: 'link', issueRef: ref, link, remove: true });
      await connector.removeLink?.(ref, link, options);
    };
  }
  if (connector.getIssues)
    gated.getIssues = (refs, options) => connector.getIssues?.(refs, options) ?? Promise.resolve([]);
  if (connector.findByIdempotencyKeys) {
    gated.findByIdempotencyKeys = (keys, options) =>
      connector.findByIdempotencyKeys?.(keys, options) ?? Promise.resolve(new Map());
  }
  return gated;
}

function identityOf(
  connector: TaskTrackerConnector,
): Pick<TaskTrackerConnector, 'name' | 'workspace' | 'mapping' | 'scope'> {
  const { name, workspace, mapping, scope } = connector;
  return {
    name,
    workspace,
    ...(mapping === undefined ? {} : { mapping }),
    ...(scope === undefined ? {} : { scope }),
  };
}
