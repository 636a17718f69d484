import {
  type CanonicalIssue,
  type CanonicalLink,
  type CanonicalStatus,
  ConnectorRequestError,
  type ExternalRef,
  type IssueFields,
  IssueNotFoundError,
  type IssuePatch,
  type ListQuery,
  type Page,
  refIdentity,
  SyncConflictError,
  sameValue,
  shiftTimestamp,
  type TaskTrackerConnector,
  type TrackerCapabilities,
  TrackerContractError,
  type WriteOptions,
  type WriteResult,
} from '../../src/index.ts';
import { fieldPaths, fieldsOf, valueAt } from '../../src/model/snapshot.ts';

/** What a simulated tracker can do and how badly it behaves. */
export interface SimTrackerOptions {
  name: string;
  cas: boolean;
  bulk: boolean;
  clientIds: boolean;
  idempotent: boolean;
  lookup: boolean;
  /** Knows open and done only. */
  lossyStatus: boolean;
  customFields: boolean;
  granularityMs: number;
  lagMs: number;
  /** Its clock against the world's. */
  skewMs: number;
  pageSize: number;
}

export const STURDY: SimTrackerOptions = {
  name: 'sim',
  cas: true,
  bulk: true,
  clientIds: false,
  idempotent: false,
  lookup: true,
  lossyStatus: false,
  customFields: true,
  granularityMs: 1,
  lagMs: 0,
  skewMs: 0,
  pageSize: 3,
};

export type Moment = 'before' | 'after';
/** Called at every request, before and after its effect; may throw, and may let people edit. */
export type Hook = (operation: string, moment: Moment, write: boolean) => Promise<void>;

interface Held {
  issue: CanonicalIssue;
  version: number;
  history: { at: string; issue: CanonicalIssue | undefined }[];
}

const ORIGIN = '2026-01-01T00:00:00.000Z';

/** A tracker with people in it, and the connector that talks to it. */
export class SimTracker {
  readonly options: SimTrackerOptions;
  readonly held = new Map<string, Held>();
  readonly keys = new Map<string, string>();
  readonly now: () => string;
  /** Person's values that a write of ours replaced without anybody being able to know. */
  readonly overwritten: { id: string; path: string; value: unknown }[] = [];
  writes = 0;
  reads = 0;
  #nextId = 1;

  constructor(options: SimTrackerOptions, now: () => string) {
    this.options = options;
    this.now = () => shiftTimestamp(now(), options.skewMs);
  }

  ref(id: string): ExternalRef {
    return { system: this.options.name, workspace: 'w', id };
  }

  ids(): string[] {
    return [...this.held.keys()];
  }

  get(id: string): CanonicalIssue {
    const held = this.held.get(id);
    if (!held) throw new IssueNotFoundError(`no ${id}`);
    return held.issue;
  }

  #stamp(): string {
    const millis = Date.parse(this.now());
    return new Date(millis - (millis % this.options.granularityMs)).toISOString();
  }

  put(id: string, fields: IssueFields, created?: { key?: string }): CanonicalIssue {
    const at = this.#stamp();
    const before = this.held.get(id);
    const version = (before?.version ?? 0) + 1;
    const status = this.options.lossyStatus && fields.status !== 'done' ? 'todo' : fields.status;
    const issue: CanonicalIssue = {
      ...structuredClone(fieldsOf(fields)),
      status,
      customFields: this.options.customFields ? structuredClone(fields.customFields) : {},
      ref: this.ref(id),
      createdAt: before?.issue.createdAt ?? at,
      updatedAt: at,
      ...(this.options.cas ? { version: String(version) } : {}),
    };
    const key = created?.key ?? before?.issue.correlationKey;
    if (key !== undefined && this.options.lookup) issue.correlationKey = key;
    const history = [...(before?.history ?? [{ at: ORIGIN, issue: undefined }]), { at: this.now(), issue }];
    this.held.set(id, { issue, version, history });
    return structuredClone(issue);
  }

  /** A person makes an issue. */
  make(title: string): string {
    const id = `${this.options.name[0]}${this.#nextId++}`;
    this.put(id, {
      title,
      body: null,
      status: 'todo',
      issueType: 'task',
      priority: null,
      assignees: [],
      labels: [],
      parent: null,
      links: [],
      customFields: {},
    });
    return id;
  }

  /** A person edits. */
  edit(id: string, patch: IssuePatch): void {
    this.put(id, { ...this.get(id), ...patch });
  }

  create(issue: CanonicalIssue, key: string | undefined): CanonicalIssue {
    const known = key === undefined ? undefined : this.keys.get(key);
    if (known !== undefined && this.options.idempotent) return structuredClone(this.get(known));
    const id = this.options.clientIds ? issue.ref.id : `${this.options.name[0]}${this.#nextId++}`;
    if (this.held.has(id)) return structuredClone(this.get(id));
    if (key !== undefined) this.keys.set(key, id);
    return this.put(id, issue, key === undefined ? {} : { key });
  }

  update(id: string, patch: IssuePatch, options: WriteOptions): CanonicalIssue {
    const current = this.get(id);
    const { previous } = options;
    if (
      options.ifVersion !== undefined &&
      this.options.cas &&
      options.ifVersion !== String(this.held.get(id)?.version)
    ) {
      throw new SyncConflictError('version');
    }
    const next: IssuePatch = { ...patch };
    for (const field of ['labels', 'assignees'] as const) {
      const wanted = patch[field];
      if (!wanted || !previous) continue;
      // As careful connectors do: differences against what the patch was made from.
      const added = wanted.filter((item) => !previous[field].includes(item));
      const removed = previous[field].filter((item) => !wanted.includes(item));
      next[field] = [...new Set([...current[field].filter((item) => !removed.includes(item)), ...added])];
    }
    if (patch.customFields && previous) {
      next.customFields = { ...current.customFields };
      for (const key of Object.keys({ ...previous.customFields, ...patch.customFields })) {
        const value = patch.customFields[key];
        if (JSON.stringify(value) === JSON.stringify(previous.customFields[key])) continue;
        if (value === undefined) delete next.customFields[key];
        else next.customFields[key] = value;
      }
    }
    const result = { ...fieldsOf(current), ...next };
    if (previous) {
      for (const path of fieldPaths(current, result)) {
        const now = valueAt(current, path);
        if (sameValue(path, now, valueAt(previous, path)) || sameValue(path, now, valueAt(result, path)))
          continue;
        if (!Array.isArray(now)) this.overwritten.push({ id, path, value: now });
      }
    }
    return this.put(id, result);
  }

  link(id: string, link: CanonicalLink, remove: boolean): void {
    const issue = this.get(id);
    const others = issue.links.filter(
      (other) => other.type !== link.type || refIdentity(other.target) !== refIdentity(link.target),
    );
    if (!remove && others.length < issue.links.length) return;
    if (remove && others.length === issue.links.length) return;
    this.put(id, { ...issue, links: remove ? others : [...others, link] });
  }

  remove(id: string): void {
    this.held.delete(id);
  }

  /** What a listing shows: the state of a while ago, where it lags. */
  view(): CanonicalIssue[] {
    const until = shiftTimestamp(this.now(), -this.options.lagMs);
    return [...this.held.values()].flatMap((held) => {
      if (this.options.lagMs === 0) return [held.issue];
      const shown = held.history.filter(({ at }) => at <= until).at(-1)?.issue;
      return shown ? [shown] : [];
    });
  }
}

/** A connector over a simulated tracker; `hook` is where faults and people come in. */
export function simConnector(tracker: SimTracker, hook: Hook): TaskTrackerConnector {
  const { options } = tracker;
  const capabilities: TrackerCapabilities = {
    supportsWebhooks: false,
    supportsComments: false,
    supportsHierarchy: true,
    supportsDependencies: true,
    supportsCustomFields: options.customFields,
    supportsMultiAssignee: true,
    supportsSprintsOrCycles: false,
    supportsBulkRead: options.bulk,
    supportsBulkWrite: options.bulk,
    supportsDelete: true,
    supportsAssignment: true,
    supportsTerminalTransition: true,
    supportsOptimisticConcurrency: options.cas,
    supportsIdempotentCreate: options.idempotent,
    supportsLookupByKey: options.lookup,
    supportsClientIds: options.clientIds,
    lagMs: options.lagMs,
    timeGranularityMs: options.granularityMs,
    ...(options.lossyStatus ? { fields: { status: 'lossy' as const } } : {}),
    limits: { pageSize: options.pageSize, batchSize: 4 },
  };
  const call = async <T>(operation: string, write: boolean, effect: () => T): Promise<T> => {
    await hook(operation, 'before', write);
    const answer = structuredClone(effect());
    if (write) tracker.writes++;
    else tracker.reads++;
    await hook(operation, 'after', write);
    return answer;
  };
  const result = (effect: () => CanonicalIssue): WriteResult => {
    try {
      return { ok: true, issue: effect() };
    } catch (error) {
      return { ok: false, error: error as never };
    }
  };
  const connector: TaskTrackerConnector = {
    name: options.name,
    workspace: 'w',
    getCapabilities: async () => capabilities,
    listIssues: (query) => call('list', false, () => page(tracker, query)),
    getIssue: (ref) => call('get', false, () => tracker.get(ref.id)),
    createIssue: (issue, o) => call('create', true, () => tracker.create(issue, o?.idempotencyKey)),
    updateIssue: (ref, patch, o) => call('update', true, () => tracker.update(ref.id, patch, o ?? {})),
    transitionIssue: (ref, status: CanonicalStatus, o) =>
      call('update', true, () => tracker.update(ref.id, { status }, o ?? {})),
    upsertLink: (ref, link) => call('link', true, () => tracker.link(ref.id, link, false)),
    removeLink: (ref, link) => call('link', true, () => tracker.link(ref.id, link, true)),
    addComment: async () => {},
    deleteIssue: (ref) => call('delete', true, () => tracker.remove(ref.id)),
    [Symbol.asyncDispose]: async () => {},
  };
  if (options.bulk) {
    connector.getIssues = (refs) =>
      call('getMany', false, () => refs.map((ref) => tracker.held.get(ref.id)?.issue));
    connector.createIssues = (items) =>
      bulk(hook, items, tracker, (item) =>
        result(() => tracker.create(item.issue, item.options.idempotencyKey)),
      );
    connector.updateIssues = (items) =>
      bulk(hook, items, tracker, (item) =>
        result(() => tracker.update(item.ref.id, item.patch, item.options)),
      );
  }
  if (options.lookup) {
    connector.findByIdempotencyKeys = (keys) =>
      call('lookup', false, () => {
        const found = new Map<string, CanonicalIssue>();
        for (const issue of tracker.view()) {
          const key = keys.find((candidate) => tracker.keys.get(candidate) === issue.ref.id);
          if (key !== undefined) found.set(key, tracker.get(issue.ref.id));
        }
        return found;
      });
  }
  return connector;
}

/** One bulk call; people may come in between any two of its items. */
async function bulk<Item>(
  hook: Hook,
  items: Item[],
  tracker: SimTracker,
  effect: (item: Item) => WriteResult,
): Promise<WriteResult[]> {
  await hook('bulk', 'before', true);
  const results: WriteResult[] = [];
  for (const item of items) {
    tracker.writes++;
    results.push(effect(item));
  }
  await hook('bulk', 'after', true);
  return structuredClone(
    results.map((entry) => (entry.ok ? entry : { ok: false as const, error: null })),
  ).map((entry, index) => (entry.ok ? entry : (results[index] as WriteResult)));
}

/** Keyset pages by time and id: an issue that nobody touches while pages are read is listed. */
function page(tracker: SimTracker, query: ListQuery): Page<CanonicalIssue> {
  const position = (issue: CanonicalIssue): string => `${issue.updatedAt} ${issue.ref.id}`;
  if (query.cursor !== undefined && !/^\d{4}-\S+Z \S+$/.test(query.cursor)) {
    throw new TrackerContractError('cursor', { kind: 'cursor' });
  }
  const listed = tracker
    .view()
    .filter((issue) => query.updatedSince === undefined || (issue.updatedAt ?? '') >= query.updatedSince)
    .filter((issue) => query.cursor === undefined || position(issue) > query.cursor)
    .sort((a, b) => (position(a) < position(b) ? -1 : 1));
  const items = listed.slice(0, query.limit);
  const last = items.at(-1);
  return { items, ...(last && listed.length > items.length ? { nextCursor: position(last) } : {}) };
}

export const lost = (): ConnectorRequestError =>
  new ConnectorRequestError('connection reset', { failureClass: 'transient' });
