import {
  type CallOptions,
  type CanonicalIssue,
  type CanonicalLink,
  type CanonicalStatus,
  CapabilityNotSupportedError,
  type ConnectorContext,
  type ExternalRef,
  type IssueFilters,
  IssueNotFoundError,
  type IssuePatch,
  type ListQuery,
  type Page,
  refIdentity,
  ScopeViolationError,
  type TaskTrackerConnector,
  type TrackerCapabilities,
  TrackerContractError,
  type WriteOptions,
} from '@spec-kitty/tracker-core';
import { ExportClient, type ExportRow, type OpenExport, START } from './client.ts';
import { type BeadsConfigInput, parseConfig } from './config.ts';
import { readCursor, writeCursor } from './cursor.ts';
import type { ExportSummary } from './export-index.ts';
import type { LinePosition } from './lines.ts';
import { CAPABILITIES } from './manifest.ts';
import { assertFilters, listingIdentity, meets } from './queries.ts';
import { refOf, SYSTEM } from './to-canonical.ts';

/** Changes when the mapping of fields does. */
const MAPPING = 'export-1';

/** Reads the issues of a Beads database from its JSONL export. It writes nothing. */
export class BeadsConnector implements TaskTrackerConnector {
  readonly name: string = SYSTEM;
  readonly workspace: string;
  readonly mapping: string = MAPPING;
  readonly scope?: string;
  readonly #client: ExportClient;

  /**
   * @param _context nothing of it is used: a file is read, nothing is run or fetched.
   * @throws ConnectorConfigError
   */
  constructor(config: BeadsConfigInput, _context: Partial<ConnectorContext> = {}) {
    const { workspace, exportFile, scope } = parseConfig(config);
    this.workspace = workspace;
    if (scope !== undefined) this.scope = scope;
    this.#client = new ExportClient(exportFile, workspace);
  }

  async getCapabilities(): Promise<TrackerCapabilities> {
    return structuredClone(CAPABILITIES);
  }

  /**
   * A page in the order of the file. Lines that cannot be used are `failures` with the location `line N`; tombstones
   * are `gone`, whatever the filters.
   *
   * `updatedSince` is ignored, everything is listed: Beads does not move `updated_at` when labels, comments or
   * dependencies change, so a listing by time would miss them.
   * @throws TrackerContractError, kind `cursor`; reason `changed` where the file is another one since.
   */
  async listIssues(query: ListQuery): Promise<Page<CanonicalIssue>> {
    if (!Number.isSafeInteger(query.limit) || query.limit < 1)
      throw new TypeError('limit must be a positive integer');
    const filters = query.filters ?? {};
    assertFilters(filters);
    query.signal?.throwIfAborted();
    return this.#client.use((file) =>
      filters.queryKey === undefined
        ? this.#page(file, query, filters)
        : this.#pageOfKey(file, filters.queryKey, query.signal),
    );
  }

  async #page(file: OpenExport, query: ListQuery, filters: IssueFilters): Promise<Page<CanonicalIssue>> {
    const listing = listingIdentity(this.workspace, filters);
    const from = query.cursor === undefined ? START : await readCursor(file, query.cursor, listing);
    const limit = Math.min(query.limit, CAPABILITIES.limits?.pageSize ?? query.limit);
    const page: Page<CanonicalIssue> = { items: [] };
    let taken = 0;
    let next: LinePosition | undefined;
    for await (const placed of file.rows(from, query.signal)) {
      taken += this.#place(page, placed.row, filters);
      next = placed.next;
      if (taken === limit) break;
    }
    if (taken === limit && next && next.offset < file.size)
      page.nextCursor = writeCursor(file, next, listing);
    return page;
  }

  /** Puts a row where it belongs on a page, and says how many entries of it that took. */
  #place(page: Page<CanonicalIssue>, row: ExportRow, filters: IssueFilters): 0 | 1 {
    switch (row.kind) {
      case 'issue':
        if (!meets(row.issue, filters)) return 0;
        page.items.push(row.issue);
        return 1;
      case 'tombstone':
        page.gone = page.gone ?? [];
        page.gone.push(refOf(this.workspace, row.id));
        return 1;
      case 'failure':
        page.failures = page.failures ?? [];
        page.failures.push({ location: `line ${row.line}`, message: row.message });
        return 1;
      default:
        return 0;
    }
  }

  async #pageOfKey(file: OpenExport, key: string, signal?: AbortSignal): Promise<Page<CanonicalIssue>> {
    const entry = (await file.index(signal)).entries.get(key);
    if (entry?.tombstone) return { items: [], gone: [refOf(this.workspace, key)] };
    const issue = entry && (await file.issueAt(entry));
    return { items: issue ? [issue] : [] };
  }

  async getIssue(ref: ExternalRef, options: CallOptions = {}): Promise<CanonicalIssue> {
    const [issue] = await this.getIssues([ref], options);
    if (issue) return issue;
    throw new IssueNotFoundError(`the export has no issue ${refIdentity(ref)}`, { issueRef: { ...ref } });
  }

  /**
   * @throws TrackerContractError, kind `export`, for an issue that is missing while some lines of the file cannot be
   * read: it may be in one of them, and "not found" would mean that it was deleted.
   */
  async getIssues(
    refs: ExternalRef[],
    options: CallOptions = {},
  ): Promise<Array<CanonicalIssue | undefined>> {
    for (const ref of refs) this.#assertScope(ref);
    options.signal?.throwIfAborted();
    return this.#client.use(async (file) => {
      const { entries, summary } = await file.index(options.signal);
      const issues: Array<CanonicalIssue | undefined> = [];
      for (const ref of refs) {
        const entry = entries.get(ref.id);
        if (!entry && summary.unreadable > 0) throw this.#undecided(ref, summary);
        issues.push(entry && !entry.tombstone ? await file.issueAt(entry) : undefined);
      }
      return issues;
    });
  }

  /** How the lines add up, of the last state of the file that was read to its end. */
  lastReadSummary(): ExportSummary | undefined {
    const summary = this.#client.lastIndex?.summary;
    return summary && { ...summary };
  }

  async createIssue(_issue: CanonicalIssue, _options?: WriteOptions): Promise<CanonicalIssue> {
    return readOnly();
  }

  async updateIssue(_ref: ExternalRef, _patch: IssuePatch, _options?: WriteOptions): Promise<CanonicalIssue> {
    return readOnly();
  }

  async transitionIssue(
    _ref: ExternalRef,
    _status: CanonicalStatus,
    _options?: WriteOptions,
  ): Promise<CanonicalIssue> {
    return readOnly();
  }

  async upsertLink(_ref: ExternalRef, _link: CanonicalLink, _options?: WriteOptions): Promise<void> {
    return readOnly();
  }

  async addComment(_ref: ExternalRef, _body: string, _options?: WriteOptions): Promise<void> {
    return readOnly();
  }

  /** Nothing is held open. */
  async [Symbol.asyncDispose](): Promise<void> {}

  #assertScope(ref: ExternalRef): void {
    if (ref.system === this.name && ref.workspace === this.workspace) return;
    throw new ScopeViolationError(`${refIdentity(ref)} is in another workspace`, {
      expectedScope: `${this.name}:${this.workspace}`,
      actualScope: `${ref.system}:${ref.workspace}`,
    });
  }

  #undecided(ref: ExternalRef, { unreadable }: ExportSummary): TrackerContractError {
    return new TrackerContractError(
      `${refIdentity(ref)} is in no line that can be read, and ${unreadable} cannot be read`,
      { provider: this.name, kind: 'export', reason: 'unreadable' },
    );
  }
}

function readOnly(): never {
  throw new CapabilityNotSupportedError('a Beads export is read-only', { capability: 'supportsWrite' });
}
