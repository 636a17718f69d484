import {
  type CallOptions,
  type CanonicalIssue,
  type CanonicalLink,
  type CanonicalStatus,
  CapabilityNotSupportedError,
  type Comment,
  type ExternalRef,
  fingerprint,
  type IssuePatch,
  type JsonValue,
  type ListQuery,
  type Page,
  refIdentity,
  ScopeViolationError,
  sameRef,
  silentLogger,
  stableStringify,
  type TaskTrackerConnector,
  type TrackerCapabilities,
  type WriteOptions,
} from '@spec-kitty/tracker-core';
import { assertFilters, listingIdentity } from '@spec-kitty/tracker-http';
import { createClient, type RedmineContext } from './client.ts';
import { Comments } from './comments.ts';
import { parseConfig, type RedmineConfigInput, rootOf, workspaceOf } from './config.ts';
import { notFound } from './failures.ts';
import { Links } from './links.ts';
import { LookUps } from './look-ups.ts';
import { CAPABILITIES } from './manifest.ts';
import { Reader } from './reader.ts';
import { SYSTEM } from './to-canonical.ts';
import { Vocabulary } from './vocabulary.ts';
import { Writer } from './writer.ts';

/** Changes when the mapping of fields does. */
const MAPPING = 'redmine-1';

/** The issues of one project of Redmine. */
export class RedmineConnector implements TaskTrackerConnector {
  readonly name: string = SYSTEM;
  readonly workspace: string;
  readonly mapping: string;
  readonly scope: string;
  readonly #hasKeys: boolean;
  readonly #reader: Reader;
  readonly #writer: Writer;
  readonly #links: Links;
  readonly #comments: Comments;

  /** @throws ConnectorConfigError naming the option at fault. */
  constructor(input: RedmineConfigInput, context: RedmineContext = {}) {
    const config = parseConfig(input);
    const { statuses, trackers, priorities, project, keyFieldId } = config;
    this.workspace = workspaceOf(config);
    this.scope = project;
    const words = { statuses, trackers, priorities };
    this.mapping = `${MAPPING}-${fingerprint(stableStringify(words as JsonValue))}`;
    this.#hasKeys = keyFieldId !== undefined;
    const client = createClient(config, context);
    const lookUps = new LookUps(client, project);
    const vocabulary = new Vocabulary(config);
    const reading = { workspace: this.workspace, root: rootOf(config), vocabulary, keyFieldId };
    this.#reader = new Reader({ client, lookUps, reading, project });
    this.#writer = new Writer({
      client,
      lookUps,
      reader: this.#reader,
      reading,
      logger: context.logger ?? silentLogger,
    });
    this.#links = new Links(client, this.#reader, reading);
    this.#comments = new Comments(client, lookUps, this.#writer);
  }

  async getCapabilities(): Promise<TrackerCapabilities> {
    return structuredClone({ ...CAPABILITIES, supportsLookupByKey: this.#hasKeys });
  }

  /** @throws TrackerContractError, kind `cursor`. */
  async listIssues(query: ListQuery): Promise<Page<CanonicalIssue>> {
    const { limit, filters = {}, signal } = query;
    if (!Number.isSafeInteger(limit) || limit < 1) throw new TypeError('limit must be a positive integer');
    assertFilters(SYSTEM, filters);
    signal?.throwIfAborted();
    if (filters.queryKey !== undefined) return this.#reader.byKey(filters.queryKey, callOf(query));
    return this.#reader.list(query, listingIdentity([this.workspace, this.scope], filters));
  }

  async getIssue(ref: ExternalRef, options: CallOptions = {}): Promise<CanonicalIssue> {
    const [found] = await this.getIssues([ref], options);
    if (found) return found;
    throw notFound(ref);
  }

  /** Also those that were moved to another project: their numbers stay. */
  async getIssues(
    refs: ExternalRef[],
    options: CallOptions = {},
  ): Promise<Array<CanonicalIssue | undefined>> {
    for (const ref of refs) this.#assertScope(ref);
    options.signal?.throwIfAborted();
    return this.#reader.get(refs, callOf(options));
  }

  /** Marks the issue with the key where a field is configured for that. */
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

  /** For good: Redmine has no bin. */
  async deleteIssue(ref: ExternalRef, options: WriteOptions = {}): Promise<void> {
    this.#assertWrite(ref, options);
    await this.#writer.delete(ref, callOf(options));
  }

  async upsertLink(ref: ExternalRef, link: CanonicalLink, options: WriteOptions = {}): Promise<void> {
    this.#assertWrite(ref, options);
    const { type, target } = link;
    if (type === 'child_of') await this.updateIssue(ref, { parent: target }, callOf(options));
    else if (type === 'parent_of') await this.updateIssue(target, { parent: ref }, callOf(options));
    else await this.#links.add(ref, link, callOf(options));
  }

  async removeLink(ref: ExternalRef, link: CanonicalLink, options: WriteOptions = {}): Promise<void> {
    this.#assertWrite(ref, options);
    const { type, target } = link;
    if (type === 'child_of') await this.#orphan(ref, target, callOf(options));
    else if (type === 'parent_of') await this.#orphan(target, ref, callOf(options));
    else await this.#links.remove(ref, link, callOf(options));
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

  /** @throws CapabilityNotSupportedError where no field is configured in which they would be. */
  async findByIdempotencyKeys(
    keys: string[],
    options: { since?: string } & CallOptions = {},
  ): Promise<Map<string, CanonicalIssue>> {
    if (this.#hasKeys) return this.#reader.byKeys(keys, options);
    throw new CapabilityNotSupportedError('no field is configured for keys: set "keyFieldId"', {
      capability: 'supportsLookupByKey',
    });
  }

  /** Nothing is held open. */
  async [Symbol.asyncDispose](): Promise<void> {}

  async #orphan(child: ExternalRef, parent: ExternalRef, options: CallOptions): Promise<void> {
    const now = await this.getIssue(child, options);
    if (now.parent && sameRef(now.parent, parent)) await this.updateIssue(child, { parent: null }, options);
  }

  #assertWrite(ref: ExternalRef, { ifVersion, signal }: WriteOptions): void {
    this.#assertScope(ref);
    signal?.throwIfAborted();
    if (ifVersion === undefined) return;
    const capability = 'supportsOptimisticConcurrency';
    throw new CapabilityNotSupportedError("Redmine's API tells no version of an issue", { capability });
  }

  #assertScope(ref: ExternalRef): void {
    if (ref.system === this.name && ref.workspace === this.workspace) return;
    throw new ScopeViolationError(`${refIdentity(ref)} is at another server`, {
      expectedScope: `${this.name}:${this.workspace}`,
      actualScope: `${ref.system}:${ref.workspace}`,
    });
  }
}

/** What a request is told of a call. */
const callOf = ({ signal }: CallOptions): CallOptions => (signal ? { signal } : {});
