import { createHash, randomUUID } from 'node:crypto';
import {
  type CallOptions,
  type CanonicalIssue,
  type CanonicalLink,
  CapabilityNotSupportedError,
  type Clock,
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
  type Sleep,
  type SpecKittyTrackerError,
  type WriteOptions,
  type WriteResult,
} from '@spec-kitty/tracker-core';
import type { BdClient } from './client.ts';
import type { HostOwned } from './config.ts';
import { databasePage } from './database-page.ts';
import { type DatabaseIssue, type DatabaseState, databaseState } from './database-rows.ts';
import { undecided } from './export-source.ts';
import { edgeOf, edgesIn, type RowWrite, rowWrite, withStatusOf } from './from-canonical.ts';
import { importRows } from './import-rows.ts';
import { listingIdentity } from './queries.ts';
import { notTaken, settled, statusRefused } from './settled.ts';
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
  sleep: Sleep;
}

/** The issues of a Beads database. Writes must come one after another: each compares with what it read before. */
export class Database {
  readonly #client: BdClient;
  readonly #workspace: string;
  readonly #clock: Clock;
  readonly #sleep: Sleep;
  readonly #hostOwns: ReadonlySet<HostOwned>;
  #listed: DatabaseState | undefined;
  #prefix: string | undefined;

  constructor(client: BdClient, { workspace, hostOwns, clock, sleep }: DatabaseOptions) {
    this.#client = client;
    this.#workspace = workspace;
    this.#hostOwns = new Set(hostOwns);
    this.#clock = clock;
    this.#sleep = sleep;
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

  /** Four processes, however many issues, and one more for each row that bd refuses. The id is made of the key. */
  async create(items: readonly Create[], options: CallOptions): Promise<WriteResult[]> {
    const prefix = await this.#idPrefix(options);
    const before = await this.#read(options);
    const now = this.#clock.now();
    const rows = new Map<string, JsonObject>();
    const made = items.map((item) =>
      outcome(() => {
        const id = `${prefix}-${idOf(item.options.idempotencyKey ?? randomUUID())}`;
        if (!before.issues.has(id)) rows.set(id, this.#newRow(id, item.issue, now, before));
        return id;
      }),
    );
    const refused = await importRows(this.#client, [...rows.values()], options);
    const after = rows.size > 0 ? await this.#read(options) : before;
    return made.map((one, index): WriteResult => {
      if (!one.ok) return one;
      const error = refused.get(one.value);
      if (error) return { ok: false, error };
      const held = after.issues.get(one.value);
      if (!held) return { ok: false, error: notTaken(`created ${one.value}`) };
      const row = rows.get(one.value);
      const given = items[index]?.issue;
      return row && given ? settled(held, row, given) : { ok: true, issue: held.issue };
    });
  }

  /**
   * Three processes, and one for each label that is taken away, each row that bd refuses, in bd 0.x each edge that is
   * taken away, and in bd 1.x all of them and each status. Several patches of one issue are written as one, the later ones over the earlier.
   */
  async update(items: readonly Update[], options: CallOptions): Promise<WriteResult[]> {
    const { before, now } = await this.#readSettled(items, options);
    const patches = new Map<string, IssuePatch>();
    const checked = items.map(({ ref, patch }) =>
      outcome(() => {
        const wanted = issuePatch(patch, SYSTEM);
        this.#plan(before, ref, wanted, now);
        patches.set(ref.id, { ...patches.get(ref.id), ...wanted });
      }),
    );
    const planned = new Map(
      [...patches].map(([id, patch]) => {
        const ref = before.issues.get(id)?.issue.ref ?? { system: SYSTEM, workspace: this.#workspace, id };
        return [id, outcome(() => this.#plan(before, ref, patch, now))];
      }),
    );
    const writes = [...planned.values()].flatMap((one) => (one.ok && one.value ? [one.value] : []));
    const refused = await this.#write(writes, options);
    const after = writes.length > 0 ? await this.#read(options) : before;
    return items.map(({ ref }, index): WriteResult => {
      const failed = [checked[index], planned.get(ref.id)].find((one) => one && !one.ok);
      if (failed && !failed.ok) return failed;
      const error = refused.get(ref.id);
      if (error) return { ok: false, error };
      const held = after.issues.get(ref.id);
      if (!held) return { ok: false, error: notFound(ref) };
      const plan = planned.get(ref.id);
      const row = plan?.ok ? plan.value?.row : undefined;
      return row ? settled(held, row, patches.get(ref.id) ?? {}) : { ok: true, issue: held.issue };
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
    else await this.#client.removeEdges([edge], options);
  }

  #plan(before: DatabaseState, ref: ExternalRef, patch: IssuePatch, now: string): RowWrite | undefined {
    const held = mustHold(before, ref);
    this.#assertOwned(patch, held.issue);
    const write = rowWrite(held.raw, held.issue, patch, now);
    if (!write) return undefined;
    assertTargets(write.row, before);
    if (settlesIn(held, now) > 0) throw notTaken(`was to write ${ref.id}`);
    return write;
  }

  /** What is taken away goes first: an edge of another type between two issues could not be added else. */
  async #write(
    writes: readonly RowWrite[],
    options: CallOptions,
  ): Promise<Map<string, SpecKittyTrackerError>> {
    const edgesGone = writes.flatMap((write) => write.edgesGone);
    await this.#client.removeEdges(edgesGone, options);
    const guarded = writes.length > 0 && (await this.#client.hasGuards(options));
    const rows = writes.map(({ row, before }) => (guarded ? withStatusOf(row, before) : row));
    const refused = await importRows(this.#client, rows, options);
    if (guarded) await this.#setStatuses(writes, refused, options);
    const without = new Map<string, string[]>();
    for (const { row, labelsGone } of writes)
      for (const label of labelsGone) without.set(label, [...(without.get(label) ?? []), String(row['id'])]);
    for (const [label, ids] of without) await this.#client.removeLabel(ids, label, options);
    return refused;
  }

  /** An import would close an issue over open children and live blockers: `bd update` does not, and is never forced. */
  async #setStatuses(
    writes: readonly RowWrite[],
    refused: Map<string, SpecKittyTrackerError>,
    options: CallOptions,
  ): Promise<void> {
    const byWord = new Map<string, string[]>();
    for (const { row, before } of writes) {
      const [id, word] = [String(row['id']), String(row['status'])];
      if (row['status'] !== before['status'] && !refused.has(id))
        byWord.set(word, [...(byWord.get(word) ?? []), id]);
    }
    for (const [word, ids] of byWord) {
      const said = await this.#client.setStatus(ids, word, options);
      if (said === '') continue;
      const { issues } = await this.#read(options);
      for (const id of ids)
        if (issues.get(id)?.raw['status'] !== word)
          refused.set(id, statusRefused(issues.get(id)?.issue, said));
    }
  }

  #newRow(id: string, issue: CanonicalIssue, now: string, before: DatabaseState): JsonObject {
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
    const row = { ...(rowWrite(raw, current, patch, now)?.row ?? raw), updated_at: now };
    assertTargets(row, before);
    return row;
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

  /**
   * Where times are whole seconds, one more edit within the second of the last one could not be told from what was read:
   * that second is waited out once.
   */
  async #readSettled(
    items: readonly Update[],
    options: CallOptions,
  ): Promise<{ before: DatabaseState; now: string }> {
    // Before the reading: an edit after it is then of a later second than what was read.
    const now = this.#clock.now();
    const before = await this.#read(options);
    const waits = items.map(({ ref }) => settlesIn(before.issues.get(ref.id), now));
    const longest = Math.max(0, ...waits);
    // No further: that time is none of this machine's clock.
    if (longest === 0 || longest > 2000) return { before, now };
    await this.#sleep(longest, options.signal);
    return { now: this.#clock.now(), before: await this.#read(options) };
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

/** After how many milliseconds no edit can have the time that this issue has. */
function settlesIn(held: DatabaseIssue | undefined, now: string): number {
  const time = held?.raw['updated_at'];
  if (typeof time !== 'string' || time.includes('.')) return 0;
  return Math.max(0, Date.parse(time) + 1000 - Date.parse(now)) || 0;
}

/** The same for one key on every try: a create that was cut off is found again. */
function idOf(key: string): string {
  const hash = createHash('sha256').update(key).digest('hex').slice(0, 20);
  return BigInt(`0x${hash}`).toString(36);
}

/** Edges to issues that are not there are left out of an import, and nothing fails: refused before. */
function assertTargets(row: JsonObject, { issues }: DatabaseState): void {
  for (const { to, type } of edgesIn(row)) {
    const fieldPath = type === 'parent-child' ? 'parent' : 'links';
    if (issues.has(to)) continue;
    throw new CapabilityNotSupportedError(`Beads has no issue ${to} to depend on`, {
      capability: fieldPath,
      fieldPath,
    });
  }
}

export function notFound(ref: ExternalRef): IssueNotFoundError {
  return new IssueNotFoundError(`Beads has no issue ${refIdentity(ref)}`, { issueRef: { ...ref } });
}

function owned(capability: string, fieldPath: string): CapabilityNotSupportedError {
  return new CapabilityNotSupportedError(`${fieldPath} is changed by the host alone`, {
    capability,
    fieldPath,
  });
}
