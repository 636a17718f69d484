import {
  type CallOptions,
  type CanonicalIssue,
  type CanonicalLink,
  type CanonicalStatus,
  CapabilityNotSupportedError,
  type ConnectorContext,
  ConnectorRequestError,
  type ExternalRef,
  type IssuePatch,
  type ListQuery,
  type Page,
  refIdentity,
  ScopeViolationError,
  systemClock,
  systemSleep,
  type TaskTrackerConnector,
  type TrackerCapabilities,
  type WriteOptions,
  type WriteResult,
} from '@spec-kitty/tracker-core';
import { createProcessRunner, runnerFor, scopeName } from '@spec-kitty/tracker-process';
import { BdClient } from './client.ts';
import { type BeadsConfig, type BeadsConfigInput, type HostOwned, parseConfig } from './config.ts';
import { Database, notFound } from './database.ts';
import type { ExportSummary } from './export-index.ts';
import { ExportSource } from './export-source.ts';
import { DATABASE_CAPABILITIES, EXPORT_CAPABILITIES } from './manifest.ts';
import { assertFilters } from './queries.ts';
import { SYSTEM } from './to-canonical.ts';

/** Change when the mapping of fields does. */
const MAPPINGS = { export: 'export-1', database: 'bd-1' } as const;

/** By which variables and options bd is told who acts. */
const ACTOR_WORDS = { variables: ['BD_ACTOR', 'BEADS_ACTOR'], options: ['actor'] };

/** Issues of Beads: read from a JSONL export, or read and written through the bd command. */
export class BeadsConnector implements TaskTrackerConnector {
  readonly name: string = SYSTEM;
  readonly workspace: string;
  readonly mapping: string;
  readonly scope?: string;
  readonly #source: ExportSource | Database;
  readonly #hostOwns: readonly HostOwned[];
  #lastWrite: Promise<unknown> = Promise.resolve();

  /**
   * @param context its `run` stands in for running commands on this machine; an export needs none.
   * @throws ConnectorConfigError, also for a `scope` without a runner of the host's.
   */
  constructor(config: BeadsConfigInput = {}, context: Partial<ConnectorContext> = {}) {
    const parsed = parseConfig(config);
    const { workspace, exportFile, scope, hostOwns = [] } = parsed;
    this.workspace = workspace;
    if (scope !== undefined) this.scope = scopeName(scope);
    this.#hostOwns = hostOwns;
    this.mapping = exportFile === undefined ? MAPPINGS.database : MAPPINGS.export;
    this.#source =
      exportFile === undefined ? openDatabase(parsed, context) : new ExportSource(exportFile, workspace);
  }

  /** An export cannot be written; what the host owns cannot be written either. */
  async getCapabilities(): Promise<TrackerCapabilities> {
    if (this.#source instanceof ExportSource) return structuredClone(EXPORT_CAPABILITIES);
    return {
      ...structuredClone(DATABASE_CAPABILITIES),
      supportsAssignment: !this.#hostOwns.includes('assignees'),
      supportsTerminalTransition: !this.#hostOwns.includes('terminal_status'),
    };
  }

  /**
   * An export in the order of its lines, a database in that of its ids. What cannot be read is told as `failures` with
   * the location `line N`; tombstones are `gone`, whatever the filters.
   *
   * `updatedSince` is ignored, everything is listed: Beads does not move `updated_at` when labels, comments or
   * dependencies change, so a listing by time would miss them.
   * @throws TrackerContractError, kind `cursor`; reason `changed` where the export is another one since.
   */
  async listIssues(query: ListQuery): Promise<Page<CanonicalIssue>> {
    if (!Number.isSafeInteger(query.limit) || query.limit < 1)
      throw new TypeError('limit must be a positive integer');
    assertFilters(query.filters ?? {});
    query.signal?.throwIfAborted();
    return this.#source.list(query);
  }

  async getIssue(ref: ExternalRef, options: CallOptions = {}): Promise<CanonicalIssue> {
    const [issue] = await this.getIssues([ref], options);
    if (issue) return issue;
    throw notFound(ref);
  }

  /** @throws TrackerContractError, kind `export`, for an issue that is missing while something cannot be read. */
  async getIssues(
    refs: ExternalRef[],
    options: CallOptions = {},
  ): Promise<Array<CanonicalIssue | undefined>> {
    for (const ref of refs) this.#assertScope(ref);
    options.signal?.throwIfAborted();
    return this.#source.get(refs, options);
  }

  /** How the lines of an export add up, of its last state that was read to its end. A database has none. */
  lastReadSummary(): ExportSummary | undefined {
    return this.#source instanceof ExportSource ? this.#source.lastSummary() : undefined;
  }

  async createIssue(issue: CanonicalIssue, options: WriteOptions = {}): Promise<CanonicalIssue> {
    return only(await this.createIssues([{ issue, options }]));
  }

  /** A handful of processes, however many issues. The id of a new issue is made of its idempotency key. */
  async createIssues(items: Array<{ issue: CanonicalIssue; options: WriteOptions }>): Promise<WriteResult[]> {
    for (const { issue, options } of items) this.#assertWrite(issue.ref, options);
    return this.#inTurn(items[0]?.options ?? {}, (database, options) => database.create(items, options));
  }

  async updateIssue(
    ref: ExternalRef,
    patch: IssuePatch,
    options: WriteOptions = {},
  ): Promise<CanonicalIssue> {
    return only(await this.updateIssues([{ ref, patch, options }]));
  }

  /** A handful of processes, and one more for each label and each edge that is taken away. */
  async updateIssues(
    items: Array<{ ref: ExternalRef; patch: IssuePatch; options: WriteOptions }>,
  ): Promise<WriteResult[]> {
    for (const { ref, options } of items) this.#assertWrite(ref, options);
    return this.#inTurn(items[0]?.options ?? {}, (database, options) => database.update(items, options));
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
    return this.#inTurn(options, (database) => database.link(ref, link, true, options));
  }

  async removeLink(ref: ExternalRef, link: CanonicalLink, options: WriteOptions = {}): Promise<void> {
    this.#assertWrite(ref, options);
    return this.#inTurn(options, (database) => database.link(ref, link, false, options));
  }

  async addComment(ref: ExternalRef, body: string, options: WriteOptions = {}): Promise<void> {
    this.#assertWrite(ref, options);
    return this.#inTurn(options, (database) => database.comment(ref, body, options));
  }

  /** Nothing is held open. */
  async [Symbol.asyncDispose](): Promise<void> {}

  /** One write at a time: what is between a read and its write would be refused. */
  async #inTurn<T>(
    options: CallOptions,
    work: (database: Database, options: CallOptions) => Promise<T>,
  ): Promise<T> {
    const database = this.#writable();
    const turn = this.#lastWrite.then(() => {
      options.signal?.throwIfAborted();
      return work(database, options);
    });
    this.#lastWrite = turn.catch(() => {});
    return turn;
  }

  #writable(): Database {
    if (this.#source instanceof Database) return this.#source;
    throw new CapabilityNotSupportedError('a Beads export is read-only', { capability: 'supportsWrite' });
  }

  #assertWrite(ref: ExternalRef, { ifVersion }: WriteOptions): void {
    this.#writable();
    this.#assertScope(ref);
    if (ifVersion === undefined) return;
    const capability = 'supportsOptimisticConcurrency';
    throw new CapabilityNotSupportedError('Beads has no versions to compare', { capability });
  }

  #assertScope(ref: ExternalRef): void {
    if (ref.system === this.name && ref.workspace === this.workspace) return;
    throw new ScopeViolationError(`${refIdentity(ref)} is in another workspace`, {
      expectedScope: `${this.name}:${this.workspace}`,
      actualScope: `${ref.system}:${ref.workspace}`,
    });
  }
}

function openDatabase(config: BeadsConfig, context: Partial<ConnectorContext>): Database {
  const { workspace, command = 'bd', cwd, scope, hostOwns = [] } = config;
  const runner = runnerFor(context.run, scope, () => createProcessRunner(), ACTOR_WORDS);
  const client = new BdClient({ command, runner, ...(cwd === undefined ? {} : { cwd }) });
  return new Database(client, {
    workspace,
    hostOwns,
    clock: context.clock ?? systemClock,
    sleep: systemSleep,
  });
}

function only([result]: WriteResult[]): CanonicalIssue {
  if (result?.ok) return result.issue;
  throw (
    result?.error ??
    new ConnectorRequestError('bd wrote nothing', { failureClass: 'transient', provider: SYSTEM })
  );
}
