import {
  type CallOptions,
  CapabilityNotSupportedError,
  type Comment,
  ConnectorRequestError,
  type ExternalRef,
  toTimestamp,
} from '@spec-kitty/tracker-core';
import { JournalsAnswerSchema, type RawJournal } from './answers.ts';
import type { RedmineClient } from './client.ts';
import { located, notFound, saysNotFound } from './failures.ts';
import type { LookUps } from './look-ups.ts';
import { SYSTEM } from './to-canonical.ts';
import { pathOf, type Writer } from './writer.ts';

/** The notes in the histories of issues. Private ones are left out: a host might show them to others. */
export class Comments {
  readonly #client: RedmineClient;
  readonly #lookUps: LookUps;
  readonly #writer: Writer;

  constructor(client: RedmineClient, lookUps: LookUps, writer: Writer) {
    this.#client = client;
    this.#lookUps = lookUps;
    this.#writer = writer;
  }

  /** Oldest first, whatever order the account prefers. */
  async list(ref: ExternalRef, options: CallOptions): Promise<Comment[]> {
    const viewer = await this.#lookUps.viewer(options);
    const journals = await this.#journals(ref, options);
    return journals.flatMap((journal) => asComment(journal, viewer) ?? []);
  }

  /** @throws CapabilityNotSupportedError where Redmine took the note and kept none: it says nothing of it itself. */
  async add(ref: ExternalRef, body: string, options: CallOptions): Promise<void> {
    assertText(body);
    const viewer = await this.#lookUps.viewer(options);
    await this.#writer.put(ref, { notes: body }, [], options);
    const journals = await this.#journals(ref, options);
    const kept = journals.some(
      ({ user, notes }) => user?.id === viewer && plain(notes ?? '') === plain(body),
    );
    if (!kept) throw unkept('Redmine kept no note: this account may not add any');
  }

  async update(ref: ExternalRef, id: string, body: string, options: CallOptions): Promise<void> {
    assertText(body);
    const here = await this.list(ref, options);
    if (!here.some((comment) => comment.id === id)) throw missing(ref, id);
    try {
      const path = `/journals/${encodeURIComponent(id)}.json`;
      await this.#client.write('PUT', path, { body: { journal: { notes: body } }, ...options });
    } catch (error) {
      throw saysNotFound(error) ? missing(ref, id) : located(error);
    }
  }

  async #journals(ref: ExternalRef, options: CallOptions): Promise<RawJournal[]> {
    try {
      const query = { include: 'journals' };
      const { issue } = await this.#client.read(JournalsAnswerSchema, pathOf(ref), query, options);
      return (issue.journals ?? []).toSorted((a, b) => a.id - b.id);
    } catch (error) {
      throw saysNotFound(error) ? notFound(ref) : located(error);
    }
  }
}

const plain = (text: string): string => text.replaceAll('\r\n', '\n').trimEnd();

function asComment(
  { id, user, notes, private_notes, created_on }: RawJournal,
  viewer: number,
): Comment | undefined {
  if (typeof notes !== 'string' || notes.trim() === '' || private_notes === true) return undefined;
  return {
    id: String(id),
    author: user ? String(user.id) : null,
    ours: user?.id === viewer,
    body: notes.replaceAll('\r\n', '\n'),
    createdAt: toTimestamp(created_on) ?? null,
    updatedAt: null,
  };
}

function assertText(body: string): void {
  if (body.trim() === '') throw unkept('a blank comment is none that Redmine keeps');
  if (body.includes('\0')) throw unkept('the comment has a NUL');
}

const unkept = (message: string): CapabilityNotSupportedError =>
  new CapabilityNotSupportedError(message, { capability: 'supportsComments' });

const missing = (ref: ExternalRef, id: string): ConnectorRequestError =>
  new ConnectorRequestError(`redmine: ${ref.key ?? ref.id} has no comment ${id}`, {
    provider: SYSTEM,
    failureClass: 'not_found',
  });
