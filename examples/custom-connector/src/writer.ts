import {
  type CallOptions,
  type CanonicalIssue,
  CapabilityNotSupportedError,
  ConnectorRequestError,
  canonicalIssue,
  type ExternalRef,
  FieldsRefusedError,
  type IssueField,
  type IssuePatch,
  issuePatch,
  isTrackerError,
  type Logger,
  type WriteOptions,
} from '@spec-kitty/tracker-core';
import { readAnswer } from '@spec-kitty/tracker-http';
import { IssueAnswerSchema, type RawIssue } from './answers.ts';
import type { RedmineClient } from './client.ts';
import { located, notFound, refusedWrite, saysNotFound, statusOf } from './failures.ts';
import {
  assertHeld,
  createInput,
  fieldsOf,
  type IssueInput,
  REASONS,
  type SentField,
  unkept,
  updateInput,
} from './from-canonical.ts';
import type { LookUps } from './look-ups.ts';
import type { Reader } from './reader.ts';
import { hasField, type Reading, SYSTEM } from './to-canonical.ts';

export interface WriterParts {
  client: RedmineClient;
  lookUps: LookUps;
  reader: Reader;
  reading: Reading;
  logger: Logger;
}

/** Writes issues. Redmine answers a change with nothing, and leaves out without a word what it does not allow: each is read again. */
export class Writer {
  readonly #client: RedmineClient;
  readonly #lookUps: LookUps;
  readonly #reader: Reader;
  readonly #reading: Reading;
  readonly #logger: Logger;

  constructor({ client, lookUps, reader, reading, logger }: WriterParts) {
    this.#client = client;
    this.#lookUps = lookUps;
    this.#reader = reader;
    this.#reading = reading;
    this.#logger = logger;
  }

  async create(given: CanonicalIssue, { idempotencyKey, ...options }: WriteOptions): Promise<CanonicalIssue> {
    options.signal?.throwIfAborted();
    const { vocabulary, workspace, keyFieldId } = this.#reading;
    const issue = canonicalIssue(given, SYSTEM);
    assertHeld(issue, { links: [], priority: null }, workspace);
    // Asked for before there is anything that could be lost.
    const site = await this.#lookUps.site(options);
    await this.#lookUps.viewer(options);
    const input = createInput(issue, { site, vocabulary });
    const sent = fieldsOf(input);
    if (idempotencyKey !== undefined && keyFieldId !== undefined)
      input.custom_fields = [{ id: keyFieldId, value: idempotencyKey }];
    const made = await this.#post(input, sent, options);
    if (input.custom_fields && !hasField(made, keyFieldId ?? 0))
      this.#logger.warn(
        `redmine: the tracker ${made.tracker.name} has no custom field ${keyFieldId}: what is created there cannot be looked up`,
      );
    const raw =
      made.status.id === input.status_id ? made : await this.#moved(made, input.status_id ?? 0, options);
    return this.#settled(issue, sent, await this.#reader.canonical(raw, options), options);
  }

  /** Where there is no difference, nothing is sent. */
  async update(ref: ExternalRef, given: IssuePatch, options: WriteOptions): Promise<CanonicalIssue> {
    const { previous, signal } = options;
    signal?.throwIfAborted();
    const call: CallOptions = signal ? { signal } : {};
    const patch = issuePatch(given, SYSTEM);
    const { vocabulary, workspace } = this.#reading;
    const current = previous ?? (await this.#reader.one(ref, call));
    assertHeld(patch, current, workspace);
    const input = updateInput(patch, current, { site: await this.#lookUps.site(call), vocabulary });
    const sent = fieldsOf(input);
    if (sent.length === 0) return current;
    await this.put(ref, input, sent, call);
    return this.#settled(patch, sent, await this.#reader.one(ref, call), call);
  }

  /** What seems to be left out is looked at once more. @throws FieldsRefusedError with what Redmine left out. */
  async #settled(
    wanted: IssuePatch,
    sent: readonly SentField[],
    read: CanonicalIssue,
    options: CallOptions,
  ): Promise<CanonicalIssue> {
    if (unkept(wanted, sent, read).length === 0) return read;
    const now = await this.#reader.oneAgain(read.ref, options);
    return settled(now, unkept(wanted, sent, now));
  }

  /** @throws IssueNotFoundError, CapabilityNotSupportedError naming a field that was refused: nothing was written. */
  async put(
    ref: ExternalRef,
    issue: object,
    sent: readonly IssueField[],
    options: CallOptions,
  ): Promise<void> {
    try {
      await this.#client.write('PUT', pathOf(ref), { body: { issue }, ...options });
    } catch (error) {
      throw saysNotFound(error) ? notFound(ref) : located(refusedWrite(error, sent));
    }
  }

  /** Time that was logged stays with the project. @throws CapabilityNotSupportedError where it has subtasks: Redmine would delete them as well. */
  async delete(ref: ExternalRef, options: CallOptions): Promise<void> {
    options.signal?.throwIfAborted();
    try {
      const query = { include: 'children' };
      const { issue } = await this.#client.read(IssueAnswerSchema, pathOf(ref), query, options);
      if (issue.children && issue.children.length > 0)
        throw new CapabilityNotSupportedError(
          `#${issue.id} has subtasks, which Redmine would delete with it: move or delete them first`,
          { capability: 'supportsDelete' },
        );
      await this.#client.write('DELETE', pathOf(ref), { query: { todo: 'nullify' }, ...options });
    } catch (error) {
      if (!saysNotFound(error)) throw located(error);
    }
  }

  async #post(issue: IssueInput, sent: readonly IssueField[], options: CallOptions): Promise<RawIssue> {
    let answer: unknown;
    try {
      answer = await this.#client.write('POST', '/issues.json', { body: { issue }, ...options });
    } catch (error) {
      throw located(refusedWrite(error, sent));
    }
    return readAnswer(IssueAnswerSchema, answer)?.issue ?? untold('the answer does not show it');
  }

  /** A new issue begins where the workflow lets it; from there it goes on like every other. */
  async #moved(made: RawIssue, status: number, options: CallOptions): Promise<RawIssue> {
    const path = `/issues/${made.id}.json`;
    try {
      const body = { issue: { status_id: status } };
      await this.#client.write('PUT', path, { body, isRepeatable: true, ...options });
      return (await this.#client.read(IssueAnswerSchema, path, { include: 'relations' }, options)).issue;
    } catch (error) {
      if (!isTrackerError(error)) throw error;
      // The status is told as refused, since it is another one than was wanted.
      if (statusOf(error) === 422 || statusOf(error) === 403) return made;
      // It is there, whatever class that failure has: a caller that took it for a limit would create it once more.
      return untold(`its status was not written: ${error.message}`);
    }
  }
}

export const pathOf = ({ id }: ExternalRef): string => `/issues/${encodeURIComponent(id)}.json`;

/** The answer to a write. @throws FieldsRefusedError with the fields that Redmine left out. */
function settled(issue: CanonicalIssue, left: readonly IssueField[]): CanonicalIssue {
  const refused = left.map((field) => ({
    field,
    reason: `Redmine did not keep it: ${REASONS[field] ?? 'the workflow or a permission forbids this account to write it'}`,
  }));
  const [first] = refused;
  if (!first) return issue;
  throw new FieldsRefusedError(`Redmine left out ${left.join(', ')}`, {
    fieldPath: first.field,
    refused,
    issue,
  });
}

/** It was done, and not as it was to be: a look-up by its key finds it. */
function untold(why: string): never {
  throw new ConnectorRequestError(`redmine: an issue was created, and ${why}`, {
    provider: SYSTEM,
    failureClass: 'transient',
  });
}
