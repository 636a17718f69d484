import {
  type CallOptions,
  type CanonicalIssue,
  type ExternalRef,
  type IssueFilters,
  type ListQuery,
  type Page,
  refIdentity,
  TrackerContractError,
} from '@spec-kitty/tracker-core';
import { ExportClient, type ExportRow, type OpenExport, START } from './export-client.ts';
import { readCursor, writeCursor } from './export-cursor.ts';
import type { ExportSummary } from './export-index.ts';
import type { LinePosition } from './lines.ts';
import { PAGE_SIZE } from './manifest.ts';
import { listingIdentity, meets } from './queries.ts';
import { refOf, SYSTEM } from './to-canonical.ts';

/** The issues of a JSONL export. */
export class ExportSource {
  readonly #workspace: string;
  readonly #client: ExportClient;

  constructor(exportFile: string, workspace: string) {
    this.#workspace = workspace;
    this.#client = new ExportClient(exportFile, workspace);
  }

  /**
   * A page in the order of the file. Lines that cannot be used are `failures` with the location `line N`; tombstones
   * are `gone`, whatever the filters.
   * @throws TrackerContractError, kind `cursor`; reason `changed` where the file is another one since.
   */
  async list(query: ListQuery): Promise<Page<CanonicalIssue>> {
    const filters = query.filters ?? {};
    return this.#client.use((file) =>
      filters.queryKey === undefined
        ? this.#page(file, query, filters)
        : this.#pageOfKey(file, filters.queryKey, query.signal),
    );
  }

  /**
   * In the order of `refs`.
   * @throws TrackerContractError, kind `export`, for an issue that is missing while some lines of the file cannot be
   * read: it may be in one of them, and "not found" would mean that it was deleted.
   */
  async get(
    refs: readonly ExternalRef[],
    { signal }: CallOptions,
  ): Promise<Array<CanonicalIssue | undefined>> {
    return this.#client.use(async (file) => {
      const { entries, summary } = await file.index(signal);
      const issues: Array<CanonicalIssue | undefined> = [];
      for (const ref of refs) {
        const entry = entries.get(ref.id);
        if (!entry && summary.unreadable > 0) throw undecided(ref, summary.unreadable);
        issues.push(entry && !entry.tombstone ? await file.issueAt(entry) : undefined);
      }
      return issues;
    });
  }

  /** How the lines add up, of the last state of the file that was read to its end. */
  lastSummary(): ExportSummary | undefined {
    const summary = this.#client.lastIndex?.summary;
    return summary && { ...summary };
  }

  async #page(file: OpenExport, query: ListQuery, filters: IssueFilters): Promise<Page<CanonicalIssue>> {
    const listing = listingIdentity(this.#workspace, filters);
    const from = query.cursor === undefined ? START : await readCursor(file, query.cursor, listing);
    const limit = Math.min(query.limit, PAGE_SIZE);
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
        page.gone.push(refOf(this.#workspace, row.id));
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
    if (entry?.tombstone) return { items: [], gone: [refOf(this.#workspace, key)] };
    const issue = entry && (await file.issueAt(entry));
    return { items: issue ? [issue] : [] };
  }
}

/** An issue that is in no line that can be read may be in one that cannot: that is no deletion. */
export function undecided(ref: ExternalRef, unreadable: number): TrackerContractError {
  return new TrackerContractError(
    `${refIdentity(ref)} is in no line that can be read, and ${unreadable} cannot be read`,
    { provider: SYSTEM, kind: 'export', reason: 'unreadable' },
  );
}
