import { type IssueQuery, placeKey } from '@spec-kitty/tracker-core';
import { toSortKey } from './sort-key.ts';
import type { SqlValue } from './statements.ts';

interface Condition {
  sql: string;
  values: SqlValue[];
}

function condition(sql: string, ...values: SqlValue[]): Condition {
  return { sql, values };
}

/** One and the same ref is of the system and the workspace; aliases, which have no target, do not count. */
function placeCondition({ system, workspace }: IssueQuery): Condition[] {
  if (system === undefined && workspace === undefined) return [];
  if (system === undefined) {
    return [
      condition(
        // An agreement under the issue's own ref does not repeat it.
        `EXISTS (SELECT 1 FROM json_each(records.text, '$.agreements')
          WHERE coalesce(value ->> '$.ref.workspace', records.text ->> '$.issue.ref.workspace') = ? ->> '$')`,
        JSON.stringify(workspace ?? ''),
      ),
    ];
  }
  // An identity begins with its place, and ';' is the character after ':'.
  const prefix = toSortKey(
    workspace === undefined ? placeKey({ system, workspace: '' }) : `${placeKey({ system, workspace })}:`,
  );
  return [
    condition(
      `EXISTS (SELECT 1 FROM refs WHERE record_id = records.id AND identity > ? AND identity < ? AND target <> '')`,
      prefix,
      `${prefix.slice(0, -1)};`,
    ),
  ];
}

function contentConditions({ status, labels, text }: IssueQuery): Condition[] {
  const conditions: Condition[] = [];
  if (status !== undefined) {
    const wanted = JSON.stringify(Array.isArray(status) ? status : [status]);
    conditions.push(condition('records.status IN (SELECT value FROM json_each(?))', wanted));
  }
  if (labels !== undefined && labels.length > 0) {
    conditions.push(
      condition(
        `NOT EXISTS (SELECT 1 FROM json_each(?) AS wanted
          WHERE wanted.value NOT IN (SELECT value FROM json_each(records.text, '$.issue.labels')))`,
        JSON.stringify(labels),
      ),
    );
  }
  if (text !== undefined) {
    // instr and lower, not LIKE: no character has a meaning of its own, and no length is too long. What is looked for
    // comes as JSON, as what is searched does: UTF-8 has no lone surrogates.
    const within = (path: string): string => `instr(lower(records.text ->> '${path}'), lower(? ->> '$')) > 0`;
    const wanted = JSON.stringify(text);
    conditions.push(condition(`(${within('$.issue.title')} OR ${within('$.issue.body')})`, wanted, wanted));
  }
  return conditions;
}

/** The statement for a page of a query, and its values. */
export function queryStatement(
  query: IssueQuery,
  page: { after: number; limit: number },
): { sql: string; values: SqlValue[] } {
  const isPending = 'EXISTS (SELECT 1 FROM pending WHERE record_id = records.id)';
  const conditions = [
    condition('records.deleted = ?', query.deleted === true ? 1 : 0),
    ...placeCondition(query),
    ...(query.pending === false ? [condition(`NOT ${isPending}`)] : []),
    ...contentConditions(query),
  ];
  // What is pending is little: it leads, instead of being looked for in all records.
  const from =
    query.pending === true
      ? '(SELECT DISTINCT record_id AS id FROM pending WHERE record_id > ? ORDER BY record_id) AS waiting CROSS JOIN records ON records.id = waiting.id'
      : 'records';
  const start = query.pending === true ? [] : [condition('records.id > ?', page.after)];
  const all = [...start, ...conditions];
  const sql = `SELECT records.id, records.stamp, records.text FROM ${from}
    WHERE ${all.map((one) => one.sql).join(' AND ')} ORDER BY records.id LIMIT ?`;
  const values = all.flatMap((one) => one.values);
  return { sql, values: [...(query.pending === true ? [page.after] : []), ...values, page.limit] };
}

/** Finds the record whose text is no JSON, after a query stumbled over it. */
export const FIRST_DAMAGED_RECORD =
  'SELECT id FROM records WHERE id > ? AND NOT json_valid(text) ORDER BY id LIMIT 1';
