/**
 * Every statement but those of `query` and `conflicts`, whose conditions vary. `$1` is the tenant in each of them, `@`
 * before a name stands for the schema. Numbers come as `float8`, which drivers give as numbers and which is exact
 * up to 2^53.
 *
 * What is looked for in lists is looked up one by one (`LATERAL`, with a limit or `OFFSET 0`, which PostgreSQL does not
 * plan across). In a join, or with `= ANY`, it would read all rows of a tenant as long as it takes a tenant for small,
 * which it does until its statistics were renewed. Rows are deleted where they were so found: no other commit of the
 * tenant moves them meanwhile.
 */
export const SQL = {
  createCounters: 'INSERT INTO @counters (tenant) VALUES ($1) ON CONFLICT DO NOTHING',
  // Waits for the tenant's other commits, and keeps the lease from being taken over before this one's end. Should this
  // machine vanish, the server ends the transaction.
  lock: `WITH locked AS (
      SELECT last_record, last_sequence, last_commit FROM @counters WHERE tenant = $1 FOR UPDATE
    ), held AS (
      SELECT fence, until FROM @leases WHERE tenant = $1 AND binding_id = $2 FOR SHARE
    )
    SELECT locked.last_record::float8, locked.last_sequence::float8, locked.last_commit::float8,
      held.fence::float8, held.until, floor(extract(epoch FROM clock_timestamp()) * 1000)::float8 AS server_time,
      set_config('idle_in_transaction_session_timeout', $3, true)
    FROM locked LEFT JOIN held ON true`,
  committed: 'SELECT 1 FROM @commits WHERE tenant = $1 AND number = ANY($2::bigint[]) AND token = $3',
  setCounters: `WITH counted AS (
      UPDATE @counters SET last_record = $2, last_sequence = $3, last_commit = $4 WHERE tenant = $1
    ), forgotten AS (
      DELETE FROM @commits WHERE tenant = $1 AND number <= $4::bigint - $6::bigint
    )
    INSERT INTO @commits (tenant, number, token) VALUES ($1, $4, $5)`,

  lookup: `SELECT wanted.identity, found.record_id::float8, found.seen FROM unnest($2::text[]) AS wanted (identity)
    CROSS JOIN LATERAL (
      SELECT record_id, seen FROM @refs WHERE tenant = $1 AND identity = wanted.identity LIMIT 1
    ) AS found`,
  load: `SELECT wanted.id::float8, found.stamp::float8, found.text FROM unnest($2::bigint[]) AS wanted (id)
    CROSS JOIN LATERAL (SELECT stamp, text FROM @records WHERE tenant = $1 AND id = wanted.id LIMIT 1) AS found`,
  changed:
    'SELECT id::float8, sequence::float8 FROM @records WHERE tenant = $1 AND sequence > $2 ORDER BY records.sequence LIMIT $3',
  // What a commit is checked against and what it changes: the records by id, all that is known of them, and who holds
  // the identities that it claims.
  held: `SELECT 'record' AS kind, wanted.id::float8 AS record_id, found.stamp::float8, NULL AS identity, NULL AS target,
      NULL::boolean AS draft, NULL AS seen
    FROM unnest($2::bigint[]) AS wanted (id)
    CROSS JOIN LATERAL (SELECT stamp FROM @records WHERE tenant = $1 AND id = wanted.id LIMIT 1) AS found
    UNION ALL SELECT 'ref', wanted.id::float8, NULL, identity, target, draft, seen
    FROM unnest($2::bigint[]) AS wanted (id)
    CROSS JOIN LATERAL (
      SELECT identity, target, draft, seen FROM @refs WHERE tenant = $1 AND record_id = wanted.id OFFSET 0
    ) AS found
    UNION ALL SELECT 'holder', found.record_id::float8, NULL, wanted.identity, NULL, NULL, NULL
    FROM unnest($3::text[]) AS wanted (identity)
    CROSS JOIN LATERAL (SELECT record_id FROM @refs WHERE tenant = $1 AND identity = wanted.identity LIMIT 1) AS found
    UNION ALL SELECT 'pending', wanted.id::float8, NULL, NULL, target, NULL, NULL
    FROM unnest($2::bigint[]) AS wanted (id)
    CROSS JOIN LATERAL (SELECT target FROM @pending WHERE tenant = $1 AND record_id = wanted.id OFFSET 0) AS found`,

  putRecords: `INSERT INTO @records (tenant, id, stamp, sequence, deleted, status, labels, search, text)
    SELECT $1, row.* FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::boolean[], $6::text[], $7::text[], $8::text[], $9::text[]) AS row
    ON CONFLICT (tenant, id) DO UPDATE SET stamp = excluded.stamp, sequence = excluded.sequence,
      deleted = excluded.deleted, status = excluded.status, labels = excluded.labels, search = excluded.search,
      text = excluded.text`,
  deleteRecords: `DELETE FROM @records WHERE ctid = ANY(ARRAY(
      SELECT found.ctid FROM unnest($2::bigint[]) AS gone (id)
      CROSS JOIN LATERAL (SELECT ctid FROM @records WHERE tenant = $1 AND id = gone.id LIMIT 1) AS found))`,
  putRefs: `INSERT INTO @refs (tenant, identity, record_id, target, draft, seen, whole)
    SELECT $1, row.* FROM unnest($2::text[], $3::bigint[], $4::text[], $5::boolean[], $6::text[], $7::text[]) AS row
    ON CONFLICT (tenant, identity) DO UPDATE SET record_id = excluded.record_id, target = excluded.target,
      draft = excluded.draft, seen = excluded.seen, whole = excluded.whole`,
  deleteRefs: `DELETE FROM @refs WHERE ctid = ANY(ARRAY(
      SELECT found.ctid FROM unnest($2::text[]) AS gone (identity)
      CROSS JOIN LATERAL (SELECT ctid FROM @refs WHERE tenant = $1 AND identity = gone.identity LIMIT 1) AS found))`,
  putPending: `INSERT INTO @pending (tenant, target, record_id)
    SELECT $1, row.* FROM unnest($2::text[], $3::bigint[]) AS row ON CONFLICT DO NOTHING`,
  deletePending: `DELETE FROM @pending WHERE ctid = ANY(ARRAY(
      SELECT found.ctid FROM unnest($2::text[], $3::bigint[]) AS gone (target, record_id)
      CROSS JOIN LATERAL (
        SELECT ctid FROM @pending WHERE tenant = $1 AND target = gone.target AND record_id = gone.record_id LIMIT 1
      ) AS found))`,

  refs: `SELECT coalesce(whole, identity) AS identity, record_id::float8 FROM @refs
    WHERE tenant = $1 AND target = $2 AND target <> '' AND NOT draft AND identity > $3 ORDER BY refs.identity LIMIT $4`,
  pending: `SELECT DISTINCT found.record_id::float8 AS record_id FROM unnest($2::text[]) AS wanted (target)
    CROSS JOIN LATERAL (
      SELECT record_id FROM @pending
      WHERE tenant = $1 AND target = wanted.target AND record_id > $3 ORDER BY record_id LIMIT $4
    ) AS found ORDER BY 1 LIMIT $4`,

  bindings: 'SELECT text FROM @bindings WHERE tenant = $1 ORDER BY id',
  putBinding: `INSERT INTO @bindings (tenant, id, text) VALUES ($1, $2, $3)
    ON CONFLICT (tenant, id) DO UPDATE SET text = excluded.text`,

  // `$4` is the time to hold it, `$5` a clock's time where one was given.
  acquireLease: `INSERT INTO @leases AS held (tenant, binding_id, owner, whole, fence, until)
    VALUES ($1, $2, $3, $6, 1, coalesce($5::float8, floor(extract(epoch FROM clock_timestamp()) * 1000)) + $4::float8)
    ON CONFLICT (tenant, binding_id) DO UPDATE SET owner = excluded.owner, until = excluded.until,
      fence = CASE WHEN held.until > excluded.until - $4::float8 THEN held.fence ELSE held.fence + 1 END
    WHERE held.until IS NULL OR held.until <= excluded.until - $4::float8 OR held.owner = excluded.owner
    RETURNING fence::float8`,
  leases: `SELECT whole, until, until > extract(epoch FROM clock_timestamp()) * 1000 AS held
    FROM @leases WHERE tenant = $1 AND until IS NOT NULL ORDER BY binding_id`,
  releaseLease: 'UPDATE @leases SET until = NULL WHERE tenant = $1 AND binding_id = $2 AND fence = $3',

  intents: 'SELECT text FROM @intents WHERE tenant = $1 AND binding_id = $2 ORDER BY position',
  putIntents: `INSERT INTO @intents (tenant, key, binding_id, position, text)
    SELECT $1, row.* FROM unnest($2::text[], $3::text[], $4::bigint[], $5::text[]) AS row
    ON CONFLICT (tenant, key) DO UPDATE SET binding_id = excluded.binding_id, text = excluded.text`,
  deleteIntents: 'DELETE FROM @intents WHERE tenant = $1 AND key = ANY($2::text[])',

  rereads: `SELECT sequence::float8, text FROM @rereads
    WHERE tenant = $1 AND binding_id = $2 AND sequence > $3 ORDER BY rereads.sequence LIMIT $4`,
  rereadsOf: `SELECT wanted.binding_id, wanted.identity, found.text
    FROM unnest($2::text[], $3::text[]) AS wanted (binding_id, identity)
    CROSS JOIN LATERAL (
      SELECT text FROM @rereads
      WHERE tenant = $1 AND binding_id = wanted.binding_id AND identity = wanted.identity LIMIT 1
    ) AS found`,
  putRereads: `INSERT INTO @rereads (tenant, binding_id, identity, sequence, text)
    SELECT $1, row.* FROM unnest($2::text[], $3::text[], $4::bigint[], $5::text[]) AS row
    ON CONFLICT (tenant, binding_id, identity) DO UPDATE SET sequence = excluded.sequence, text = excluded.text`,
  deleteRereads: `DELETE FROM @rereads WHERE ctid = ANY(ARRAY(
      SELECT found.ctid FROM unnest($2::text[], $3::text[], $4::bigint[]) AS gone (binding_id, identity, sequence)
      CROSS JOIN LATERAL (
        SELECT ctid FROM @rereads WHERE tenant = $1 AND binding_id = gone.binding_id AND identity = gone.identity
          AND sequence = gone.sequence LIMIT 1
      ) AS found))`,

  putConflicts: `INSERT INTO @conflicts (tenant, id, record_id, binding_id, status, detected_at, text)
    SELECT $1, row.* FROM unnest($2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[]) AS row
    ON CONFLICT (tenant, id) DO UPDATE SET record_id = excluded.record_id, binding_id = excluded.binding_id,
      status = excluded.status, detected_at = excluded.detected_at, text = excluded.text`,

  runs: 'SELECT text FROM @runs WHERE tenant = $1 ORDER BY position DESC LIMIT $2 OFFSET $3',
  runsOfBinding:
    'SELECT text FROM @runs WHERE tenant = $1 AND binding_id = $4 ORDER BY position DESC LIMIT $2 OFFSET $3',
  putRun: 'INSERT INTO @runs (tenant, position, binding_id, text) VALUES ($1, $2, $3, $4)',
  overrides: 'SELECT text FROM @overrides WHERE tenant = $1 ORDER BY position DESC LIMIT $2 OFFSET $3',
  overridesOfBinding:
    'SELECT text FROM @overrides WHERE tenant = $1 AND binding_id = $4 ORDER BY position DESC LIMIT $2 OFFSET $3',
  putOverrides: `INSERT INTO @overrides (tenant, position, binding_id, text)
    SELECT $1, row.* FROM unnest($2::bigint[], $3::text[], $4::text[]) AS row`,

  people: 'SELECT text FROM @people WHERE tenant = $1 ORDER BY position',
  clearPeople: 'DELETE FROM @people WHERE tenant = $1',
  putPeople: `INSERT INTO @people (tenant, position, text)
    SELECT $1, row.* FROM unnest($2::bigint[], $3::text[]) AS row`,
} as const;

export type StatementName = keyof typeof SQL;
export type SqlValue = string | number | boolean | null | readonly (string | number | boolean | null)[];
