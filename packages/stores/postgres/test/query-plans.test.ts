import type { ConflictQuery, IssueQuery } from '@spec-kitty/tracker-core';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { conflictStatement } from '../src/conflict-query.ts';
import { inSchema } from '../src/in-schema.ts';
import { queryStatement } from '../src/issue-query.ts';
import { SQL, type SqlValue, type StatementName } from '../src/statements.ts';
import { newSchema, openStore, run, type Server, servers } from './support.ts';

interface PlanNode {
  'Node Type': string;
  'Relation Name'?: string | undefined;
  'Index Name'?: string | undefined;
  'Index Cond'?: string | undefined;
  Plans?: PlanNode[] | undefined;
}

const PlanNodeSchema: z.ZodType<PlanNode> = z.object({
  'Node Type': z.string(),
  'Relation Name': z.string().optional(),
  'Index Name': z.string().optional(),
  'Index Cond': z.string().optional(),
  get Plans() {
    return z.array(PlanNodeSchema).optional();
  },
});
const ExplainedSchema = z.tuple([z.object({ 'QUERY PLAN': z.tuple([z.object({ Plan: PlanNodeSchema })]) })]);

function nodesOf(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(nodesOf)];
}

const ROWS = 20_000;

/**
 * Without statistics a tenant is taken for a 200th of a table. A page that is a good part of that may be had by reading
 * all of the tenant's rows and sorting them; of a larger table, a larger page is read in order.
 */
const PAGE = 4;

/** As many rows as matter, of one large tenant and of two small ones, without any statistics about them. */
const FILLED = [
  `INSERT INTO @records SELECT tenant, n, 1, n, n % 50 = 0, 'todo', '', 'x', '{}' FROM filled`,
  `INSERT INTO @refs SELECT tenant, md5(n::text), n, 't' || n % 2, false, NULL FROM filled`,
  `INSERT INTO @pending SELECT tenant, 't1', n FROM filled`,
  `INSERT INTO @commits SELECT tenant, n, 'x' FROM filled`,
  `INSERT INTO @intents SELECT tenant, n::text, 'b' || n % 3, n, '{}' FROM filled`,
  `INSERT INTO @rereads SELECT tenant, 'b' || n % 3, n::text, n, '{}' FROM filled`,
  `INSERT INTO @conflicts SELECT tenant, n::text, n % 700, 'b' || n % 3, CASE n % 3 WHEN 0 THEN 'open' ELSE 'resolved' END, md5(n::text), '{}' FROM filled`,
  `INSERT INTO @runs SELECT tenant, n, 'b' || n % 3, '{}' FROM filled`,
  `INSERT INTO @overrides SELECT tenant, n, 'b' || n % 3, '{}' FROM filled`,
].map(
  (sql) =>
    `WITH filled AS (SELECT tenant, n FROM unnest(ARRAY['a', 'b', 'default']) AS tenant
      CROSS JOIN LATERAL generate_series(1, CASE tenant WHEN 'default' THEN ${ROWS} ELSE 50 END) AS n) ${sql}`,
);

/** Bindings, people and leases are few. */
const SMALL = ['bindings', 'people', 'leases', 'counters', 'tracker_schema'];

const many = (value: string | number | boolean): SqlValue => Array<typeof value>(100).fill(value);

/** Values after the tenant, as a call of the store gives them. */
const VALUES: Partial<Record<StatementName, SqlValue[]>> = {
  lock: ['b1', '60s'],
  committed: [[7], 'x'],
  setCounters: [1, 1, 1, 'x', 10],
  lookup: [many('x')],
  load: [many(5)],
  changed: [ROWS / 2, PAGE],
  held: [many(5), many('x')],
  deleteRecords: [many(5)],
  deleteRefs: [many('x')],
  deletePending: [many('t1'), many(5)],
  refs: ['t1', '5', PAGE],
  pending: [['t1', 't2'], ROWS / 2, PAGE],
  intents: ['b1'],
  deleteIntents: [['k']],
  rereads: ['b1', ROWS / 2, PAGE],
  rereadsOf: [many('b1'), many('x')],
  deleteRereads: [many('b1'), many('x'), many(5)],
  runs: [PAGE, 0],
  runsOfBinding: [PAGE, 0, 'b1'],
  overrides: [PAGE, 0],
  overridesOfBinding: [PAGE, 0, 'b1'],
};

/** A scan that reads rows which are not asked for. A tenant alone is all of its rows. */
function badScans(nodes: readonly PlanNode[], ordered: boolean): string[] {
  const bad: string[] = [];
  for (const node of nodes) {
    const type = node['Node Type'];
    const name = `${type} of ${node['Relation Name'] ?? node['Index Name'] ?? ''} by ${node['Index Cond'] ?? 'nothing'}`;
    if (type === 'Seq Scan' && !SMALL.includes(node['Relation Name'] ?? '')) bad.push(name);
    if (!type.includes('Index') || SMALL.includes(node['Relation Name'] ?? '')) continue;
    const more = (node['Index Cond'] ?? '').replace(/\(?tenant = [^)]*\)?/, '').includes('(');
    // Read in its order up to a limit, an index is not read to its end.
    if (!more && !ordered) bad.push(name);
  }
  return bad;
}

async function explained(
  server: Server,
  schema: string,
  sql: string,
  values: SqlValue[],
): Promise<PlanNode[]> {
  const rows = await run(server.pool, `EXPLAIN (FORMAT JSON) ${inSchema(schema, sql)}`, [
    'default',
    ...values,
  ]);
  const [{ 'QUERY PLAN': plan }] = ExplainedSchema.parse(rows);
  return nodesOf(plan[0].Plan);
}

const isSorted = (nodes: readonly PlanNode[]): boolean =>
  nodes.some(({ 'Node Type': type }) => type === 'Sort' || type === 'Incremental Sort');

/** With conditions that few records meet, a query may look at all of them. */
const QUERIES: IssueQuery[] = [
  {},
  { deleted: false },
  { pending: true },
  { pending: true, status: 'done', system: 'memory' },
];
const CONFLICTS: ConflictQuery[] = [
  { id: '7' },
  { recordIds: [1, 2, 3] },
  { status: 'open', limit: PAGE },
  { bindingId: 'b1', limit: PAGE },
  { bindingId: 'b1', status: 'resolved', limit: PAGE },
];

describe.for(servers())('$name', { timeout: 60_000 }, (server) => {
  test.for([false, true])(
    'no statement reads what it is not asked for (statistics: %s)',
    async (analyzed) => {
      const schema = newSchema(server);
      const { store } = openStore(server, { schema });
      await store.getPeople();
      for (const sql of FILLED) await run(server.pool, inSchema(schema, sql));
      if (analyzed)
        for (const table of [
          'records',
          'refs',
          'pending',
          'conflicts',
          'rereads',
          'intents',
          'runs',
          'overrides',
          'commits',
        ])
          await run(server.pool, `ANALYZE "${schema}".${table}`);
      const plan = (sql: string, values: SqlValue[]): Promise<PlanNode[]> =>
        explained(server, schema, sql, values);

      for (const [name, values] of Object.entries(VALUES)) {
        const nodes = await plan(SQL[name as StatementName], values);
        const newestFirst = ['runs', 'overrides'].includes(name);
        expect({ name, bad: badScans(nodes, newestFirst) }).toEqual({ name, bad: [] });
        if (newestFirst || ['changed', 'refs', 'rereads', 'intents'].includes(name))
          expect({ name, sorted: isSorted(nodes) }).toEqual({ name, sorted: false });
      }
      for (const query of QUERIES) {
        const { sql, values } = queryStatement(query, { after: ROWS / 2, limit: PAGE });
        const nodes = await plan(sql, values);
        // What is sorted is what is pending, which leads.
        const whole = nodes.filter((node) => node['Relation Name'] === 'records');
        expect({ query, bad: badScans(whole, false) }).toEqual({ query, bad: [] });
        if (query.pending !== true)
          expect({ query, sorted: isSorted(nodes) }).toEqual({ query, sorted: false });
      }
      for (const query of CONFLICTS) {
        const { sql, values } = conflictStatement(query);
        expect({ query, bad: badScans(await plan(sql, values), false) }).toEqual({ query, bad: [] });
      }
    },
  );
});

test('every statement that finds rows is looked at', () => {
  const finds = Object.entries(SQL).flatMap(([name, sql]) => (/FROM @|UPDATE @/.test(sql) ? [name] : []));
  const few = ['bindings', 'leases', 'releaseLease', 'people', 'clearPeople'];
  expect(finds.filter((name) => !few.includes(name)).sort()).toEqual(Object.keys(VALUES).sort());
});
