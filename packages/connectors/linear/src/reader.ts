import {
  type CanonicalIssue,
  type ExternalRef,
  isTrackerError,
  type ListQuery,
  type Page,
  toTimestamp,
} from '@spec-kitty/tracker-core';
import { listingIdentity, parseAnswer, readAnswer } from '@spec-kitty/tracker-http';
import {
  CoresSchema,
  IssueByKeySchema,
  IssuePageSchema,
  IssueSchema,
  IssuesSchema,
  type LinearCore,
  type LinearIssue,
  type LinearRelationPages,
  type LinearRelations,
  PlaceSchema,
  RelationsOfSchema,
  RelationsSchema,
} from './answers.ts';
import type { LinearClient } from './client.ts';
import { MOST_SEEN, type Place, readCursor, writeCursor } from './cursor.ts';
import type { Directory, Known } from './directory.ts';
import {
  ISSUE_BY_KEY,
  ISSUES,
  ISSUES_CORE,
  RELATIONS,
  RELATIONS_ASKED,
  RELATIONS_ISSUES,
  RELATIONS_OF,
  RELATIONS_SHOWN,
} from './documents.ts';
import { saysNotFound } from './failures.ts';
import { CAPABILITIES } from './manifest.ts';
import { instantOf, isKey, listingFilter } from './queries.ts';
import { isUuid, notThere, SYSTEM } from './system.ts';
import { isGone, refOf, toCanonical } from './to-canonical.ts';

const PAGE = CAPABILITIES.limits?.pageSize ?? 100;

/** Reads issues. */
export class Reader {
  readonly #client: LinearClient;
  readonly #directory: Directory;
  readonly #workspace: string;
  readonly #scope: string;

  constructor(client: LinearClient, directory: Directory, place: { workspace: string; scope: string }) {
    this.#client = client;
    this.#directory = directory;
    this.#workspace = place.workspace;
    this.#scope = place.scope;
  }

  async list(query: ListQuery): Promise<Page<CanonicalIssue>> {
    const { cursor, filters = {}, signal } = query;
    const since = instantOf(query.updatedSince);
    const listing = listingIdentity([this.#scope], filters);
    if (filters.queryKey !== undefined) return this.#byKey(filters.queryKey, signal);
    const place = cursor === undefined ? undefined : readCursor(cursor, listing);
    const known = await this.#directory.known();
    signal?.throwIfAborted();
    const filter = listingFilter(filters, { since, place }, known);
    if (!filter) return { items: [] };
    const { issues } = await this.#client.ask(
      ISSUES,
      {
        filter,
        first: Math.min(query.limit, PAGE),
        after: place?.after ?? null,
        // Nobody has seen before what was archived before a first listing.
        archived: since !== undefined,
        mission: known.missionUrl,
      },
      IssuePageSchema,
      { reads: true, signal },
    );
    const page = await this.#page(issues.nodes, known, signal);
    if (issues.pageInfo.hasNextPage) {
      const next = nextPlace(place, issues.nodes, issues.pageInfo.endCursor);
      if (next) page.nextCursor = writeCursor(next, listing);
    }
    return page;
  }

  /** By id, in the order of `ids`. Archived ones are among them. */
  async whole(ids: readonly string[], signal?: AbortSignal): Promise<Map<string, LinearIssue>> {
    const found = new Map<string, LinearIssue>();
    const known = await this.#directory.known();
    const asked = [...new Set(ids)].filter(isUuid);
    for (let start = 0; start < asked.length; start += PAGE) {
      signal?.throwIfAborted();
      const some = asked.slice(start, start + PAGE);
      const { issues } = await this.#client.ask(
        ISSUES,
        {
          filter: { id: { in: some } },
          first: some.length,
          after: null,
          archived: true,
          mission: known.missionUrl,
        },
        IssuesSchema,
        { reads: true, signal },
      );
      for (const raw of issues.nodes) found.set(raw.id, raw);
    }
    return found;
  }

  /** As much of them as a write has to know. */
  async cores(ids: readonly string[], signal?: AbortSignal): Promise<Map<string, LinearCore>> {
    const found = new Map<string, LinearCore>();
    const asked = [...new Set(ids)].filter(isUuid);
    for (let start = 0; start < asked.length; start += PAGE) {
      signal?.throwIfAborted();
      const some = asked.slice(start, start + PAGE);
      const { issues } = await this.#client.ask(
        ISSUES_CORE,
        { filter: { id: { in: some } }, first: some.length },
        CoresSchema,
        { reads: true, signal },
      );
      for (const raw of issues.nodes) found.set(raw.id, raw);
    }
    return found;
  }

  async get(ref: ExternalRef, signal?: AbortSignal): Promise<{ raw: LinearIssue; issue: CanonicalIssue }> {
    const raw = (await this.whole([ref.id], signal)).get(ref.id);
    if (!raw || isGone(raw)) throw notThere(ref);
    const [issue] = await this.canonical([raw], signal);
    if (!issue) throw notThere(ref);
    return { raw, issue };
  }

  /** Issues in canonical terms, with all their relations and the names of their labels. */
  async canonical(raws: readonly LinearIssue[], signal?: AbortSignal): Promise<CanonicalIssue[]> {
    const known = await this.#directory.known();
    await known.learnIds(
      raws.flatMap(({ labelIds }) => labelIds),
      signal,
    );
    const complete = await this.#complete(raws, signal);
    return complete.map((raw) => this.#toCanonical(raw, known));
  }

  /** Every relation of an issue, from it and to it. @throws IssueNotFoundError */
  async relations(
    ref: ExternalRef,
    signal?: AbortSignal,
  ): Promise<LinearRelations & { teamId: string; gone: boolean }> {
    if (!isUuid(ref.id)) throw notThere(ref);
    const all: LinearRelations = { relations: [], inverseRelations: [] };
    let after: { out: string | null; in: string | null } = { out: null, in: null };
    for (;;) {
      const issue = await this.#relationsAfter(ref, after, signal);
      const { relations, inverseRelations } = issue;
      const seen = new Set([...all.relations, ...all.inverseRelations].map(({ id }) => id));
      all.relations.push(...relations.nodes.filter(({ id }) => !seen.has(id)));
      all.inverseRelations.push(...inverseRelations.nodes.filter(({ id }) => !seen.has(id)));
      const more = relations.pageInfo.hasNextPage || inverseRelations.pageInfo.hasNextPage;
      if (!more) return { ...all, teamId: issue.team.id, gone: isGone(issue) };
      // An end that is reached stays where it is.
      after = {
        out: relations.pageInfo.endCursor ?? after.out,
        in: inverseRelations.pageInfo.endCursor ?? after.in,
      };
    }
  }

  async #relationsAfter(
    ref: ExternalRef,
    after: { out: string | null; in: string | null },
    signal: AbortSignal | undefined,
  ): Promise<LinearRelationPages> {
    try {
      const variables = { id: ref.id, ...after };
      const { issue } = await this.#client.ask(RELATIONS, variables, RelationsSchema, {
        reads: true,
        signal,
      });
      return issue;
    } catch (error) {
      throw saysNotFound(error, 'Issue') ? notThere(ref) : error;
    }
  }

  async #byKey(key: string, signal?: AbortSignal): Promise<Page<CanonicalIssue>> {
    if (!isKey(key) && !isUuid(key)) return { items: [] };
    const known = await this.#directory.known();
    signal?.throwIfAborted();
    try {
      const { issue } = await this.#client.ask(
        ISSUE_BY_KEY,
        { key, mission: known.missionUrl },
        IssueByKeySchema,
        { reads: true, signal },
      );
      if (issue.team.id !== known.team.id || isGone(issue)) return { items: [] };
      return { items: await this.canonical([issue], signal) };
    } catch (error) {
      if (saysNotFound(error, 'Issue')) return { items: [] };
      throw error;
    }
  }

  async #page(nodes: readonly unknown[], known: Known, signal?: AbortSignal): Promise<Page<CanonicalIssue>> {
    const page: Page<CanonicalIssue> = { items: [] };
    const gone: ExternalRef[] = [];
    const failures: NonNullable<Page<CanonicalIssue>['failures']> = [];
    const readable: LinearIssue[] = [];
    for (const node of nodes) {
      const place = parseAnswer(PlaceSchema, node, SYSTEM);
      const issue = readAnswer(IssueSchema, node);
      if (isGone(place)) gone.push(refOf(this.#workspace, place));
      else if (issue) readable.push(issue);
      else failures.push({ location: `issue ${place.identifier}`, message: 'it has another shape' });
    }
    await known.learnIds(
      readable.flatMap(({ labelIds }) => labelIds),
      signal,
    );
    for (const raw of await this.#complete(readable, signal)) {
      try {
        page.items.push(this.#toCanonical(raw, known));
      } catch (error) {
        if (!isTrackerError(error)) throw error;
        failures.push({ location: `issue ${raw.identifier}`, message: error.message });
      }
    }
    if (gone.length > 0) page.gone = gone;
    if (failures.length > 0) page.failures = failures;
    return page;
  }

  #toCanonical(raw: LinearIssue, known: Known): CanonicalIssue {
    const { viewerId, statusToStateId, labelName } = known;
    return toCanonical(raw, { workspace: this.#workspace, viewerId, statusToStateId, labelName });
  }

  /** An issue shows its first relations; where there may be more, they are asked for. */
  async #complete(raws: readonly LinearIssue[], signal?: AbortSignal): Promise<LinearIssue[]> {
    const full = raws.filter((raw) => shows(raw, RELATIONS_SHOWN)).map(({ id }) => id);
    const found = new Map<string, Pick<LinearIssue, 'relations' | 'inverseRelations'>>();
    for (let start = 0; start < full.length; start += RELATIONS_ISSUES) {
      signal?.throwIfAborted();
      const ids = full.slice(start, start + RELATIONS_ISSUES);
      const variables = { ids, first: ids.length };
      const { issues } = await this.#client.ask(RELATIONS_OF, variables, RelationsOfSchema, {
        reads: true,
        signal,
      });
      for (const { id, ...all } of issues.nodes) found.set(id, all);
    }
    for (const raw of raws) {
      const all = found.get(raw.id);
      if (!all || !shows(all, RELATIONS_ASKED)) continue;
      const { relations, inverseRelations } = await this.relations(refOf(this.#workspace, raw), signal);
      found.set(raw.id, { relations: { nodes: relations }, inverseRelations: { nodes: inverseRelations } });
    }
    return raws.map((raw) => ({ ...raw, ...found.get(raw.id) }));
  }
}

/** Whether it shows as many relations as were asked for, so that there may be more. */
function shows(
  { relations, inverseRelations }: Pick<LinearIssue, 'relations' | 'inverseRelations'>,
  asked: number,
): boolean {
  return Math.max(relations.nodes.length, inverseRelations.nodes.length) >= asked;
}

/** The place behind a page. */
function nextPlace(
  place: Place | undefined,
  nodes: readonly unknown[],
  endCursor: string | null,
): Place | undefined {
  const places = nodes.map((node) => parseAnswer(PlaceSchema, node, SYSTEM));
  const last = places.at(-1);
  const until = last && toTimestamp(last.updatedAt);
  if (!last || until === undefined) return undefined;
  const shown = places.filter(({ updatedAt }) => toTimestamp(updatedAt) === until).map(({ id }) => id);
  const before = place?.until === until ? place.seen : [];
  if (before.length + shown.length <= MOST_SEEN) return { until, seen: [...before, ...shown] };
  return { until, seen: before, ...(endCursor === null ? {} : { after: endCursor }) };
}
