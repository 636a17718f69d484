import {
  type CallOptions,
  type CanonicalIssue,
  type CanonicalLink,
  type CanonicalStatus,
  CapabilityNotSupportedError,
  type Clock,
  type Comment,
  canonicalIssue,
  copyJson,
  type ExternalRef,
  fingerprint,
  type IssuePatch,
  issuePatch,
  isTrackerError,
  type ListQuery,
  type Page,
  refIdentity,
  ScopeViolationError,
  stableStringify,
  systemClock,
  type TaskTrackerConnector,
  type TrackerCapabilities,
  type TrackerEvent,
  type WriteOptions,
  type WriteResult,
} from '@spec-kitty/tracker-core';
import { assertFilters } from '@spec-kitty/tracker-http';
import { DoneSchema } from './answers.ts';
import { LinearClient, type LinearContext } from './client.ts';
import { Comments } from './comments.ts';
import { DEFAULT_BASE_URL, type LinearConfig, type LinearConfigInput, parseConfig } from './config.ts';
import { Creates } from './creates.ts';
import { Directory } from './directory.ts';
import { ARCHIVE } from './documents.ts';
import { saysNotFound } from './failures.ts';
import { assertHeld } from './from-canonical.ts';
import { Links } from './links.ts';
import { CAPABILITIES } from './manifest.ts';
import { Reader } from './reader.ts';
import { SYSTEM } from './system.ts';
import { isGone } from './to-canonical.ts';
import { assertTeam, Updates } from './updates.ts';
import { readDelivery } from './webhook.ts';
import { Writes } from './writes.ts';

export type { LinearContext } from './client.ts';

/** Changes when the mapping of fields does. */
const MAPPING = 'linear-1';

/** The issues of one team of Linear. */
export class LinearConnector implements TaskTrackerConnector {
  readonly name: string = SYSTEM;
  readonly workspace: string;
  readonly mapping: string;
  readonly scope: string;
  readonly #config: LinearConfig;
  readonly #clock: Clock;
  readonly #client: LinearClient;
  readonly #directory: Directory;
  readonly #reader: Reader;
  readonly #links: Links;
  readonly #comments: Comments;
  readonly #writes: Writes;

  /** @throws ConnectorConfigError */
  constructor(config: LinearConfigInput, context: LinearContext = {}) {
    this.#config = parseConfig(config);
    const { workspace, teamId, baseUrl, statusToStateId = {} } = this.#config;
    this.workspace = workspace;
    const team = `team=${teamId.toLowerCase()}`;
    this.scope = baseUrl === DEFAULT_BASE_URL ? team : `${new URL(baseUrl).host} ${team}`;
    this.mapping = `${MAPPING}-${fingerprint(stableStringify({ ...statusToStateId }))}`;
    this.#clock = context.clock ?? systemClock;
    this.#client = new LinearClient(this.#config, context);
    this.#directory = new Directory(this.#client, this.#config, this.#clock);
    this.#reader = new Reader(this.#client, this.#directory, { workspace, scope: this.scope });
    this.#links = new Links(this.#client, this.#directory, this.#reader);
    this.#comments = new Comments(this.#client, this.#directory);
    this.#writes = new Writes(this.#client, this.#directory, this.#reader, {
      creates: new Creates(this.#client, this.#directory, this.#reader, workspace),
      updates: new Updates(this.#client, this.#directory, this.#reader, workspace),
      links: this.#links,
    });
  }

  async getCapabilities(): Promise<TrackerCapabilities> {
    const supportsWebhooks = this.#config.webhookSecret !== undefined;
    return copyJson({ ...CAPABILITIES, supportsWebhooks });
  }

  /** @throws TrackerContractError, kind `cursor`, for a cursor that is malformed or of another listing. */
  async listIssues(query: ListQuery): Promise<Page<CanonicalIssue>> {
    if (!Number.isSafeInteger(query.limit) || query.limit < 1)
      throw new TypeError('limit must be a positive integer');
    query.signal?.throwIfAborted();
    assertFilters(SYSTEM, query.filters ?? {});
    return this.#reader.list(query);
  }

  async getIssue(ref: ExternalRef, { signal }: CallOptions = {}): Promise<CanonicalIssue> {
    signal?.throwIfAborted();
    this.#assertPlace(ref);
    return (await this.#reader.get(ref, signal)).issue;
  }

  async getIssues(
    refs: ExternalRef[],
    { signal }: CallOptions = {},
  ): Promise<Array<CanonicalIssue | undefined>> {
    signal?.throwIfAborted();
    for (const ref of refs) this.#assertPlace(ref);
    const found = await this.#reader.whole(
      refs.map(({ id }) => id),
      signal,
    );
    const there = [...found.values()].filter((raw) => !isGone(raw));
    const issues = await this.#reader.canonical(there, signal);
    const byId = new Map(issues.map((issue) => [issue.ref.id, issue]));
    return refs.map(({ id }) => {
      const issue = byId.get(id);
      return issue && copyJson(issue);
    });
  }

  /** Under the id of its ref where that is a UUID v4, else under one made of the key. */
  async createIssue(issue: CanonicalIssue, options: WriteOptions = {}): Promise<CanonicalIssue> {
    options.signal?.throwIfAborted();
    return this.#writes.create({ issue: this.#creatable(issue, options), options });
  }

  async createIssues(items: Array<{ issue: CanonicalIssue; options: WriteOptions }>): Promise<WriteResult[]> {
    return inBulk(
      items,
      ({ issue, options }) => ({ issue: this.#creatable(issue, options), options }),
      (good, signal) => this.#writes.createAll(good, signal),
    );
  }

  async updateIssue(
    ref: ExternalRef,
    patch: IssuePatch,
    options: WriteOptions = {},
  ): Promise<CanonicalIssue> {
    options.signal?.throwIfAborted();
    this.#assertWrite(ref, options);
    return this.#writes.update({ ref, patch: this.#patch(patch), options });
  }

  async updateIssues(
    items: Array<{ ref: ExternalRef; patch: IssuePatch; options: WriteOptions }>,
  ): Promise<WriteResult[]> {
    return inBulk(
      items,
      ({ ref, patch, options }) => {
        this.#assertWrite(ref, options);
        return { ref, patch: this.#patch(patch), options };
      },
      (good, signal) => this.#writes.updateAll(good, signal),
    );
  }

  async transitionIssue(
    ref: ExternalRef,
    status: CanonicalStatus,
    options: WriteOptions = {},
  ): Promise<CanonicalIssue> {
    return this.updateIssue(ref, { status }, options);
  }

  /** Archives it; people can bring it back. */
  async deleteIssue(ref: ExternalRef, options: WriteOptions = {}): Promise<void> {
    const { signal } = options;
    signal?.throwIfAborted();
    this.#assertWrite(ref, options);
    const known = await this.#directory.known();
    const core = (await this.#reader.cores([ref.id], signal)).get(ref.id);
    if (!core || isGone(core)) return;
    assertTeam(ref, core.team.id, known);
    try {
      await this.#client.ask(ARCHIVE, { id: ref.id }, DoneSchema, { signal });
    } catch (error) {
      if (!saysNotFound(error, 'Issue')) throw error;
    }
  }

  async upsertLink(ref: ExternalRef, link: CanonicalLink, options: WriteOptions = {}): Promise<void> {
    options.signal?.throwIfAborted();
    this.#assertWrite(ref, options);
    const family = this.#family(ref, link);
    if (!family) return this.#links.add(ref, link, options);
    await this.#writes.update({ ref: family.child, patch: { parent: family.parent }, options });
  }

  async removeLink(ref: ExternalRef, link: CanonicalLink, options: WriteOptions = {}): Promise<void> {
    options.signal?.throwIfAborted();
    this.#assertWrite(ref, options);
    const family = this.#family(ref, link);
    if (!family) return this.#links.remove(ref, link, options);
    const { issue } = await this.#reader.get(family.child, options.signal);
    if (issue.parent?.id !== family.parent.id) return;
    await this.#writes.update({ ref: family.child, patch: { parent: null }, options });
  }

  async addComment(ref: ExternalRef, body: string, options: WriteOptions = {}): Promise<void> {
    options.signal?.throwIfAborted();
    this.#assertWrite(ref, options);
    return this.#comments.add(ref, body, options);
  }

  async listComments(ref: ExternalRef, { signal }: CallOptions = {}): Promise<Comment[]> {
    signal?.throwIfAborted();
    this.#assertPlace(ref);
    return this.#comments.list(ref, signal);
  }

  async updateComment(ref: ExternalRef, id: string, body: string, options: WriteOptions = {}): Promise<void> {
    options.signal?.throwIfAborted();
    this.#assertWrite(ref, options);
    return this.#comments.edit(id, body, options);
  }

  /** Events of other teams are left out. */
  async parseWebhook(request: {
    headers: Record<string, string>;
    body: Uint8Array;
  }): Promise<TrackerEvent[]> {
    const { webhookSecret: secret, teamId } = this.#config;
    if (secret === undefined)
      throw new CapabilityNotSupportedError('webhooks are believed only with a "webhookSecret"', {
        capability: 'supportsWebhooks',
        fieldPath: 'webhookSecret',
      });
    return readDelivery(request, { secret, clock: this.#clock, workspace: this.workspace, teamId });
  }

  /** Nothing is held open. */
  async [Symbol.asyncDispose](): Promise<void> {}

  #creatable(issue: CanonicalIssue, options: WriteOptions): CanonicalIssue {
    this.#assertWrite(issue.ref, options);
    const given = canonicalIssue(issue, SYSTEM);
    assertHeld(given);
    return given;
  }

  #patch(patch: IssuePatch): IssuePatch {
    const given = issuePatch(patch, SYSTEM);
    assertHeld(given);
    return given;
  }

  #family(
    ref: ExternalRef,
    { type, target }: CanonicalLink,
  ): { child: ExternalRef; parent: ExternalRef } | undefined {
    if (type !== 'child_of' && type !== 'parent_of') return undefined;
    const family = type === 'child_of' ? { child: ref, parent: target } : { child: target, parent: ref };
    this.#assertPlace(family.child);
    return family;
  }

  #assertWrite(ref: ExternalRef, { ifVersion }: WriteOptions): void {
    this.#assertPlace(ref);
    if (ifVersion === undefined) return;
    const capability = 'supportsOptimisticConcurrency';
    throw new CapabilityNotSupportedError('Linear has no versions to compare', { capability });
  }

  #assertPlace(ref: ExternalRef): void {
    if (ref.system === this.name && ref.workspace === this.workspace) return;
    throw new ScopeViolationError(`${refIdentity(ref)} is in another workspace`, {
      expectedScope: `${this.name}:${this.workspace}`,
      actualScope: `${ref.system}:${ref.workspace}`,
    });
  }
}

/** Does what is good of the items, and answers in the order of all. */
async function inBulk<Item extends { options: WriteOptions }, Good>(
  items: readonly Item[],
  check: (item: Item) => Good,
  work: (good: Good[], signal: AbortSignal | undefined) => Promise<WriteResult[]>,
): Promise<WriteResult[]> {
  const signal = items[0]?.options.signal;
  signal?.throwIfAborted();
  const results: (WriteResult | undefined)[] = [];
  const good: { place: number; item: Good }[] = [];
  for (const [place, item] of items.entries()) {
    try {
      good.push({ place, item: check(item) });
      results.push(undefined);
    } catch (error) {
      if (!isTrackerError(error)) throw error;
      results.push({ ok: false, error });
    }
  }
  if (good.length > 0) {
    const answers = await work(
      good.map(({ item }) => item),
      signal,
    );
    for (const [i, { place }] of good.entries()) results[place] = answers[i];
  }
  return results.map((result, place) => {
    if (result) return result;
    throw new TypeError(`no answer for item ${place}`);
  });
}
