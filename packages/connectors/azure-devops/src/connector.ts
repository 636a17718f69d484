import {
  type CallOptions,
  type CanonicalIssue,
  type CanonicalLink,
  type CanonicalStatus,
  type Comment,
  type ConnectorContext,
  ConnectorRequestError,
  type ExternalRef,
  fingerprint,
  type IssuePatch,
  type JsonValue,
  type ListQuery,
  type Page,
  refIdentity,
  ScopeViolationError,
  type Sleep,
  SyncConflictError,
  stableStringify,
  systemClock,
  type TaskTrackerConnector,
  type TrackerCapabilities,
  type TrackerEvent,
  type WriteOptions,
  type WriteResult,
} from '@spec-kitty/tracker-core';
import {
  assertFilters,
  createTrackerFetch,
  listingIdentity,
  type RateBudget,
  sharedBudget,
} from '@spec-kitty/tracker-http';
import * as z from 'zod';
import { AzureDevOpsClient, RATE_HEADERS } from './client.ts';
import { Comments } from './comments.ts';
import { type AzureDevOpsConfigInput, DEFAULT_BASE_URL, parseConfig } from './config.ts';
import { meaningOf } from './failures.ts';
import { Links } from './links.ts';
import { knownId } from './list-query.ts';
import { LookUps } from './look-ups.ts';
import { CAPABILITIES } from './manifest.ts';
import { notFound } from './not-found.ts';
import { Reader } from './reader.ts';
import { SYSTEM } from './system.ts';
import { type HookRules, readDelivery } from './webhook.ts';
import { Writer } from './writer.ts';

/** Changes when the mapping of fields does. */
const MAPPING = 'azure-devops-1';
/** A batch of writes takes its time. */
const TIMEOUT_MS = 60_000;
const TOTAL_TIMEOUT_MS = 120_000;

/** What a host may give beside the usual context. */
export interface AzureDevOpsContext extends Partial<ConnectorContext> {
  sleep?: Sleep;
  /** Shared by all that use this token. */
  budget?: RateBudget;
}

/** The work items of one project, over the REST API of Azure DevOps. */
export class AzureDevOpsConnector implements TaskTrackerConnector {
  readonly name: string = SYSTEM;
  readonly workspace: string;
  readonly mapping: string;
  readonly scope: string;
  readonly #capabilities: TrackerCapabilities;
  readonly #hooks: HookRules;
  readonly #client: AzureDevOpsClient;
  readonly #reader: Reader;
  readonly #writer: Writer;
  readonly #links: Links;
  readonly #comments: Comments;

  /** @throws ConnectorConfigError naming the option at fault. */
  constructor(input: AzureDevOpsConfigInput, context: AzureDevOpsContext = {}) {
    const config = parseConfig(input);
    const { organization, project, baseUrl, token, webhookSecret, stateMap, typeMap } = config;
    const { fetch, clock = systemClock, logger, sleep } = context;
    const credential = [SYSTEM, new URL(baseUrl).origin, token];
    const budget = context.budget ?? sharedBudget(context, credential, {});
    this.workspace = `${organization}/${project}`;
    this.scope = baseUrl === DEFAULT_BASE_URL ? this.workspace : `${new URL(baseUrl).host}/${this.workspace}`;
    const maps = { stateMap, typeMap };
    this.mapping = `${MAPPING}-${fingerprint(stableStringify(maps as JsonValue))}`;
    this.#capabilities = { ...CAPABILITIES, supportsWebhooks: webhookSecret !== undefined };
    const trackerFetch = createTrackerFetch({
      provider: SYSTEM,
      secrets: [token, webhookSecret],
      rateHeaders: RATE_HEADERS,
      meaningOf,
      budget,
      timeoutMs: TIMEOUT_MS,
      totalTimeoutMs: TOTAL_TIMEOUT_MS,
      ...(fetch ? { fetch } : {}),
      clock,
      ...(logger ? { logger } : {}),
      ...(sleep ? { sleep } : {}),
    });
    const client = new AzureDevOpsClient(config, trackerFetch);
    const lookUps = new LookUps(client, config);
    const place = {
      workspace: this.workspace,
      pageUrl: (id: number) => client.pageUrl(id),
      itemUrl: (id: string) => client.itemUrl(id),
    };
    this.#hooks = { secret: webhookSecret, organization, project, place };
    this.#client = client;
    this.#reader = new Reader({ client, lookUps, place, project, clock });
    this.#writer = new Writer({ client, lookUps, reader: this.#reader, place });
    this.#links = new Links(client, this.#reader, place);
    this.#comments = new Comments(client, lookUps);
  }

  async getCapabilities(): Promise<TrackerCapabilities> {
    return structuredClone(this.#capabilities);
  }

  /** @throws TrackerContractError, kind `cursor`. */
  async listIssues(query: ListQuery): Promise<Page<CanonicalIssue>> {
    if (!Number.isSafeInteger(query.limit) || query.limit < 1)
      throw new TypeError('limit must be a positive integer');
    query.signal?.throwIfAborted();
    const filters = query.filters ?? {};
    assertFilters(SYSTEM, filters);
    if (filters.queryKey !== undefined)
      return this.#reader.byKey(filters.queryKey, query.signal ? { signal: query.signal } : {});
    return this.#reader.list(query, listingIdentity([this.scope], filters));
  }

  async getIssue(ref: ExternalRef, options: CallOptions = {}): Promise<CanonicalIssue> {
    const [found] = await this.getIssues([ref], options);
    if (found) return found;
    throw notFound(ref);
  }

  async getIssues(
    refs: ExternalRef[],
    options: CallOptions = {},
  ): Promise<Array<CanonicalIssue | undefined>> {
    for (const ref of refs) this.#assertScope(ref);
    return this.#reader.get(refs, options);
  }

  /** Marks the issue with the key, by a tag. */
  async createIssue(issue: CanonicalIssue, options: WriteOptions = {}): Promise<CanonicalIssue> {
    this.#assertScope(issue.ref);
    return only(await this.#writer.create([{ issue, options }]));
  }

  async createIssues(items: Array<{ issue: CanonicalIssue; options: WriteOptions }>): Promise<WriteResult[]> {
    for (const { issue } of items) this.#assertScope(issue.ref);
    return this.#writer.create(items);
  }

  async updateIssue(
    ref: ExternalRef,
    patch: IssuePatch,
    options: WriteOptions = {},
  ): Promise<CanonicalIssue> {
    this.#assertScope(ref);
    return only(await this.#writer.update([{ ref, patch, options }]));
  }

  async updateIssues(
    items: Array<{ ref: ExternalRef; patch: IssuePatch; options: WriteOptions }>,
  ): Promise<WriteResult[]> {
    for (const { ref } of items) this.#assertScope(ref);
    return this.#writer.update(items);
  }

  async transitionIssue(
    ref: ExternalRef,
    status: CanonicalStatus,
    options: WriteOptions = {},
  ): Promise<CanonicalIssue> {
    return this.updateIssue(ref, { status }, options);
  }

  /** Moves it to the recycle bin. With `ifVersion` it is read first: nothing is compared by the deletion itself. */
  async deleteIssue(ref: ExternalRef, options: WriteOptions = {}): Promise<void> {
    this.#assertScope(ref);
    const { ifVersion, signal } = options;
    const call = signal ? { signal } : {};
    const id = knownId(ref.id);
    if (id === undefined) return;
    if (ifVersion !== undefined) {
      const [raw] = await this.#reader.raw([id], call);
      if (!raw) return;
      if (String(raw.rev) !== ifVersion)
        throw new SyncConflictError(
          `azure-devops: ${ref.key ?? id} is at revision ${raw.rev}, and not at ${ifVersion}`,
        );
    }
    this.#reader.known.forget(id);
    try {
      await this.#client.wit(z.unknown(), 'DELETE', `workitems/${id}`, call);
    } catch (error) {
      if (!(error instanceof ConnectorRequestError && error.statusCode === 404)) throw error;
    }
  }

  async upsertLink(ref: ExternalRef, link: CanonicalLink, options: WriteOptions = {}): Promise<void> {
    this.#assertScope(ref);
    await this.#links.set(ref, link, true, options);
  }

  async removeLink(ref: ExternalRef, link: CanonicalLink, options: WriteOptions = {}): Promise<void> {
    this.#assertScope(ref);
    await this.#links.set(ref, link, false, options);
  }

  async addComment(ref: ExternalRef, body: string, options: WriteOptions = {}): Promise<void> {
    this.#assertScope(ref);
    await this.#comments.add(ref, body, options);
  }

  async listComments(ref: ExternalRef, options: CallOptions = {}): Promise<Comment[]> {
    this.#assertScope(ref);
    return this.#comments.list(ref, options);
  }

  async updateComment(ref: ExternalRef, id: string, body: string, options: WriteOptions = {}): Promise<void> {
    this.#assertScope(ref);
    await this.#comments.update(ref, id, body, options);
  }

  /** Asks for the tags of these keys, on what this account created since then. */
  async findByIdempotencyKeys(
    keys: string[],
    options: { since?: string } & CallOptions = {},
  ): Promise<Map<string, CanonicalIssue>> {
    return this.#reader.byKeys(keys, options);
  }

  /** @throws ConnectorConfigError, ConnectorRequestError 401, TrackerContractError of the kind `webhook`. */
  async parseWebhook(request: {
    headers: Record<string, string>;
    body: Uint8Array;
  }): Promise<TrackerEvent[]> {
    return readDelivery(request, this.#hooks);
  }

  /** Nothing is held open. */
  async [Symbol.asyncDispose](): Promise<void> {}

  #assertScope(ref: ExternalRef): void {
    if (ref.system === this.name && ref.workspace === this.workspace) return;
    throw new ScopeViolationError(`${refIdentity(ref)} is in another project`, {
      expectedScope: `${this.name}:${this.workspace}`,
      actualScope: `${ref.system}:${ref.workspace}`,
    });
  }
}

function only(results: WriteResult[]): CanonicalIssue {
  const [result] = results;
  if (result?.ok) return result.issue;
  throw result?.error ?? new TypeError('a write without an answer');
}
