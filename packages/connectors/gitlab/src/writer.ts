import {
  type CallOptions,
  type CanonicalIssue,
  ConnectorRequestError,
  canonicalIssue,
  type ExternalRef,
  FieldsRefusedError,
  type IssueField,
  type IssuePatch,
  issuePatch,
  isTrackerError,
  type WriteOptions,
} from '@spec-kitty/tracker-core';
import { readAnswer } from '@spec-kitty/tracker-http';
import { type RawIssue, RawIssueSchema } from './answers.ts';
import type { GitLabClient } from './client.ts';
import { failureOf, isRefusal, saysNotFound, throwWritten } from './failures.ts';
import { assertHeld, createInput, isClosed, unkept, updateInput } from './from-canonical.ts';
import type { Home } from './home.ts';
import type { CreateIssueInput, UpdateIssueInput } from './inputs.ts';
import type { LookUps } from './look-ups.ts';
import { notFound } from './not-found.ts';
import { iidOf, type Reader } from './reader.ts';
import { SYSTEM, toCanonical } from './to-canonical.ts';
import type { Vocabulary } from './vocabulary.ts';

export interface WriterParts {
  client: GitLabClient;
  lookUps: LookUps;
  vocabulary: Vocabulary;
  reader: Reader;
  home: Home;
}

/** Writes issues, one request each. */
export class Writer {
  readonly #client: GitLabClient;
  readonly #lookUps: LookUps;
  readonly #vocabulary: Vocabulary;
  readonly #reader: Reader;
  readonly #home: Home;

  constructor({ client, lookUps, vocabulary, reader, home }: WriterParts) {
    this.#client = client;
    this.#lookUps = lookUps;
    this.#vocabulary = vocabulary;
    this.#reader = reader;
    this.#home = home;
  }

  /** A second request closes what is created as closed. */
  async create(given: CanonicalIssue, { idempotencyKey, ...options }: WriteOptions): Promise<CanonicalIssue> {
    options.signal?.throwIfAborted();
    const issue = canonicalIssue(given, SYSTEM);
    assertHeld(issue, canonicalIssue({ ref: issue.ref, title: issue.title }), this.#vocabulary);
    // What it would be refused for is found before anything is asked.
    createInput(issue, idempotencyKey, [], this.#vocabulary);
    const people = await this.#lookUps.userIds(issue.assignees, options);
    // Asked for before there is anything that could be lost.
    const viewer = idempotencyKey === undefined ? undefined : await this.#lookUps.viewer(options);
    const input = createInput(issue, idempotencyKey, people, this.#vocabulary);
    const made = await this.#post(input, options);
    const raw = readAnswer(RawIssueSchema, made);
    if (!raw) throw untold('the answer does not show it');
    const closed = isClosed(issue.status) ? await this.#close(raw, options) : { raw };
    const now = toCanonical(this.#reader.learn(closed.raw), [], this.#reading(viewer));
    return settled(now, unkept(issue, undefined, now), closed.refused);
  }

  /** Only differences are sent. Where there are none, nothing is. */
  async update(ref: ExternalRef, given: IssuePatch, options: WriteOptions): Promise<CanonicalIssue> {
    const { previous, signal } = options;
    signal?.throwIfAborted();
    const call: CallOptions = signal ? { signal } : {};
    const patch = issuePatch(given, SYSTEM);
    // Assignees are written as a whole: what somebody did meanwhile must be known.
    const raw = await this.#before(ref, patch.assignees ? undefined : previous, call);
    // GitLab tells no relations with a write. Whoever read them just now knows them.
    const related = previous ? [] : await this.#reader.related(ref, call);
    const read = await this.#reader.canonical(raw, related, call);
    const current = previous ? { ...read, links: previous.links } : read;
    assertHeld(patch, current, this.#vocabulary);
    const viewer = this.#lookUps.knownViewer;
    const { input, fields, assignees } = updateInput(raw, current, patch, {
      previous,
      viewer,
      vocabulary: this.#vocabulary,
    });
    if (assignees) input.assignee_ids = await this.#lookUps.userIds(assignees, call);
    if (Object.keys(input).length === 0) return current;
    const after = await this.#put(ref, input, fields, call);
    const now = { ...(await this.#reader.canonical(after, related, call)), links: current.links };
    return settled(now, unkept(patch, previous ?? current, now));
  }

  /** What is gone already is a success. */
  async delete(ref: ExternalRef, { signal }: CallOptions): Promise<void> {
    signal?.throwIfAborted();
    try {
      await this.#client.write('DELETE', this.#path(ref), signal ? { signal } : {});
    } catch (error) {
      const failure = failureOf(error, ref);
      const isGone = saysNotFound(error) && isTrackerError(failure) && failure.code === 'issue_not_found';
      if (!isGone) throw failure;
    }
  }

  async #post(input: CreateIssueInput, options: CallOptions): Promise<unknown> {
    try {
      return await this.#client.write('POST', this.#home.issues, {
        body: input,
        costs: { issues: 1 },
        ...options,
      });
    } catch (error) {
      return throwWritten(error, [
        'title',
        'body',
        ...(input.labels === undefined ? [] : ['labels' as const]),
        ...(input.assignee_ids ? ['assignees' as const] : []),
        ...(input.issue_type === undefined ? [] : ['issueType' as const]),
      ]);
    }
  }

  async #close(raw: RawIssue, options: CallOptions): Promise<{ raw: RawIssue; refused?: string }> {
    try {
      const input: UpdateIssueInput = { state_event: 'close' };
      const path = `${this.#home.issues}/${raw.iid}`;
      const closed = readAnswer(
        RawIssueSchema,
        await this.#client.write('PUT', path, { body: input, ...options }),
      );
      if (closed) return { raw: closed };
    } catch (error) {
      if (!isTrackerError(error)) throw error;
      if (isRefusal(error)) return { raw, refused: error.message };
      // It is there, whatever class that failure has: a caller that took it for a limit would create it once more.
      throw untold(`it was not closed: ${error.message}`);
    }
    throw untold('the answer to closing it does not show it');
  }

  async #put(
    ref: ExternalRef,
    input: UpdateIssueInput,
    fields: readonly IssueField[],
    options: CallOptions,
  ): Promise<RawIssue> {
    let answer: unknown;
    try {
      answer = await this.#client.write('PUT', this.#path(ref), { body: input, ...options });
    } catch (error) {
      return throwWritten(error, fields, ref);
    }
    const raw = readAnswer(RawIssueSchema, answer);
    if (raw) return this.#reader.learn(raw);
    throw new ConnectorRequestError(
      `gitlab: ${ref.key ?? ref.id} was written, and the answer does not show it`,
      {
        provider: SYSTEM,
        failureClass: 'transient',
      },
    );
  }

  /** The issue as it is. Where the caller says against what it made its patch, it has read it, and so have we. */
  async #before(
    ref: ExternalRef,
    previous: CanonicalIssue | undefined,
    options: CallOptions,
  ): Promise<RawIssue> {
    const iid = iidOf(ref);
    if (iid === undefined) throw notFound(ref);
    const recent = this.#reader.takeRecent(iid);
    const [raw] = previous && recent ? [recent] : await this.#reader.raw([iid], options);
    if (!raw) throw notFound(ref);
    return raw;
  }

  #path({ id }: ExternalRef): string {
    return `${this.#home.issues}/${encodeURIComponent(id)}`;
  }

  #reading(viewer: number | undefined): Parameters<typeof toCanonical>[2] {
    return { home: this.#home, vocabulary: this.#vocabulary, viewer };
  }
}

/** The answer to a write. @throws FieldsRefusedError with the fields that GitLab refused or left out. */
function settled(issue: CanonicalIssue, left: readonly IssueField[], closing?: string): CanonicalIssue {
  const reasons = left.map((field) => ({
    field,
    reason:
      field === 'status' && closing !== undefined
        ? closing
        : `GitLab did not keep it as it was written; the token may not be allowed to set ${field}, or it is paid for`,
  }));
  const [first] = reasons;
  if (!first) return issue;
  throw new FieldsRefusedError(`GitLab refused ${left.join(', ')}`, {
    fieldPath: first.field,
    refused: reasons,
    issue,
  });
}

/** It was done, and not as it was to be: a look-up by its key finds it. */
function untold(why: string): ConnectorRequestError {
  return new ConnectorRequestError(`gitlab: an issue was created, and ${why}`, {
    provider: SYSTEM,
    failureClass: 'transient',
  });
}
