import {
  type CallOptions,
  type CanonicalIssue,
  type CanonicalLink,
  type CanonicalStatus,
  CapabilityNotSupportedError,
  type Comment,
  type ConnectorContext,
  type ExternalRef,
  fingerprint,
  type IssuePatch,
  type JsonValue,
  type ListQuery,
  type Page,
  refIdentity,
  ScopeViolationError,
  type Sleep,
  stableStringify,
  systemClock,
  type TaskTrackerConnector,
  type TrackerCapabilities,
  type TrackerEvent,
  type WriteOptions,
} from '@spec-kitty/tracker-core';
import { createTrackerFetch, listingIdentity, type RateBudget, sharedBudget } from '@spec-kitty/tracker-http';
import { GitLabClient, meaningOf, RATE_HEADERS, rateWindows } from './client.ts';
import { Comments } from './comments.ts';
import { type GitLabConfigInput, parseConfig } from './config.ts';
import { Home } from './home.ts';
import { Links } from './links.ts';
import { assertOwnFilters } from './list-query.ts';
import { LookUps } from './look-ups.ts';
import { CAPABILITIES } from './manifest.ts';
import { notFound } from './not-found.ts';
import { Reader } from './reader.ts';
import { SYSTEM } from './to-canonical.ts';
import { Vocabulary } from './vocabulary.ts';
import { readDelivery, type WebhookParts } from './webhook.ts';
import { Writer } from './writer.ts';

/** Changes when the mapping of fields does. */
const MAPPING = 'gitlab-1';

/** What a host may give beside the usual context. */
export interface GitLabContext extends Partial<ConnectorContext> {
  sleep?: Sleep;
  /** Shared by all that use this token. */
  budget?: RateBudget;
}

/** The issues of one project, over GitLab's REST API. */
export class GitLabConnector implements TaskTrackerConnector {
  readonly name: string = SYSTEM;
  readonly workspace: string;
  readonly mapping: string;
  readonly scope: string;
  readonly #capabilities: TrackerCapabilities;
  readonly #webhooks: WebhookParts;
  readonly #reader: Reader;
  readonly #writer: Writer;
  readonly #links: Links;
  readonly #comments: Comments;

  /** @throws ConnectorConfigError naming the option at fault. */
  constructor(input: GitLabConfigInput, context: GitLabContext = {}) {
    const config = parseConfig(input);
    const { baseUrl, token, webhookSecret, statusLabels, priorityLabels, typeLabels } = config;
    const { fetch, clock = systemClock, logger, sleep } = context;
    const credential = [SYSTEM, new URL(baseUrl).origin, token];
    const windows = rateWindows(config);
    const budget = context.budget ?? sharedBudget(context, credential, { windows });
    const home = new Home(config);
    this.workspace = home.workspace;
    this.scope = home.workspace;
    const labels = { statusLabels, priorityLabels, typeLabels };
    this.mapping = `${MAPPING}-${fingerprint(stableStringify(labels as JsonValue))}`;
    this.#webhooks = { secret: webhookSecret, home, clock };
    const vocabulary = new Vocabulary(config);
    this.#capabilities = capabilitiesOf(vocabulary, webhookSecret !== undefined);

    const trackerFetch = createTrackerFetch({
      provider: SYSTEM,
      secrets: [token, webhookSecret],
      rateHeaders: RATE_HEADERS,
      meaningOf,
      budget,
      ...(fetch ? { fetch } : {}),
      clock,
      ...(logger ? { logger } : {}),
      ...(sleep ? { sleep } : {}),
    });
    const client = new GitLabClient(config, trackerFetch);
    const lookUps = new LookUps(client, home);
    this.#reader = new Reader({ client, lookUps, vocabulary, home, clock });
    this.#writer = new Writer({ client, lookUps, vocabulary, reader: this.#reader, home });
    this.#links = new Links(client, this.#reader, home);
    this.#comments = new Comments(client, lookUps, home);
  }

  async getCapabilities(): Promise<TrackerCapabilities> {
    return structuredClone(this.#capabilities);
  }

  /** Links are in no listing: what an issue has of them is told where it is read itself. @throws TrackerContractError, kind `cursor`. */
  async listIssues(query: ListQuery): Promise<Page<CanonicalIssue>> {
    if (!Number.isSafeInteger(query.limit) || query.limit < 1)
      throw new TypeError('limit must be a positive integer');
    query.signal?.throwIfAborted();
    const filters = query.filters ?? {};
    assertOwnFilters(filters);
    if (filters.queryKey !== undefined) return this.#reader.byKey(filters.queryKey, callOf(query));
    return this.#reader.list(query, listingIdentity([this.workspace], filters));
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
    options.signal?.throwIfAborted();
    return this.#reader.get(refs, callOf(options));
  }

  /** Marks the issue with the key, at the end of its description. */
  async createIssue(issue: CanonicalIssue, options: WriteOptions = {}): Promise<CanonicalIssue> {
    this.#assertScope(issue.ref);
    return this.#writer.create(issue, options);
  }

  async updateIssue(
    ref: ExternalRef,
    patch: IssuePatch,
    options: WriteOptions = {},
  ): Promise<CanonicalIssue> {
    this.#assertWrite(ref, options);
    return this.#writer.update(ref, patch, options);
  }

  async transitionIssue(
    ref: ExternalRef,
    status: CanonicalStatus,
    options: WriteOptions = {},
  ): Promise<CanonicalIssue> {
    return this.updateIssue(ref, { status }, options);
  }

  /** Of an owner alone: GitLab deletes for nobody else. */
  async deleteIssue(ref: ExternalRef, options: WriteOptions = {}): Promise<void> {
    this.#assertWrite(ref, options);
    await this.#writer.delete(ref, callOf(options));
  }

  async upsertLink(ref: ExternalRef, link: CanonicalLink, options: WriteOptions = {}): Promise<void> {
    this.#assertWrite(ref, options);
    await this.#links.add(ref, link, callOf(options));
  }

  async removeLink(ref: ExternalRef, link: CanonicalLink, options: WriteOptions = {}): Promise<void> {
    this.#assertWrite(ref, options);
    await this.#links.remove(ref, link, callOf(options));
  }

  async addComment(ref: ExternalRef, body: string, options: WriteOptions = {}): Promise<void> {
    this.#assertWrite(ref, options);
    await this.#comments.add(ref, body, callOf(options));
  }

  async listComments(ref: ExternalRef, options: CallOptions = {}): Promise<Comment[]> {
    this.#assertScope(ref);
    return this.#comments.list(ref, callOf(options));
  }

  async updateComment(ref: ExternalRef, id: string, body: string, options: WriteOptions = {}): Promise<void> {
    this.#assertWrite(ref, options);
    await this.#comments.update(ref, id, body, callOf(options));
  }

  /** Looks through what this account created and somebody changed since then. */
  async findByIdempotencyKeys(
    keys: string[],
    options: { since?: string } & CallOptions = {},
  ): Promise<Map<string, CanonicalIssue>> {
    return this.#reader.byKeys(keys, options);
  }

  /** @throws CapabilityNotSupportedError, ConnectorRequestError 401, TrackerContractError of the kind `webhook`. */
  async parseWebhook(request: {
    headers: Record<string, string>;
    body: Uint8Array;
  }): Promise<TrackerEvent[]> {
    return readDelivery(request, this.#webhooks);
  }

  /** Nothing is held open. */
  async [Symbol.asyncDispose](): Promise<void> {}

  #assertWrite(ref: ExternalRef, { ifVersion, signal }: WriteOptions): void {
    this.#assertScope(ref);
    signal?.throwIfAborted();
    if (ifVersion === undefined) return;
    const capability = 'supportsOptimisticConcurrency';
    throw new CapabilityNotSupportedError('GitLab has no versions to compare', { capability });
  }

  #assertScope(ref: ExternalRef): void {
    if (ref.system === this.name && ref.workspace === this.workspace) return;
    throw new ScopeViolationError(`${refIdentity(ref)} is in another project`, {
      expectedScope: `${this.name}:${this.workspace}`,
      actualScope: `${ref.system}:${ref.workspace}`,
    });
  }
}

/** What a request is told of a call. */
const callOf = ({ signal }: CallOptions): CallOptions => (signal ? { signal } : {});

/** What this configuration holds of what the manifest promises. */
function capabilitiesOf({ holds }: Vocabulary, hasSecret: boolean): TrackerCapabilities {
  const lossy = (['status', 'priority', 'issueType'] as const).filter((field) => !holds[field]);
  return {
    ...CAPABILITIES,
    supportsWebhooks: hasSecret,
    fields: {
      ...CAPABILITIES.fields,
      ...Object.fromEntries(lossy.map((field) => [field, 'lossy' as const])),
    },
  };
}
