import { type CallOptions, type Clock, isTrackerError } from '@spec-kitty/tracker-core';
import { QuerySchema, type RawItem } from './answers.ts';
import type { AzureDevOpsClient } from './client.ts';
import type { Place } from './cursor.ts';
import { saysTooMany } from './failures.ts';
import type { Known } from './known.ts';
import { type KnownItem, listQuery, wholeSecond } from './wiql.ts';

/** Work items are older than nothing of Azure DevOps. */
const BEGINNING = Date.parse('2005-01-01T00:00:00Z');
const SHORTEST_MS = 2000;
/** Listings that are under way at once. */
const MAX_LISTINGS = 4;
/** How long what was read ahead is served. */
const AHEAD_MS = 60_000;

/** The ids of one query, in order, and what was read of them. */
export interface Listing {
  from: string | null;
  to: string | null;
  ids: readonly number[];
  /** Read together with a page before, or known to be as it was. */
  ahead: Map<number, unknown>;
  readAt: number;
}

/**
 * A query answers up to 20,000 ids at once, of which a page needs a few: they are kept for the pages that follow. Who goes
 * on with a cursor of somebody else asks again, from where it stands.
 */
export class Listings {
  readonly #client: AzureDevOpsClient;
  readonly #known: Known;
  readonly #clock: Clock;
  readonly #held = new Map<string, Listing>();

  constructor(client: AzureDevOpsClient, known: Known, clock: Clock) {
    this.#client = client;
    this.#known = known;
    this.#clock = clock;
  }

  /** @param isFirst a listing begins: it asks, whatever was held. */
  async at(
    place: Place,
    { identity, tags, isFirst }: { identity: string; tags: readonly string[]; isFirst: boolean },
    options: CallOptions,
  ): Promise<Listing> {
    const name = (to: string | null): string => JSON.stringify([identity, place.from, to]);
    // A span that begins is asked for, too: what is held of it may be of a listing before.
    const begins = isFirst || place.after === 0;
    const held = begins ? undefined : this.#held.get(name(place.to));
    if (held) {
      if (this.#now() - held.readAt > AHEAD_MS) held.ahead.clear();
      return held;
    }
    const listing = await this.#ask(place, { tags, isFirst }, options);
    this.#held.delete(name(listing.to));
    this.#held.set(name(listing.to), listing);
    const [oldest] = this.#held.keys();
    if (this.#held.size > MAX_LISTINGS && oldest !== undefined) this.#held.delete(oldest);
    return listing;
  }

  /** Where there are too many, those of half of the time. */
  async #ask(
    place: Place,
    { tags, isFirst }: { tags: readonly string[]; isFirst: boolean },
    options: CallOptions,
  ): Promise<Listing> {
    const start = place.from === null ? BEGINNING : Date.parse(place.from);
    const known = isFirst && place.from !== null ? this.#known.changedSince(start) : [];
    let { to } = place;
    let named: readonly RawItem[] = known;
    for (;;) {
      try {
        const query = listQuery({ ...place, to }, { tags, known: named.map(knownItem) });
        const ids = await this.#query(query, options);
        const ahead = new Map<number, unknown>(
          to === null ? named.filter(({ id }) => !ids.includes(id)).map((raw) => [raw.id, raw]) : [],
        );
        const all = [...new Set([...ids, ...ahead.keys()])].sort((a, b) => a - b);
        return { from: place.from, to, ids: all, ahead, readAt: this.#now() };
      } catch (error) {
        if (!isTrackerError(error) || options.signal?.aborted) throw error;
        if (saysTooMany(error)) {
          const end = to === null ? this.#now() : Date.parse(to);
          if (end - start < SHORTEST_MS) throw error;
          to = wholeSecond((start + end) / 2 + 999);
          named = [];
        } else if (named.length > 0 && 'failureClass' in error && error.failureClass === 'validation') {
          // Where the revision is none that can be asked for, everything is read.
          named = [];
        } else throw error;
      }
    }
  }

  async #query(query: string, options: CallOptions): Promise<number[]> {
    const { workItems } = await this.#client.wit(QuerySchema, 'POST', 'wiql', {
      ...options,
      reads: true,
      query: { timePrecision: 'true' },
      body: { query },
    });
    return workItems.map(({ id }) => id);
  }

  #now(): number {
    return Date.parse(this.#clock.now());
  }
}

const knownItem = ({ id, rev, relations = [] }: RawItem): KnownItem => ({
  id,
  rev,
  links: relations.filter(({ rel }) => rel.startsWith('System.LinkTypes.')).length,
});
