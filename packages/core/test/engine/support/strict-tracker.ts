import {
  type CanonicalIssue,
  type CanonicalLink,
  CapabilityNotSupportedError,
  ConnectorRequestError,
  type ExternalRef,
  FieldsRefusedError,
  fieldSupport,
  type IssueFields,
  IssueNotFoundError,
  type IssuePatch,
  issuePatch,
  type ListQuery,
  type Page,
  type RefusedField,
  refIdentity,
  SyncConflictError,
  type TaskTrackerConnector,
  type TrackerCapabilities,
  TrackerContractError,
  type WriteOptions,
  type WriteResult,
} from '../../../src/index.ts';
import { fieldsOf } from '../../../src/model/snapshot.ts';

/** One request that the tracker got. */
export interface Call {
  operation: 'list' | 'get' | 'getMany' | 'create' | 'update' | 'link' | 'unlink' | 'delete' | 'lookup';
  id?: string;
  patch?: IssuePatch;
  query?: ListQuery;
  options?: WriteOptions;
}

export interface StrictTrackerOptions {
  name?: string;
  workspace?: string;
  scope?: string;
  capabilities?: Partial<TrackerCapabilities>;
  /** Whether issues carry an opaque version. */
  versions?: boolean;
}

export const CAPABILITIES: TrackerCapabilities = {
  supportsWebhooks: false,
  supportsComments: false,
  supportsHierarchy: true,
  supportsDependencies: true,
  supportsCustomFields: true,
  supportsMultiAssignee: true,
  supportsSprintsOrCycles: false,
  supportsBulkRead: false,
  supportsBulkWrite: false,
  supportsDelete: true,
  supportsAssignment: true,
  supportsTerminalTransition: true,
};

export const BLANK: IssueFields = {
  title: 'untitled',
  body: null,
  status: 'todo',
  issueType: 'task',
  priority: null,
  assignees: [],
  labels: [],
  parent: null,
  links: [],
  customFields: {},
};

type Hook = (call: Call) => void | Promise<void>;
const WRITES: readonly Call['operation'][] = ['create', 'update', 'link', 'unlink', 'delete'];

/** A tracker that counts requests, fails when it is told to, and refuses what a real one refuses. */
export class StrictTracker {
  readonly name: string;
  readonly workspace: string;
  readonly scope: string | undefined;
  capabilities: TrackerCapabilities;
  mapping: string | undefined;
  readonly versions: boolean;
  readonly now: () => string;
  readonly calls: Call[] = [];
  readonly issues = new Map<string, CanonicalIssue>();
  readonly keys = new Map<string, string>();
  /** Ids that listings leave out although the tracker holds them. */
  readonly unlisted = new Set<string>();
  /** How a stored issue reads: a mapping, with its losses. */
  read: (fields: IssueFields) => IssueFields = (fields) => fields;
  /** Fields that are refused, and why; the rest of a patch is applied. */
  refuses: (patch: IssuePatch, id: string) => RefusedField[] = () => [];
  /** Replaces the page that would be answered. */
  page: ((page: Page<CanonicalIssue>, query: ListQuery) => unknown) | undefined;
  /** Replaces the answer to a write that was made. */
  answer: ((issue: CanonicalIssue, call: Call) => unknown) | undefined;
  #before: Hook[] = [];
  #after: Hook[] = [];
  #next = 1;

  constructor(now: () => string, options: StrictTrackerOptions = {}) {
    this.now = now;
    this.name = options.name ?? 'strict';
    this.workspace = options.workspace ?? 'w';
    this.scope = options.scope;
    this.versions = options.versions ?? true;
    this.capabilities = { ...CAPABILITIES, ...options.capabilities };
  }

  ref(id: string): ExternalRef {
    return { system: this.name, workspace: this.workspace, id };
  }

  /** Runs before or after the effect of every request from now on; throwing fails the request. */
  on(moment: 'before' | 'after', hook: Hook): void {
    (moment === 'before' ? this.#before : this.#after).push(hook);
  }

  /** Fails the next `times` requests of a kind, before or after their effect. */
  fail(
    operation: Call['operation'],
    error: () => unknown,
    { moment = 'before', times = 1 }: { moment?: 'before' | 'after'; times?: number } = {},
  ): void {
    let left = times;
    this.on(moment, (call) => {
      if (call.operation !== operation || left === 0) return;
      left--;
      throw error();
    });
  }

  calm(): void {
    this.#before = [];
    this.#after = [];
  }

  count(operation: Call['operation']): number {
    return this.calls.filter((call) => call.operation === operation).length;
  }

  get writes(): number {
    return this.calls.filter((call) => WRITES.includes(call.operation)).length;
  }

  get patches(): IssuePatch[] {
    return this.calls.flatMap((call) => call.patch ?? []);
  }

  /** A person makes an issue. Answers its id. */
  make(fields: Partial<IssueFields> = {}, id: string = this.#newId()): string {
    this.#put(id, { ...BLANK, ...fields });
    return id;
  }

  /** A person edits. */
  edit(id: string, patch: IssuePatch): void {
    this.#put(id, { ...fieldsOf(this.held(id)), ...patch });
  }

  held(id: string): CanonicalIssue {
    const issue = this.issues.get(id);
    if (!issue) throw new IssueNotFoundError(`no ${id}`);
    return issue;
  }

  shown(id: string): CanonicalIssue {
    const issue = this.held(id);
    return structuredClone({ ...issue, ...this.read(fieldsOf(issue)) });
  }

  titles(): string[] {
    return [...this.issues.values()].map((issue) => issue.title);
  }

  async call<T>(call: Call, effect: () => T): Promise<T> {
    this.calls.push(call);
    for (const hook of this.#before) await hook(call);
    const answer = effect();
    for (const hook of this.#after) await hook(call);
    return answer;
  }

  answered(call: Call, issue: CanonicalIssue): CanonicalIssue {
    return (this.answer ? this.answer(issue, call) : issue) as CanonicalIssue;
  }

  #newId(): string {
    return `i${this.#next++}`;
  }

  #put(id: string, fields: IssueFields, key?: string): void {
    const before = this.issues.get(id);
    const at = this.now();
    const mark = key ?? before?.correlationKey;
    this.issues.set(id, {
      ...structuredClone(fieldsOf(fields)),
      ref: this.ref(id),
      createdAt: before?.createdAt ?? at,
      updatedAt: at,
      ...(this.versions ? { version: String(Number(before?.version ?? 0) + 1) } : {}),
      ...(mark === undefined ? {} : { correlationKey: mark }),
    });
  }

  create(issue: CanonicalIssue, options: WriteOptions): CanonicalIssue {
    const key = options.idempotencyKey ?? '';
    const known = this.keys.get(key);
    if (known !== undefined && this.capabilities.supportsIdempotentCreate) return this.shown(known);
    this.#check(fieldsOf(issue));
    const id = this.capabilities.supportsClientIds ? issue.ref.id : this.#newId();
    if (this.issues.has(id)) throw new ConnectorRequestError(`${id} exists`, { statusCode: 409 });
    this.keys.set(key, id);
    this.#put(id, issue, this.capabilities.supportsLookupByKey ? key : undefined);
    return this.shown(id);
  }

  update(id: string, input: IssuePatch, options: WriteOptions): CanonicalIssue {
    const patch = issuePatch(input);
    const current = this.held(id);
    if (options.ifVersion !== undefined && options.ifVersion !== current.version)
      throw new SyncConflictError(`${id} has another version`);
    if ('links' in patch) throw new CapabilityNotSupportedError('links in a patch', { capability: 'links' });
    this.#check(patch);
    const refused = this.refuses(patch, id);
    const taken = Object.fromEntries(
      Object.entries(patch).filter(([field]) => !refused.some((one) => one.field === field)),
    );
    if (Object.keys(taken).length > 0) this.#put(id, { ...fieldsOf(current), ...taken });
    const issue = this.shown(id);
    if (refused.length > 0) throw new FieldsRefusedError('some fields were refused', { refused, issue });
    return issue;
  }

  link(id: string, link: CanonicalLink, remove: boolean): void {
    const issue = this.held(id);
    if (!remove && !this.issues.has(link.target.id)) throw new IssueNotFoundError(`no ${link.target.id}`);
    const same = (other: CanonicalLink): boolean =>
      other.type === link.type && refIdentity(other.target) === refIdentity(link.target);
    if (issue.links.some(same) !== remove) return;
    const others = issue.links.filter((other) => !same(other));
    this.#put(id, { ...fieldsOf(issue), links: remove ? others : [...others, link] });
  }

  #check(patch: IssuePatch): void {
    for (const field of Object.keys(patch) as (keyof IssuePatch)[]) {
      const value = patch[field];
      const empty =
        value === null || JSON.stringify(value) === '[]' || JSON.stringify(value) === '{}' || value === '';
      if (!empty && fieldSupport(this.capabilities, field) === 'none')
        throw new CapabilityNotSupportedError(`${field} is not held`, { capability: field });
    }
    const { titleLength = 10_000, bodyLength = 5_000_000 } = this.capabilities.limits ?? {};
    if ((patch.title?.length ?? 0) > titleLength || (patch.body?.length ?? 0) > bodyLength)
      throw new ConnectorRequestError('too long', { statusCode: 422 });
  }
}

/** Keyset pages by time and id: an issue that nobody touches while pages are read is listed. */
function listed(tracker: StrictTracker, query: ListQuery): Page<CanonicalIssue> {
  const position = (issue: CanonicalIssue): string => `${issue.updatedAt} ${issue.ref.id}`;
  const { cursor, updatedSince = '', limit } = query;
  if (cursor !== undefined && !/^\d{4}-\S+Z \S+$/.test(cursor))
    throw new TrackerContractError('no cursor of mine', { kind: 'cursor' });
  const all = [...tracker.issues.keys()]
    .filter((id) => !tracker.unlisted.has(id))
    .map((id) => tracker.shown(id))
    .filter((issue) => (issue.updatedAt ?? '') >= updatedSince)
    .filter((issue) => cursor === undefined || position(issue) > cursor)
    .sort((a, b) => (position(a) < position(b) ? -1 : 1));
  const items = all.slice(0, limit);
  const last = items.at(-1);
  return { items, ...(last && all.length > limit ? { nextCursor: position(last) } : {}) };
}

export function strictConnector(tracker: StrictTracker): TaskTrackerConnector {
  const { mapping, scope } = tracker;
  const update = (
    ref: ExternalRef,
    patch: IssuePatch,
    options: WriteOptions = {},
  ): Promise<CanonicalIssue> => {
    const call: Call = { operation: 'update', id: ref.id, patch, options };
    return tracker.call(call, () => tracker.answered(call, tracker.update(ref.id, patch, options)));
  };
  const create = (issue: CanonicalIssue, options: WriteOptions = {}): Promise<CanonicalIssue> => {
    const call: Call = { operation: 'create', id: issue.ref.id, options };
    return tracker.call(call, () => tracker.answered(call, tracker.create(issue, options)));
  };
  const result = async (issue: Promise<CanonicalIssue>): Promise<WriteResult> => {
    try {
      return { ok: true, issue: await issue };
    } catch (error) {
      return { ok: false, error: error as ConnectorRequestError };
    }
  };
  return {
    name: tracker.name,
    workspace: tracker.workspace,
    ...(mapping === undefined ? {} : { mapping }),
    ...(scope === undefined ? {} : { scope }),
    getCapabilities: async () => structuredClone(tracker.capabilities),
    listIssues: ({ signal: _signal, ...query }) =>
      tracker.call({ operation: 'list', query }, () => {
        const page = listed(tracker, query);
        return (tracker.page ? tracker.page(page, query) : page) as Page<CanonicalIssue>;
      }),
    getIssue: (ref) => tracker.call({ operation: 'get', id: ref.id }, () => tracker.shown(ref.id)),
    getIssues: (refs) =>
      tracker.call({ operation: 'getMany' }, () =>
        refs.map(({ id }) => (tracker.issues.has(id) ? tracker.shown(id) : undefined)),
      ),
    createIssue: create,
    updateIssue: update,
    createIssues: (items) => Promise.all(items.map(({ issue, options }) => result(create(issue, options)))),
    updateIssues: (items) =>
      Promise.all(items.map(({ ref, patch, options }) => result(update(ref, patch, options)))),
    transitionIssue: (ref, status, options) => update(ref, { status }, options),
    upsertLink: (ref, link) =>
      tracker.call({ operation: 'link', id: ref.id }, () => tracker.link(ref.id, link, false)),
    removeLink: (ref, link) =>
      tracker.call({ operation: 'unlink', id: ref.id }, () => tracker.link(ref.id, link, true)),
    addComment: async () => {},
    deleteIssue: (ref) =>
      tracker.call({ operation: 'delete', id: ref.id }, () => void tracker.issues.delete(ref.id)),
    findByIdempotencyKeys: (keys) =>
      tracker.call({ operation: 'lookup' }, () => {
        const found = new Map<string, CanonicalIssue>();
        for (const key of keys) {
          const id = tracker.keys.get(key);
          if (id !== undefined && tracker.issues.has(id)) found.set(key, tracker.shown(id));
        }
        return found;
      }),
    [Symbol.asyncDispose]: async () => {},
  };
}

export const lost = (): ConnectorRequestError =>
  new ConnectorRequestError('connection reset', { failureClass: 'transient' });
export const refused = (statusCode: number, retryAfterMs?: number): ConnectorRequestError =>
  new ConnectorRequestError(`status ${statusCode}`, {
    statusCode,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
