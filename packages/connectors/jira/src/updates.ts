import {
  type CanonicalIssue,
  type CanonicalStatus,
  CapabilityNotSupportedError,
  type ExternalRef,
  FieldsRefusedError,
  type IssuePatch,
  issuePatch,
  type RefusedField,
  type WriteOptions,
  type WriteResult,
} from '@spec-kitty/tracker-core';
import type { RawIssue } from './answers.ts';
import { isMissing, refusedRequest } from './client.ts';
import { forEachAtOnce } from './concurrent.ts';
import type { WriterParts } from './creates.ts';
import { assertHeld, type Edit, editOf, fieldOf, type Writing } from './from-canonical.ts';
import { notFound } from './not-found.ts';
import { type Outcome, outcomeOf } from './outcome.ts';
import { SYSTEM } from './system.ts';
import { TEXT_PROPERTY } from './texts.ts';
import type { KnownTransitions } from './transitions.ts';

export interface Update {
  ref: ExternalRef;
  patch: IssuePatch;
  options: WriteOptions;
}

type Signal = { signal?: AbortSignal };

interface Plan {
  raw: RawIssue;
  edit: Edit;
  status: CanonicalStatus | undefined;
}

/** What a plan has done. */
interface Done {
  refused: RefusedField[];
  /** Whether something of it was written. */
  wrote: boolean;
}

const AT_ONCE = 4;

/** Edits issues: a request for the fields of each, one for its status, and one for what each kind of them can become. */
export class Updates {
  readonly #parts: WriterParts;

  constructor(parts: WriterParts) {
    this.#parts = parts;
  }

  async update(items: readonly Update[], options: Signal): Promise<WriteResult[]> {
    const { reader } = this.#parts;
    const before = await this.#before(items, options);
    const done: Outcome<Done>[] = [];
    const known: KnownTransitions = new Map();
    await forEachAtOnce(items, AT_ONCE, async (item, index) => {
      done[index] = await outcomeOf(async () => this.#apply(item, before[index], known, options));
    });
    // What was written is read again, since a workflow may have changed something of its own.
    const written = [...done.entries()].flatMap(([index, one]) => (one.ok && one.value.wrote ? [index] : []));
    const idsOf = (index: number): string => items[index]?.ref.id ?? '';
    const read = written.length === 0 ? [] : await reader.raw(written.map(idsOf), options);
    const now = [...before];
    for (const [place, index] of written.entries()) now[index] = read[place];
    return Promise.all(
      items.map(async ({ ref }, index): Promise<WriteResult> => {
        const one = done[index];
        if (!one?.ok) return { ok: false, error: one?.error ?? notFound(ref) };
        const raw = now[index];
        if (!raw) return { ok: false, error: notFound(ref) };
        return settled(await reader.canonical(raw, options), one.value);
      }),
    );
  }

  /**
   * The issues as they are. Where the caller says against what it made its patch, it has read the issue, and so have we:
   * that reading serves.
   */
  async #before(items: readonly Update[], options: Signal): Promise<(RawIssue | undefined)[]> {
    const { reader } = this.#parts;
    const held = items.map(({ ref, patch, options: { previous } }) => {
      const recent = reader.takeRecent(ref.id);
      return previous && recent && Object.keys(patch).length > 0 ? recent : undefined;
    });
    const unknown = [...items.keys()].filter((index) => !held[index]);
    const ids = unknown.map((index) => items[index]?.ref.id ?? '');
    const read = ids.length > 0 ? await reader.raw(ids, options) : [];
    for (const [place, index] of unknown.entries()) held[index] = read[place];
    return held;
  }

  async #apply(
    { ref, patch, options: { previous } }: Update,
    raw: RawIssue | undefined,
    known: KnownTransitions,
    options: Signal,
  ): Promise<Done> {
    const wanted = issuePatch(patch, SYSTEM);
    if (!raw) throw notFound(ref);
    const plan = await this.#plan(raw, wanted, previous, options);
    try {
      return await this.#write(plan, known, options);
    } catch (error) {
      throw isMissing(error) ? notFound(ref) : error;
    }
  }

  async #plan(
    raw: RawIssue,
    patch: IssuePatch,
    previous: CanonicalIssue | undefined,
    options: Signal,
  ): Promise<Plan> {
    const { lookUps, reader, writing: given } = this.#parts;
    const current = await reader.canonical(raw, options);
    const typed = patch.issueType !== undefined && patch.issueType !== current.issueType;
    const types = typed ? await lookUps.types(options) : [];
    const writing: Writing = { ...given, site: await lookUps.site(options), types };
    assertHeld(patch, current, writing);
    const edit = editOf(raw, current, patch, { ...writing, previous });
    const { status } = patch;
    return { raw, edit, status: status === current.status ? undefined : status };
  }

  /** Fields first, then the status: some workflows let nobody edit an issue that is done. */
  async #write({ raw, edit, status }: Plan, known: KnownTransitions, options: Signal): Promise<Done> {
    const { reader, transitions } = this.#parts;
    const done: Done = { refused: [], wrote: false };
    let left = edit;
    while (!isEmpty(left)) {
      const { fields, update, properties } = left;
      const body = {
        ...(Object.keys(fields).length === 0 ? {} : { fields }),
        ...(Object.keys(update).length === 0 ? {} : { update }),
        ...(properties.length === 0 ? {} : { properties }),
      };
      reader.wrote(raw.id);
      const answer = await this.#parts.client.write('PUT', `/issue/${raw.id}`, { body }, options);
      if (answer.ok) {
        done.wrote = true;
        break;
      }
      // Jira writes all of an edit or nothing: what it does not refuse is sent without what it does.
      const { errors } = answer.refusal;
      const { missionFieldId } = this.#parts.writing;
      const refused = Object.entries(errors).map(([name, reason]) => ({
        field: fieldOf(name, missionFieldId),
        reason,
      }));
      const without = lacking(left, new Set(refused.map(({ field }) => field)), missionFieldId);
      if (
        refused.length === 0 ||
        refused.some(({ field }) => field === undefined) ||
        sizeOf(without) === sizeOf(left)
      )
        throw refusedRequest(`an edit of ${raw.key}`, answer.refusal);
      for (const { field, reason } of refused) if (field) done.refused.push({ field, reason });
      left = without;
    }
    if (status === undefined) return done;
    reader.wrote(raw.id);
    const reason = await transitions.move(raw, status, options, known);
    if (reason === undefined) done.wrote = true;
    else done.refused.push({ field: 'status', reason });
    return done;
  }
}

const sizeOf = ({ fields, update }: Edit): number => Object.keys(fields).length + Object.keys(update).length;

const isEmpty = (edit: Edit): boolean => sizeOf(edit) === 0 && edit.properties.length === 0;

/** An edit without some canonical fields. */
function lacking(
  { fields, update, properties }: Edit,
  refused: ReadonlySet<string | undefined>,
  missionFieldId: string | undefined,
): Edit {
  const keep = ([name]: [string, unknown]): boolean => !refused.has(fieldOf(name, missionFieldId));
  return {
    fields: Object.fromEntries(Object.entries(fields).filter(keep)),
    update: Object.fromEntries(Object.entries(update).filter(keep)),
    properties: refused.has('body') ? properties.filter(({ key }) => key !== TEXT_PROPERTY) : properties,
  };
}

/** The answer to an edit, with the fields that Jira refused. */
function settled(issue: CanonicalIssue, { refused, wrote }: Done): WriteResult {
  const [first] = refused;
  if (!first) return { ok: true, issue };
  const { field } = first;
  const said = refused.map((one) => `${one.field}: ${one.reason}`).join('; ');
  const message = `Jira refused ${said}`;
  const error = wrote
    ? new FieldsRefusedError(message, { fieldPath: field, refused, issue })
    : new CapabilityNotSupportedError(message, { capability: field, fieldPath: field });
  return { ok: false, error };
}
