import {
  type CallOptions,
  CapabilityNotSupportedError,
  type Comment,
  ConnectorRequestError,
  type ExternalRef,
  toTimestamp,
} from '@spec-kitty/tracker-core';
import { CommentListSchema, CommentsSchema, type RawComment } from './answers.ts';
import { type Answered, isMissing, type JiraClient, refusedRequest } from './client.ts';
import type { LookUps } from './look-ups.ts';
import { notFound } from './not-found.ts';
import type { Reader } from './reader.ts';
import { SYSTEM } from './system.ts';
import { hasControls, readText, TEXT_PROPERTY, writeText } from './texts.ts';

const MAX_LENGTH = 30_000;
const PAGE = 100;
/** https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-comments/#api-rest-api-3-comment-list-post */
const IDS_AT_ONCE = 1000;

/** The comments of issues. */
export class Comments {
  readonly #client: JiraClient;
  readonly #lookUps: LookUps;
  readonly #reader: Reader;

  constructor(client: JiraClient, lookUps: LookUps, reader: Reader) {
    this.#client = client;
    this.#lookUps = lookUps;
    this.#reader = reader;
  }

  /** Oldest first. What stands beside a comment is believed of our own alone. */
  async list(ref: ExternalRef, options: CallOptions): Promise<Comment[]> {
    const { viewer } = await this.#lookUps.site(options);
    const all = await this.#all(ref, options);
    const ours = all.filter(({ author }) => author?.accountId === viewer);
    const beside = await this.#beside(ours, options);
    return all.map((comment) => ({
      id: comment.id,
      author: comment.author?.accountId ?? null,
      ours: comment.author?.accountId === viewer,
      body: readText(comment.body, beside.get(comment.id)),
      createdAt: toTimestamp(comment.created) ?? null,
      updatedAt: toTimestamp(comment.updated) ?? null,
    }));
  }

  async add(ref: ExternalRef, text: string, options: CallOptions): Promise<void> {
    const { document, property } = written(text);
    const body = { body: document, ...(property ? { properties: [property] } : {}) };
    await this.#write('POST', `${pathOf(ref)}/comment`, body, () => notFound(ref), options);
    this.#reader.wrote(ref.id);
  }

  async update(ref: ExternalRef, id: string, text: string, options: CallOptions): Promise<void> {
    // What stands beside it is of the text before.
    const { document, property } = written(text, null);
    const missing = (): Error =>
      new ConnectorRequestError(`jira: ${ref.key ?? ref.id} has no comment ${id}`, {
        provider: SYSTEM,
        failureClass: 'not_found',
      });
    if (!/^\d+$/.test(id)) throw missing();
    const body = { body: document, ...(property ? { properties: [property] } : {}) };
    await this.#write('PUT', `${pathOf(ref)}/comment/${id}`, body, missing, options);
    this.#reader.wrote(ref.id);
  }

  async #all(ref: ExternalRef, options: CallOptions): Promise<RawComment[]> {
    const all: RawComment[] = [];
    try {
      for (;;) {
        const query = { startAt: String(all.length), maxResults: String(PAGE), orderBy: 'created' };
        const path = `${pathOf(ref)}/comment`;
        const { comments, total } = await this.#client.read(CommentsSchema, 'GET', path, { query }, options);
        all.push(...comments);
        if (comments.length === 0 || all.length >= total) return all;
      }
    } catch (error) {
      throw isMissing(error) ? notFound(ref) : error;
    }
  }

  /** What stands beside comments, by their ids: a listing does not show it. */
  async #beside(comments: readonly RawComment[], options: CallOptions): Promise<Map<string, unknown>> {
    const found = new Map<string, unknown>();
    for (let from = 0; from < comments.length; from += IDS_AT_ONCE) {
      const ids = comments.slice(from, from + IDS_AT_ONCE).map(({ id }) => Number(id));
      const sent = { query: { expand: 'properties' }, body: { ids } };
      const { values } = await this.#client.read(CommentListSchema, 'POST', '/comment/list', sent, options);
      for (const { id, properties } of values) {
        const property = properties.find(({ key }) => key === TEXT_PROPERTY);
        if (property) found.set(id, property.value);
      }
    }
    return found;
  }

  async #write(
    method: 'POST' | 'PUT',
    path: string,
    body: object,
    missing: () => Error,
    options: CallOptions,
  ): Promise<void> {
    let answer: Answered;
    try {
      answer = await this.#client.write(method, path, { body }, options);
    } catch (error) {
      throw isMissing(error) ? missing() : error;
    }
    if (!answer.ok) throw refusedRequest('a comment', answer.refusal);
  }
}

function written(text: string, property?: unknown): ReturnType<typeof writeText> {
  const problem =
    text.trim() === ''
      ? 'is blank'
      : text.length > MAX_LENGTH
        ? `is longer than ${MAX_LENGTH} characters`
        : hasControls(text)
          ? 'has control characters'
          : undefined;
  if (problem !== undefined) return refuse(problem);
  const made = writeText(text, 'supportsComments', { property });
  return made.document.content.length === 0 ? refuse('shows nothing') : made;
}

function refuse(problem: string): never {
  throw new CapabilityNotSupportedError(`a comment that ${problem} is none that Jira takes`, {
    capability: 'supportsComments',
  });
}

/** @throws IssueNotFoundError for a draft, which Jira would take for a key. */
function pathOf(ref: ExternalRef): string {
  if (!/^\d+$/.test(ref.id)) throw notFound(ref);
  return `/issue/${ref.id}`;
}
