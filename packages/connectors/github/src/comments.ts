import {
  type CallOptions,
  CapabilityNotSupportedError,
  type Comment,
  ConnectorRequestError,
  type ExternalRef,
  toTimestamp,
} from '@spec-kitty/tracker-core';
import { parseAnswer } from '@spec-kitty/tracker-http';
import { CommentsSchema, type RawComment } from './answers.ts';
import type { GitHubClient } from './client.ts';
import { notFound } from './not-found.ts';
import { COMMENTS } from './queries.ts';
import { SYSTEM } from './to-canonical.ts';

const MAX_LENGTH = 65_536;

/** The comments of issues. */
export class Comments {
  readonly #client: GitHubClient;

  constructor(client: GitHubClient) {
    this.#client = client;
  }

  /** Oldest first. */
  async list(ref: ExternalRef, options: CallOptions): Promise<Comment[]> {
    const all: Comment[] = [];
    for (let after: string | null = null; ; ) {
      const { data } = await this.#client.ask(COMMENTS, { id: ref.id, after }, options);
      const comments = parseAnswer(CommentsSchema, data ?? { node: null }, SYSTEM).node?.comments;
      if (!comments) throw notFound(ref);
      for (const comment of comments.nodes) if (comment) all.push(asComment(comment));
      if (!comments.pageInfo.hasNextPage || comments.pageInfo.endCursor === null) return all;
      after = comments.pageInfo.endCursor;
    }
  }

  async add(ref: ExternalRef, body: string, options: CallOptions): Promise<void> {
    assertText(body);
    await this.#write('addComment', { subjectId: ref.id, body }, () => notFound(ref), options);
  }

  async update(ref: ExternalRef, id: string, body: string, options: CallOptions): Promise<void> {
    assertText(body);
    const missing = (): Error =>
      new ConnectorRequestError(`github: ${ref.key ?? ref.id} has no comment ${id}`, {
        provider: SYSTEM,
        failureClass: 'not_found',
      });
    await this.#write('updateIssueComment', { id, body }, missing, options);
  }

  async #write(
    name: 'addComment' | 'updateIssueComment',
    input: Record<string, string>,
    missing: () => Error,
    options: CallOptions,
  ): Promise<void> {
    const { problems } = await this.#client.mutate([{ name, tells: false, input }], options);
    const [problem] = problems;
    if (!problem) return;
    if (problem.type === 'NOT_FOUND') throw missing();
    const failureClass = problem.type === 'FORBIDDEN' ? 'permission' : 'validation';
    throw new ConnectorRequestError(`github: ${name}: ${problem.message.slice(0, 300)}`, {
      provider: SYSTEM,
      failureClass,
    });
  }
}

function assertText(body: string): void {
  const problem =
    body.trim() === ''
      ? 'is blank'
      : body.length > MAX_LENGTH
        ? `is longer than ${MAX_LENGTH} characters`
        : undefined;
  if (problem !== undefined)
    throw new CapabilityNotSupportedError(`a comment that ${problem} is none that GitHub takes`, {
      capability: 'supportsComments',
    });
}

function asComment({ id, author, viewerDidAuthor, body, createdAt, updatedAt }: RawComment): Comment {
  return {
    id,
    author: author?.login ?? null,
    ours: viewerDidAuthor,
    body,
    createdAt: toTimestamp(createdAt) ?? null,
    updatedAt: toTimestamp(updatedAt) ?? null,
  };
}
