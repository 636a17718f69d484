import {
  type CallOptions,
  CapabilityNotSupportedError,
  type Comment,
  ConnectorRequestError,
  type ExternalRef,
  toTimestamp,
} from '@spec-kitty/tracker-core';
import { type RawNote, RawNotesSchema } from './answers.ts';
import type { GitLabClient } from './client.ts';
import { endless, failureOf, saysNotFound } from './failures.ts';
import type { Home } from './home.ts';
import type { LookUps } from './look-ups.ts';
import { commandIn } from './quick-actions.ts';
import { SYSTEM } from './to-canonical.ts';

const MAX_LENGTH = 1_000_000;
const AT_ONCE = 100;
/** GitLab turns pages up to 50,000 entries: https://docs.gitlab.com/api/rest/#offset-based-pagination */
const MAX_PAGES = 500;

/** The notes of issues, without those that GitLab writes itself. */
export class Comments {
  readonly #client: GitLabClient;
  readonly #lookUps: LookUps;
  readonly #home: Home;

  constructor(client: GitLabClient, lookUps: LookUps, home: Home) {
    this.#client = client;
    this.#lookUps = lookUps;
    this.#home = home;
  }

  /** Oldest first. */
  async list(ref: ExternalRef, options: CallOptions): Promise<Comment[]> {
    const viewer = await this.#lookUps.viewer(options);
    const all = new Map<number, RawNote>();
    for (let page = 1; ; page += 1) {
      const query = { sort: 'asc', order_by: 'created_at', per_page: AT_ONCE, page };
      const notes = await this.#about(ref, () =>
        this.#client.read(RawNotesSchema, this.#path(ref), query, options),
      );
      const known = all.size;
      for (const note of notes) all.set(note.id, note);
      if (notes.length < AT_ONCE) break;
      if (all.size === known || page === MAX_PAGES) throw endless('comments');
    }
    return [...all.values()].filter(({ system }) => !system).map((note) => asComment(note, viewer));
  }

  async add(ref: ExternalRef, body: string, options: CallOptions): Promise<void> {
    assertText(body);
    await this.#about(ref, () =>
      this.#client.write('POST', this.#path(ref), { body: { body }, costs: { notes: 1 }, ...options }),
    );
  }

  async update(ref: ExternalRef, id: string, body: string, options: CallOptions): Promise<void> {
    assertText(body);
    try {
      const path = `${this.#path(ref)}/${encodeURIComponent(id)}`;
      await this.#client.write('PUT', path, { body: { body }, ...options });
    } catch (error) {
      if (!saysNotFound(error)) throw error;
      throw new ConnectorRequestError(`gitlab: ${ref.key ?? ref.id} has no comment ${id}`, {
        provider: SYSTEM,
        failureClass: 'not_found',
        cause: error,
      });
    }
  }

  async #about<T>(ref: ExternalRef, call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      throw failureOf(error, ref);
    }
  }

  #path({ id }: ExternalRef): string {
    return `${this.#home.issues}/${encodeURIComponent(id)}/notes`;
  }
}

function assertText(body: string): void {
  const command = commandIn(body);
  const problem =
    body.trim() === ''
      ? 'is blank'
      : body.length > MAX_LENGTH
        ? `is longer than ${MAX_LENGTH} characters`
        : body.includes('\0')
          ? 'has a NUL'
          : command === undefined
            ? undefined
            : `has the line "${command.slice(0, 80)}", a command to GitLab,`;
  if (problem !== undefined)
    throw new CapabilityNotSupportedError(`a comment that ${problem} is none that GitLab keeps`, {
      capability: 'supportsComments',
    });
}

function asComment({ id, author, body, created_at, updated_at }: RawNote, viewer: number): Comment {
  return {
    id: String(id),
    author: author?.username ?? null,
    ours: author?.id === viewer,
    body,
    createdAt: toTimestamp(created_at) ?? null,
    updatedAt: toTimestamp(updated_at) ?? null,
  };
}
