import {
  type CallOptions,
  CapabilityNotSupportedError,
  type Comment,
  ConnectorRequestError,
  type ExternalRef,
  toTimestamp,
} from '@spec-kitty/tracker-core';
import * as z from 'zod';
import { CommentsSchema, type RawComment } from './answers.ts';
import { type AzureDevOpsClient, COMMENTS_VERSION } from './client.ts';
import { knownId } from './list-query.ts';
import type { LookUps } from './look-ups.ts';
import { notFound } from './not-found.ts';
import { markdownOf } from './rich-text.ts';
import { SYSTEM } from './system.ts';
import { nameOf } from './to-canonical.ts';

const AT_ONCE = 200;
const MAX_LENGTH = 150_000;
const VERSION = { 'api-version': COMMENTS_VERSION };

/** The comments of items. Ours are Markdown; those of others may be HTML. */
export class Comments {
  readonly #client: AzureDevOpsClient;
  readonly #lookUps: LookUps;

  constructor(client: AzureDevOpsClient, lookUps: LookUps) {
    this.#client = client;
    this.#lookUps = lookUps;
  }

  /** Oldest first. */
  async list(ref: ExternalRef, options: CallOptions): Promise<Comment[]> {
    const all: RawComment[] = [];
    const place = placeOf(ref);
    for (let continuationToken: string | undefined; ; ) {
      const query = {
        ...VERSION,
        $top: String(AT_ONCE),
        order: 'asc',
        ...(continuationToken === undefined ? {} : { continuationToken }),
      };
      const asked = this.#client.wit(CommentsSchema, 'GET', place, { ...options, query });
      const page = await asked.catch((error: unknown) => {
        throw isMissing(error) ? notFound(ref) : error;
      });
      all.push(...page.comments.filter(({ isDeleted }) => isDeleted !== true));
      continuationToken = page.continuationToken;
      if (continuationToken === undefined || continuationToken === '') break;
    }
    if (all.length === 0) return [];
    const viewer = await this.#lookUps.viewer(options);
    return all.map((comment) => asComment(comment, viewer));
  }

  async add(ref: ExternalRef, body: string, options: CallOptions): Promise<void> {
    assertText(body);
    await this.#write('POST', placeOf(ref), body, () => notFound(ref), options);
  }

  async update(ref: ExternalRef, id: string, body: string, options: CallOptions): Promise<void> {
    assertText(body);
    const missing = (): Error =>
      new ConnectorRequestError(`azure-devops: ${ref.key ?? ref.id} has no comment ${id}`, {
        provider: SYSTEM,
        failureClass: 'not_found',
      });
    if (knownId(id) === undefined) throw missing();
    await this.#write('PATCH', `${placeOf(ref)}/${id}`, body, missing, options);
  }

  async #write(
    method: 'POST' | 'PATCH',
    place: string,
    text: string,
    missing: () => Error,
    options: CallOptions,
  ): Promise<void> {
    const query = { ...VERSION, format: 'markdown' };
    try {
      await this.#client.wit(z.unknown(), method, place, { ...options, query, body: { text } });
    } catch (error) {
      throw isMissing(error) ? missing() : error;
    }
  }
}

function placeOf(ref: ExternalRef): string {
  if (knownId(ref.id) === undefined) throw notFound(ref);
  return `workItems/${ref.id}/comments`;
}

const isMissing = (error: unknown): boolean =>
  error instanceof ConnectorRequestError && error.statusCode === 404;

function assertText(body: string): void {
  const problem =
    body.trim() === ''
      ? 'is blank'
      : body.length > MAX_LENGTH
        ? `is longer than ${MAX_LENGTH} characters`
        : undefined;
  if (problem !== undefined)
    throw new CapabilityNotSupportedError(`a comment that ${problem} is not written`, {
      capability: 'supportsComments',
    });
}

function asComment(raw: RawComment, viewer: string): Comment {
  const { id, text, format, createdBy, createdDate, modifiedDate } = raw;
  return {
    id: String(id),
    author: nameOf(createdBy),
    ours: createdBy.id === viewer,
    body: format?.toLowerCase() === 'markdown' ? text : markdownOf(text),
    createdAt: toTimestamp(createdDate) ?? null,
    updatedAt: toTimestamp(modifiedDate ?? createdDate) ?? null,
  };
}
