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
  type WriteResult,
} from '@spec-kitty/tracker-core';
import {
  assertFilters,
  createTrackerFetch,
  listingIdentity,
  type RateBudget,
  sharedBudget,
} from '@spec-kitty/tracker-http';
import { GitHubClient, meaningOf, RATE_HEADERS, RATE_WINDOWS } from './client.ts';
import { Comments } from './comments.ts';
import { DEFAULT_BASE_URL, type GitHubConfigInput, parseConfig } from './config.ts';
import { Home } from './home.ts';
import { Links } from './links.ts';
import { LookUps } from './look-ups.ts';
import { CAPABILITIES } from './manifest.ts';
import { notFound } from './not-found.ts';
import { Reader } from './reader.ts';
import { SYSTEM } from './to-canonical.ts';
import { Vocabulary } from './vocabulary.ts';
import { readDelivery } from './webhook.ts';
import { Writer } from './writer.ts';

/** Changes when the mapping of fields does. */
const MAPPING = 'github-1';

/** What a host may give beside the usual context. */
export interface GitHubContext extends Partial<ConnectorContext> {
  sleep?: Sleep;
  /** Shared by all that use this token. */
  budget?: RateBudget;
}

/** The issues of one repository, over GitHub's GraphQL API. */
export class GitHubConnector implements TaskTrackerConnector {
  readonly name: string = SYSTEM;
  readonly workspace: string;
  readonly mapping: string;
  readonly scope: string;
  readonly #capabilities: TrackerCapabilities;
  readonly #webhookSecret: string | undefined;
  readonly #home: Home;
  readonly #lookUps: LookUps;
  readonly #reader: Reader;
  readonly #writer: Writer;
  readonly #links: Links;
  readonly #comments: Comments;

  /** @throws ConnectorConfigError naming the option at fault. */
  constructor(input: GitHubConfigInput, context: GitHubContext = {}) {
    const config = parseConfig(input);
    const { owner, repo, baseUrl, token, webhookSecret, statusLabels, priorityLabels, typeLabels } = config;
    const { fetch, clock = systemClock, logger, sleep } = context;
    const credential = [SYSTEM, new URL(baseUrl).origin, token];
    const budget = context.budget ?? sharedBudget(context, credential, { windows: RATE_WINDOWS });
    this.workspace = `${owner}/${repo}`;
    this.scope = baseUrl === DEFAULT_BASE_URL ? this.workspace : `${new URL(baseUrl).host}/${this.workspace}`;
    const labels = { statusLabels, priorityLabels, typeLabels: typeLabels ?? null };
    this.mapping = `${MAPPING}-${fingerprint(stableStringify(labels as JsonValue))}`;
    this.#webhookSecret = webhookSecret;
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
    const client = new GitHubClient(config, trackerFetch);
    this.#home = new Home(this.workspace);
    this.#lookUps = new LookUps(client, config, this.#home);
    const lookUps = this.#lookUps;
    const place = { owner, repo };
    this.#reader = new Reader({ client, lookUps, vocabulary, place, home: this.#home, clock });
    this.#writer = new Writer({ client, lookUps, vocabulary, reader: this.#reader });
    this.#links = new Links(client, this.#reader);
    this.#comments = new Comments(client);
  }

  async getCapabilities(): Promise<TrackerCapabilities> {
    return structuredClone(this.#capabilities);
  }

  /** @throws TrackerContractError, kind `cursor`. */
  async listIssues(query: ListQuery): Promise<Page<CanonicalIssue>> {
    if (!Number.isSafeInteger(query.limit) || query.limit < 1)
      throw new TypeError('limit must be a positive integer');
    const filters = query.filters ?? {};
    assertFilters(SYSTEM, filters);
    if (filters.queryKey !== undefined) return this.#reader.byKey(filters.queryKey, query);
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
    return this.#reader.get(refs, options);
  }

  /** Marks the issue with the key, at the end of its body. */
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
    this.#assertWrite(ref, options);
    return only(await this.#writer.update([{ ref, patch, options }]));
  }

  async updateIssues(
    items: Array<{ ref: ExternalRef; patch: IssuePatch; options: WriteOptions }>,
  ): Promise<WriteResult[]> {
    for (const { ref, options } of items) this.#assertWrite(ref, options);
    return this.#writer.update(items);
  }

  async transitionIssue(
    ref: ExternalRef,
    status: CanonicalStatus,
    options: WriteOptions = {},
  ): Promise<CanonicalIssue> {
    return this.updateIssue(ref, { status }, options);
  }

  async upsertLink(ref: ExternalRef, link: CanonicalLink, options: WriteOptions = {}): Promise<void> {
    this.#assertWrite(ref, options);
    await this.#links.set(ref, link, true, options);
  }

  async removeLink(ref: ExternalRef, link: CanonicalLink, options: WriteOptions = {}): Promise<void> {
    this.#assertWrite(ref, options);
    await this.#links.set(ref, link, false, options);
  }

  async addComment(ref: ExternalRef, body: string, options: WriteOptions = {}): Promise<void> {
    this.#assertWrite(ref, options);
    await this.#comments.add(ref, body, options);
  }

  async listComments(ref: ExternalRef, options: CallOptions = {}): Promise<Comment[]> {
    this.#assertScope(ref);
    return this.#comments.list(ref, options);
  }

  async updateComment(ref: ExternalRef, id: string, body: string, options: WriteOptions = {}): Promise<void> {
    this.#assertWrite(ref, options);
    await this.#comments.update(ref, id, body, options);
  }

  /** Looks through what this account created since then: the search of GitHub lags. */
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
    return readDelivery(request, {
      secret: this.#webhookSecret,
      home: this.#home,
      learn: () => this.#lookUps.ids({}),
    });
  }

  /** Nothing is held open. */
  async [Symbol.asyncDispose](): Promise<void> {}

  #assertWrite(ref: ExternalRef, { ifVersion }: WriteOptions): void {
    this.#assertScope(ref);
    if (ifVersion === undefined) return;
    const capability = 'supportsOptimisticConcurrency';
    throw new CapabilityNotSupportedError('GitHub has no versions to compare', { capability });
  }

  #assertScope(ref: ExternalRef): void {
    if (ref.system === this.name && ref.workspace === this.workspace) return;
    throw new ScopeViolationError(`${refIdentity(ref)} is in another repository`, {
      expectedScope: `${this.name}:${this.workspace}`,
      actualScope: `${ref.system}:${ref.workspace}`,
    });
  }
}

/** What this configuration holds of what the manifest promises. */
function capabilitiesOf({ holds }: Vocabulary, hasSecret: boolean): TrackerCapabilities {
  return {
    ...CAPABILITIES,
    supportsWebhooks: hasSecret,
    fields: {
      ...CAPABILITIES.fields,
      ...(holds.status ? {} : { status: 'lossy' }),
      ...(holds.priority ? {} : { priority: 'lossy' }),
    },
  };
}

function only(results: WriteResult[]): CanonicalIssue {
  const [result] = results;
  if (result?.ok) return result.issue;
  throw result?.error ?? new TypeError('a write without an answer');
}
