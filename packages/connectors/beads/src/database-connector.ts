import { createHash, randomUUID } from 'node:crypto';
import {
  type CallOptions,
  type CanonicalIssue,
  type CanonicalLink,
  type CanonicalStatus,
  CapabilityNotSupportedError,
  type Clock,
  type ConnectorContext,
  ConnectorRequestError,
  canonicalIssue,
  type ExternalRef,
  IssueNotFoundError,
  type IssuePatch,
  issuePatch,
  isTrackerError,
  type JsonObject,
  type ListQuery,
  type Page,
  refIdentity,
  ScopeViolationError,
  systemClock,
  type TaskTrackerConnector,
  type TrackerCapabilities,
  TrackerContractError,
  type WriteOptions,
  type WriteResult,
} from '@spec-kitty/tracker-core';
import { createProcessRunner, runnerFor } from '@spec-kitty/tracker-process';
import { BdClient } from './bd-client.ts';
import { type BeadsDatabaseConfig, parseDatabaseConfig } from './config.ts';
import { databasePage } from './database-page.ts';
import { type DatabaseIssue, type DatabaseState, databaseState } from './database-rows.ts';
import { edgeOf, type RowWrite, rowWrite } from './from-canonical.ts';
import { DATABASE_CAPABILITIES } from './manifest.ts';
import { assertFilters, listingIdentity } from './queries.ts';
import { SYSTEM, toCanonical } from './to-canonical.ts';

/** Changes when the mapping of fields does. */
const MAPPING = 'bd-1';

type Outcome<T> = { ok: true; value: T } | { ok: false; error: Extract<WriteResult, { ok: false }>['error'] };

function outcome<T>(work: () => T): Outcome<T> {
  try {
    return { ok: true, value: work() };
  } catch (error) {
    if (!isTrackerError(error)) throw error;
    return { ok: false, error };
  }
}

/** Issues of a Beads database, read and written through its `bd` command. */
export class BeadsDatabaseConnector implements TaskTrackerConnector {
  readonly name: string = SYSTEM;
  readonly workspace: string;
  readonly mapping: string = MAPPING;
  readonly scope?: string;
  readonly #client: BdClient;
  readonly #clock: Clock;
  readonly #hostOwns: ReadonlySet<string>;
  #listed: DatabaseState | undefined;
  #prefix: string | undefined;
  #lastWrite: Promise<unknown> = Promise.resolve();

  /** @throws ConnectorConfigError */
  constructor(config: Partial<BeadsDatabaseConfig> = {}, context: Partial<ConnectorContext> = {}) {
    const { workspace, command, cwd, scope, hostOwns } = parseDatabaseConfig(config);
    this.workspace = workspace;
    if (scope !== undefined) this.scope = scope;
    this.#hostOwns = new Set(hostOwns);
    this.#clock = context.clock ?? systemClock;
    const runner = runnerFor(context.run, undefined, () => createProcessRunner());
    this.#client = new BdClient({ command, runner, ...(cwd === undefined ? {} : { cwd }) });
  }

  async getCapabilities(): Promise<TrackerCapabilities> {
    return {
      ...structuredClone(DATABASE_CAPABILITIES),
      supportsAssignment: !this.#hostOwns.has('assignees'),
      supportsTerminalTransition: !this.#hostOwns.has('terminal_status'),
    };
  }

  /**
   * In the order of ids. `updatedSince` is ignored: changes of labels, comments and edges do not move `updated_at`.
   * The pages of one listing come from one `bd export`.
   * @throws TrackerContractError, kind `cursor`.
   */
  async listIssues(query: ListQuery): Promise<Page<CanonicalIssue>> {
    if (!Number.isSafeInteger(query.limit) || query.limit < 1)
      throw new TypeError('limit must be a positive integer');
    assertFilters(query.filters ?? {});
    query.signal?.throwIfAborted();
    const held = query.cursor === undefined ? undefined : this.#listed;
    const state = held ?? (await this.#read(query));
    const page = databasePage(state, query, listingIdentity(this.workspace, query.filters ?? {}));
    // Kept no longer than the listing takes.
    this.#listed = page.nextCursor === undefined ? undefined : state;
    return page;
  }

  async getIssue(ref: ExternalRef, options: CallOptions = {}): Promise<CanonicalIssue> {
    const [issue] = await this.getIssues([ref], options);
    return issue ?? this.#missing(ref);
  }

  /** @throws TrackerContractError for an issue that is missing while some lines of the export cannot be read. */
  async getIssues(
    refs: ExternalRef[],
    options: CallOptions = {},
  ): Promise<Array<CanonicalIssue | undefined>> {
    for (const ref of refs) this.#assertScope(ref);
    options.signal?.throwIfAborted();
    const state = await this.#read(options);
    return refs.map((ref) => this.#held(state, ref)?.issue);
  }

  async createIssue(issue: CanonicalIssue, options: WriteOptions = {}): Promise<CanonicalIssue> {
    return only(await this.createIssues([{ issue, options }]));
  }

  /** Four processes at most, however many issues. The id of a new issue is made of its idempotency key. */
  async createIssues(items: Array<{ issue: CanonicalIssue; options: WriteOptions }>): Promise<WriteResult[]> {
    const options = items[0]?.options ?? {};
    return this.#inTurn(options, async () => {
      for (const { issue } of items) this.#assertScope(issue.ref);
      const prefix = await this.#idPrefix(options);
      const before = await this.#read(options);
      const now = this.#clock.now();
      const rows = new Map<string, JsonObject>();
      const made = items.map((item) =>
        outcome(() => {
          const id = `${prefix}-${idOf(item.options.idempotencyKey ?? randomUUID())}`;
          if (!before.issues.has(id)) rows.set(id, this.#newRow(id, item.issue, now));
          return id;
        }),
      );
      if (rows.size > 0) await this.#client.import([...rows.values()], options);
      const after = rows.size > 0 ? await this.#read(options) : before;
      return made.map((one): WriteResult => {
        if (!one.ok) return one;
        const issue = after.issues.get(one.value)?.issue;
        return issue ? { ok: true, issue } : { ok: false, error: notTaken(`created ${one.value}`) };
      });
    });
  }

  async updateIssue(
    ref: ExternalRef,
    patch: IssuePatch,
    options: WriteOptions = {},
  ): Promise<CanonicalIssue> {
    return only(await this.updateIssues([{ ref, patch, options }]));
  }

  /** Three processes, and one for each label and each edge that is taken away. */
  async updateIssues(
    items: Array<{ ref: ExternalRef; patch: IssuePatch; options: WriteOptions }>,
  ): Promise<WriteResult[]> {
    const options = items[0]?.options ?? {};
    return this.#inTurn(options, async () => {
      for (const { ref, options: given } of items) this.#assertWrite(ref, given);
      const before = await this.#read(options);
      const now = this.#clock.now();
      const planned = items.map(({ ref, patch }) =>
        outcome(() => {
          const held = this.#held(before, ref) ?? this.#missing(ref);
          const wanted = issuePatch(patch, SYSTEM);
          this.#assertOwned(wanted, held.issue);
          return rowWrite(held.raw, held.issue, wanted, now);
        }),
      );
      const writes = planned.flatMap((one) => (one.ok && one.value ? [one.value] : []));
      if (writes.length > 0) await this.#write(writes, options);
      const after = writes.length > 0 ? await this.#read(options) : before;
      return items.map(({ ref }, index): WriteResult => {
        const one = planned[index];
        if (one && !one.ok) return one;
        const held = after.issues.get(ref.id);
        if (!held) return { ok: false, error: notFound(ref) };
        const row = one?.value?.row;
        if (row && !taken(row, held.raw)) return { ok: false, error: notTaken(`wrote ${ref.id}`) };
        return { ok: true, issue: held.issue };
      });
    });
  }

  async transitionIssue(
    ref: ExternalRef,
    status: CanonicalStatus,
    options: WriteOptions = {},
  ): Promise<CanonicalIssue> {
    return this.updateIssue(ref, { status }, options);
  }

  async upsertLink(ref: ExternalRef, link: CanonicalLink, options: WriteOptions = {}): Promise<void> {
    return this.#link(ref, link, true, options);
  }

  async removeLink(ref: ExternalRef, link: CanonicalLink, options: WriteOptions = {}): Promise<void> {
    return this.#link(ref, link, false, options);
  }

  async addComment(ref: ExternalRef, body: string, options: WriteOptions = {}): Promise<void> {
    this.#assertWrite(ref, options);
    return this.#inTurn(options, async () => {
      // Asked for first: bd would complete an id to another one's.
      if (!this.#held(await this.#read(options), ref)) this.#missing(ref);
      await this.#client.comment(ref.id, body, options);
    });
  }

  /** Nothing is held open. */
  async [Symbol.asyncDispose](): Promise<void> {}

  async #link(ref: ExternalRef, link: CanonicalLink, wanted: boolean, options: WriteOptions): Promise<void> {
    this.#assertWrite(ref, options);
    const edge = edgeOf(ref, link);
    await this.#inTurn(options, async () => {
      const state = await this.#read(options);
      if (!this.#held(state, ref)) this.#missing(ref);
      const [from, to] = [state.issues.get(edge.from), state.issues.get(edge.to)];
      if (!to && wanted) this.#missing(link.target);
      const fields = from?.issue;
      const there =
        edge.type === 'parent-child'
          ? fields?.parent?.id === edge.to
          : (fields?.links ?? []).some(
              ({ target, type }) =>
                target.id === edge.to && edgeOf(fields?.ref ?? ref, { type, target }).type === edge.type,
            );
      if (there === wanted) return;
      if (wanted) await this.#client.addEdge(edge, options);
      else await this.#client.removeEdge(edge, options);
    });
  }

  /** What is taken away goes first: an edge of another type between two issues could not be added else. */
  async #write(writes: readonly RowWrite[], options: CallOptions): Promise<void> {
    for (const edge of writes.flatMap(({ edgesGone }) => edgesGone))
      await this.#client.removeEdge(edge, options);
    await this.#client.import(
      writes.map(({ row }) => row),
      options,
    );
    const without = new Map<string, string[]>();
    for (const { row, labelsGone } of writes)
      for (const label of labelsGone) without.set(label, [...(without.get(label) ?? []), String(row['id'])]);
    for (const [label, ids] of without) await this.#client.removeLabel(ids, label, options);
  }

  #newRow(id: string, issue: CanonicalIssue, now: string): JsonObject {
    const { ref: _, createdAt: __, updatedAt: ___, ...given } = canonicalIssue(issue, SYSTEM);
    const raw: JsonObject = {
      id,
      title: given.title,
      status: 'open',
      issue_type: 'task',
      priority: 2,
      created_at: now,
      updated_at: now,
    };
    const current = toCanonical({ ...raw, id }, this.workspace);
    const { title, body, status, issueType, assignees, labels, parent, links, customFields } = given;
    const priority = given.priority ?? 2;
    const patch = {
      title,
      body,
      status,
      issueType,
      priority,
      assignees,
      labels,
      parent,
      links,
      customFields,
    };
    this.#assertOwned(patch, current);
    return { ...(rowWrite(raw, current, patch, now)?.row ?? raw), updated_at: now };
  }

  #assertOwned(patch: IssuePatch, { status, assignees }: CanonicalIssue): void {
    const moves = patch.status !== undefined && patch.status !== status;
    if (this.#hostOwns.has('terminal_status') && moves && (patch.status === 'done' || status === 'done'))
      throw owned('supportsTerminalTransition', 'status');
    const assigns = patch.assignees !== undefined && patch.assignees.join() !== assignees.join();
    if (this.#hostOwns.has('assignees') && assigns) throw owned('supportsAssignment', 'assignees');
  }

  async #idPrefix(options: CallOptions): Promise<string> {
    this.#prefix ??= await this.#client.prefix(options);
    return this.#prefix;
  }

  async #read(options: CallOptions): Promise<DatabaseState> {
    return databaseState(await this.#client.export(options), this.workspace);
  }

  #held({ issues, failures }: DatabaseState, ref: ExternalRef): DatabaseIssue | undefined {
    const held = issues.get(ref.id);
    if (held || failures.length === 0) return held;
    throw new TrackerContractError(
      `${refIdentity(ref)} is in no line that can be read, and ${failures.length} cannot be read`,
      { provider: this.name, kind: 'export', reason: 'unreadable' },
    );
  }

  #missing(ref: ExternalRef): never {
    throw notFound(ref);
  }

  /** One write at a time: what is between a read and its write would be refused. */
  #inTurn<T>(options: CallOptions, work: () => Promise<T>): Promise<T> {
    const turn = this.#lastWrite.then(() => {
      options.signal?.throwIfAborted();
      return work();
    });
    this.#lastWrite = turn.catch(() => {});
    return turn;
  }

  #assertWrite(ref: ExternalRef, { ifVersion }: WriteOptions): void {
    this.#assertScope(ref);
    if (ifVersion === undefined) return;
    const capability = 'supportsOptimisticConcurrency';
    throw new CapabilityNotSupportedError('Beads has no versions to compare', { capability });
  }

  #assertScope(ref: ExternalRef): void {
    if (ref.system === this.name && ref.workspace === this.workspace) return;
    throw new ScopeViolationError(`${refIdentity(ref)} is in another workspace`, {
      expectedScope: `${this.name}:${this.workspace}`,
      actualScope: `${ref.system}:${ref.workspace}`,
    });
  }
}

/** The same for one key on every try: a create that was cut off is found again. */
function idOf(key: string): string {
  const hash = createHash('sha256').update(key).digest('hex').slice(0, 20);
  return BigInt(`0x${hash}`).toString(36);
}

/** Whether what the row says is what is stored. Labels and edges are compared by whoever reads the answer. */
function taken(row: JsonObject, held: JsonObject): boolean {
  const names = ['title', 'description', 'status', 'issue_type', 'priority', 'assignee'];
  return names.every((name) => (row[name] ?? '') === (held[name] ?? ''));
}

function only([result]: WriteResult[]): CanonicalIssue {
  if (result?.ok) return result.issue;
  throw result?.error ?? notTaken('wrote nothing');
}

function notFound(ref: ExternalRef): IssueNotFoundError {
  return new IssueNotFoundError(`Beads has no issue ${refIdentity(ref)}`, { issueRef: { ...ref } });
}

function notTaken(what: string): ConnectorRequestError {
  return new ConnectorRequestError(`bd ${what}, and it is not there: it was changed meanwhile`, {
    failureClass: 'transient',
    provider: SYSTEM,
  });
}

function owned(capability: string, fieldPath: string): CapabilityNotSupportedError {
  return new CapabilityNotSupportedError(`${fieldPath} is changed by the host alone`, {
    capability,
    fieldPath,
  });
}
