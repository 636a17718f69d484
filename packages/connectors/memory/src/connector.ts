import type {
  CallOptions,
  CanonicalIssue,
  CanonicalLink,
  CanonicalStatus,
  Comment,
  ConnectorContext,
  ExternalRef,
  IssuePatch,
  ListQuery,
  Page,
  SyncCheckpoint,
  TaskTrackerConnector,
  TrackerCapabilities,
  TrackerEvent,
  WriteOptions,
  WriteResult,
} from '@spec-kitty/tracker-core';
import { ConnectorConfigError, copyJson, systemClock, toTimestamp } from '@spec-kitty/tracker-core';
import { attempt, settled, TrackerClient } from './client.ts';
import { type InMemoryConfigInput, parseConfig } from './config.ts';
import { eventsOf } from './events.ts';
import { Faults, type Operation } from './faults.ts';
import { Gate } from './gate.ts';
import { type InMemoryOptions, type Profile, profileOf } from './options.ts';
import { assertFilters } from './queries.ts';
import { processStorage, type TrackerStorage } from './storage.ts';
import { toComment } from './to-canonical.ts';
import { InMemoryTracker } from './tracker.ts';
import { readDelivery } from './webhook.ts';

interface Call {
  ref?: ExternalRef;
  signal?: AbortSignal | undefined;
  write?: boolean;
}

/** The query with its time in the form in which times are compared here. */
function inUtc(query: ListQuery): ListQuery {
  if (query.updatedSince === undefined) return query;
  const updatedSince = toTimestamp(query.updatedSince);
  if (updatedSince === undefined) throw new TypeError('updatedSince must be an RFC 3339 time with an offset');
  return { ...query, updatedSince };
}

/** A client of an {@link InMemoryTracker}: the reference connector, which can do all that the protocol knows. */
export class InMemoryConnector implements TaskTrackerConnector {
  readonly name: string;
  readonly workspace: string;
  readonly mapping: string;
  /** What it talks to. Other connectors may share it. */
  readonly tracker: InMemoryTracker;
  /** Scripted faults of this connector. */
  readonly faults: Faults;
  readonly #profile: Profile;
  readonly #gate: Gate;
  readonly #client: TrackerClient;
  readonly #webhookSecret: string | undefined;
  readonly #file: string | undefined;
  #storage: Promise<TrackerStorage> | undefined;

  /**
   * @param tracker the tracker to be a client of; without it, one of its own.
   * @param options what makes it a lesser tracker, for tests.
   * @throws ConnectorConfigError
   */
  constructor(
    config: InMemoryConfigInput = {},
    context: Partial<ConnectorContext> = {},
    tracker?: InMemoryTracker,
    options: InMemoryOptions = {},
  ) {
    const { name, workspace, file, webhookSecret } = parseConfig(config);
    if (tracker && tracker.system !== name) {
      throw new ConnectorConfigError(`the tracker is "${tracker.system}", not "${name}"`, {
        fieldPath: 'name',
      });
    }
    if (tracker && file !== undefined) {
      throw new ConnectorConfigError('a tracker that is given cannot be kept in a file', {
        fieldPath: 'file',
      });
    }
    this.name = name;
    this.workspace = workspace;
    this.tracker =
      tracker ?? new InMemoryTracker({ system: name, workspace, clock: context.clock ?? systemClock });
    this.#profile = profileOf(options, webhookSecret !== undefined);
    this.mapping = this.#profile.mapping;
    this.faults = new Faults(this.#profile.sleep);
    this.#gate = new Gate(name, workspace, this.#profile.capabilities);
    this.#client = new TrackerClient(this.tracker.server, workspace, this.#profile);
    this.#webhookSecret = webhookSecret;
    this.#file = file;
  }

  async getCapabilities(): Promise<TrackerCapabilities> {
    return copyJson(this.#profile.capabilities);
  }

  /** @throws TrackerContractError, kind `cursor`, for a cursor that is malformed or of another listing. */
  async listIssues(query: ListQuery): Promise<Page<CanonicalIssue>> {
    if (!Number.isSafeInteger(query.limit) || query.limit < 1)
      throw new TypeError('limit must be a positive integer');
    assertFilters(query.filters ?? {});
    const asked = inUtc(query);
    return this.#call('listIssues', { signal: query.signal }, () =>
      this.#client.list(asked, this.faults.takeStale('listIssues')),
    );
  }

  async getIssue(ref: ExternalRef, options: CallOptions = {}): Promise<CanonicalIssue> {
    this.#gate.assertScope(ref);
    return this.#call('getIssue', { ref, signal: options.signal }, () =>
      this.#client.get(ref, this.faults.takeStale('getIssue')),
    );
  }

  async getIssues(
    refs: ExternalRef[],
    options: CallOptions = {},
  ): Promise<Array<CanonicalIssue | undefined>> {
    this.#gate.need('supportsBulkRead');
    this.#gate.assertBatch(refs.length);
    for (const ref of refs) this.#gate.assertScope(ref);
    return this.#call('getIssues', { signal: options.signal }, () => {
      const stale = this.faults.takeStale('getIssues');
      return refs.map((ref) => this.#client.find(ref, stale));
    });
  }

  async createIssue(issue: CanonicalIssue, options: WriteOptions = {}): Promise<CanonicalIssue> {
    const create = this.#creation(issue, options);
    return this.#call('createIssue', { ref: issue.ref, signal: options.signal, write: true }, create);
  }

  async createIssues(items: Array<{ issue: CanonicalIssue; options: WriteOptions }>): Promise<WriteResult[]> {
    this.#gate.need('supportsBulkWrite');
    this.#gate.assertBatch(items.length);
    return this.#call('createIssues', { signal: items[0]?.options.signal, write: true }, () =>
      items.map(({ issue, options }) => attempt(() => this.#creation(issue, options)())),
    );
  }

  async updateIssue(
    ref: ExternalRef,
    patch: IssuePatch,
    options: WriteOptions = {},
  ): Promise<CanonicalIssue> {
    this.#gate.needWrite(ref, options);
    const update = this.#client.updating(ref, patch, options);
    return settled(await this.#call('updateIssue', { ref, signal: options.signal, write: true }, update));
  }

  async updateIssues(
    items: Array<{ ref: ExternalRef; patch: IssuePatch; options: WriteOptions }>,
  ): Promise<WriteResult[]> {
    this.#gate.need('supportsBulkWrite');
    this.#gate.assertBatch(items.length);
    return this.#call('updateIssues', { signal: items[0]?.options.signal, write: true }, () =>
      items.map(({ ref, patch, options }) =>
        attempt(() => {
          this.#gate.needWrite(ref, options);
          return settled(this.#client.updating(ref, patch, options)());
        }),
      ),
    );
  }

  async transitionIssue(
    ref: ExternalRef,
    status: CanonicalStatus,
    options: WriteOptions = {},
  ): Promise<CanonicalIssue> {
    this.#gate.needWrite(ref, options);
    if (status === 'done' || status === 'canceled') this.#gate.need('supportsTerminalTransition');
    const update = this.#client.updating(ref, { status }, options);
    return settled(await this.#call('transitionIssue', { ref, signal: options.signal, write: true }, update));
  }

  async deleteIssue(ref: ExternalRef, options: WriteOptions = {}): Promise<void> {
    this.#gate.needWrite(ref, options);
    this.#gate.need('supportsDelete');
    return this.#call('deleteIssue', { ref, signal: options.signal, write: true }, () =>
      this.#client.remove(ref, options),
    );
  }

  async upsertLink(ref: ExternalRef, link: CanonicalLink, options: WriteOptions = {}): Promise<void> {
    this.#gate.needWrite(ref, options);
    this.#gate.needLink(link);
    const given = copyJson(link);
    return this.#call('upsertLink', { ref, signal: options.signal, write: true }, () =>
      this.#client.link(ref, given, options),
    );
  }

  async removeLink(ref: ExternalRef, link: CanonicalLink, options: WriteOptions = {}): Promise<void> {
    this.#gate.needWrite(ref, options);
    this.#gate.needLink(link);
    const given = copyJson(link);
    return this.#call('removeLink', { ref, signal: options.signal, write: true }, () =>
      this.#client.unlink(ref, given, options),
    );
  }

  /** A comment under a key that this account used on this issue before is not added again. */
  async addComment(ref: ExternalRef, body: string, options: WriteOptions = {}): Promise<void> {
    this.#gate.needWrite(ref, options);
    this.#gate.need('supportsComments');
    return this.#call('addComment', { ref, signal: options.signal, write: true }, () =>
      this.#client.comment(ref, body, options),
    );
  }

  async listComments(ref: ExternalRef, options: CallOptions = {}): Promise<Comment[]> {
    this.#gate.need('supportsCommentEdits');
    this.#gate.assertScope(ref);
    return this.#call('listComments', { ref, signal: options.signal }, () =>
      this.#client.comments(ref).map((comment) => toComment(this.#profile, comment)),
    );
  }

  async updateComment(ref: ExternalRef, id: string, body: string, options: WriteOptions = {}): Promise<void> {
    this.#gate.needWrite(ref, options);
    this.#gate.need('supportsCommentEdits');
    return this.#call('updateComment', { ref, signal: options.signal, write: true }, () =>
      this.#client.editComment(ref, id, body),
    );
  }

  async findByIdempotencyKeys(
    keys: string[],
    options: { since?: string } & CallOptions = {},
  ): Promise<Map<string, CanonicalIssue>> {
    this.#gate.need('supportsLookupByKey');
    return this.#call('findByIdempotencyKeys', { signal: options.signal }, () =>
      this.#client.findByIdempotencyKeys(keys, options.since),
    );
  }

  async listEvents(
    checkpoint: SyncCheckpoint | undefined,
    limit: number,
  ): Promise<{ events: TrackerEvent[]; checkpoint?: SyncCheckpoint }> {
    return this.#call('listEvents', {}, () =>
      eventsOf(this.#client.shelf, this.workspace, this.tracker.server.sequence, checkpoint, limit),
    );
  }

  /** Events of other workspaces are left out: one endpoint may serve several bindings. */
  async parseWebhook(request: {
    headers: Record<string, string>;
    body: Uint8Array;
  }): Promise<TrackerEvent[]> {
    this.#gate.need('supportsWebhooks');
    if (this.#webhookSecret === undefined) {
      throw new ConnectorConfigError('webhooks need a secret', { fieldPath: 'webhookSecret' });
    }
    const events = await readDelivery(this.#webhookSecret, request);
    return events.filter(
      ({ issueRef }) => issueRef.system === this.name && issueRef.workspace === this.workspace,
    );
  }

  /** Nothing is held open. */
  async [Symbol.asyncDispose](): Promise<void> {}

  #creation(issue: CanonicalIssue, options: WriteOptions): () => CanonicalIssue {
    this.#gate.needWrite(issue.ref, options);
    return this.#client.creation(issue, options);
  }

  async #call<T>(operation: Operation, { ref, signal, write }: Call, work: () => T): Promise<T> {
    await this.faults.before(operation, ref, signal);
    this.#storage ??= this.#open();
    const storage = await this.#storage;
    const answer = await (write ? storage.write(work) : storage.read(work));
    await this.faults.after(operation, ref);
    return answer;
  }

  async #open(): Promise<TrackerStorage> {
    if (this.#file === undefined) return processStorage;
    // Loaded when it is needed, so that this package can be imported where there are no files.
    const { FileStorage } = await import('./node/file-storage.ts');
    return new FileStorage(this.#file, this.tracker.server, this.#profile.sleep);
  }
}
