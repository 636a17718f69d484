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
import { isMissing, JiraClient, RATE_HEADERS, withRefusals } from './client.ts';
import { Comments } from './comments.ts';
import { type JiraConfig, type JiraConfigInput, parseConfig, workspaceOf } from './config.ts';
import { Creates } from './creates.ts';
import { deleteIssue, Links } from './links.ts';
import { LookUps } from './look-ups.ts';
import { CAPABILITIES } from './manifest.ts';
import { notFound } from './not-found.ts';
import { Reader } from './reader.ts';
import { SYSTEM } from './system.ts';
import { type Transition, Transitions } from './transitions.ts';
import { Updates } from './updates.ts';
import { Vocabulary } from './vocabulary.ts';
import { readDelivery } from './webhook.ts';

/** Changes when the mapping of fields does. */
const MAPPING = 'jira-1';

/** What a host may give beside the usual context. */
export interface JiraContext extends Partial<ConnectorContext> {
  sleep?: Sleep;
  /** Shared by all that use this account. */
  budget?: RateBudget;
}

/** The issues of one project, over Jira Cloud's REST API. */
export class JiraConnector implements TaskTrackerConnector {
  readonly name: string = SYSTEM;
  readonly workspace: string;
  readonly mapping: string;
  readonly scope: string;
  readonly #config: JiraConfig;
  readonly #webUrl: string | undefined;
  readonly #client: JiraClient;
  readonly #reader: Reader;
  readonly #creates: Creates;
  readonly #updates: Updates;
  readonly #links: Links;
  readonly #comments: Comments;
  readonly #transitions: Transitions;

  /** @throws ConnectorConfigError naming the option at fault. */
  constructor(input: JiraConfigInput, context: JiraContext = {}) {
    const config = parseConfig(input);
    const { baseUrl, email, apiToken, accessToken, webhookSecret, projectKey, missionFieldId } = config;
    const { fetch = globalThis.fetch, clock = systemClock, logger, sleep } = context;
    const credential = [SYSTEM, new URL(baseUrl).origin, email ?? '', apiToken ?? accessToken ?? ''];
    const budget = context.budget ?? sharedBudget(context, credential, {});
    this.#config = config;
    this.workspace = workspaceOf(config);
    this.scope = projectKey;
    this.mapping = `${MAPPING}-${fingerprint(stableStringify(mappingOf(config)))}`;
    this.#webUrl = webUrlOf(config);

    const trackerFetch = createTrackerFetch({
      provider: SYSTEM,
      secrets: [apiToken, accessToken, webhookSecret, `${email}:${apiToken}`],
      rateHeaders: RATE_HEADERS,
      budget,
      fetch: withRefusals(fetch),
      clock,
      ...(logger ? { logger } : {}),
      ...(sleep ? { sleep } : {}),
    });
    const client = new JiraClient(config, trackerFetch);
    const lookUps = new LookUps(client, projectKey, clock);
    const vocabulary = new Vocabulary(config);
    const { workspace } = this;
    const reading = { vocabulary, workspace, webUrl: this.#webUrl, missionFieldId };
    this.#client = client;
    this.#reader = new Reader({ client, lookUps, projectKey, reading, clock });
    this.#transitions = new Transitions(client, vocabulary);
    const parts = {
      client,
      lookUps,
      reader: this.#reader,
      transitions: this.#transitions,
      writing: { vocabulary, workspace, projectKey, missionFieldId },
    };
    this.#creates = new Creates(parts);
    this.#updates = new Updates(parts);
    this.#links = new Links(client, this.#reader, lookUps);
    this.#comments = new Comments(client, lookUps, this.#reader);
  }

  async getCapabilities(): Promise<TrackerCapabilities> {
    const { webhookSecret, missionFieldId } = this.#config;
    return structuredClone({
      ...CAPABILITIES,
      supportsWebhooks: webhookSecret !== undefined,
      supportsCustomFields: missionFieldId !== undefined,
    });
  }

  /** @throws TrackerContractError, kind `cursor`. */
  async listIssues(query: ListQuery): Promise<Page<CanonicalIssue>> {
    if (!Number.isSafeInteger(query.limit) || query.limit < 1)
      throw new TypeError('limit must be a positive integer');
    const filters = query.filters ?? {};
    assertFilters(SYSTEM, filters);
    query.signal?.throwIfAborted();
    if (filters.queryKey !== undefined) return this.#reader.byKey(filters.queryKey, signalOf(query));
    return this.#reader.list(query, listingIdentity([this.workspace, this.#config.projectKey], filters));
  }

  async getIssue(ref: ExternalRef, options: CallOptions = {}): Promise<CanonicalIssue> {
    const [found] = await this.getIssues([ref], options);
    if (found) return found;
    throw notFound(ref);
  }

  /** Also those that were moved to another project: their ids stay. */
  async getIssues(
    refs: ExternalRef[],
    options: CallOptions = {},
  ): Promise<Array<CanonicalIssue | undefined>> {
    for (const ref of refs) this.#assertScope(ref);
    options.signal?.throwIfAborted();
    return this.#reader.get(refs, signalOf(options));
  }

  /** Marks the issue with the key, in a property and by a label. */
  async createIssue(issue: CanonicalIssue, options: WriteOptions = {}): Promise<CanonicalIssue> {
    return only(await this.createIssues([{ issue, options }]));
  }

  async createIssues(items: Array<{ issue: CanonicalIssue; options: WriteOptions }>): Promise<WriteResult[]> {
    for (const { issue } of items) this.#assertScope(issue.ref);
    return items.length === 0 ? [] : this.#creates.create(items, signalIn(items));
  }

  async updateIssue(
    ref: ExternalRef,
    patch: IssuePatch,
    options: WriteOptions = {},
  ): Promise<CanonicalIssue> {
    return only(await this.updateIssues([{ ref, patch, options }]));
  }

  async updateIssues(
    items: Array<{ ref: ExternalRef; patch: IssuePatch; options: WriteOptions }>,
  ): Promise<WriteResult[]> {
    for (const { ref, options } of items) this.#assertWrite(ref, options);
    return items.length === 0 ? [] : this.#updates.update(items, signalIn(items));
  }

  async transitionIssue(
    ref: ExternalRef,
    status: CanonicalStatus,
    options: WriteOptions = {},
  ): Promise<CanonicalIssue> {
    return this.updateIssue(ref, { status }, options);
  }

  /** The ways that the issue can go from where it is. @throws IssueNotFoundError */
  async listTransitions(ref: ExternalRef, options: CallOptions = {}): Promise<Transition[]> {
    this.#assertScope(ref);
    if (!/^\d+$/.test(ref.id)) throw notFound(ref);
    try {
      return await this.#transitions.list(ref.id, signalOf(options));
    } catch (error) {
      throw isMissing(error) ? notFound(ref) : error;
    }
  }

  async upsertLink(ref: ExternalRef, link: CanonicalLink, options: WriteOptions = {}): Promise<void> {
    this.#assertWrite(ref, options);
    await this.#links.set(ref, link, true, signalOf(options));
  }

  async removeLink(ref: ExternalRef, link: CanonicalLink, options: WriteOptions = {}): Promise<void> {
    this.#assertWrite(ref, options);
    await this.#links.set(ref, link, false, signalOf(options));
  }

  /** For good: Jira has no bin. An issue that has subtasks is refused. */
  async deleteIssue(ref: ExternalRef, options: WriteOptions = {}): Promise<void> {
    this.#assertWrite(ref, options);
    await deleteIssue(this.#client, ref, signalOf(options));
    this.#reader.forget(ref.id);
  }

  async addComment(ref: ExternalRef, body: string, options: WriteOptions = {}): Promise<void> {
    this.#assertWrite(ref, options);
    await this.#comments.add(ref, body, signalOf(options));
  }

  async listComments(ref: ExternalRef, options: CallOptions = {}): Promise<Comment[]> {
    this.#assertScope(ref);
    return this.#comments.list(ref, signalOf(options));
  }

  async updateComment(ref: ExternalRef, id: string, body: string, options: WriteOptions = {}): Promise<void> {
    this.#assertWrite(ref, options);
    await this.#comments.update(ref, id, body, signalOf(options));
  }

  /** By their labels, which a search finds, and their properties, which say whether they are ours. */
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
    const { webhookSecret: secret, projectKey } = this.#config;
    const { workspace } = this;
    return readDelivery(request, { secret, projectKey, workspace, webUrl: this.#webUrl });
  }

  /** Nothing is held open. */
  async [Symbol.asyncDispose](): Promise<void> {}

  #assertWrite(ref: ExternalRef, { ifVersion }: WriteOptions): void {
    this.#assertScope(ref);
    if (ifVersion === undefined) return;
    const capability = 'supportsOptimisticConcurrency';
    throw new CapabilityNotSupportedError('Jira has no versions to compare', { capability });
  }

  #assertScope(ref: ExternalRef): void {
    if (ref.system === this.name && ref.workspace === this.workspace) return;
    throw new ScopeViolationError(`${refIdentity(ref)} is at another site`, {
      expectedScope: `${this.name}:${this.workspace}`,
      actualScope: `${ref.system}:${ref.workspace}`,
    });
  }
}

/** The options that say how fields are read and written. */
function mappingOf({
  defaultIssueType,
  issueTypeNames,
  statusNameMap,
  missionFieldId,
}: JiraConfig): JsonValue {
  return {
    defaultIssueType,
    issueTypeNames: issueTypeNames ?? null,
    statusNameMap: statusNameMap ?? null,
    missionFieldId: missionFieldId ?? null,
  };
}

/** Where people see the site: at the address of its API, or at the host that is named beside a gateway's. */
function webUrlOf({ baseUrl, site }: JiraConfig): string | undefined {
  if (site !== undefined) return `https://${site}`;
  const url = new URL(baseUrl);
  return url.hostname === 'api.atlassian.com' ? undefined : baseUrl.replace(/\/+$/, '');
}

const signalOf = ({ signal }: CallOptions): { signal?: AbortSignal } => (signal ? { signal } : {});

/** The first signal of several: they come from one call. */
function signalIn(items: readonly { options: WriteOptions }[]): { signal?: AbortSignal } {
  const signal = items.find(({ options }) => options.signal)?.options.signal;
  signal?.throwIfAborted();
  return signal ? { signal } : {};
}

function only(results: WriteResult[]): CanonicalIssue {
  const [result] = results;
  if (result?.ok) return result.issue;
  throw result?.error ?? new TypeError('a write without an answer');
}
