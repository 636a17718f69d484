import type { Place } from './cursor.ts';
import { markerOf } from './marker.ts';

/** A condition of a query. Every value in one has gone through `quoted`, or is a number. */
type Condition = string;

/** An item as it was read. */
export interface KnownItem {
  id: number;
  rev: number;
  /** How many relations it has to others. */
  links: number;
}

/** A text of WIQL: an apostrophe is doubled, and there is nothing else that ends it. */
export const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** Queries compare whole seconds: the one that the time is in. */
export function wholeSecond(ms: number): string {
  return `${new Date(Math.floor(ms / 1000) * 1000).toISOString().slice(0, 19)}Z`;
}

function query(conditions: readonly Condition[]): string {
  const all = ['[System.TeamProject] = @project', ...conditions].join(' AND ');
  return `SELECT [System.Id] FROM WorkItems WHERE ${all} ORDER BY [System.Id]`;
}

/**
 * The items of a span of time.
 * @param known items that need not be named as long as they have this revision, and so many relations: those may come and
 * go without a revision.
 * @param tags that an item has all of.
 */
export function listQuery(
  { from, to, after }: Place,
  { known = [], tags = [] }: { known?: readonly KnownItem[]; tags?: readonly string[] },
): string {
  return query([
    ...(from === null ? [] : [`[System.ChangedDate] >= ${quoted(from)}`]),
    ...(to === null ? [] : [`[System.ChangedDate] < ${quoted(to)}`]),
    ...(after === 0 ? [] : [`[System.Id] > ${after}`]),
    ...tags.map((tag) => `[System.Tags] CONTAINS ${quoted(tag)}`),
    ...known.map(
      ({ id, rev, links }) =>
        `([System.Id] <> ${id} OR [System.Rev] <> ${rev} OR [System.RelatedLinkCount] <> ${links})`,
    ),
  ]);
}

/** What this account created under these keys. */
export function keysQuery(keys: readonly string[], since: string | undefined): string {
  const marked = keys.map((key) => `[System.Tags] CONTAINS ${quoted(markerOf(key))}`).join(' OR ');
  return query([
    '[System.CreatedBy] = @Me',
    ...(since === undefined ? [] : [`[System.CreatedDate] >= ${quoted(since)}`]),
    `(${marked})`,
  ]);
}
