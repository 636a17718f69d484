import { type Comment, type ExternalRef, toTimestamp, type WriteOptions } from '@spec-kitty/tracker-core';
import { CommentsSchema, DoneSchema } from './answers.ts';
import type { LinearClient } from './client.ts';
import type { Directory } from './directory.ts';
import { COMMENT, COMMENTS, EDIT_COMMENT } from './documents.ts';
import { saysItExists, saysNotFound } from './failures.ts';
import type { CommentCreateInput, CommentUpdateInput } from './inputs.ts';
import { idFor, isUuid, notThere } from './system.ts';

/** Comments on issues. */
export class Comments {
  readonly #client: LinearClient;
  readonly #directory: Directory;

  constructor(client: LinearClient, directory: Directory) {
    this.#client = client;
    this.#directory = directory;
  }

  /** A comment under a key that was used before is there already. */
  async add(ref: ExternalRef, body: string, { idempotencyKey, signal }: WriteOptions): Promise<void> {
    if (!isUuid(ref.id)) throw notThere(ref);
    const input: CommentCreateInput = {
      issueId: ref.id,
      body,
      ...(idempotencyKey === undefined ? {} : { id: await idFor('comment', `${ref.id} ${idempotencyKey}`) }),
    };
    try {
      await this.#client.ask(COMMENT, { input }, DoneSchema, { signal });
    } catch (error) {
      if (saysItExists(error) && idempotencyKey !== undefined) return;
      throw saysNotFound(error, 'Issue') ? notThere(ref) : error;
    }
  }

  /** Oldest first. */
  async list(ref: ExternalRef, signal?: AbortSignal): Promise<Comment[]> {
    if (!isUuid(ref.id)) throw notThere(ref);
    const { viewerId } = await this.#directory.known();
    const found: Comment[] = [];
    let after: string | null = null;
    for (;;) {
      signal?.throwIfAborted();
      const { nodes, pageInfo } = await this.#page(ref, after, signal);
      for (const { id, body, user, createdAt, updatedAt } of nodes)
        found.push({
          id,
          body,
          author: user?.id ?? null,
          ours: user?.id === viewerId,
          createdAt: toTimestamp(createdAt) ?? null,
          updatedAt: toTimestamp(updatedAt) ?? null,
        });
      after = pageInfo.endCursor;
      if (!pageInfo.hasNextPage || after === null) break;
    }
    // Linear lists newest first; of one instant, the order is turned as well.
    found.reverse();
    return found.sort((a, b) => compare(a.createdAt ?? '', b.createdAt ?? ''));
  }

  async edit(id: string, body: string, { signal }: WriteOptions): Promise<void> {
    const input: CommentUpdateInput = { body };
    await this.#client.ask(EDIT_COMMENT, { id, input }, DoneSchema, { signal });
  }

  async #page(ref: ExternalRef, after: string | null, signal: AbortSignal | undefined) {
    try {
      const variables = { id: ref.id, after };
      const { issue } = await this.#client.ask(COMMENTS, variables, CommentsSchema, { reads: true, signal });
      return issue.comments;
    } catch (error) {
      throw saysNotFound(error, 'Issue') ? notThere(ref) : error;
    }
  }
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
