import {
  type CanonicalLink,
  type Clock,
  ConnectorRequestError,
  copyJson,
  type ExternalRef,
  fingerprint,
  type Ids,
  type IssueFields,
  IssueNotFoundError,
  type JsonValue,
  refIdentity,
  SyncConflictError,
  sameRef,
  stableStringify,
  TrackerContractError,
  type TrackerEvent,
  type TrackerEventType,
} from '@spec-kitty/tracker-core';
import { IssueShelf } from './issue-shelf.ts';
import { hasLink, inverseLink, linksBeyond, withoutLink } from './links.ts';
import { parseState, type TrackerState } from './state.ts';
import type { StoredComment, Version } from './versions.ts';

export interface CreateRequest {
  workspace: string;
  /** The id that the client chose; without it the tracker makes one. */
  id?: string;
  fields: IssueFields;
  account: string;
  /** Kept with the issue, so that it can be looked up. */
  idempotencyKey?: string;
  /** Whether a repeat under the same key answers with the first issue. */
  idempotent?: boolean;
}

export interface WriteCondition {
  ifVersion?: string;
}

const provider = 'memory';
const same = (a: unknown, b: unknown): boolean =>
  stableStringify(a as JsonValue) === stableStringify(b as JsonValue);

const digestOf = ({ id, fields }: CreateRequest): string =>
  fingerprint(stableStringify([id ?? null, fields as unknown as JsonValue]));

/** The rules of the tracker, over versions. It keeps what it is given: callers copy on the way in and out. */
export class TrackerServer {
  readonly system: string;
  readonly #clock: Clock;
  readonly #ids: Ids | undefined;
  readonly #listeners = new Set<(event: TrackerEvent) => void>();
  #shelves = new Map<string, IssueShelf>();
  #sequence = 0;
  #nextComment = 1;

  constructor(options: { system: string; clock: Clock; ids?: Ids | undefined }) {
    this.system = options.system;
    this.#clock = options.clock;
    this.#ids = options.ids;
  }

  /** How many changes there have been. */
  get sequence(): number {
    return this.#sequence;
  }

  now(): string {
    return this.#clock.now();
  }

  shelf(workspace: string): IssueShelf {
    let shelf = this.#shelves.get(workspace);
    if (!shelf) {
      shelf = new IssueShelf();
      this.#shelves.set(workspace, shelf);
    }
    return shelf;
  }

  listen(listener: (event: TrackerEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The current version of an issue, under its present ref if it was moved. @throws IssueNotFoundError */
  live(ref: ExternalRef): Version {
    let version = this.shelf(ref.workspace).get(ref.id);
    // A move never makes a circle: it gives an id that was never used.
    while (version?.movedTo) version = this.shelf(version.movedTo.workspace).get(version.movedTo.id);
    if (version && version.ended === undefined) return version;
    throw new IssueNotFoundError(`there is no issue ${refIdentity(ref)}`, { issueRef: { ...ref } });
  }

  create(request: CreateRequest): Version {
    const { workspace, fields, account, idempotencyKey } = request;
    const shelf = this.shelf(workspace);
    const mark =
      idempotencyKey === undefined ? undefined : { idempotencyKey, requestDigest: digestOf(request) };
    if (mark && request.idempotent === true) {
      const first = shelf.byIdempotencyKey(account, mark.idempotencyKey);
      if (first) return this.#repeat(first, mark.requestDigest);
    }
    if (request.id !== undefined && shelf.get(request.id)) {
      throw new ConnectorRequestError(`the id ${request.id} is taken`, { statusCode: 409, provider });
    }
    const number = shelf.nextNumber++;
    const id = request.id ?? this.#newId(shelf, number);
    const now = this.now();
    const version: Version = {
      ref: { system: this.system, workspace, id, key: `${workspace.toUpperCase()}-${number}` },
      fields,
      createdAt: now,
      updatedAt: now,
      version: 1,
      sequence: ++this.#sequence,
      account,
      comments: [],
      ...mark,
    };
    shelf.put(version);
    this.#mirror(version.ref, [], fields.links);
    this.#emit('created', version);
    return version;
  }

  #repeat(first: Version, requestDigest: string): Version {
    if (first.requestDigest !== requestDigest) {
      throw new ConnectorRequestError('another request was made under this idempotency key', {
        statusCode: 409,
        provider,
      });
    }
    if (first.ended === undefined || first.movedTo) return this.live(first.ref);
    throw new ConnectorRequestError('the issue made under this idempotency key was deleted since', {
      statusCode: 409,
      provider,
    });
  }

  #newId(shelf: IssueShelf, number: number): string {
    if (this.#ids) return this.#ids();
    let id = number;
    while (shelf.get(String(id))) id += 1;
    return String(id);
  }

  /** Changes fields. A change that changes nothing leaves no trace. */
  update(
    ref: ExternalRef,
    change: (fields: IssueFields) => IssueFields,
    condition: WriteCondition = {},
    eventType: TrackerEventType = 'updated',
  ): Version {
    const current = this.live(ref);
    this.#check(current, condition);
    const fields = change(current.fields);
    if (same(fields, current.fields)) return current;
    const next = this.#next(current, { fields, version: current.version + 1 });
    this.#mirror(next.ref, current.fields.links, fields.links);
    this.#emit(fields.status === current.fields.status ? eventType : 'transitioned', next);
    return next;
  }

  link(ref: ExternalRef, link: CanonicalLink, condition?: WriteCondition): Version {
    const add = (fields: IssueFields): IssueFields =>
      hasLink(fields.links, link) ? fields : { ...fields, links: [...fields.links, link] };
    return this.update(ref, add, condition, 'link_upserted');
  }

  unlink(ref: ExternalRef, link: CanonicalLink, condition?: WriteCondition): Version {
    return this.update(ref, (fields) => ({ ...fields, links: withoutLink(fields.links, link) }), condition);
  }

  /** Deletes, leaving a tombstone. Deleting what is gone is a success. */
  remove(ref: ExternalRef, condition: WriteCondition = {}): void {
    const version = this.shelf(ref.workspace).get(ref.id);
    if (!version || version.ended === 'deleted') return;
    const current = this.live(ref);
    this.#check(current, condition);
    this.#mirror(current.ref, current.fields.links, []);
    this.#emit('deleted', this.#next(current, { ended: 'deleted', version: current.version + 1 }));
  }

  /** Takes a deletion back. */
  revive(ref: ExternalRef): Version {
    const current = this.shelf(ref.workspace).get(ref.id);
    if (current?.ended !== 'deleted') return this.live(ref);
    const { ended: _ended, ...alive } = current;
    const next = this.#put({ ...alive, version: current.version + 1 });
    this.#mirror(next.ref, [], next.fields.links);
    this.#emit('created', next);
    return next;
  }

  /** Gives an issue another workspace, id or key. Its old ref leads to the new one. */
  move(ref: ExternalRef, to: { workspace?: string; id?: string; key?: string }): Version {
    const current = this.live(ref);
    const workspace = to.workspace ?? current.ref.workspace;
    const shelf = this.shelf(workspace);
    if (workspace === current.ref.workspace && (to.id === undefined || to.id === current.ref.id)) {
      return this.#next(current, {
        ref: { ...current.ref, ...(to.key === undefined ? {} : { key: to.key }) },
      });
    }
    if (to.id !== undefined && shelf.get(to.id)) throw new TypeError(`the id ${to.id} is taken`);
    const number = shelf.nextNumber++;
    const id = to.id ?? this.#newId(shelf, number);
    const moved: ExternalRef = {
      system: this.system,
      workspace,
      id,
      key: to.key ?? `${workspace.toUpperCase()}-${number}`,
    };
    this.#next(current, { ended: 'moved', movedTo: moved });
    const next = this.#put({ ...current, ref: moved, version: current.version + 1 });
    this.#emit('moved', next, { from: { ...current.ref } });
    return next;
  }

  /** Adds a comment; under a key that was used on this issue by this account, none. */
  comment(ref: ExternalRef, comment: { author: string; body: string; idempotencyKey?: string }): Version {
    const current = this.live(ref);
    const { idempotencyKey: key, author } = comment;
    const repeated = (held: StoredComment): boolean => held.idempotencyKey === key && held.author === author;
    if (key !== undefined && current.comments.some(repeated)) return current;
    const now = this.now();
    const id = this.#ids ? this.#ids() : String(this.#nextComment++);
    const added: StoredComment = { ...comment, id, createdAt: now, updatedAt: now };
    const next = this.#next(current, { comments: [...current.comments, added] });
    this.#emit('comment_added', next, { commentId: id });
    return next;
  }

  /** @throws IssueNotFoundError where the issue has no such comment. */
  editComment(ref: ExternalRef, id: string, body: string): Version {
    const current = this.live(ref);
    if (!current.comments.some((comment) => comment.id === id)) {
      throw new IssueNotFoundError(`issue ${refIdentity(ref)} has no comment ${id}`, {
        issueRef: { ...ref },
      });
    }
    const updatedAt = this.now();
    const comments = current.comments.map((comment) =>
      comment.id === id ? { ...comment, body, updatedAt } : comment,
    );
    return this.#next(current, { comments });
  }

  /** True where `parent` is the issue itself or below it. */
  wouldCycle(ref: ExternalRef, parent: ExternalRef): boolean {
    const seen = new Set<string>();
    for (let above: ExternalRef | null = parent; above; ) {
      if (sameRef(above, ref)) return true;
      const identity = refIdentity(above);
      if (seen.has(identity) || above.system !== this.system) return false;
      seen.add(identity);
      above = this.shelf(above.workspace).get(above.id)?.fields.parent ?? null;
    }
    return false;
  }

  exportState(): TrackerState {
    const workspaces: TrackerState['workspaces'] = {};
    for (const name of [...this.#shelves.keys()].sort()) {
      const shelf = this.shelf(name);
      workspaces[name] = {
        nextNumber: shelf.nextNumber,
        issues: [...shelf.all()].sort((a, b) => a.sequence - b.sequence),
        spellings: {
          labels: Object.fromEntries(shelf.spellings.labels),
          assignees: Object.fromEntries(shelf.spellings.assignees),
        },
      };
    }
    const { system, sequence } = this;
    return { format: 1, system, sequence, nextComment: this.#nextComment, workspaces };
  }

  /** Replaces everything. @throws TrackerContractError */
  importState(input: unknown): void {
    const state = parseState(input);
    if (state.system !== this.system) {
      throw new TrackerContractError(`this is the state of "${state.system}", not of "${this.system}"`, {
        provider,
        kind: 'state',
        fieldPath: 'system',
      });
    }
    const shelves = new Map<string, IssueShelf>();
    for (const [name, workspace] of Object.entries(state.workspaces)) {
      const shelf = new IssueShelf();
      shelf.nextNumber = workspace.nextNumber;
      for (const field of ['labels', 'assignees'] as const) {
        for (const [folded, text] of Object.entries(workspace.spellings[field]))
          shelf.spellings[field].set(folded, text);
      }
      for (const version of workspace.issues) shelf.put(version);
      shelves.set(name, shelf);
    }
    this.#shelves = shelves;
    this.#sequence = state.sequence;
    this.#nextComment = state.nextComment;
  }

  /** Forgets everything. */
  clear(): void {
    this.#shelves = new Map();
    this.#sequence = 0;
    this.#nextComment = 1;
  }

  #check(current: Version, { ifVersion }: WriteCondition): void {
    if (ifVersion === undefined || ifVersion === String(current.version)) return;
    throw new SyncConflictError(
      `issue ${refIdentity(current.ref)} is at version ${current.version}, not at ${ifVersion}`,
      { moved: [{ ...current.ref }] },
    );
  }

  #next(current: Version, change: Partial<Version>): Version {
    return this.#put({ ...current, ...change });
  }

  #put(version: Version): Version {
    const next = { ...version, updatedAt: this.now(), sequence: ++this.#sequence };
    this.shelf(next.ref.workspace).put(next);
    return next;
  }

  /** Shows the relations that came and went at their other ends, where those are issues of this tracker. */
  #mirror(source: ExternalRef, before: readonly CanonicalLink[], after: readonly CanonicalLink[]): void {
    for (const link of linksBeyond(before, after)) {
      this.#atTarget(source, link, (links, inverse) => withoutLink(links, inverse));
    }
    for (const link of linksBeyond(after, before)) {
      this.#atTarget(source, link, (links, inverse) =>
        hasLink(links, inverse) ? links : [...links, inverse],
      );
    }
  }

  #atTarget(
    source: ExternalRef,
    link: CanonicalLink,
    change: (links: CanonicalLink[], inverse: CanonicalLink) => CanonicalLink[],
  ): void {
    const inverse = inverseLink(source, link);
    if (!inverse || link.target.system !== this.system) return;
    const target = this.shelf(link.target.workspace).get(link.target.id);
    if (!target || target.ended !== undefined) return;
    const links = change(target.fields.links, inverse);
    if (same(links, target.fields.links)) return;
    this.#next(target, { fields: { ...target.fields, links }, version: target.version + 1 });
  }

  #emit(eventType: TrackerEventType, version: Version, payload: JsonValue = {}): void {
    for (const listener of this.#listeners) {
      listener({
        eventId: `${version.sequence}-${eventType}`,
        eventType,
        issueRef: { ...version.ref },
        timestamp: version.updatedAt,
        payload: copyJson(payload),
      });
    }
  }
}
