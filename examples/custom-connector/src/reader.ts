import {
  type CallOptions,
  type CanonicalIssue,
  ConnectorConfigError,
  ConnectorRequestError,
  type ExternalRef,
  isTrackerError,
  type ListQuery,
  type Page,
} from '@spec-kitty/tracker-core';
import { parseAnswer } from '@spec-kitty/tracker-http';
import {
  IssueAnswerSchema,
  PlaceSchema,
  type RawIssue,
  RawIssueSchema,
  type RawPage,
  RawPageSchema,
} from './answers.ts';
import type { Query, RedmineClient } from './client.ts';
import { located, notFound, saysNotFound } from './failures.ts';
import { numberOf } from './from-canonical.ts';
import type { LookUps } from './look-ups.ts';
import { behind, cursors, keyNumber, listingOf, meets, type Place, secondOf } from './queries.ts';
import { hasField, keyIn, type Reading, SYSTEM, toCanonical } from './to-canonical.ts';

export interface ReaderParts {
  client: RedmineClient;
  lookUps: LookUps;
  reading: Reading;
  project: string;
}

const AT_ONCE = 100;
/** Look-ups ask for pages of so many sizes in turn, which tells their answers apart. */
const LOOK_UP_SIZES = 49;

/** Reads issues. */
export class Reader {
  readonly #client: RedmineClient;
  readonly #lookUps: LookUps;
  readonly #reading: Reading;
  readonly #project: string;
  #lookUpCount = 0;

  constructor({ client, lookUps, reading, project }: ReaderParts) {
    this.#client = client;
    this.#lookUps = lookUps;
    this.#reading = reading;
    this.#project = project;
  }

  async canonical(raw: RawIssue, options: CallOptions): Promise<CanonicalIssue> {
    return toCanonical(raw, this.#reading, await this.#lookUps.viewer(options));
  }

  async list(query: ListQuery, listing: string): Promise<Page<CanonicalIssue>> {
    const { cursor, updatedSince, filters = {}, signal } = query;
    const options = signal ? { signal } : {};
    const place: Place = cursor === undefined ? [0, sinceOf(updatedSince)] : cursors.read(cursor, listing);
    if (cursor === undefined) await this.#lookUps.confirmedViewer(options);
    const raw = await this.#page(listingOf(place, this.#project, Math.min(query.limit, AT_ONCE)), options);
    const page: Page<CanonicalIssue> = { items: [] };
    const failures: { location: string; message: string }[] = [];
    for (const [index, one] of raw.issues.entries()) {
      try {
        const issue = await this.canonical(parseAnswer(RawIssueSchema, one, SYSTEM), options);
        if (meets(issue, filters)) page.items.push(issue);
      } catch (error) {
        if (!isTrackerError(error) || error.code === 'connector_request') throw error;
        failures.push({ location: `issues.${index}`, message: error.message });
      }
    }
    const next = nextPlace(raw);
    if (failures.length > 0) page.failures = failures;
    if (next !== undefined) page.nextCursor = cursors.write([next, place[1]], listing);
    return page;
  }

  /** Other filters are ignored; an issue of another project is none of this one. */
  async byKey(key: string, options: CallOptions): Promise<Page<CanonicalIssue>> {
    const id = keyNumber(key);
    const raw = id === undefined ? undefined : await this.#one(Number(id), options);
    if (!raw || raw.project.id !== (await this.#lookUps.site(options)).projectId) return { items: [] };
    return { items: [await this.canonical(raw, options)] };
  }

  /** In the order of the refs. What a list does not show is asked for by itself, which tells missing from hidden. */
  async get(refs: readonly ExternalRef[], options: CallOptions): Promise<(CanonicalIssue | undefined)[]> {
    const numbers = [...new Set(refs.flatMap((ref) => numberOf(ref) ?? []))];
    const found = new Map<number, CanonicalIssue>();
    for (let from = 0; numbers.length > 1 && from < numbers.length; from += AT_ONCE) {
      const batch = numbers.slice(from, from + AT_ONCE);
      const query = { ...behind(0, AT_ONCE), issue_id: batch.join(',') };
      for (const one of (await this.#page(query, options)).issues) {
        const raw = parseAnswer(RawIssueSchema, one, SYSTEM);
        found.set(raw.id, await this.canonical(raw, options));
      }
    }
    for (const number of numbers) {
      const raw = found.has(number) ? undefined : await this.#one(number, options);
      if (raw) found.set(number, await this.canonical(raw, options));
    }
    return refs.map((ref) => structuredClone(found.get(numberOf(ref) ?? 0)));
  }

  /** @throws IssueNotFoundError */
  async raw(ref: ExternalRef, options: CallOptions): Promise<RawIssue> {
    const number = numberOf(ref);
    const raw = number === undefined ? undefined : await this.#one(number, options);
    if (!raw) throw notFound(ref);
    return raw;
  }

  /** @throws IssueNotFoundError */
  async one(ref: ExternalRef, options: CallOptions): Promise<CanonicalIssue> {
    return this.canonical(await this.raw(ref, options), options);
  }

  /**
   * The same in words that were not used just before: something on the way may have kept an older answer to the usual ones.
   * @throws ConnectorRequestError where another issue is shown.
   */
  async oneAgain(ref: ExternalRef, options: CallOptions): Promise<CanonicalIssue> {
    const query = { ...behind(0, this.#otherSize()), issue_id: ref.id };
    const [one] = (await this.#page(query, options)).issues;
    const raw = one === undefined ? undefined : parseAnswer(RawIssueSchema, one, SYSTEM);
    if (raw && raw.id === numberOf(ref)) return this.canonical(raw, options);
    const message = `redmine: asked for #${ref.id}, it shows another issue or none`;
    throw new ConnectorRequestError(message, { provider: SYSTEM, failureClass: 'transient' });
  }

  /**
   * What this account created since then and marked with one of the keys. What is not found is made once more, so it is
   * asked for twice, and never in the same words: something on the way may keep an older answer to them.
   */
  async byKeys(
    keys: readonly string[],
    { since, ...options }: { since?: string } & CallOptions,
  ): Promise<Map<string, CanonicalIssue>> {
    const [wanted, found] = [new Set(keys), new Map<string, CanonicalIssue>()];
    const created = since === undefined ? {} : { created_on: `>=${secondOf(since)}` };
    for (let asked = 0; asked < 2 && found.size < wanted.size; asked += 1)
      await this.#lookUp(wanted, found, created, options);
    return found;
  }

  /**
   * The field is not searched for: a filter that the server does not have is ignored there.
   * @throws ConnectorConfigError where an issue has no such field: what is not found would mean nothing.
   */
  async #lookUp(
    wanted: ReadonlySet<string>,
    found: Map<string, CanonicalIssue>,
    created: Query,
    options: CallOptions,
  ): Promise<void> {
    const field = this.#reading.keyFieldId ?? 0;
    const author = { author_id: await this.#lookUps.confirmedViewer(options) };
    const limit = this.#otherSize();
    for (let after: number | undefined = 0; after !== undefined && found.size < wanted.size; ) {
      const page: RawPage = await this.#page({ ...behind(after, limit), ...author, ...created }, options);
      for (const one of page.issues) {
        const raw = parseAnswer(RawIssueSchema, one, SYSTEM);
        if (!hasField(raw, field)) throw unmarked(raw, field);
        const key = keyIn(raw, field);
        if (key !== undefined && wanted.has(key) && !found.has(key))
          found.set(key, await this.canonical(raw, options));
      }
      after = nextPlace(page);
    }
  }

  #otherSize(): number {
    this.#lookUpCount += 1;
    return AT_ONCE - (this.#lookUpCount % LOOK_UP_SIZES);
  }

  async #page(query: Query, options: CallOptions): Promise<RawPage> {
    try {
      return await this.#client.read(RawPageSchema, '/issues.json', query, options);
    } catch (error) {
      throw located(error);
    }
  }

  /** Undefined where there is none. @throws ConnectorRequestError 403 where this account may not see it. */
  async #one(number: number, options: CallOptions): Promise<RawIssue | undefined> {
    try {
      const query = { include: 'relations' };
      return (await this.#client.read(IssueAnswerSchema, `/issues/${number}.json`, query, options)).issue;
    } catch (error) {
      if (saysNotFound(error)) return undefined;
      throw error;
    }
  }
}

/** A time as old as the epoch is everything. */
const sinceOf = (time: string | undefined): string | null =>
  time === undefined || Date.parse(time) <= 0 ? null : secondOf(time);

/** Behind the last issue of a page, where the server has more. @throws TrackerContractError */
function nextPlace({ issues, total_count }: RawPage): number | undefined {
  if (issues.length === 0 || total_count <= issues.length) return undefined;
  return parseAnswer(PlaceSchema, issues.at(-1), SYSTEM).id;
}

function unmarked({ id, tracker }: RawIssue, field: number): ConnectorConfigError {
  return new ConnectorConfigError(
    `issue #${id} has no custom field ${field}: enable the field for the tracker ${tracker.name}, or what was created cannot be found again`,
    { fieldPath: 'keyFieldId' },
  );
}
