import {
  type CallOptions,
  type CanonicalIssue,
  ConnectorRequestError,
  canonicalIssue,
  type ExternalRef,
  FieldsRefusedError,
  type IssuePatch,
  issuePatch,
  isTrackerError,
  type SpecKittyTrackerError,
  SyncConflictError,
  type WriteOptions,
  type WriteResult,
} from '@spec-kitty/tracker-core';
import { readAnswer } from '@spec-kitty/tracker-http';
import { type RawItem, RawItemSchema } from './answers.ts';
import type { AzureDevOpsClient, Write, Written } from './client.ts';
import { refusalOf } from './failures.ts';
import {
  assertHeld,
  type CreatePlan,
  createPlan,
  onRevision,
  type Plan,
  updatePlan,
  type WritePlace,
} from './from-canonical.ts';
import type { LookUps } from './look-ups.ts';
import { notFound } from './not-found.ts';
import type { Reader } from './reader.ts';
import { SYSTEM } from './system.ts';
import type { Vocabulary } from './vocabulary.ts';

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
  client: AzureDevOpsClient;
  lookUps: LookUps;
  reader: Reader;
  place: WritePlace;
}

/** How often an item that others change meanwhile is written. */
const MAX_TRIES = 4;

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
const signalOf = (items: readonly { options: WriteOptions }[]): CallOptions => {
  const signal = items.find(({ options }) => options.signal)?.options.signal;
  signal?.throwIfAborted();
  return signal ? { signal } : {};
};

/** An item whose write is planned. */
interface Planned {
  raw: RawItem;
  plan: Plan;
}

/** Writes items, many at once. */
export class Writer {
  readonly #client: AzureDevOpsClient;
  readonly #lookUps: LookUps;
  readonly #reader: Reader;
  readonly #place: WritePlace;

  constructor({ client, lookUps, reader, place }: WriterParts) {
    this.#client = client;
    this.#lookUps = lookUps;
    this.#reader = reader;
    this.#place = place;
  }

  /** A request for each hundred items, and one for each hundred of them that do not begin in their state. */
  async create(items: readonly Create[]): Promise<WriteResult[]> {
    if (items.length === 0) return [];
    const options = signalOf(items);
    const vocabulary = await this.#lookUps.vocabulary(options);
    const planned = items.map(({ issue, options: { idempotencyKey } }) =>
      outcome(() => {
        const given = canonicalIssue(issue, SYSTEM);
        const empty = canonicalIssue({ ref: given.ref, title: given.title });
        assertHeld(given, empty, this.#place.workspace);
        return createPlan(given, idempotencyKey, { vocabulary, place: this.#place });
      }),
    );
    const created = await this.#send(
      planned.map((one) =>
        one.ok
          ? { of: { type: one.value.type }, operations: one.value.operations, fields: one.value.fields }
          : undefined,
      ),
      options,
    );
    const moved = await this.#send(
      planned.map((one, index) => {
        const raw = rawIn(created[index]);
        if (!one.ok || !raw || one.value.after.length === 0) return undefined;
        return { of: { id: String(raw.id) }, operations: one.value.after, fields: ['status'] };
      }),
      options,
    );
    return Promise.all(
      planned.map((one, index) => this.#created(one, created[index], moved[index], options)),
    );
  }

  async #created(
    planned: Outcome<CreatePlan>,
    created: Written | undefined,
    moved: Written | undefined,
    options: CallOptions,
  ): Promise<WriteResult> {
    if (!planned.ok) return planned;
    const { fields, after } = planned.value;
    const error = problemOf(created, { fields });
    if (error) return { ok: false, error };
    const raw = rawIn(created);
    if (!raw) return { ok: false, error: untold('the answer does not show it') };
    this.#lookUps.learn(raw);
    if (after.length === 0) return this.#settled(raw, options);
    const told = rawIn(moved);
    if (told) return this.#settled(told, options);
    // It is there, whatever class that failure has: a caller that took it for a limit would create it once more.
    const refused = problemOf(moved, { fields: ['status'] });
    if (refused?.code !== 'capability_not_supported')
      return {
        ok: false,
        error: untold(`its state was not written: ${refused?.message ?? 'nothing was said'}`),
      };
    const result = await this.#settled(raw, options);
    if (!result.ok) return result;
    return {
      ok: false,
      error: new FieldsRefusedError('Azure DevOps refused status', {
        fieldPath: 'status',
        refused: [{ field: 'status', reason: refused.message }],
        issue: result.issue,
      }),
    };
  }

  /**
   * A request for each two hundred items that nobody has read just now, and one for each hundred that change. Each is
   * written on the revision that was read; what others change meanwhile is read and merged again.
   */
  async update(items: readonly Update[]): Promise<WriteResult[]> {
    if (items.length === 0) return [];
    const options = signalOf(items);
    const results: (WriteResult | undefined)[] = items.map(({ patch }) => {
      const checked = outcome(() => issuePatch(patch, SYSTEM));
      return checked.ok ? undefined : checked;
    });
    const tries = items.map(() => 0);
    for (;;) {
      const open = results.flatMap((result, index) => (result === undefined ? [index] : []));
      if (open.length === 0) break;
      await this.#round(items, open, { results, tries }, options);
    }
    return results.map((result, index) => result ?? { ok: false, error: unsettled(items[index]) });
  }

  async #round(
    items: readonly Update[],
    open: readonly number[],
    { results, tries }: { results: (WriteResult | undefined)[]; tries: number[] },
    options: CallOptions,
  ): Promise<void> {
    // Two patches of one item in one batch would be on one revision: the later one waits for its turn.
    const first = open.filter(
      (index, place) => !open.slice(0, place).some((other) => items[other]?.ref.id === items[index]?.ref.id),
    );
    const raws = await this.#before(items, first, tries, options);
    const vocabulary = await this.#lookUps.vocabulary(options);
    const planned = new Map<number, Planned>();
    for (const index of first) {
      const [item, raw] = [items[index], raws.get(index)];
      if (!item) continue;
      try {
        if (!raw) throw notFound(item.ref);
        planned.set(index, { raw, plan: await this.#plan(item, raw, vocabulary, options) });
      } catch (error) {
        if (!isTrackerError(error)) throw error;
        results[index] = { ok: false, error };
      }
    }
    const writing = [...planned].filter(([, { plan }]) => plan.operations.length > 0);
    const written = await this.#send(
      writing.map(([index, { raw, plan }]): Write => {
        const ref = items[index]?.ref;
        const operations = onRevision(raw, plan.operations);
        return { of: { id: String(raw.id) }, operations, fields: plan.fields, ...(ref ? { ref } : {}) };
      }),
      options,
    );
    const answers = new Map(writing.map(([index], place) => [index, written[place]]));
    for (const [index, { raw, plan }] of planned) {
      const [item, answer] = [items[index], answers.get(index)];
      if (plan.operations.length === 0) results[index] = await this.#settled(raw, options);
      else {
        const error = problemOf(answer, { ref: item?.ref, fields: plan.fields });
        const told = rawIn(answer);
        if (error) this.#reader.known.forget(String(raw.id));
        tries[index] = (tries[index] ?? 0) + 1;
        const again =
          error instanceof SyncConflictError &&
          item?.options.ifVersion === undefined &&
          (tries[index] ?? 0) < MAX_TRIES;
        if (told && !error) results[index] = await this.#settled(told, options);
        else if (!again)
          results[index] = { ok: false, error: error ?? untold('the answer does not show it') };
      }
    }
  }

  async #plan(
    { patch, options: { ifVersion, previous } }: Update,
    raw: RawItem,
    vocabulary: Vocabulary,
    options: CallOptions,
  ): Promise<Plan> {
    if (ifVersion !== undefined && ifVersion !== String(raw.rev))
      throw new SyncConflictError(
        `azure-devops: work item ${raw.id} is at revision ${raw.rev}, and not at ${ifVersion}`,
      );
    const checked = issuePatch(patch, SYSTEM);
    const current = await this.#reader.canonical(raw, options);
    assertHeld(checked, current, this.#place.workspace);
    return updatePlan(raw, current, checked, { previous, vocabulary, place: this.#place });
  }

  /** The items as they are. Who says against what a patch was made has read the item, and so have we: that serves. */
  async #before(
    items: readonly Update[],
    indexes: readonly number[],
    tries: readonly number[],
    options: CallOptions,
  ): Promise<Map<number, RawItem>> {
    const found = new Map<number, RawItem>();
    for (const index of indexes) {
      const { ref, patch, options: given } = items[index] ?? {};
      const recent = ref && this.#reader.known.recent(ref.id);
      const serves = recent && (given?.ifVersion ?? String(recent.rev)) === String(recent.rev);
      // A relation may have come or gone without a revision, and is removed by its place.
      const mayServe =
        tries[index] === 0 &&
        given?.previous &&
        patch &&
        !('parent' in patch) &&
        Object.keys(patch).length > 0;
      if (serves && mayServe) found.set(index, recent);
    }
    const unknown = indexes.filter((index) => !found.has(index));
    const read = await this.#reader.raw(
      unknown.map((index) => items[index]?.ref.id ?? ''),
      options,
    );
    for (const [place, index] of unknown.entries()) {
      const raw = read[place];
      if (raw) found.set(index, raw);
    }
    return found;
  }

  /** In the order of `writes`, with holes where there is nothing to write. */
  async #send(
    writes: readonly (Write | undefined)[],
    options: CallOptions,
  ): Promise<(Written | undefined)[]> {
    const some = writes.flatMap((write, index) => (write ? [{ write, index }] : []));
    const done = await this.#client.write(
      some.map(({ write }) => write),
      options,
    );
    const all: (Written | undefined)[] = writes.map(() => undefined);
    for (const [place, { index }] of some.entries()) all[index] = done[place];
    return all;
  }

  /** The answer to a write that was done: whatever fails from here on is no failure of it. */
  async #settled(raw: RawItem, options: CallOptions): Promise<WriteResult> {
    this.#reader.keep(raw);
    try {
      return { ok: true, issue: await this.#reader.canonical(raw, options) };
    } catch (error) {
      if (!isTrackerError(error)) throw error;
      return { ok: false, error: untold(`it cannot be shown: ${error.message}`) };
    }
  }
}

/** The item in an answer to a write. */
export function rawIn(written: Written | undefined): RawItem | undefined {
  return written && 'code' in written && written.code < 300
    ? readAnswer(RawItemSchema, written.body)
    : undefined;
}

/** Why a write was not done, or why nobody knows whether it was. */
export function problemOf(
  written: Written | undefined,
  about: { ref?: ExternalRef | undefined; fields: Plan['fields']; target?: ExternalRef },
): SpecKittyTrackerError | undefined {
  if (!written) return undefined;
  if ('code' in written) return written.code < 300 ? undefined : refusalOf({ ...written, ...about });
  if (isTrackerError(written.failed)) return written.failed;
  throw written.failed;
}

const unsettled = (item: Update | undefined): SpecKittyTrackerError =>
  new SyncConflictError(`azure-devops: ${item?.ref.key ?? 'the item'} kept changing while it was written`);

/** It was done, and not as it was to be: a look-up by its key finds it. */
function untold(why: string): ConnectorRequestError {
  return new ConnectorRequestError(`azure-devops: an item was written, and ${why}`, {
    provider: SYSTEM,
    failureClass: 'transient',
  });
}
