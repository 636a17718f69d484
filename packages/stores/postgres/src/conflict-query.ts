import type { ConflictQuery } from '@spec-kitty/tracker-core';
import { Conditions } from './conditions.ts';
import { toKey } from './sort-key.ts';
import type { SqlValue } from './statements.ts';

const ORDER = 'ORDER BY detected_at, id LIMIT';

/** The statement for conflicts by the narrowest index, and its values after the tenant. */
export function conflictStatement(query: ConflictQuery): { sql: string; values: SqlValue[] } {
  const { id, recordIds, status, bindingId, limit = null } = query;
  const conditions = new Conditions();
  conditions.add('tenant = $1');
  if (id !== undefined) conditions.add('id = ?', toKey(id));
  if (bindingId !== undefined) conditions.add('binding_id = ?', toKey(bindingId));
  if (status !== undefined && (id !== undefined || recordIds !== undefined))
    conditions.add('status = ?', status);
  if (recordIds !== undefined) {
    const sql = `SELECT found.text FROM unnest(${conditions.value([...new Set(recordIds)])}::bigint[]) AS wanted (record_id)
      CROSS JOIN LATERAL (
        SELECT detected_at, id, text FROM @conflicts
        WHERE ${conditions.sql} AND conflicts.record_id = wanted.record_id OFFSET 0
      ) AS found ORDER BY found.detected_at, found.id LIMIT ${conditions.value(limit)}`;
    return { sql, values: conditions.values };
  }
  if (id !== undefined) {
    const sql = `SELECT text FROM @conflicts WHERE ${conditions.sql} ${ORDER} ${conditions.value(limit)}`;
    return { sql, values: conditions.values };
  }
  // Both indexes lead to a page of one status in order.
  const statuses = conditions.value(status === undefined ? ['open', 'resolved'] : [status]);
  const most = conditions.value(limit);
  const sql = `SELECT found.text FROM unnest(${statuses}::text[]) AS wanted (status)
    CROSS JOIN LATERAL (
      SELECT detected_at, id, text FROM @conflicts
      WHERE ${conditions.sql} AND conflicts.status = wanted.status ${ORDER} ${most}::bigint
    ) AS found ORDER BY found.detected_at, found.id LIMIT ${most}::bigint`;
  return { sql, values: conditions.values };
}
