import { type IssueQuery, placeKey } from '@spec-kitty/tracker-core';
import { Conditions } from './conditions.ts';
import { labelKey } from './search-columns.ts';
import { toFoldedSearchKey, toSortKey } from './sort-key.ts';
import type { SqlValue } from './statements.ts';

/** One and the same ref is of the system and the workspace; aliases, which have no target, do not count. */
function addPlace(conditions: Conditions, { system, workspace }: IssueQuery): void {
  if (system === undefined && workspace === undefined) return;
  const ofRecord = "SELECT 1 FROM @refs WHERE refs.tenant = $1 AND record_id = records.id AND target <> ''";
  // An identity is `system:workspace:id`, its parts without a colon.
  const [systemKey = '', workspaceKey = ''] = placeKey({
    system: system ?? '',
    workspace: workspace ?? '',
  }).split(':');
  const parts: string[] = [];
  const values: string[] = [];
  if (system !== undefined) {
    parts.push("split_part(coalesce(whole, identity), ':', 1) = ?");
    values.push(toSortKey(systemKey));
  }
  if (workspace !== undefined) {
    parts.push("split_part(coalesce(whole, identity), ':', 2) = ?");
    values.push(toSortKey(workspaceKey));
  }
  conditions.add(`EXISTS (${ofRecord} AND ${parts.join(' AND ')})`, ...values);
}

function addContent(conditions: Conditions, { status, labels = [], text }: IssueQuery): void {
  if (status !== undefined)
    conditions.add('records.status = ANY(?::text[])', Array.isArray(status) ? status : [status]);
  // strpos, not LIKE: no character has a meaning of its own.
  for (const label of labels) conditions.add('strpos(records.labels, ?) > 0', labelKey(label));
  if (text !== undefined) conditions.add('strpos(records.search, ?) > 0', toFoldedSearchKey(text));
}

/** The statement for a page of a query, and its values after the tenant. */
export function queryStatement(
  query: IssueQuery,
  page: { after: number; limit: number },
): { sql: string; values: SqlValue[] } {
  const conditions = new Conditions();
  const after = conditions.value(page.after);
  conditions.add('records.tenant = $1 AND records.deleted = ?', query.deleted === true);
  const ofRecord = 'EXISTS (SELECT 1 FROM @pending WHERE pending.tenant = $1 AND record_id = records.id)';
  if (query.pending === false) conditions.add(`NOT ${ofRecord}`);
  addPlace(conditions, query);
  addContent(conditions, query);
  // What is pending is little: it leads, instead of being looked for in all records.
  const isLed = query.pending === true;
  const from = isLed
    ? `(SELECT DISTINCT record_id FROM @pending WHERE tenant = $1 AND record_id > ${after}::bigint ORDER BY record_id) AS waiting
      CROSS JOIN LATERAL (SELECT * FROM @records WHERE tenant = $1 AND id = waiting.record_id LIMIT 1) AS records`
    : '@records';
  const sql = `SELECT records.id::float8, records.stamp::float8, records.text FROM ${from}
    WHERE ${isLed ? '' : `records.id > ${after}::bigint AND `}${conditions.sql}
    ORDER BY ${isLed ? 'waiting.record_id' : 'records.id'} LIMIT ${conditions.value(page.limit)}`;
  return { sql, values: conditions.values };
}
