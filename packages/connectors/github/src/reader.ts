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
import { ListingSchema, NodesSchema, OneSchema, type RawIssue, RawIssueSchema } from './answers.ts';
import type { GitHubClient } from './client.ts';
import { readCursor, writeCursor } from './cursor.ts';
import type { Home } from './home.ts';
import { filterBy, meets, numberIn } from './list-query.ts';
import type { LookUps } from './look-ups.ts';
import { BY_IDS, BY_NUMBER, LIST } from './queries.ts';
import { SYSTEM, toCanonical } from './to-canonical.ts';
import type { Vocabulary } from './vocabulary.ts';

export interface ReaderParts {
  client: GitHubClient;
  lookUps: LookUps;
  vocabulary: Vocabulary;
  place: { owner: string; repo: string };
  home: Home;
  clock: Clock;
}

const AT_ONCE = 100;
/** How long an issue that was read need not be read again to be written. */
const RECENT_MS = 60_000;
const MAX_RECENT = 1000;

/** Reads issues. */
export class Reader {
  readonly #client: GitHubClient;
  readonly #lookUps: LookUps;
  readonly #vocabulary: Vocabulary;
  readonly #place: ReaderParts['place'];
  readonly #home: Home;
  readonly #clock: Clock;
  readonly #recent = new Map<string, { raw: RawIssue; readAt: number }>();

  constructor({ client, lookUps, vocabulary, place, home, clock }: ReaderParts) {
    this.#home = home;
    this.#clock = clock;
    this.#client = client;
    this.#lookUps = lookUps;
    this.#vocabulary = vocabulary;
    this.#place = place;
  }

  canonical(raw: RawIssue): CanonicalIssue {
    return toCanonical(raw, this.#vocabulary, this.#home);
  }

  /** The oldest change first: what is edited meanwhile moves behind what is still to be read. */
  async list(query: ListQuery, identity: string): Promise<Page<CanonicalIssue>> {
    const { cursor, updatedSince, filters = {} } = query;
    const after = cursor === undefined ? null : readCursor(cursor, identity);
    const { nodes, pageInfo } = await this.#page({
      first: Math.min(query.limit, AT_ONCE),
      after,
      filterBy: filterBy(filters, updatedSince),
      ...(query.signal ? { signal: query.signal } : {}),
    });
    const page: Page<CanonicalIssue> = { items: [] };
    const failures: NonNullable<Page<CanonicalIssue>['failures']> = [];
    for (const [index, node] of nodes.entries()) {
      try {
        const issue = this.canonical(parseAnswer(RawIssueSchema, node, SYSTEM));
        if (meets(issue, filters)) page.items.push(issue);
      } catch (error) {
        if (!isTrackerError(error)) throw error;
        failures.push({ location: locationOf(node, index), message: error.message });
      }
    }
    if (pageInfo.hasNextPage && pageInfo.endCursor !== null)
      page.nextCursor = writeCursor(pageInfo.endCursor, identity);
    if (failures.length > 0) page.failures = failures;
    return page;
  }

  async byKey(key: string, options: CallOptions): Promise<Page<CanonicalIssue>> {
    const { owner, repo } = this.#place;
    const number = numberIn(key, this.#home);
    if (number === undefined) return { items: [] };
    const { data } = await this.#client.ask(BY_NUMBER, { owner, repo, number }, options);
    const issue = parseAnswer(OneSchema, data ?? { repository: null }, SYSTEM).repository?.issue;
    const raw = readAnswer(RawIssueSchema, issue);
    return { items: raw ? [this.canonical(raw)] : [] };
  }

  /** The raw issues of these ids; undefined for what is no issue of this repository any more. */
  async raw(ids: readonly string[], options: CallOptions): Promise<(RawIssue | undefined)[]> {
    const found: (RawIssue | undefined)[] = [];
    for (let from = 0; from < ids.length; from += AT_ONCE) {
      const some = ids.slice(from, from + AT_ONCE);
      const { data } = await this.#client.ask(BY_IDS, { ids: some }, options);
      const { nodes } = parseAnswer(NodesSchema, data, SYSTEM);
      for (const index of some.keys()) found.push(await this.#here(nodes[index], options));
    }
    return found;
  }

  async get(refs: readonly ExternalRef[], options: CallOptions): Promise<(CanonicalIssue | undefined)[]> {
    const ids = refs.map(({ id }) => id);
    const found = await this.raw(ids, options);
    const readAt = this.#now();
    for (const raw of found) if (raw) this.#keep(raw, readAt);
    return found.map((raw) => raw && this.canonical(raw));
  }

  /** An issue as somebody has just read it in order to write it; each is given once. */
  takeRecent(id: string): RawIssue | undefined {
    const held = this.#recent.get(id);
    this.#recent.delete(id);
    return held && this.#now() - held.readAt <= RECENT_MS ? held.raw : undefined;
  }

  #keep(raw: RawIssue, readAt: number): void {
    this.#recent.delete(raw.id);
    this.#recent.set(raw.id, { raw, readAt });
    const [oldest] = this.#recent.keys();
    if (this.#recent.size > MAX_RECENT && oldest !== undefined) this.#recent.delete(oldest);
  }

  #now(): number {
    return Date.parse(this.#clock.now());
  }

  /** The first issue of this account under each key; a copy of its body is no other create. */
  async byKeys(
    keys: readonly string[],
    { since, ...options }: { since?: string } & CallOptions,
  ): Promise<Map<string, CanonicalIssue>> {
    const [wanted, found] = [new Set(keys), new Map<string, CanonicalIssue>()];
    if (wanted.size === 0) return found;
    const { viewer } = await this.#lookUps.ids(options);
    for (let after: string | null = null; ; ) {
      const narrowed = { ...filterBy({}, since), createdBy: viewer };
      const { nodes, pageInfo } = await this.#page({ first: AT_ONCE, after, filterBy: narrowed, ...options });
      for (const node of nodes) {
        const raw = readAnswer(RawIssueSchema, node);
        const issue = raw && this.canonical(raw);
        const key = issue?.correlationKey;
        if (!issue || key === undefined || !wanted.has(key)) continue;
        const held = found.get(key);
        if (!held || (issue.createdAt ?? '') < (held.createdAt ?? '')) found.set(key, issue);
      }
      if (!pageInfo.hasNextPage || pageInfo.endCursor === null) return found;
      after = pageInfo.endCursor;
    }
  }

  async #page({
    signal,
    ...page
  }: { first: number; after: string | null; filterBy: object } & CallOptions): Promise<{
    nodes: unknown[];
    pageInfo: { hasNextPage: boolean; endCursor: string | null };
  }> {
    const { owner, repo } = this.#place;
    const variables = { owner, repo, ...page };
    const { repository } = await this.#client.read(ListingSchema, LIST, variables, signal ? { signal } : {});
    this.#home.learn(repository.nameWithOwner);
    return repository.issues;
  }

  /** A transferred issue may still be a node, of another repository; a pull request is one, too. */
  async #here(node: unknown, options: CallOptions): Promise<RawIssue | undefined> {
    const isIssue =
      typeof node === 'object' && node !== null && '__typename' in node && node.__typename === 'Issue';
    if (!isIssue) return undefined;
    const raw = parseAnswer(RawIssueSchema, node, SYSTEM);
    const { nameWithOwner } = raw.repository;
    // Another name: another repository, or this one after a rename.
    if (!this.#home.is(nameWithOwner)) await this.#lookUps.ids(options);
    return this.#home.is(nameWithOwner) ? raw : undefined;
  }
}

function locationOf(node: unknown, index: number): string {
  const number = typeof node === 'object' && node !== null && 'number' in node ? node.number : undefined;
  return typeof number === 'number' ? `issue #${number}` : `issue ${index + 1} of the page`;
}
