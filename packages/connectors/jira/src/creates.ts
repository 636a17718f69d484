import {
  type CanonicalIssue,
  CapabilityNotSupportedError,
  ConnectorRequestError,
  canonicalIssue,
  FieldsRefusedError,
  type SpecKittyTrackerError,
  type WriteOptions,
  type WriteResult,
} from '@spec-kitty/tracker-core';
import { readAnswer } from '@spec-kitty/tracker-http';
import { type BulkAnswer, BulkAnswerSchema, type RawIssue, type Refusal } from './answers.ts';
import { type JiraClient, refusedRequest, wordsIn } from './client.ts';
import { forEachAtOnce } from './concurrent.ts';
import { assertHeld, createOf, type Edit, fieldOf, type Writing } from './from-canonical.ts';
import type { LookUps } from './look-ups.ts';
import { type Outcome, outcome, outcomeOf, untold } from './outcome.ts';
import type { Reader } from './reader.ts';
import { SYSTEM } from './system.ts';
import type { KnownTransitions, Transitions } from './transitions.ts';

export interface Create {
  issue: CanonicalIssue;
  options: WriteOptions;
}
export interface WriterParts {
  client: JiraClient;
  lookUps: LookUps;
  reader: Reader;
  transitions: Transitions;
  writing: Omit<Writing, 'site' | 'types'>;
}

type Signal = { signal?: AbortSignal };
interface Planned {
  issue: CanonicalIssue;
  edit: Edit;
}

/** https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/#api-rest-api-3-issue-bulk-post */
const AT_ONCE = 50;
const MOVED_AT_ONCE = 4;

/** Creates issues, many at once. */
export class Creates {
  readonly #parts: WriterParts;

  constructor(parts: WriterParts) {
    this.#parts = parts;
  }

  /** A request for each fifty issues, one that reads each hundred, and two for each that is not to be as it begins. */
  async create(items: readonly Create[], options: Signal): Promise<WriteResult[]> {
    const { lookUps, writing: given } = this.#parts;
    const site = await lookUps.site(options);
    const writing: Writing = { ...given, site, types: await lookUps.types(options) };
    const planned = items.map((item) =>
      outcome((): Planned => {
        const issue = canonicalIssue(item.issue, SYSTEM);
        assertHeld(issue, canonicalIssue({ ref: issue.ref, title: issue.title }), writing);
        return { issue, edit: createOf(issue, item.options.idempotencyKey, writing) };
      }),
    );
    const made = await this.#send(planned, options);
    const ids = made.map((one) => (one.ok ? one.value : ''));
    const created = ids.filter((id) => id !== '');
    if (created.length === 0) return made.map((one) => (one.ok ? { ok: false, error: untold('lost') } : one));
    for (const id of created) this.#parts.reader.wrote(id);
    const read = await outcomeOf(async () => this.#parts.reader.raw(ids, options));
    const moved = read.ok ? await this.#move(planned, read.value, options) : undefined;
    return Promise.all(
      made.map(async (one, index): Promise<WriteResult> => {
        if (!one.ok) return one;
        if (!read.ok) return { ok: false, error: untold(`it could not be read: ${read.error.message}`) };
        const error = moved?.errors.get(index);
        if (error) return { ok: false, error };
        const raw = moved?.raws[index];
        if (!raw) return { ok: false, error: untold('it could not be read') };
        const issue = await this.#parts.reader.canonical(raw, options);
        const reason = moved?.refused.get(index);
        return reason === undefined
          ? { ok: true, issue }
          : { ok: false, error: statusRefused(reason, issue) };
      }),
    );
  }

  /** The ids of what was made. After a request that failed, nothing more is sent. */
  async #send(planned: readonly Outcome<Planned>[], options: Signal): Promise<Outcome<string>[]> {
    const results: Outcome<string>[] = planned.map((one) => (one.ok ? { ok: true, value: '' } : one));
    const places = [...planned.keys()].filter((index) => planned[index]?.ok);
    for (let from = 0; from < places.length; from += AT_ONCE) {
      const some = places.slice(from, from + AT_ONCE);
      const issueUpdates = some.flatMap((index) => {
        const one = planned[index];
        return one?.ok ? [bodyOf(one.value.edit)] : [];
      });
      const answer = await outcomeOf(async () =>
        this.#parts.client.write('POST', '/issue/bulk', { body: { issueUpdates } }, options),
      );
      if (!answer.ok) {
        for (const index of places.slice(from)) results[index] = answer;
        break;
      }
      const told = readAnswer(BulkAnswerSchema, answer.value.body);
      const isWhole = told && told.issues.length + told.errors.length === some.length;
      if (!answer.value.ok && !isWhole) {
        const error = refusedRequest('a create of several issues', answer.value.refusal);
        for (const index of some) results[index] = { ok: false, error };
      } else if (!isWhole) {
        const error = untold('the answer does not say which');
        for (const index of some) results[index] = { ok: false, error };
      } else await this.#take(told, some, planned, results, options);
    }
    return results;
  }

  /** What was made is told in the order of what was sent, without what was refused. */
  async #take(
    { issues, errors }: BulkAnswer,
    places: readonly number[],
    planned: readonly Outcome<Planned>[],
    results: Outcome<string>[],
    options: Signal,
  ): Promise<void> {
    const left = [...issues];
    for (const [place, index] of places.entries()) {
      const refused = errors.find(({ failedElementNumber }) => failedElementNumber === place);
      const one = planned[index];
      if (refused && one?.ok)
        results[index] = { ok: false, error: await this.#refusal(refused, one.value, options) };
      else results[index] = { ok: true, value: left.shift()?.id ?? '' };
    }
  }

  /** A field that the engine may leave out, or what keeps the issue from being made. */
  async #refusal(
    { elementErrors, status = 400 }: { elementErrors: Refusal; status?: number | undefined },
    { edit, issue }: Planned,
    options: Signal,
  ): Promise<SpecKittyTrackerError> {
    const said = wordsIn(elementErrors);
    if (status !== 400)
      return new ConnectorRequestError(`jira: a create was refused: ${said}`, {
        provider: SYSTEM,
        statusCode: status,
      });
    const { missionFieldId, projectKey } = this.#parts.writing;
    const names = Object.keys(elementErrors.errors);
    const fields = names.map((name) => fieldOf(name, missionFieldId));
    const [field] = fields;
    if (fields.includes('labels') && issue.labels.length === 0)
      return new ConnectorRequestError(
        `jira: a create was refused: ${said}. This connector marks what it creates with a label: let ${projectKey} take labels where issues are created`,
        { provider: SYSTEM, statusCode: 400, fieldPath: 'labels' },
      );
    if (field !== undefined && !fields.includes(undefined))
      return new CapabilityNotSupportedError(`Jira refused ${field}: ${said}`, {
        capability: field,
        fieldPath: field,
      });
    const needed = await this.#needed(edit, options);
    const also =
      needed.length === 0
        ? ''
        : `. To be created in ${projectKey}, such an issue needs: ${needed.join(', ')}`;
    const [name] = names;
    return new ConnectorRequestError(`jira: a create was refused: ${said}${also}`, {
      provider: SYSTEM,
      statusCode: 400,
      ...(name === undefined ? {} : { fieldPath: name }),
    });
  }

  /** The required fields that a create does not fill, as people call them. */
  async #needed({ fields }: Edit, options: Signal): Promise<string[]> {
    const { issuetype } = fields;
    const id =
      typeof issuetype === 'object' && issuetype !== null && 'id' in issuetype ? String(issuetype.id) : '';
    const known = await outcomeOf(async () => this.#parts.lookUps.fields(id, options));
    if (!known.ok) return [];
    return known.value
      .filter((one) => one.required && one.hasDefaultValue !== true && !Object.hasOwn(fields, one.fieldId))
      .map(({ name, fieldId }) => `${name} (${fieldId})`);
  }

  /** An issue begins where its workflow does; what is to be elsewhere is moved there. */
  async #move(
    planned: readonly Outcome<Planned>[],
    raws: (RawIssue | undefined)[],
    options: Signal,
  ): Promise<{
    raws: (RawIssue | undefined)[];
    refused: Map<number, string>;
    errors: Map<number, SpecKittyTrackerError>;
  }> {
    const { vocabulary } = this.#parts.writing;
    const [refused, errors] = [new Map<number, string>(), new Map<number, SpecKittyTrackerError>()];
    const known: KnownTransitions = new Map();
    const moving = [...planned.entries()].flatMap(([index, one]) => {
      const raw = raws[index];
      if (!one.ok || !raw || vocabulary.statusOf(raw.fields.status) === one.value.issue.status) return [];
      return [{ index, raw, status: one.value.issue.status }];
    });
    await forEachAtOnce(moving, MOVED_AT_ONCE, async ({ index, raw, status }) => {
      const done = await outcomeOf(async () => this.#parts.transitions.move(raw, status, options, known));
      if (!done.ok) errors.set(index, untold(`it is not ${status} yet: ${done.error.message}`));
      else if (done.value !== undefined) refused.set(index, done.value);
    });
    const again = moving.filter(({ index }) => !errors.has(index));
    if (again.length === 0) return { raws, refused, errors };
    const read = await outcomeOf(async () =>
      this.#parts.reader.raw(
        again.map(({ raw }) => raw.id),
        options,
      ),
    );
    const now = [...raws];
    for (const [place, { index }] of again.entries()) {
      if (read.ok) now[index] = read.value[place];
      else errors.set(index, untold(`it could not be read: ${read.error.message}`));
    }
    return { raws: now, refused, errors };
  }
}

function bodyOf({ fields, properties }: Edit): object {
  return { fields, ...(properties.length === 0 ? {} : { properties }) };
}

function statusRefused(reason: string, issue: CanonicalIssue): FieldsRefusedError {
  return new FieldsRefusedError(`it was created, and not with its status: ${reason}`, {
    fieldPath: 'status',
    refused: [{ field: 'status', reason }],
    issue,
  });
}
