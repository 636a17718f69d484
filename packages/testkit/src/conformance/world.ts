import {
  type CanonicalIssue,
  canonicalIssue,
  type ExternalRef,
  type FieldSupport,
  fieldSupport,
  type IssueField,
  type IssueFilters,
  type IssuePatch,
  isJsonValue,
  type JsonValue,
  type ListQuery,
  type Page,
  refIdentity,
  sameValue,
  type TaskTrackerConnector,
  type TrackerCapabilities,
  toTimestamp,
} from '@spec-kitty/tracker-core';
import { ConformanceError, check, equal, present, typed } from '../support/check.ts';
import { mayPass } from '../support/error-class.ts';
import type { OpenedConnector, SeedIssue } from './options.ts';

/** A listing that goes on after this many pages does not end. */
const MAX_PAGES = 1000;

/** One case's tracker, and what is done with it again and again. */
export class World {
  readonly opened: OpenedConnector;
  readonly connector: TaskTrackerConnector;
  readonly capabilities: TrackerCapabilities;

  constructor(opened: OpenedConnector, capabilities: TrackerCapabilities) {
    this.opened = opened;
    this.connector = opened.connector;
    this.capabilities = capabilities;
  }

  support(field: IssueField): FieldSupport {
    return fieldSupport(this.capabilities, field);
  }

  get assignees(): string[] {
    return this.opened.values?.assignees ?? ['ada', 'grace'];
  }

  get customFields(): Record<string, JsonValue> {
    return this.opened.values?.customFields ?? { conformance: 'a value', nested: { list: [1, 'two', null] } };
  }

  /** Issues made by a person, without what this tracker cannot hold; the lag has passed. */
  async seed(...issues: SeedIssue[]): Promise<ExternalRef[]> {
    const held = issues.map((issue) => {
      const fields = Object.entries(issue).filter(([field]) => this.support(field as IssueField) !== 'none');
      return Object.fromEntries(fields) as SeedIssue;
    });
    const refs = await this.opened.seed(held);
    equal(refs.length, issues.length, 'open().seed answers a ref for each issue');
    await this.settle();
    return refs;
  }

  async seedOne(issue: SeedIssue = { title: 'An issue' }): Promise<ExternalRef> {
    return present((await this.seed(issue))[0], 'open().seed answers a ref');
  }

  /** Waits until listings and look-ups show what was done. */
  async settle(): Promise<void> {
    const { lagMs = 0, timeGranularityMs = 0 } = this.capabilities;
    if (lagMs + timeGranularityMs === 0) return;
    if (!this.opened.advance) {
      if (lagMs === 0) return;
      throw new ConformanceError('open() gives no `advance`, which a tracker with a `lagMs` needs');
    }
    await this.opened.advance(lagMs + timeGranularityMs + 1);
  }

  /** An issue as the engine sends it to be created. */
  draft(fields: SeedIssue, id = 'draft:conformance'): CanonicalIssue {
    const { name: system, workspace } = this.connector;
    return canonicalIssue({ ...fields, ref: { system, workspace, id } });
  }

  /** A ref of this workspace that no issue has, of the shape of `like`. */
  unknownRef(like: ExternalRef): ExternalRef {
    const { system, workspace, id } = like;
    if (/^\d+$/.test(id)) return { system, workspace, id: '987654321' };
    if (/^[0-9a-f]{8}-[0-9a-f]{4}-/i.test(id)) {
      return { system, workspace, id: '00000000-0000-4000-8000-00000000dead' };
    }
    return { system, workspace, id: `${id}-none` };
  }

  /** An issue as the connector answered it: canonical already, plain, of this workspace. */
  verify(answer: CanonicalIssue | undefined, what: string): CanonicalIssue {
    const issue = present(answer, `${what}: there is no issue in the answer`);
    check(isJsonValue(issue), `${what}: the issue is not plain JSON data`);
    const parsed = canonicalIssue(issue, this.connector.name);
    equal(issue, parsed, `${what}: the issue is not in canonical form`);
    const { system, workspace } = issue.ref;
    equal(system, this.connector.name, `${what}: ref.system`);
    equal(workspace, this.connector.workspace, `${what}: ref.workspace`);
    for (const time of [issue.createdAt, issue.updatedAt]) {
      check(time === null || toTimestamp(time) === time, `${what}: ${time} is not in UTC with milliseconds`);
    }
    const hierarchy = issue.links.find(({ type }) => type === 'child_of' || type === 'parent_of');
    check(hierarchy === undefined, `${what}: hierarchy is told by ${hierarchy?.type}, not by parent`);
    return issue;
  }

  async get(ref: ExternalRef): Promise<CanonicalIssue> {
    const issue = this.verify(await this.connector.getIssue(ref), 'getIssue');
    equal(refIdentity(issue.ref), refIdentity(ref), 'getIssue answers the issue that was asked for');
    return issue;
  }

  async page(query: ListQuery): Promise<Page<CanonicalIssue>> {
    const page = await this.connector.listIssues(query);
    check(Array.isArray(page.items), 'listIssues: items is no list');
    for (const issue of page.items) this.verify(issue, 'listIssues');
    const { nextCursor } = page;
    check(nextCursor === undefined || typeof nextCursor === 'string', 'listIssues: nextCursor is no text');
    check(nextCursor !== '', 'listIssues: nextCursor is empty; leave it out at the end');
    return page;
  }

  /** Every page to the end. `between` is done after each page but the last. */
  async pages(
    query: Omit<ListQuery, 'cursor'>,
    between: (page: number) => Promise<void> = async () => {},
  ): Promise<Page<CanonicalIssue>[]> {
    const pages: Page<CanonicalIssue>[] = [];
    const seen = new Set<string>();
    let cursor: string | undefined;
    for (;;) {
      const page = await this.page({ ...query, ...(cursor === undefined ? {} : { cursor }) });
      pages.push(page);
      cursor = page.nextCursor;
      if (cursor === undefined) return pages;
      check(!seen.has(cursor), 'listIssues: a cursor came twice; the listing never ends');
      seen.add(cursor);
      check(pages.length < MAX_PAGES, `listIssues: no end after ${MAX_PAGES} pages`);
      await between(pages.length);
    }
  }

  async list(query: Partial<Omit<ListQuery, 'cursor'>> = {}): Promise<CanonicalIssue[]> {
    const pages = await this.pages({ limit: this.pageSize(50), ...query });
    return pages.flatMap((page) => page.items);
  }

  /** The ids that a listing under these filters gives, in order of ids. */
  async idsOf(filters: IssueFilters): Promise<string[]> {
    return [...new Set((await this.list({ filters })).map((issue) => issue.ref.id))].sort();
  }

  pageSize(wanted: number): number {
    return Math.min(wanted, this.capabilities.limits?.pageSize ?? wanted);
  }

  same(field: IssueField, a: unknown, b: unknown): boolean {
    const folds = this.capabilities.foldsCase ?? [];
    const folding = { labels: folds.includes('labels'), assignees: folds.includes('assignees') };
    return sameValue(field as never, a as JsonValue, b as JsonValue, folding);
  }

  /** That no field but these is another one than before. */
  unchanged(
    before: CanonicalIssue,
    after: CanonicalIssue,
    but: readonly IssueField[],
    fields: readonly IssueField[],
  ): void {
    for (const field of fields) {
      if (but.includes(field) || this.same(field, before[field], after[field])) continue;
      equal(after[field], before[field], `${field} was not in the patch, and changed`);
    }
  }

  /** Changes an issue from outside where that is possible, else through the connector. False where neither can. */
  async edit(ref: ExternalRef, patch: IssuePatch): Promise<boolean> {
    if (this.opened.edit) await this.opened.edit(ref, patch);
    else if (this.capabilities.supportsWrite === false) return false;
    else await this.connector.updateIssue(ref, patch);
    return true;
  }
}

/** What the call did: its answer, or the error of this project that it was refused with, and whether that may pass. */
export async function outcome<T>(
  call: () => Promise<T>,
): Promise<{ answer: T } | { code: string; passes: boolean }> {
  try {
    return { answer: await call() };
  } catch (error) {
    const known = typed(error, 'the call');
    return { code: known.code, passes: mayPass(known) };
  }
}
