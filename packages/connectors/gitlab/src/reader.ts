import {
  type CallOptions,
  type CanonicalIssue,
  type Clock,
  type ExternalRef,
  type IssueFilters,
  isTrackerError,
  type ListQuery,
  type Page,
} from '@spec-kitty/tracker-core';
import { parseAnswer, readAnswer } from '@spec-kitty/tracker-http';
import {
  PlaceSchema,
  ProjectSchema,
  type RawIssue,
  RawIssueSchema,
  type RawLink,
  RawLinksSchema,
} from './answers.ts';
import type { GitLabClient, Query } from './client.ts';
import { type Position, readCursor, writeCursor } from './cursor.ts';
import { endless, located, otherAnswer, saysNotFound, saysProject } from './failures.ts';
import type { Home } from './home.ts';
import { keyParts, meets, narrowed } from './list-query.ts';
import type { LookUps } from './look-ups.ts';
import { readMarker } from './marker.ts';
import { notFound } from './not-found.ts';
import { refOf, SYSTEM, toCanonical } from './to-canonical.ts';
import type { Vocabulary } from './vocabulary.ts';
import { nextPosition } from './walk.ts';

export interface ReaderParts {
  client: GitLabClient;
  lookUps: LookUps;
  vocabulary: Vocabulary;
  home: Home;
  clock: Clock;
}

const AT_ONCE = 100;
/** How long an issue that was read need not be read again to be written. */
const RECENT_MS = 60_000;
const MAX_RECENT = 1000;
/** GitLab turns pages up to this place: https://docs.gitlab.com/api/rest/#offset-based-pagination */
const MAX_OFFSET = 50_000;
/** A look-up that goes on after so many pages finds no end. */
const MAX_LOOK_UP_PAGES = 200;
/** Look-ups ask for pages of so many sizes in turn, which tells their answers apart. */
const LOOK_UP_SIZES = 49;

interface Step {
  items: unknown[];
  next?: Position;
}

/** Reads issues. */
export class Reader {
  readonly #client: GitLabClient;
  readonly #lookUps: LookUps;
  readonly #vocabulary: Vocabulary;
  readonly #home: Home;
  readonly #clock: Clock;
  readonly #recent = new Map<number, { raw: RawIssue; readAt: number }>();
  #lookUpCount = 0;

  constructor({ client, lookUps, vocabulary, home, clock }: ReaderParts) {
    this.#client = client;
    this.#lookUps = lookUps;
    this.#vocabulary = vocabulary;
    this.#home = home;
    this.#clock = clock;
  }

  /** An issue as GitLab told it, in canonical terms. Who we are is asked where the issue may be one of ours. */
  async canonical(raw: RawIssue, related: readonly RawLink[], options: CallOptions): Promise<CanonicalIssue> {
    const isMarked = readMarker(raw.description ?? '').key !== undefined;
    const viewer = isMarked ? await this.#lookUps.viewer(options) : this.#lookUps.knownViewer;
    return toCanonical(raw, related, { home: this.#home, vocabulary: this.#vocabulary, viewer });
  }

  /** The oldest change first. Relations are in no listing of GitLab's. */
  async list(query: ListQuery, identity: string): Promise<Page<CanonicalIssue>> {
    const { cursor, filters = {}, signal } = query;
    const size = Math.min(query.limit, AT_ONCE);
    const held = cursor === undefined ? beginning(query.updatedSince, size) : readCursor(cursor, identity);
    // Pages of another size begin elsewhere.
    const at = held.size === size ? held : { ...held, size, page: 1 };
    const options = signal ? { signal } : {};
    const { items, next } = await this.#step(at, narrowed(filters), options);
    const page = await this.#pageOf(items, filters, options);
    if (next) page.nextCursor = writeCursor(next, identity);
    return page;
  }

  async byKey(key: string, options: CallOptions): Promise<Page<CanonicalIssue>> {
    const parts = keyParts(key);
    if (!parts) return { items: [] };
    const [raw] = await this.raw([parts.iid], options);
    if (!raw) return { items: [] };
    const isHere = parts.path === '' || this.#home.hasPath(parts.path);
    return { items: isHere ? [await this.canonical(raw, await this.#links(raw.iid, options), options)] : [] };
  }

  /** The raw issues of these numbers; undefined for what the project has not, or not any more. */
  async raw(iids: readonly number[], options: CallOptions): Promise<(RawIssue | undefined)[]> {
    const found = new Map<number, RawIssue>();
    const wanted = [...new Set(iids)];
    for (let from = 0; wanted.length > 1 && from < wanted.length; from += AT_ONCE) {
      const query = { 'iids[]': wanted.slice(from, from + AT_ONCE), scope: 'all', per_page: AT_ONCE };
      for (const item of (await this.#ask(query, options)).items) {
        const raw = this.learn(parseAnswer(RawIssueSchema, item, SYSTEM));
        found.set(raw.iid, raw);
      }
    }
    // A listing may lag: that it does not show an issue says little.
    for (const iid of wanted) {
      const raw = found.has(iid) ? undefined : await this.#one(iid, options);
      if (raw) found.set(iid, raw);
    }
    return iids.map((iid) => {
      const raw = found.get(iid);
      return raw?.moved_to_id == null ? raw : undefined;
    });
  }

  /** Each with its relations, which take a request of their own. */
  async get(refs: readonly ExternalRef[], options: CallOptions): Promise<(CanonicalIssue | undefined)[]> {
    const iids = refs.map(iidOf);
    const found = await this.raw(
      iids.filter((iid) => iid !== undefined),
      options,
    );
    const byIid = new Map(found.flatMap((raw) => (raw ? [[raw.iid, raw] as const] : [])));
    const readAt = this.#now();
    const issues = new Map<number, CanonicalIssue>();
    await Promise.all(
      [...byIid].map(async ([iid, raw]) => {
        const related = await this.#linksOrNone(iid, options);
        if (!related) return;
        this.#keep(raw, readAt);
        issues.set(iid, await this.canonical(raw, related, options));
      }),
    );
    return iids.map((iid) => {
      const issue = iid === undefined ? undefined : issues.get(iid);
      return issue && structuredClone(issue);
    });
  }

  /**
   * The first issue of this account under each key; a copy of its text is no other create. What is not found is made
   * again, so it is asked for twice: something on the way may keep an empty answer to an earlier question.
   */
  async byKeys(
    keys: readonly string[],
    { since, ...options }: { since?: string } & CallOptions,
  ): Promise<Map<string, CanonicalIssue>> {
    const [wanted, found] = [new Set(keys), new Map<string, CanonicalIssue>()];
    for (let asked = 0; asked < 2 && found.size < wanted.size; asked += 1)
      await this.#lookUp(wanted, found, since, options);
    return found;
  }

  async #lookUp(
    wanted: ReadonlySet<string>,
    found: Map<string, CanonicalIssue>,
    since: string | undefined,
    options: CallOptions,
  ): Promise<void> {
    const author = await this.#lookUps.viewer(options);
    // Answers to pages of another size are told apart.
    this.#lookUpCount += 1;
    const start = beginning(since, AT_ONCE - 1 - (this.#lookUpCount % LOOK_UP_SIZES));
    let isOthers = false;
    let pages = 0;
    for (let at: Position | undefined = start; at; ) {
      if (++pages > MAX_LOOK_UP_PAGES) throw endless('issues');
      const step: Step = await this.#step(at, { author_id: author }, options);
      for (const item of step.items) {
        const raw = readAnswer(RawIssueSchema, item);
        if (!raw) continue;
        isOthers ||= raw.author?.id !== author || Date.parse(raw.updated_at) < (start.since ?? 0);
        if (raw.moved_to_id != null) continue;
        const issue = await this.canonical(this.learn(raw), [], options);
        const key = issue.correlationKey;
        if (key === undefined || !wanted.has(key)) continue;
        const held = found.get(key);
        if (!held || (issue.createdAt ?? '') < (held.createdAt ?? '')) found.set(key, issue);
      }
      at = step.next;
    }
    if (isOthers && found.size < wanted.size) throw otherAnswer();
  }

  /** The relations of an issue that is there. @throws IssueNotFoundError where it is not any more. */
  async related(ref: ExternalRef, options: CallOptions): Promise<RawLink[]> {
    const iid = iidOf(ref);
    const related = iid === undefined ? undefined : await this.#linksOrNone(iid, options);
    if (!related) throw notFound(ref);
    // Relations name projects by their numbers.
    if (!this.#home.isKnown) {
      const { id, path_with_namespace: path } = await this.#client.read(
        ProjectSchema,
        this.#home.project,
        {},
        options,
      );
      this.#home.learn(id, path);
    }
    return related;
  }

  /** An issue as somebody has just read it in order to write it; each is given once. */
  takeRecent(iid: number): RawIssue | undefined {
    const held = this.#recent.get(iid);
    this.#recent.delete(iid);
    return held && this.#now() - held.readAt <= RECENT_MS ? held.raw : undefined;
  }

  /** What an issue of the project says of the project and of people. */
  learn(raw: RawIssue): RawIssue {
    const [, path] = /^(.+)#\d+$/.exec(raw.references?.full ?? '') ?? [];
    this.#home.learn(raw.project_id, path);
    this.#lookUps.learn([raw.author, ...raw.assignees]);
    return raw;
  }

  async #step(at: Position, query: Query, options: CallOptions): Promise<Step> {
    if ((at.page - 1) * at.size >= MAX_OFFSET) throw endless('issues');
    const { items, isLast } = await this.#ask(
      {
        ...query,
        scope: 'all',
        order_by: 'updated_at',
        sort: 'asc',
        per_page: at.size,
        page: at.page,
        ...(at.since === null ? {} : { updated_after: new Date(at.since).toISOString() }),
        ...(at.shown.length > 0 ? { 'not[iids][]': at.shown } : {}),
      },
      options,
    );
    const places = items.flatMap((item) => readAnswer(PlaceSchema, item) ?? []);
    const shown = new Set(at.shown);
    const news = items.filter((item) => !shown.has(readAnswer(PlaceSchema, item)?.iid ?? 0));
    const goesOn = items.length >= at.size && !isLast;
    return { items: news, ...(goesOn ? { next: nextPosition(at, places) } : {}) };
  }

  async #one(iid: number, options: CallOptions): Promise<RawIssue | undefined> {
    try {
      const path = `${this.#home.issues}/${iid}`;
      return this.learn(await this.#client.read(RawIssueSchema, path, {}, options));
    } catch (error) {
      if (saysNotFound(error) && !saysProject(error)) return undefined;
      throw located(error);
    }
  }

  async #ask(query: Query, options: CallOptions): Promise<{ items: unknown[]; isLast: boolean }> {
    try {
      return await this.#client.page(this.#home.issues, query, options);
    } catch (error) {
      throw located(error);
    }
  }

  async #pageOf(
    items: readonly unknown[],
    filters: IssueFilters,
    options: CallOptions,
  ): Promise<Page<CanonicalIssue>> {
    const page: Page<CanonicalIssue> = { items: [] };
    const failures: NonNullable<Page<CanonicalIssue>['failures']> = [];
    const gone: ExternalRef[] = [];
    for (const [index, item] of items.entries()) {
      try {
        const raw = this.learn(parseAnswer(RawIssueSchema, item, SYSTEM));
        // It is in another project now, and only its shell is here.
        if (raw.moved_to_id != null) {
          gone.push(refOf(raw, this.#home));
          continue;
        }
        const issue = await this.canonical(raw, [], options);
        if (meets(issue, filters)) page.items.push(issue);
      } catch (error) {
        if (!isTrackerError(error) || error.code === 'connector_request') throw error;
        failures.push({ location: locationOf(item, index), message: error.message });
      }
    }
    if (failures.length > 0) page.failures = failures;
    if (gone.length > 0) page.gone = gone;
    return page;
  }

  #links(iid: number, options: CallOptions): Promise<RawLink[]> {
    return this.#client.read(RawLinksSchema, `${this.#home.issues}/${iid}/links`, {}, options);
  }

  async #linksOrNone(iid: number, options: CallOptions): Promise<RawLink[] | undefined> {
    try {
      return await this.#links(iid, options);
    } catch (error) {
      if (saysNotFound(error) && !saysProject(error)) return undefined;
      throw located(error);
    }
  }

  #keep(raw: RawIssue, readAt: number): void {
    this.#recent.delete(raw.iid);
    this.#recent.set(raw.iid, { raw, readAt });
    const [oldest] = this.#recent.keys();
    if (this.#recent.size > MAX_RECENT && oldest !== undefined) this.#recent.delete(oldest);
  }

  #now(): number {
    return Date.parse(this.#clock.now());
  }
}

/** The number in a ref; undefined for what is none. */
export function iidOf({ id }: ExternalRef): number | undefined {
  return /^[1-9]\d{0,14}$/.test(id) ? Number(id) : undefined;
}

/** A time as old as the epoch is everything. */
function beginning(updatedSince: string | undefined, size: number): Position {
  const since = updatedSince === undefined ? Number.NaN : Date.parse(updatedSince);
  return { since: since > 0 ? since : null, page: 1, size, shown: [] };
}

function locationOf(item: unknown, index: number): string {
  const iid = typeof item === 'object' && item !== null && 'iid' in item ? item.iid : undefined;
  return typeof iid === 'number' ? `issue #${iid}` : `issue ${index + 1} of the page`;
}
