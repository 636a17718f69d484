import { createHash, randomUUID } from 'node:crypto';
import {
  type CallOptions,
  type CanonicalIssue,
  type CanonicalLink,
  CapabilityNotSupportedError,
  type Clock,
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
  type WriteOptions,
  type WriteResult,
} from '@spec-kitty/tracker-core';
import type { BdClient } from './bd-client.ts';
import type { HostOwned } from './config.ts';
import { databasePage } from './database-page.ts';
import { type DatabaseIssue, type DatabaseState, databaseState } from './database-rows.ts';
import { undecided } from './export-source.ts';
import { edgeOf, type RowWrite, rowWrite } from './from-canonical.ts';
import { listingIdentity } from './queries.ts';
import { SYSTEM, toCanonical } from './to-canonical.ts';

export interface Create {
  issue: CanonicalIssue;
  options: WriteOptions;
}

export interface Update {
  ref: ExternalRef;
  patch: IssuePatch;
}

type Outcome<T> = { ok: true; value: T } | { ok: false; error: Extract<WriteResult, { ok: false }>['error'] };

function outcome<T>(work: () => T): Outcome<T> {
  try {
    return { ok: true, value: work() };
  } catch (error) {
    if (!isTrackerError(error)) throw error;
    return { ok: false, error };
  }
}

/** What a database belongs to. */
interface DatabaseOptions {
  workspace: string;
  hostOwns: readonly HostOwned[];
  clock: Clock;
}

/** The issues of a Beads database. Writes must come one after another: each compares with what it read before. */
export class Database {
  readonly #client: BdClient;
  readonly #workspace: string;
  readonly #clock: Clock;
  readonly #hostOwns: ReadonlySet<HostOwned>;
  #listed: DatabaseState | undefined;
  #prefix: string | undefined;

  constructor(client: BdClient, { workspace, hostOwns, clock }: DatabaseOptions) {
    this.#client = client;
    this.#workspace = workspace;
    this.#hostOwns = new Set(hostOwns);
    this.#clock = clock;
  }

  /** In the order of ids. The pages of one listing come from one `bd export`. */
  async list(query: ListQuery): Promise<Page<CanonicalIssue>> {
    const held = query.cursor === undefined ? undefined : this.#listed;
    const state = held ?? (await this.#read(query));
    const page = databasePage(state, query, listingIdentity(this.#workspace, query.filters ?? {}));
    // Kept no longer than the listing takes.
    this.#listed = page.nextCursor === undefined ? undefined : state;
    return page;
  }

  /** @throws TrackerContractError for an issue that is missing while some lines of the export cannot be read. */
  async get(refs: readonly ExternalRef[], options: CallOptions): Promise<Array<CanonicalIssue | undefined>> {
    const state = await this.#read(options);
    return refs.map((ref) => heldIn(state, ref)?.issue);
  }

  /** Four processes at most, however many issues. The id of a new issue is made of its idempotency key. */
  async create(items: readonly Create[], options: CallOptions): Promise<WriteResult[]> {
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
  }

  /** Three processes, and one for each label and each edge that is taken away. */
  async update(items: readonly Update[], options: CallOptions): Promise<WriteResult[]> {
    const before = await this.#read(options);
    const now = this.#clock.now();
    const planned = items.map(({ ref, patch }) =>
      outcome(() => {
        const held = mustHold(before, ref);
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
  }

  async comment(ref: ExternalRef, body: string, options: CallOptions): Promise<void> {
    // Asked for first: bd would complete an id to another one's.
    mustHold(await this.#read(options), ref);
    await this.#client.comment(ref.id, body, options);
  }

  async link(ref: ExternalRef, link: CanonicalLink, wanted: boolean, options: CallOptions): Promise<void> {
    const edge = edgeOf(ref, link);
    const state = await this.#read(options);
    mustHold(state, ref);
    const [from, to] = [state.issues.get(edge.from), state.issues.get(edge.to)];
    if (!to && wanted) throw notFound(link.target);
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
    const current = toCanonical({ ...raw, id }, this.#workspace);
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
    return databaseState(await this.#client.export(options), this.#workspace);
  }
}

/** An issue of the state. @throws TrackerContractError where it is missing and may be in a line that cannot be read. */
function heldIn({ issues, failures }: DatabaseState, ref: ExternalRef): DatabaseIssue | undefined {
  const held = issues.get(ref.id);
  if (held || failures.length === 0) return held;
  throw undecided(ref, failures.length);
}

function mustHold(state: DatabaseState, ref: ExternalRef): DatabaseIssue {
  const held = heldIn(state, ref);
  if (held) return held;
  throw notFound(ref);
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

export function notFound(ref: ExternalRef): IssueNotFoundError {
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
