import {
  type CallOptions,
  type CanonicalIssue,
  type CanonicalStatus,
  type Clock,
  ConnectorRequestError,
  type ExternalRef,
  isTrackerError,
  type ListQuery,
  type Page,
} from '@spec-kitty/tracker-core';
import { parseAnswer, refuseCursor } from '@spec-kitty/tracker-http';
import { FetchedSchema, FIELDS, type RawIssue, RawIssueSchema, SearchSchema } from './answers.ts';
import type { JiraClient } from './client.ts';
import { type Position, readCursor, writeCursor } from './cursor.ts';
import { among, equals, since as sinceTime } from './jql.ts';
import { jqlOf, keyIn, meets, ORDER } from './list-query.ts';
import type { LookUps } from './look-ups.ts';
import { KEY_PROPERTY, labelOf } from './marker.ts';
import { Recent } from './recent.ts';
import { SYSTEM } from './system.ts';
import { TEXT_PROPERTY } from './texts.ts';
import { type Reading, toCanonical } from './to-canonical.ts';

export interface ReaderParts {
  client: JiraClient;
  lookUps: LookUps;
  projectKey: string;
  reading: Omit<Reading, 'site'>;
  clock: Clock;
}

const AT_ONCE = 100;
const KEYS_AT_ONCE = 50;
const PROPERTIES = [KEY_PROPERTY, TEXT_PROPERTY];

/** Reads issues. */
export class Reader {
  readonly #client: JiraClient;
  readonly #lookUps: LookUps;
  readonly #projectKey: string;
  readonly #reading: ReaderParts['reading'];
  readonly #fields: readonly string[];
  readonly #recent: Recent;

  constructor({ client, lookUps, projectKey, reading, clock }: ReaderParts) {
    this.#client = client;
    this.#lookUps = lookUps;
    this.#projectKey = projectKey;
    this.#reading = reading;
    this.#recent = new Recent(clock);
    const { missionFieldId } = reading;
    this.#fields = missionFieldId === undefined ? FIELDS : [...FIELDS, missionFieldId];
  }

  async canonical(raw: RawIssue, options: CallOptions): Promise<CanonicalIssue> {
    return toCanonical(raw, { ...this.#reading, site: await this.#lookUps.site(options) });
  }

  /** A search lags: what was written just now is named, so that the answer shows it. */
  async list(query: ListQuery, identity: string): Promise<Page<CanonicalIssue>> {
    const { cursor, updatedSince, filters = {}, signal } = query;
    const options = signal ? { signal } : {};
    const position: Partial<Position> = cursor === undefined ? {} : readCursor(cursor, identity);
    const reconciled = position.reconciled ?? this.#recent.written();
    const { status } = filters;
    const statusIds = status && (await this.#statusIds(status, options));
    if (statusIds?.length === 0) return { items: [] };
    const { timeZone } = await this.#lookUps.site(options);
    const jql = jqlOf({ projectKey: this.#projectKey, updatedSince, timeZone, filters, statusIds });
    const size = Math.min(query.limit, AT_ONCE);
    const found = await this.#search(jql, { ...position, reconciled }, size, options).catch(
      (error: unknown) => {
        // Jira refuses to look for an account that it does not know: nothing is assigned to it.
        if (filters.assignee !== undefined && isRefused(error) && error.message.includes("'assignee'"))
          return { issues: [], nextPageToken: undefined };
        throw error;
      },
    );
    const page: Page<CanonicalIssue> = { items: [] };
    const failures: NonNullable<Page<CanonicalIssue>['failures']> = [];
    for (const [index, item] of found.issues.entries()) {
      try {
        const issue = await this.canonical(parseAnswer(RawIssueSchema, item, SYSTEM), options);
        if (meets(issue, filters)) page.items.push(issue);
      } catch (error) {
        if (!isTrackerError(error)) throw error;
        failures.push({ location: locationOf(item, index), message: error.message });
      }
    }
    // A page may be short, or empty: the end is where there is no token.
    if (found.nextPageToken != null)
      page.nextCursor = writeCursor({ token: found.nextPageToken, reconciled }, identity);
    if (failures.length > 0) page.failures = failures;
    return page;
  }

  /** A key that the issue had before it was moved here finds it, too. */
  async byKey(text: string, options: CallOptions): Promise<Page<CanonicalIssue>> {
    const key = keyIn(text, this.#projectKey);
    if (key === undefined) return { items: [] };
    const [raw] = await this.#fetch([key], options);
    if (raw?.fields.project.key !== this.#projectKey) return { items: [] };
    return { items: [await this.canonical(raw, options)] };
  }

  /** The raw issues of these ids; undefined for what is no issue of this site any more. */
  async raw(ids: readonly string[], options: CallOptions): Promise<(RawIssue | undefined)[]> {
    // A draft has an id of another shape, which Jira would take for a key.
    const known = [...new Set(ids.filter((id) => /^\d{1,18}$/.test(id)))];
    const found = new Map<string, RawIssue>();
    for (let from = 0; from < known.length; from += AT_ONCE)
      for (const raw of await this.#fetch(known.slice(from, from + AT_ONCE), options)) found.set(raw.id, raw);
    return ids.map((id) => found.get(id));
  }

  async get(refs: readonly ExternalRef[], options: CallOptions): Promise<(CanonicalIssue | undefined)[]> {
    const found = await this.raw(
      refs.map(({ id }) => id),
      options,
    );
    for (const raw of found) if (raw) this.#recent.keep(raw);
    return Promise.all(found.map(async (raw) => raw && this.canonical(raw, options)));
  }

  /** An issue as somebody has just read it in order to write it; each is given once. */
  takeRecent(id: string): RawIssue | undefined {
    return this.#recent.take(id);
  }

  /** Searches are to show it from now on. */
  wrote(id: string): void {
    this.#recent.wrote(id);
  }

  forget(id: string): void {
    this.#recent.forget(id);
  }

  /** The first issue of this account under each key: a label finds it, and a property says whether it is the one. */
  async byKeys(
    keys: readonly string[],
    { since, ...options }: { since?: string } & CallOptions,
  ): Promise<Map<string, CanonicalIssue>> {
    const [wanted, found] = [new Set(keys), new Map<string, CanonicalIssue>()];
    if (wanted.size === 0) return found;
    const { timeZone } = await this.#lookUps.site(options);
    const reconciled = this.#recent.written();
    for (let from = 0; from < keys.length; from += KEYS_AT_ONCE) {
      const labels = keys.slice(from, from + KEYS_AT_ONCE).map(labelOf);
      const clauses = [
        equals('project', this.#projectKey),
        sinceTime('created', since, timeZone),
        among('labels', labels),
      ];
      const jql = `${clauses.filter((clause) => clause !== undefined).join(' AND ')} ${ORDER}`;
      for (let token: string | undefined; ; ) {
        const position = token === undefined ? { reconciled } : { token, reconciled };
        const { issues, nextPageToken } = await this.#search(jql, position, AT_ONCE, options);
        for (const item of issues) {
          // What is found so is ours: one that cannot be read is not to be taken for one that is not there.
          const issue = await this.canonical(parseAnswer(RawIssueSchema, item, SYSTEM), options);
          const key = issue.correlationKey;
          if (key === undefined || !wanted.has(key)) continue;
          const held = found.get(key);
          if (!held || (issue.createdAt ?? '') < (held.createdAt ?? '')) found.set(key, issue);
        }
        if (nextPageToken == null) break;
        token = nextPageToken;
      }
    }
    return found;
  }

  async #statusIds(wanted: readonly CanonicalStatus[], options: CallOptions): Promise<string[]> {
    const all = await this.#lookUps.statuses(options);
    return all
      .filter((status) => wanted.includes(this.#reading.vocabulary.statusOf(status)))
      .map(({ id }) => id);
  }

  async #search(
    jql: string,
    { token, reconciled }: { token?: string; reconciled: number[] },
    maxResults: number,
    options: CallOptions,
  ): Promise<{ issues: unknown[]; nextPageToken?: string | null | undefined }> {
    const body = {
      jql,
      maxResults,
      fields: this.#fields,
      properties: PROPERTIES,
      ...(token === undefined ? {} : { nextPageToken: token }),
      ...(reconciled.length === 0 ? {} : { reconcileIssues: reconciled }),
    };
    try {
      return await this.#client.read(SearchSchema, 'POST', '/search/jql', { body }, options);
    } catch (error) {
      // A token lives for seven days.
      if (isRefused(error) && token !== undefined)
        return refuseCursor(SYSTEM, 'expired', `the listing cannot go on: ${error.message}`);
      throw error;
    }
  }

  async #fetch(issueIdsOrKeys: readonly string[], options: CallOptions): Promise<RawIssue[]> {
    const body = { issueIdsOrKeys, fields: this.#fields, properties: PROPERTIES };
    const { issues } = await this.#client.read(FetchedSchema, 'POST', '/issue/bulkfetch', { body }, options);
    return issues.map((issue) => parseAnswer(RawIssueSchema, issue, SYSTEM));
  }
}

function isRefused(error: unknown): error is ConnectorRequestError {
  return error instanceof ConnectorRequestError && error.statusCode === 400;
}

function locationOf(item: unknown, index: number): string {
  const key = typeof item === 'object' && item !== null && 'key' in item ? item.key : undefined;
  return typeof key === 'string' ? key : `issue ${index + 1} of the page`;
}
