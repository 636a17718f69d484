import {
  type CanonicalIssue,
  CapabilityNotSupportedError,
  fingerprint,
  type IssueFilters,
  isTrackerError,
  type JsonValue,
  type ListQuery,
  type Page,
  stableStringify,
} from '@spec-kitty/tracker-core';
import type { FpIssue, Listing } from './answers.ts';
import { readCursor, writeCursor } from './cursor.ts';

const FILTERS = new Set(['queryKey', 'queryText', 'status', 'assignee', 'labels']);

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
  throw new CapabilityNotSupportedError(`the fp connector has no filter "${unknown}"`, {
    capability: fieldPath,
    fieldPath,
  });
}

function meets(issue: CanonicalIssue, filters: IssueFilters): boolean {
  const { queryKey, queryText, status, assignee, labels } = filters;
  if (queryKey !== undefined) return issue.ref.key === queryKey || issue.ref.id === queryKey;
  if (status && !status.includes(issue.status)) return false;
  if (assignee !== undefined) return false;
  if (labels && !labels.every((label) => issue.labels.includes(label))) return false;
  if (queryText === undefined) return true;
  return `${issue.title}\n${issue.body ?? ''}`.toLowerCase().includes(queryText.toLowerCase());
}

/** Where an issue stands: by the time of its creation, or else by the number in its id. Neither ever changes. */
function placeOf({ id, createdAt }: FpIssue): string {
  return createdAt === null ? id.replace(/\d+/g, (digits) => digits.padStart(12, '0')) : `${createdAt} ${id}`;
}

/** Reads everything that fp told into canonical terms. What cannot be read is a failure, and nothing else suffers. */
export function pageOf(
  listing: Listing,
  query: ListQuery,
  {
    identity,
    pageSize,
    canonical,
  }: { identity: string; pageSize: number; canonical: (raw: FpIssue) => CanonicalIssue },
): Page<CanonicalIssue> {
  const filters = query.filters ?? {};
  const after = query.cursor === undefined ? '' : readCursor(query.cursor, identity);
  const limit = Math.min(query.limit, pageSize);
  const page: Page<CanonicalIssue> = { items: [] };
  const failures = query.cursor === undefined ? [...listing.failures] : [];
  const placed = new Map(listing.issues.map((raw) => [placeOf(raw), raw]));
  let last = '';
  for (const place of [...placed.keys()].sort()) {
    const raw = placed.get(place);
    if (raw === undefined || place <= after) continue;
    const issue = readOrNote(raw, canonical, failures);
    if (!issue || !meets(issue, filters)) continue;
    if (page.items.length === limit) {
      page.nextCursor = writeCursor(last, identity);
      break;
    }
    page.items.push(issue);
    last = place;
  }
  if (failures.length > 0) page.failures = failures;
  return page;
}

function readOrNote(
  raw: FpIssue,
  canonical: (raw: FpIssue) => CanonicalIssue,
  failures: Listing['failures'],
): CanonicalIssue | undefined {
  try {
    return canonical(raw);
  } catch (error) {
    if (!isTrackerError(error)) throw error;
    failures.push({ location: `issue ${raw.id}`, message: error.message });
    return undefined;
  }
}
