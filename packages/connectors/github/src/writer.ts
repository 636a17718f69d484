import {
  type CanonicalIssue,
  ConnectorRequestError,
  canonicalIssue,
  type ExternalRef,
  FieldsRefusedError,
  type IssuePatch,
  issuePatch,
  isTrackerError,
  type RefusedField,
  type SpecKittyTrackerError,
  type WriteOptions,
  type WriteResult,
} from '@spec-kitty/tracker-core';
import type { RawIssue } from './answers.ts';
import type { GitHubClient } from './client.ts';
import { assertHeld, createSteps, type Step, updateSteps, wantedNames } from './from-canonical.ts';
import type { LookUps } from './look-ups.ts';
import { notFound } from './not-found.ts';
import type { Reader } from './reader.ts';
import { SYSTEM } from './to-canonical.ts';
import type { Vocabulary } from './vocabulary.ts';
import { type Done, writeJobs } from './write-jobs.ts';

export interface Create {
  issue: CanonicalIssue;
  options: WriteOptions;
}
export interface Update {
  ref: ExternalRef;
  patch: IssuePatch;
  options: WriteOptions;
}
export interface WriterParts {
  client: GitHubClient;
  lookUps: LookUps;
  vocabulary: Vocabulary;
  reader: Reader;
}

type Outcome<T> = { ok: true; value: T } | { ok: false; error: SpecKittyTrackerError };

function outcome<T>(work: () => T): Outcome<T> {
  try {
    return { ok: true, value: work() };
  } catch (error) {
    if (!isTrackerError(error)) throw error;
    return { ok: false, error };
  }
}

/** The first signal of several: they come from one call. */
const signalOf = (items: readonly { options: WriteOptions }[]): { signal?: AbortSignal } => {
  const signal = items.find(({ options }) => options.signal)?.options.signal;
  signal?.throwIfAborted();
  return signal ? { signal } : {};
};

/** Writes issues, many at once. */
export class Writer {
  readonly #client: GitHubClient;
  readonly #lookUps: LookUps;
  readonly #vocabulary: Vocabulary;
  readonly #reader: Reader;

  constructor({ client, lookUps, vocabulary, reader }: WriterParts) {
    this.#client = client;
    this.#lookUps = lookUps;
    this.#vocabulary = vocabulary;
    this.#reader = reader;
  }

  /** A request for each twenty issues, and one for each twenty of them that are created as closed. */
  async create(items: readonly Create[]): Promise<WriteResult[]> {
    if (items.length === 0) return [];
    const options = signalOf(items);
    const checked = items.map(({ issue }) =>
      outcome(() => {
        const given = canonicalIssue(issue, SYSTEM);
        assertHeld(given, canonicalIssue({ ref: given.ref, title: given.title }), this.#vocabulary);
        return given;
      }),
    );
    const ids = await this.#need(
      checked.flatMap((one) => (one.ok ? [one.value] : [])),
      options,
    );
    const planned = checked.map((one, index) =>
      one.ok
        ? outcome(() => createSteps(one.value, items[index]?.options.idempotencyKey, ids, this.#vocabulary))
        : one,
    );
    const created = await this.#run(planned, ({ create }) => [create], options);
    const closing = planned.map((one, index): Outcome<Step[]> => {
      const id = created[index]?.issue?.id;
      return { ok: true, value: one.ok && id !== undefined ? one.value.after(id) : [] };
    });
    const closed = await this.#run(closing, (steps) => steps, options);
    return planned.map((one, index): WriteResult => {
      if (!one.ok) return one;
      const [first, last] = [created[index], closed[index]];
      const error = first?.failed ?? first?.refused[0]?.error;
      if (error) return { ok: false, error };
      const raw = last?.issue ?? first?.issue;
      if (!raw) return { ok: false, error: untold('the answer does not show it') };
      // It is there, whatever class that failure has: a caller that took it for a limit would create it once more.
      if (last?.failed) return { ok: false, error: untold(`it was not closed: ${last.failed.message}`) };
      return this.#settled(raw, items[index]?.issue ?? {}, last);
    });
  }

  /** A request for each hundred issues that nobody has read just now, and one for each twenty mutations. */
  async update(items: readonly Update[]): Promise<WriteResult[]> {
    if (items.length === 0) return [];
    const options = signalOf(items);
    const checked = items.map(({ patch }) => outcome(() => issuePatch(patch, SYSTEM)));
    const before = await this.#before(items, options);
    const held = checked.map((one, index) =>
      one.ok
        ? outcome(() => {
            const [raw, item] = [before[index], items[index]];
            if (!raw || !item) throw notFound(item?.ref ?? { system: SYSTEM, workspace: '', id: '' });
            const current = this.#reader.canonical(raw);
            assertHeld(one.value, current, this.#vocabulary);
            return { raw, current, patch: one.value, previous: item.options.previous, ref: item.ref };
          })
        : one,
    );
    const ids = await this.#need(
      held.flatMap((one) => (one.ok ? [one.value.patch] : [])),
      options,
    );
    const planned = held.map((one) =>
      one.ok
        ? outcome(() => {
            const { raw, current, patch, previous } = one.value;
            return updateSteps(raw, current, patch, { previous, ids, vocabulary: this.#vocabulary });
          })
        : one,
    );
    const done = await this.#run(planned, (steps) => steps, options, items);
    const told = await this.#readAgain(planned, done, items, options);
    return planned.map((one, index): WriteResult => {
      if (!one.ok) return one;
      const [job, raw, item] = [done[index], told[index], items[index]];
      if (job?.failed) return { ok: false, error: job.failed };
      const gone = job?.refused.find(({ error }) => error.code === 'issue_not_found');
      if (gone) return { ok: false, error: gone.error };
      if (!raw || !item)
        return { ok: false, error: notFound(item?.ref ?? { system: SYSTEM, workspace: '', id: '' }) };
      return this.#settled(raw, item.patch, job);
    });
  }

  /**
   * The issues as they are. Where the caller says against what it made its patch, it has read the issue, and so have we:
   * that reading serves.
   */
  async #before(
    items: readonly Update[],
    options: { signal?: AbortSignal },
  ): Promise<(RawIssue | undefined)[]> {
    const held = items.map(({ ref, patch, options: { previous } }) => {
      const recent = this.#reader.takeRecent(ref.id);
      return previous && recent && Object.keys(patch).length > 0 ? recent : undefined;
    });
    const unknown = [...items.keys()].filter((index) => !held[index]);
    const ids = unknown.map((index) => items[index]?.ref.id ?? '');
    const read = ids.length > 0 ? await this.#reader.raw(ids, options) : [];
    for (const [place, index] of unknown.entries()) held[index] = read[place];
    return held;
  }

  /** Looks up what is named, and makes labels that are missing. */
  async #need(patches: readonly IssuePatch[], options: { signal?: AbortSignal }) {
    const names = patches.map((patch) => wantedNames(patch, this.#vocabulary));
    await this.#lookUps.needUsers(
      names.flatMap(({ logins }) => logins),
      options,
    );
    return this.#lookUps.needLabels(
      names.flatMap(({ labels }) => labels),
      options,
    );
  }

  async #run<T>(
    planned: readonly Outcome<T>[],
    stepsOf: (value: T) => Step[],
    options: { signal?: AbortSignal },
    items: readonly { ref?: ExternalRef }[] = [],
  ): Promise<Done[]> {
    const jobs = planned.map((one, index) => {
      const ref = items[index]?.ref;
      return { steps: one.ok ? stepsOf(one.value) : [], ...(ref ? { ref } : {}) };
    });
    return writeJobs(this.#client, jobs, options);
  }

  /** Issues of which no mutation told are read again. */
  async #readAgain(
    planned: readonly Outcome<Step[]>[],
    done: readonly Done[],
    items: readonly Update[],
    options: { signal?: AbortSignal },
  ): Promise<(RawIssue | undefined)[]> {
    const told = planned.map((_, index) => done[index]?.issue);
    const unknown = [...planned.keys()].filter(
      (index) => planned[index]?.ok && !told[index] && !done[index]?.failed,
    );
    const ids = unknown.map((index) => items[index]?.ref.id ?? '');
    const read = ids.length > 0 ? await this.#reader.raw(ids, options) : [];
    for (const [place, index] of unknown.entries()) told[index] = read[place];
    return told;
  }

  /** The answer to a write, with the fields that GitHub refused or left out. */
  #settled(raw: RawIssue, wanted: IssuePatch, job: Done | undefined): WriteResult {
    const issue = this.#reader.canonical(raw);
    if (job?.failed) return { ok: false, error: job.failed };
    // What fails for the moment is no refusal, which would stand until something changes.
    const passing = job?.refused.find(({ error }) => isTransient(error));
    if (passing) return { ok: false, error: passing.error };
    const refused: RefusedField[] = (job?.refused ?? []).flatMap(({ step, error }) =>
      step.fields.map((field) => ({ field, reason: error.message })),
    );
    const absent = (wanted.assignees ?? []).filter(
      (login) => !issue.assignees.some((one) => one.toLowerCase() === login.toLowerCase()),
    );
    if (absent.length > 0 && !refused.some(({ field }) => field === 'assignees'))
      refused.push({ field: 'assignees', reason: `GitHub did not assign it to ${absent.join(', ')}` });
    const [first] = refused;
    if (!first) return { ok: true, issue };
    const error = new FieldsRefusedError(`GitHub refused ${refused.map(({ field }) => field).join(', ')}`, {
      fieldPath: first.field,
      refused,
      issue,
    });
    return { ok: false, error };
  }
}

const isTransient = (error: SpecKittyTrackerError): boolean =>
  error instanceof ConnectorRequestError && error.failureClass === 'transient';

/** It was done, and not as it was to be: a look-up by its key finds it. */
function untold(why: string): ConnectorRequestError {
  return new ConnectorRequestError(`github: an issue was created, and ${why}`, {
    provider: SYSTEM,
    failureClass: 'transient',
  });
}
