import {
  type CanonicalIssue,
  type CanonicalLink,
  type Clock,
  type Comment,
  canonicalIssue,
  copyJson,
  type ExternalRef,
  fieldsOf,
  type Ids,
  type IssueFields,
  type IssuePatch,
  issuePatch,
  systemClock,
  type TrackerEvent,
} from '@spec-kitty/tracker-core';
import { profileOf } from './options.ts';
import type { TrackerState } from './state.ts';
import { toCanonical } from './to-canonical.ts';
import { TrackerServer } from './tracker-server.ts';
import type { Version } from './versions.ts';

/** What a tracker is called, and where its times and ids come from. */
export interface InMemoryTrackerOptions {
  /** The `system` of its refs; the `name` of every connector to it. */
  system?: string;
  /** Where `create` puts issues unless told otherwise. */
  workspace?: string;
  clock?: Clock;
  /** Makes the ids of issues and comments; without it they are counted, so that runs repeat exactly. */
  ids?: Ids;
}

/** The fields of an issue that a person makes at the tracker; what is left out takes its default. */
export type NewIssue = Partial<IssueFields> & { title: string };

/** Who edits at the tracker, unless a test says somebody else. */
const PERSON = 'person';
const PROFILE = profileOf({}, false);

/**
 * The tracker itself, as a server would hold it: what people do there, without any connector. Connectors to it are
 * made with it as their third argument, and share what it holds. All issues go in and out as copies.
 */
export class InMemoryTracker {
  readonly system: string;
  readonly workspace: string;
  /** @internal The rules and the state, for connectors. */
  readonly server: TrackerServer;

  constructor(options: InMemoryTrackerOptions = {}) {
    this.system = options.system ?? 'memory';
    this.workspace = options.workspace ?? 'memory';
    this.server = new TrackerServer({
      system: this.system,
      clock: options.clock ?? systemClock,
      ids: options.ids,
    });
  }

  /** As a person makes an issue, or `account` does; with an `idempotencyKey`, it carries that mark. */
  create(
    fields: NewIssue,
    options: { workspace?: string; id?: string; account?: string; idempotencyKey?: string } = {},
  ): CanonicalIssue {
    const { workspace = this.workspace, id, account = PERSON, idempotencyKey } = options;
    const issue = canonicalIssue({ ...fields, ref: { system: this.system, workspace, id: id ?? 'new' } });
    return this.#copy(
      this.server.create({
        workspace,
        fields: copyJson(fieldsOf(issue)),
        account,
        ...(id === undefined ? {} : { id }),
        ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
      }),
    );
  }

  /** The issue as it stands, under its present ref; undefined where there is none. */
  get(ref: ExternalRef): CanonicalIssue | undefined {
    try {
      return this.#copy(this.server.live(ref));
    } catch {
      return undefined;
    }
  }

  /** Every issue of a workspace, in the order in which they were created there. */
  *issues(workspace: string = this.workspace): Generator<CanonicalIssue> {
    for (const version of this.server.shelf(workspace).all()) {
      if (version.ended === undefined) yield this.#copy(version);
    }
  }

  /** Replaces the named fields. */
  edit(ref: ExternalRef, patch: IssuePatch): CanonicalIssue {
    const change = copyJson(issuePatch(patch));
    return this.#copy(this.server.update(ref, (fields) => ({ ...fields, ...change })));
  }

  /** Deletes; listings tell it as `gone`. */
  remove(ref: ExternalRef): void {
    this.server.remove(ref);
  }

  /** Takes a deletion back. */
  revive(ref: ExternalRef): CanonicalIssue {
    return this.#copy(this.server.revive(ref));
  }

  /** As a person writes a comment. */
  comment(ref: ExternalRef, body: string, author: string = PERSON): void {
    this.server.comment(ref, { author, body });
  }

  /** The comments of an issue, oldest first. */
  comments(ref: ExternalRef): Comment[] {
    return this.server.live(ref).comments.map(({ id, author, body, createdAt, updatedAt }) => {
      return { id, author, ours: false, body, createdAt, updatedAt };
    });
  }

  /** As a person relates two issues; what is related already stays so. */
  link(ref: ExternalRef, link: CanonicalLink): void {
    this.server.link(ref, copyJson(link));
  }

  /** Takes a relation away; one that is not there is none. */
  unlink(ref: ExternalRef, link: CanonicalLink): void {
    this.server.unlink(ref, link);
  }

  /** Gives an issue another workspace, id or key; a new id where it changes workspace and none is given. */
  move(ref: ExternalRef, to: { workspace?: string; id?: string; key?: string }): CanonicalIssue {
    return this.#copy(this.server.move(ref, to));
  }

  /** Calls `listener` with every change as it happens, as a webhook would. */
  onEvent(listener: (event: TrackerEvent) => void): () => void {
    return this.server.listen(listener);
  }

  /** Everything it holds, as plain JSON. */
  exportState(): TrackerState {
    return copyJson(this.server.exportState());
  }

  /** Replaces everything it holds. @throws TrackerContractError where it is no state of this tracker. */
  importState(state: unknown): void {
    this.server.importState(state);
  }

  /** True where an issue of this ref was ever here, deleted or moved since or not. */
  knows(ref: ExternalRef): boolean {
    return ref.system === this.system && this.server.shelf(ref.workspace).get(ref.id) !== undefined;
  }

  /** As its creator sees it: with the idempotency key it was made under. */
  #copy(version: Version): CanonicalIssue {
    return toCanonical({ ...PROFILE, account: version.account }, version);
  }
}
