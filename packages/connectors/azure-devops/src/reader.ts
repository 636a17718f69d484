import {
  type CallOptions,
  type CanonicalIssue,
  type Clock,
  type ExternalRef,
  isTrackerError,
  type ListQuery,
  type Page,
} from '@spec-kitty/tracker-core';
import { parseAnswer, readAnswer } from '@spec-kitty/tracker-http';
import { BinSchema, ItemsSchema, QuerySchema, type RawItem, RawItemSchema } from './answers.ts';
import type { AzureDevOpsClient } from './client.ts';
import { type Place as CursorPlace, readCursor, writeCursor } from './cursor.ts';
import { isTag } from './from-canonical.ts';
import { Known } from './known.ts';
import { idInKey, knownId, meets } from './list-query.ts';
import { type Listing, Listings } from './listings.ts';
import type { LookUps } from './look-ups.ts';
import { isMarker } from './marker.ts';
import { SYSTEM } from './system.ts';
import { type Place, refOf, tagsOf, toCanonical } from './to-canonical.ts';
import { keysQuery, wholeSecond } from './wiql.ts';

export interface ReaderParts {
  client: AzureDevOpsClient;
  lookUps: LookUps;
  place: Place;
  project: string;
  clock: Clock;
}

/** https://learn.microsoft.com/en-us/rest/api/azure/devops/wit/work-items/get-work-items-batch */
const AT_ONCE = 200;
const KEYS_AT_ONCE = 100;
/** What is deleted is in no query: the recycle bin is looked into so often. */
const BIN_EVERY_MS = 3_600_000;

/** Reads items. */
export class Reader {
  readonly known: Known;
  readonly #client: AzureDevOpsClient;
  readonly #lookUps: LookUps;
  readonly #listings: Listings;
  readonly #place: Place;
  readonly #project: string;
  readonly #clock: Clock;
  #binAt: number | undefined;

  constructor({ client, lookUps, place, project, clock }: ReaderParts) {
    this.#client = client;
    this.#lookUps = lookUps;
    this.#place = place;
    this.#project = project.toLowerCase();
    this.#clock = clock;
    this.known = new Known(() => this.#now());
    this.#listings = new Listings(client, this.known, clock);
  }

  /** As the answer to a write shows it. */
  keep(raw: RawItem): void {
    this.known.keep(raw, this.#now());
  }

  /** Who is asked for only where an item has a mark that may be ours. */
  async canonical(raw: RawItem, options: CallOptions): Promise<CanonicalIssue> {
    const vocabulary = await this.#lookUps.vocabulary(options);
    const viewer = tagsOf(raw).some(isMarker) ? await this.#lookUps.viewer(options) : undefined;
    return toCanonical(raw, { vocabulary, viewer, place: this.#place });
  }

  /** In order of ids: what is edited meanwhile keeps its place. */
  async list(query: ListQuery, identity: string): Promise<Page<CanonicalIssue>> {
    const { cursor, updatedSince, filters = {}, limit } = query;
    const options: CallOptions = query.signal ? { signal: query.signal } : {};
    const since = updatedSince === undefined ? Number.NaN : Date.parse(updatedSince);
    const tags = filters.labels ?? [];
    // No item has such a tag.
    if (!tags.every(isTag)) return { items: [] };
    const place: CursorPlace =
      cursor === undefined
        ? { from: since > 0 ? wholeSecond(since) : null, to: null, after: 0 }
        : readCursor(cursor, identity);
    const listing = await this.#listings.at(
      place,
      { identity, tags, isFirst: cursor === undefined },
      options,
    );
    const rest = listing.ids.filter((id) => id > place.after);
    const ids = rest.slice(0, Math.min(limit, AT_ONCE));
    await this.#readAhead(listing, ids, rest, options);
    const page: Page<CanonicalIssue> = { items: [] };
    const failures: NonNullable<Page<CanonicalIssue>['failures']> = [];
    for (const id of ids) {
      try {
        const raw = this.#here(listing.ahead.get(id));
        const issue = raw && (await this.canonical(raw, options));
        if (issue && meets(issue, filters)) page.items.push(issue);
      } catch (error) {
        if (!isTrackerError(error) || error.code === 'connector_request') throw error;
        failures.push({ location: `work item ${id}`, message: error.message });
      }
    }
    const last = ids.at(-1);
    const next: CursorPlace | undefined =
      last !== undefined && rest.length > ids.length
        ? { from: listing.from, to: listing.to, after: last }
        : listing.to === null
          ? undefined
          : { from: listing.to, to: null, after: 0 };
    if (next) page.nextCursor = writeCursor(next, identity);
    else if (Object.keys(filters).length === 0) await this.#lookIntoBin(page, updatedSince, options);
    if (failures.length > 0) page.failures = failures;
    return page;
  }

  async byKey(key: string, options: CallOptions): Promise<Page<CanonicalIssue>> {
    const id = idInKey(key, this.#place.workspace);
    const [raw] = id === undefined ? [] : await this.raw([id], options);
    return { items: raw ? [await this.canonical(raw, options)] : [] };
  }

  /** The items of these ids; undefined for what is no item of this project any more. */
  async raw(ids: readonly string[], options: CallOptions): Promise<(RawItem | undefined)[]> {
    const wanted = [...new Set(ids.flatMap((id) => knownId(id) ?? []))].map(Number);
    const found = new Map<number, RawItem>();
    for (let from = 0; from < wanted.length; from += AT_ONCE) {
      const some = wanted.slice(from, from + AT_ONCE);
      const readAt = this.#now();
      for (const value of await this.#batch(some, options)) {
        const raw = this.#here(value);
        if (!raw) continue;
        found.set(raw.id, raw);
        this.known.keep(raw, readAt);
      }
    }
    return ids.map((id) => found.get(Number(id)));
  }

  async get(refs: readonly ExternalRef[], options: CallOptions): Promise<(CanonicalIssue | undefined)[]> {
    const found = await this.raw(
      refs.map(({ id }) => id),
      options,
    );
    return Promise.all(found.map(async (raw) => raw && this.canonical(raw, options)));
  }

  /** The first item of this account under each key; a copy of one has its tags, too. */
  async byKeys(
    keys: readonly string[],
    { since, ...options }: { since?: string } & CallOptions,
  ): Promise<Map<string, CanonicalIssue>> {
    const [wanted, found] = [new Set(keys), new Map<string, CanonicalIssue>()];
    const from = since === undefined || !(Date.parse(since) > 0) ? undefined : wholeSecond(Date.parse(since));
    const all = [...wanted];
    for (let at = 0; at < all.length; at += KEYS_AT_ONCE) {
      const query = keysQuery(all.slice(at, at + KEYS_AT_ONCE), from);
      const { workItems } = await this.#client.wit(QuerySchema, 'POST', 'wiql', {
        ...options,
        reads: true,
        query: { timePrecision: 'true' },
        body: { query },
      });
      const ids = workItems.map(({ id }) => String(id));
      for (const raw of await this.raw(ids, options)) {
        // `@Me` made it, whatever else says who that is.
        if (raw) this.#lookUps.learn(raw);
        const issue = raw && (await this.canonical(raw, options));
        const key = issue?.correlationKey;
        if (!issue || key === undefined || !wanted.has(key)) continue;
        const held = found.get(key);
        if (!held || Number(issue.ref.id) < Number(held.ref.id)) found.set(key, issue);
      }
    }
    return found;
  }

  /** What a page needs, and what is behind it: a page is often smaller than what one request reads. */
  async #readAhead(
    listing: Listing,
    ids: readonly number[],
    rest: readonly number[],
    options: CallOptions,
  ): Promise<void> {
    if (ids.every((id) => listing.ahead.has(id))) return;
    const some = rest.filter((id) => !listing.ahead.has(id)).slice(0, AT_ONCE);
    for (const id of [...listing.ahead.keys()]) if (!rest.includes(id)) listing.ahead.delete(id);
    const readAt = this.#now();
    const values = await this.#batch(some, options);
    listing.readAt = readAt;
    for (const [index, id] of some.entries()) {
      const value = values[index];
      const raw = readAnswer(RawItemSchema, value);
      listing.ahead.set(raw?.id ?? id, value);
      if (raw) this.known.keep(raw, readAt);
    }
    // What was asked for and is not there is not asked for again.
    for (const id of some) if (!listing.ahead.has(id)) listing.ahead.set(id, undefined);
  }

  /** What is missing leaves a hole. */
  async #batch(ids: readonly number[], options: CallOptions): Promise<unknown[]> {
    if (ids.length === 0) return [];
    const { value } = await this.#client.wit(ItemsSchema, 'POST', 'workitemsbatch', {
      ...options,
      reads: true,
      body: { ids, $expand: 'relations', errorPolicy: 'omit' },
    });
    return value;
  }

  async #lookIntoBin(
    page: Page<CanonicalIssue>,
    updatedSince: string | undefined,
    options: CallOptions,
  ): Promise<void> {
    const now = this.#now();
    const due = this.#binAt === undefined || now - this.#binAt > BIN_EVERY_MS;
    // Who lists everything sees what is missing.
    if (updatedSince === undefined || due) this.#binAt = now;
    if (updatedSince === undefined || !due) return;
    try {
      const { value } = await this.#client.wit(BinSchema, 'GET', 'recyclebin', options);
      if (value.length > 0) page.gone = value.map(({ id }) => refOf(id, this.#place));
      for (const { id } of value) this.known.forget(String(id));
    } catch (error) {
      // A token may read items and not the bin; a deletion is found by a full listing, too.
      if (!isTrackerError(error)) throw error;
    }
  }

  #now(): number {
    return Date.parse(this.#clock.now());
  }

  /** Numbers are an organization's: an item may be of another project. */
  #here(value: unknown): RawItem | undefined {
    if (value === null || value === undefined) return undefined;
    const raw = parseAnswer(RawItemSchema, value, SYSTEM);
    return raw.fields['System.TeamProject'].toLowerCase() === this.#project ? raw : undefined;
  }
}
