import {
  type CanonicalIssue,
  type CanonicalLink,
  ConnectorRequestError,
  canonicalIssue,
  copyJson,
  type ExternalRef,
  FieldsRefusedError,
  fieldsOf,
  IssueNotFoundError,
  type IssuePatch,
  isDraftRef,
  issuePatch,
  isTrackerError,
  type ListQuery,
  type Page,
  type RefusedField,
  refIdentity,
  sameRef,
  shiftTimestamp,
  type WriteOptions,
  type WriteResult,
} from '@spec-kitty/tracker-core';
import { applied, assertHeld, fieldsHeld, refusedFields, without } from './from-canonical.ts';
import type { IssueShelf } from './issue-shelf.ts';
import type { Profile } from './options.ts';
import { pageOf, pageOfKey } from './queries.ts';
import { grained, toCanonical } from './to-canonical.ts';
import type { TrackerServer, WriteCondition } from './tracker-server.ts';
import type { StoredComment, Version, Visible } from './versions.ts';

/** What an update left behind, and what the tracker refused of it. */
export interface Updated {
  issue: CanonicalIssue;
  refused: RefusedField[];
}

const EPOCH = '1970-01-01T00:00:00.000Z';

const condition = ({ ifVersion }: WriteOptions): WriteCondition =>
  ifVersion === undefined ? {} : { ifVersion };

/** @throws FieldsRefusedError where something was refused. */
export function settled({ issue, refused }: Updated): CanonicalIssue {
  if (refused.length === 0) return issue;
  const names = refused.map(({ field, reason }) => `${field} (${reason})`).join(', ');
  throw new FieldsRefusedError(`the tracker refused ${names}`, { refused, issue });
}

/** One item of a bulk write: this project's errors are its result, anything else is a mistake. */
export function attempt(work: () => CanonicalIssue): WriteResult {
  try {
    return { ok: true, issue: work() };
  } catch (error) {
    if (isTrackerError(error)) return { ok: false, error };
    throw error;
  }
}

/** What one account sees and does in one workspace, at once: no faults, no storage, no waiting. */
export class TrackerClient {
  readonly #server: TrackerServer;
  readonly #workspace: string;
  readonly #profile: Profile;
  /** The tracker's count of changes at each of the last reads, oldest first: what a lagging listing still shows. */
  readonly #horizons: number[];

  constructor(server: TrackerServer, workspace: string, profile: Profile) {
    this.#server = server;
    this.#workspace = workspace;
    this.#profile = profile;
    this.#horizons = Array.from({ length: profile.lagReads }, () => server.sequence);
  }

  get shelf(): IssueShelf {
    return this.#server.shelf(this.#workspace);
  }

  list(query: ListQuery, stale: boolean): Page<CanonicalIssue> {
    const { shelf } = this;
    const visible = this.#visible(stale);
    const key = query.filters?.queryKey;
    if (key !== undefined) return pageOfKey(this.#profile, shelf, key, visible);
    return pageOf({
      profile: this.#profile,
      workspace: this.#workspace,
      shelf,
      newest: this.#server.sequence,
      query,
      ...(visible ? { visible } : {}),
    });
  }

  /** @throws IssueNotFoundError */
  get(ref: ExternalRef, stale: boolean): CanonicalIssue {
    const earlier = stale ? this.shelf.previous(ref.id) : undefined;
    return this.#canonical(earlier && earlier.ended === undefined ? earlier : this.#live(ref));
  }

  find(ref: ExternalRef, stale: boolean): CanonicalIssue | undefined {
    try {
      return this.get(ref, stale);
    } catch (error) {
      if (error instanceof IssueNotFoundError) return undefined;
      throw error;
    }
  }

  findByIdempotencyKeys(keys: string[], since: string = EPOCH): Map<string, CanonicalIssue> {
    const visible = this.#visible(false);
    const from = grained(this.#profile, since);
    const found = new Map<string, CanonicalIssue>();
    for (const key of keys) {
      const named = this.shelf.byIdempotencyKey(this.#profile.account, key);
      const version = named && this.shelf.seen(named.ref.id, visible);
      if (!version || version.ended !== undefined || version.createdAt < from) continue;
      found.set(key, this.#canonical(version));
    }
    return found;
  }

  /** Checks a create and copies what it says; the answer sends it. */
  creation(input: CanonicalIssue, options: WriteOptions): () => CanonicalIssue {
    const { capabilities, account } = this.#profile;
    const issue = canonicalIssue(input, this.#server.system);
    const fields = copyJson(fieldsOf(issue));
    assertHeld(this.#profile, fields, true);
    const first = refusedFields(this.#profile, fields, undefined, () => false)[0];
    if (first) {
      throw new ConnectorRequestError(`the tracker refused ${first.field}: ${first.reason}`, {
        statusCode: 422,
        provider: this.#server.system,
        fieldPath: first.field,
      });
    }
    const children = fields.links.filter((link) => link.type === 'parent_of');
    fields.links = fields.links.filter((link) => link.type !== 'parent_of');
    const clientId = capabilities.supportsClientIds && !isDraftRef(issue.ref) ? issue.ref.id : undefined;
    const marks = capabilities.supportsIdempotentCreate || capabilities.supportsLookupByKey;
    const key = marks ? options.idempotencyKey : undefined;
    return () => {
      const version = this.#server.create({
        workspace: this.#workspace,
        fields: fieldsHeld(this.#profile, this.shelf, fields, Object.keys(fields)),
        account,
        idempotent: capabilities.supportsIdempotentCreate ?? false,
        ...(clientId === undefined ? {} : { id: clientId }),
        ...(key === undefined ? {} : { idempotencyKey: key }),
      });
      for (const child of children) this.#adopt(child.target, version.ref, {});
      return this.#canonical(this.#server.live(version.ref));
    };
  }

  /** Checks a patch and copies what it says; the answer sends it. */
  updating(ref: ExternalRef, input: IssuePatch, options: WriteOptions): () => Updated {
    const profile = this.#profile;
    const patch = copyJson(issuePatch(input, this.#server.system));
    assertHeld(profile, patch, false);
    const children = patch.links?.filter((link) => link.type === 'parent_of') ?? [];
    if (patch.links) patch.links = patch.links.filter((link) => link.type !== 'parent_of');
    const previous = options.previous ? copyJson(fieldsOf(options.previous)) : undefined;
    return () => {
      const current = this.#live(ref);
      const cycles = (parent: ExternalRef): boolean => this.#server.wouldCycle(current.ref, parent);
      const refused = refusedFields(profile, patch, current.fields, cycles);
      const taken = without(patch, refused);
      this.#server.update(
        current.ref,
        (fields) =>
          fieldsHeld(profile, this.shelf, applied(profile, fields, taken, previous), Object.keys(taken)),
        condition(options),
      );
      for (const child of children) this.#adopt(child.target, current.ref, {});
      return { issue: this.#canonical(this.#server.live(current.ref)), refused };
    };
  }

  remove(ref: ExternalRef, options: WriteOptions): void {
    this.#server.remove(ref, condition(options));
  }

  link(ref: ExternalRef, link: CanonicalLink, options: WriteOptions): void {
    const { ref: source } = this.#live(ref);
    if (link.type === 'child_of') this.#adopt(source, link.target, options);
    else if (link.type === 'parent_of') this.#adopt(link.target, source, {});
    else this.#server.link(source, link, condition(options));
  }

  unlink(ref: ExternalRef, link: CanonicalLink, options: WriteOptions): void {
    const { ref: source } = this.#live(ref);
    if (link.type === 'child_of') this.#disown(source, link.target, options);
    else if (link.type === 'parent_of') this.#disown(link.target, source, {});
    else this.#server.unlink(source, link, condition(options));
  }

  comment(ref: ExternalRef, body: string, options: WriteOptions): void {
    const { capabilities, account } = this.#profile;
    const key = capabilities.supportsIdempotentCreate ? options.idempotencyKey : undefined;
    this.#server.comment(this.#live(ref).ref, {
      author: account,
      body,
      ...(key === undefined ? {} : { idempotencyKey: key }),
    });
  }

  comments(ref: ExternalRef): readonly StoredComment[] {
    return this.#live(ref).comments;
  }

  /** @throws ConnectorRequestError 403 for somebody else's comment. */
  editComment(ref: ExternalRef, id: string, body: string): void {
    const version = this.#live(ref);
    const comment = version.comments.find((held) => held.id === id);
    if (comment && comment.author !== this.#profile.account) {
      throw new ConnectorRequestError('this comment is somebody else’s', {
        statusCode: 403,
        provider: this.#server.system,
      });
    }
    this.#server.editComment(version.ref, id, body);
  }

  #canonical(version: Version): CanonicalIssue {
    return toCanonical(this.#profile, version);
  }

  /** An issue that left for another workspace is not found here: its listing says where it went. */
  #live(ref: ExternalRef): Version {
    const version = this.#server.live(ref);
    if (version.ref.workspace === this.#workspace) return version;
    throw new IssueNotFoundError(`${refIdentity(ref)} was moved to another workspace`, {
      issueRef: { ...ref },
    });
  }

  #adopt(child: ExternalRef, parent: ExternalRef, options: WriteOptions): void {
    const { ref } = this.#live(child);
    if (this.#server.wouldCycle(ref, parent)) {
      throw new ConnectorRequestError('it would make a cycle of parents', {
        statusCode: 422,
        provider: this.#server.system,
        fieldPath: 'parent',
      });
    }
    this.#server.update(
      ref,
      (fields) => ({ ...fields, parent: { ...parent } }),
      condition(options),
      'link_upserted',
    );
  }

  #disown(child: ExternalRef, parent: ExternalRef, options: WriteOptions): void {
    this.#server.update(
      child,
      (fields) => (fields.parent && sameRef(fields.parent, parent) ? { ...fields, parent: null } : fields),
      condition(options),
    );
  }

  /** Which versions a listing or a look-up shows now; undefined where it shows the latest. */
  #visible(stale: boolean): Visible | undefined {
    const { shelf } = this;
    if (stale) return (version) => shelf.previous(version.ref.id) === version;
    const { lagReads, capabilities } = this.#profile;
    const lagMs = capabilities.lagMs ?? 0;
    if (lagReads === 0 && lagMs === 0) return undefined;
    this.#horizons.push(this.#server.sequence);
    const horizon = this.#horizons.shift() ?? this.#server.sequence;
    const until = shiftTimestamp(this.#server.now(), -lagMs);
    return (version) => version.sequence <= horizon && version.updatedAt <= until;
  }
}
