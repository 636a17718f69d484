import {
  type CallOptions,
  type CanonicalIssue,
  type CanonicalLink,
  type CanonicalStatus,
  CapabilityNotSupportedError,
  type ConnectorContext,
  canonicalIssue,
  type ExternalRef,
  fieldSupport,
  type IssuePatch,
  issuePatch,
  isTrackerError,
  type ListQuery,
  type Page,
  refIdentity,
  ScopeViolationError,
  type TaskTrackerConnector,
  type TrackerCapabilities,
  TrackerContractError,
  type WriteOptions,
} from '@spec-kitty/tracker-core';
import { createProcessRunner, option, runnerFor, scopeName } from '@spec-kitty/tracker-process';
import type { FpIssue } from './answers.ts';
import { FpClient } from './client.ts';
import { type FPConfig, type FPConfigInput, parseConfig } from './config.ts';
import { assertHeld, editsOf, isHere, NEW_ISSUE, notTaken } from './from-canonical.ts';
import { CAPABILITIES, TEXT_CAPABILITIES } from './manifest.ts';
import { withMarker } from './marker.ts';
import { assertFilters, listingIdentity, pageOf } from './queries.ts';
import { setDependency } from './set-dependency.ts';
import { showRef } from './show-ref.ts';
import { SYSTEM, toCanonical } from './to-canonical.ts';
import { settled, writeEdits } from './write-edits.ts';

/** Changes when the mapping of fields does. */
const MAPPING = 'fp-1';

/** Issues of fp, through its command. */
export class FPConnector implements TaskTrackerConnector {
  readonly name: string = SYSTEM;
  readonly workspace: string;
  readonly mapping: string;
  readonly scope?: string;
  readonly #config: FPConfig;
  readonly #client: FpClient;
  #lastWrite: Promise<unknown> = Promise.resolve();

  /**
   * @param context its `run` stands in for running commands on this machine.
   * @throws ConnectorConfigError, also for a `scope` without a runner of the host's.
   */
  constructor(config: FPConfigInput = {}, context: Partial<ConnectorContext> = {}) {
    this.#config = parseConfig(config);
    const { workspace, command, cwd, defaultIssueType, scope } = this.#config;
    this.workspace = workspace;
    this.mapping = `${MAPPING}-${defaultIssueType}`;
    if (scope !== undefined) this.scope = scopeName(scope);
    const runner = runnerFor(context.run, scope, () => createProcessRunner());
    this.#client = new FpClient({ command, runner, ...(cwd === undefined ? {} : { cwd }) });
  }

  /** Narrower where the installed version prints text. @throws ConnectorConfigError where fp is missing. */
  async getCapabilities(options: CallOptions = {}): Promise<TrackerCapabilities> {
    return structuredClone((await this.#client.form(options)) === 'json' ? CAPABILITIES : TEXT_CAPABILITIES);
  }

  /**
   * `updatedSince` is ignored, everything is listed: fp has no such filter, and the engine compares with what it has.
   * @throws TrackerContractError, kind `cursor`.
   */
  async listIssues(query: ListQuery): Promise<Page<CanonicalIssue>> {
    if (!Number.isSafeInteger(query.limit) || query.limit < 1)
      throw new TypeError('limit must be a positive integer');
    const filters = query.filters ?? {};
    assertFilters(filters);
    const listing = await this.#client.list(query);
    return pageOf(listing, query, {
      identity: listingIdentity(this.workspace, filters),
      pageSize: CAPABILITIES.limits?.pageSize ?? query.limit,
      canonical: (raw) => this.#canonical(raw),
    });
  }

  async getIssue(ref: ExternalRef, options: CallOptions = {}): Promise<CanonicalIssue> {
    this.#assertScope(ref);
    return this.#canonical(await showRef(this.#client, ref, options));
  }

  /** @throws TrackerContractError for an issue that is missing while some of what fp printed cannot be read. */
  async getIssues(
    refs: ExternalRef[],
    options: CallOptions = {},
  ): Promise<Array<CanonicalIssue | undefined>> {
    for (const ref of refs) this.#assertScope(ref);
    const { issues, failures } = await this.#client.list(options);
    const byId = new Map(issues.map((raw) => [raw.id, raw]));
    return refs.map((ref) => {
      const raw = byId.get(ref.id);
      if (raw) return this.#canonical(raw);
      if (failures.length === 0) return undefined;
      throw new TrackerContractError(
        `${refIdentity(ref)} is not listed, and ${failures.length} issues cannot be read`,
        { provider: SYSTEM, kind: 'answer', reason: 'unreadable' },
      );
    });
  }

  /** Marks the issue with the key, at the end of its description. */
  async createIssue(issue: CanonicalIssue, options: WriteOptions = {}): Promise<CanonicalIssue> {
    this.#assertScope(issue.ref);
    const { ref: _, createdAt: __, updatedAt: ___, ...given } = canonicalIssue(issue, SYSTEM);
    return this.#inTurn(options, async () => {
      const capabilities = await this.getCapabilities(options);
      const blank = canonicalIssue({
        ref: issue.ref,
        title: 'new',
        issueType: given.issueType === 'task' ? 'task' : this.#config.defaultIssueType,
      });
      assertHeld(capabilities, given, blank);
      const key = capabilities.supportsLookupByKey === true ? options.idempotencyKey : undefined;
      const raw: FpIssue = { ...NEW_ISSUE, description: withMarker('', key) };
      const text = fieldSupport(capabilities, 'body') === 'none';
      const { edits, refused } = editsOf(raw, given, { current: blank, previous: undefined, text });
      const [first] = refused;
      if (first)
        throw new CapabilityNotSupportedError(first.reason, {
          capability: first.field,
          fieldPath: first.field,
        });

      const made = edits
        .filter(({ field }) => field !== 'status')
        .flatMap(({ choices }) => choices.slice(0, 1));
      if (key !== undefined && !edits.some(({ field }) => field === 'body'))
        made.push(option('description', withMarker('', key)));
      const id = await this.#client.create(made, given.title, options);
      // It cannot be created in a status.
      const status = edits.filter(({ field }) => field === 'status');
      const failed = await writeEdits(this.#client, id, status, options);
      const answer = this.#canonical(await this.#client.show(id, options));
      const written = edits.filter(({ field }) => failed.every((one) => one.field !== field));
      return settled(answer, [...failed, ...notTaken(written, given, blank, answer)]);
    });
  }

  async updateIssue(
    ref: ExternalRef,
    patch: IssuePatch,
    options: WriteOptions = {},
  ): Promise<CanonicalIssue> {
    this.#assertWrite(ref, options);
    const wanted = issuePatch(patch, SYSTEM);
    return this.#inTurn(options, () => this.#update(ref, wanted, options));
  }

  async transitionIssue(
    ref: ExternalRef,
    status: CanonicalStatus,
    options: WriteOptions = {},
  ): Promise<CanonicalIssue> {
    return this.updateIssue(ref, { status }, options);
  }

  /** `blocked_by` and `blocks` are dependencies of the issue that waits; the other end does not show them. */
  async upsertLink(ref: ExternalRef, link: CanonicalLink, options: WriteOptions = {}): Promise<void> {
    return this.#link(ref, link, true, options);
  }

  async removeLink(ref: ExternalRef, link: CanonicalLink, options: WriteOptions = {}): Promise<void> {
    return this.#link(ref, link, false, options);
  }

  async addComment(ref: ExternalRef, body: string, options: WriteOptions = {}): Promise<void> {
    this.#assertWrite(ref, options);
    return this.#inTurn(options, async () => {
      // Asked for first: fp would complete an id to another one's.
      await showRef(this.#client, ref, options);
      await this.#client.comment(ref.id, body, options);
    });
  }

  /** The first issue that carries a key; a copy of it is no other create. */
  async findByIdempotencyKeys(
    keys: string[],
    options: { since?: string } & CallOptions = {},
  ): Promise<Map<string, CanonicalIssue>> {
    const { supportsLookupByKey } = await this.getCapabilities(options);
    if (supportsLookupByKey !== true)
      throw new CapabilityNotSupportedError('this fp prints no descriptions to find a key in', {
        capability: 'supportsLookupByKey',
      });
    const wanted = new Set(keys);
    const found = new Map<string, CanonicalIssue>();
    if (wanted.size === 0) return found;
    for (const raw of (await this.#client.list(options)).issues) {
      const issue = this.#readable(raw);
      const key = issue?.correlationKey;
      if (!issue || key === undefined || !wanted.has(key)) continue;
      const held = found.get(key);
      if (!held || (issue.createdAt ?? '') < (held.createdAt ?? '')) found.set(key, issue);
    }
    return found;
  }

  /** Nothing is held open. */
  async [Symbol.asyncDispose](): Promise<void> {}

  async #update(ref: ExternalRef, patch: IssuePatch, options: WriteOptions): Promise<CanonicalIssue> {
    const raw = await showRef(this.#client, ref, options);
    const current = this.#canonical(raw);
    const capabilities = await this.getCapabilities(options);
    assertHeld(capabilities, patch, current);
    const text = fieldSupport(capabilities, 'body') === 'none';
    const { edits, refused } = editsOf(raw, patch, { current, previous: options.previous, text });
    if (edits.length === 0) return settled(current, refused);
    const failed = await writeEdits(this.#client, ref.id, edits, options);
    const answer = this.#canonical(await showRef(this.#client, ref, options));
    const written = edits.filter(({ field }) => failed.every((one) => one.field !== field));
    return settled(answer, [...refused, ...failed, ...notTaken(written, patch, current, answer)]);
  }

  async #link(ref: ExternalRef, link: CanonicalLink, wanted: boolean, options: WriteOptions): Promise<void> {
    this.#assertWrite(ref, options);
    const capabilities = await this.getCapabilities(options);
    const [child, parent] = link.type === 'parent_of' ? [link.target, ref] : [ref, link.target];
    if (link.type === 'child_of' || link.type === 'parent_of') {
      this.#assertScope(child);
      if (wanted) await this.updateIssue(child, { parent }, options);
      else if ((await this.getIssue(child, options)).parent?.id === parent.id)
        await this.updateIssue(child, { parent: null }, options);
      return;
    }
    const known = link.type === 'blocked_by' || link.type === 'blocks';
    if (fieldSupport(capabilities, 'links') === 'none' || !known || !isHere(link.target, ref)) {
      throw new CapabilityNotSupportedError(`this fp has no word for ${link.type} ${link.target.id}`, {
        capability: 'links',
        fieldPath: 'links',
      });
    }
    const [waiting, first] = link.type === 'blocked_by' ? [ref, link.target] : [link.target, ref];
    await this.#inTurn(options, () =>
      setDependency(this.#client, { waiting, first, wanted, asked: ref }, options),
    );
  }

  /** One write at a time: fp replaces sets whole, and what is between a read and its write would be lost. */
  #inTurn<T>(options: CallOptions, work: () => Promise<T>): Promise<T> {
    const turn = this.#lastWrite.then(() => {
      options.signal?.throwIfAborted();
      return work();
    });
    this.#lastWrite = turn.catch(() => {});
    return turn;
  }

  #canonical(raw: FpIssue): CanonicalIssue {
    return toCanonical(raw, this.#config);
  }

  #readable(raw: FpIssue): CanonicalIssue | undefined {
    try {
      return this.#canonical(raw);
    } catch (error) {
      if (isTrackerError(error)) return undefined;
      throw error;
    }
  }

  #assertWrite(ref: ExternalRef, { ifVersion }: WriteOptions): void {
    this.#assertScope(ref);
    if (ifVersion === undefined) return;
    const capability = 'supportsOptimisticConcurrency';
    throw new CapabilityNotSupportedError('fp has no versions to compare', { capability });
  }

  #assertScope(ref: ExternalRef): void {
    if (ref.system === this.name && ref.workspace === this.workspace) return;
    throw new ScopeViolationError(`${refIdentity(ref)} is in another workspace`, {
      expectedScope: `${this.name}:${this.workspace}`,
      actualScope: `${ref.system}:${ref.workspace}`,
    });
  }
}
