import {
  type CanonicalIssue,
  CapabilityNotSupportedError,
  fingerprint,
  type IssueFilters,
  type JsonValue,
  stableStringify,
} from '@spec-kitty/tracker-core';

const FILTERS = new Set(['queryKey', 'queryText', 'status', 'assignee', 'labels']);

/** What tells two listings apart: a cursor of one is no cursor of the other. */
export function listingIdentity(scope: string, filters: IssueFilters): string {
  const given = Object.entries(filters).filter(([, value]) => value !== undefined);
  return fingerprint(stableStringify([scope, Object.fromEntries(given) as JsonValue]));
}

/** @throws CapabilityNotSupportedError naming a filter that is not known. */
export function assertFilters(filters: IssueFilters): void {
  const unknown = Object.keys(filters).find((name) => filters[name] !== undefined && !FILTERS.has(name));
  if (unknown === undefined) return;
  const fieldPath = `filters.${unknown}`;
  throw new CapabilityNotSupportedError(`the azure-devops connector has no filter "${unknown}"`, {
    capability: fieldPath,
    fieldPath,
  });
}

const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

export function meets(issue: CanonicalIssue, { queryText, status, assignee, labels }: IssueFilters): boolean {
  if (status && !status.includes(issue.status)) return false;
  if (assignee !== undefined && !issue.assignees.some((one) => same(one, assignee))) return false;
  if (labels && !labels.every((label) => issue.labels.some((one) => same(one, label)))) return false;
  return (
    queryText === undefined ||
    `${issue.title}\n${issue.body ?? ''}`.toLowerCase().includes(queryText.toLowerCase())
  );
}

/** The id in `organization/project#12`, `#12` or `12`; undefined for a key of another project, or none. */
export function idInKey(key: string, workspace: string): string | undefined {
  const at = key.lastIndexOf('#');
  const [place, digits] = [key.slice(0, Math.max(0, at)), key.slice(at + 1)];
  if (place !== '' && !same(place, workspace)) return undefined;
  return knownId(digits);
}

/** An id that an item may have; undefined for every other text. */
export function knownId(id: string): string | undefined {
  return /^[1-9]\d{0,9}$/.test(id) && Number(id) <= 2_147_483_647 ? id : undefined;
}
