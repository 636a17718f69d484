import {
  type CanonicalIssue,
  CapabilityNotSupportedError,
  type ExternalRef,
  fingerprint,
  type IssueFields,
  type IssueFilters,
  type JsonValue,
  type ListQuery,
  type Page,
  stableStringify,
} from '@spec-kitty/tracker-core';
import { readCursor, writeCursor } from './cursor.ts';
import type { IssueShelf } from './issue-shelf.ts';
import type { Profile } from './options.ts';
import { fieldsSeen, fold, foldsCase, grained, toCanonical } from './to-canonical.ts';
import { comparePositions, type Position, type Version, type Visible } from './versions.ts';

const FILTERS = new Set(['queryKey', 'queryText', 'status', 'assignee', 'labels']);
const START: Position = { updatedAt: '', sequence: -1 };

/** What tells two listings apart: a cursor of one is no cursor of the other. */
export function listingIdentity(workspace: string, filters: IssueFilters): string {
  const given = Object.entries(filters).filter(([, value]) => value !== undefined);
  return fingerprint(stableStringify([workspace, Object.fromEntries(given) as JsonValue]));
}

/** @throws CapabilityNotSupportedError naming a filter that is not known. */
export function assertFilters(filters: IssueFilters): void {
  const unknown = Object.keys(filters).find((name) => filters[name] !== undefined && !FILTERS.has(name));
  if (unknown === undefined) return;
  const fieldPath = `filters.${unknown}`;
  throw new CapabilityNotSupportedError(`the memory tracker has no filter "${unknown}"`, {
    capability: fieldPath,
    fieldPath,
  });
}

function holdsAll(held: string[], wanted: string[], folds: boolean): boolean {
  if (!folds) return wanted.every((value) => held.includes(value));
  const folded = new Set(held.map(fold));
  return wanted.every((value) => folded.has(fold(value)));
}

/** Whether an issue, as the client sees it, meets every filter but `queryKey`. */
function meets(profile: Profile, stored: IssueFields, filters: IssueFilters): boolean {
  const { queryText, status, assignee, labels } = filters;
  const fields = fieldsSeen(profile, stored);
  if (status && !status.includes(fields.status)) return false;
  if (assignee !== undefined && !holdsAll(fields.assignees, [assignee], foldsCase(profile, 'assignees')))
    return false;
  if (labels && !holdsAll(fields.labels, labels, foldsCase(profile, 'labels'))) return false;
  if (queryText === undefined) return true;
  return fold(`${fields.title}\n${fields.body ?? ''}`).includes(fold(queryText));
}

/** One issue by its key: an empty page where there is none. */
export function pageOfKey(
  profile: Profile,
  shelf: IssueShelf,
  key: string,
  visible?: Visible,
): Page<CanonicalIssue> {
  const named = shelf.byKey(key);
  const version = named && shelf.seen(named.ref.id, visible);
  if (!version || version.ref.key !== key) return { items: [] };
  const page: Page<CanonicalIssue> = { items: [] };
  place(profile, page, version);
  return page;
}

function place(profile: Profile, page: Page<CanonicalIssue>, version: Version): void {
  const from: ExternalRef = { ...version.ref };
  if (version.movedTo) page.moved = [...(page.moved ?? []), { from, to: { ...version.movedTo } }];
  else if (version.ended) page.gone = [...(page.gone ?? []), from];
  else page.items.push(toCanonical(profile, version));
}

export interface PageRequest {
  profile: Profile;
  workspace: string;
  shelf: IssueShelf;
  /** The tracker's count of changes. */
  newest: number;
  query: ListQuery;
  visible?: Visible;
}

/**
 * A page in the order of the last change. A position is a time and a count of changes, so an issue that nobody
 * touches keeps its place while pages are read, and one that is touched comes again later. Deletions and moves are
 * told whatever the filters: a tombstone does not say which of them the issue once met.
 */
export function pageOf(request: PageRequest): Page<CanonicalIssue> {
  const { profile, shelf, query, visible } = request;
  const filters = query.filters ?? {};
  const listing = listingIdentity(request.workspace, filters);
  const start = startOf(request, listing);
  const limit = Math.min(query.limit, profile.capabilities.limits?.pageSize ?? query.limit);
  const page: Page<CanonicalIssue> = { items: [] };
  let taken = 0;
  let last: Version | undefined;
  for (const version of shelf.after(start, visible)) {
    if (version.ended === undefined && !meets(profile, version.fields, filters)) continue;
    if (taken === limit) {
      if (last) page.nextCursor = writeCursor(last, listing);
      break;
    }
    place(profile, page, version);
    taken += 1;
    last = version;
  }
  if (profile.capabilities.ordering !== 'oldest_first') page.items.reverse();
  return page;
}

function startOf({ profile, newest, query }: PageRequest, listing: string): Position {
  const since = query.updatedSince === undefined ? undefined : grained(profile, query.updatedSince);
  // Inclusive: no change has a count below zero.
  const from: Position = since === undefined ? START : { updatedAt: since, sequence: -1 };
  if (query.cursor === undefined) return from;
  const position = readCursor(query.cursor, listing, newest);
  return comparePositions(position, from) > 0 ? position : from;
}
