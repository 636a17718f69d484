import type { IssueQuery } from '@spec-kitty/tracker-core';
import { expect, test } from 'vitest';
import { queryStatement } from '../src/issue-query.ts';
import { SQL } from '../src/statements.ts';
import { openBackend } from './support.ts';

/** Small by nature: bindings and people are few, fresh keys at most a few thousand, and a log is read from its end. */
const MAY_BE_SCANNED: Record<string, string[]> = {
  bindings: ['bindings'],
  people: ['people'],
  settleKeys: ['fresh_keys'],
  runs: ['runs'],
  overrides: ['overrides'],
  clearFreshKeys: ['fresh_keys'],
  clearPeople: ['people'],
  // The list that is looked for, not a table.
  candidatesOf: ['json_each'],
  refsOf: ['json_each'],
};

test.for(Object.entries(SQL))('%s reads by an index', ([name, sql]) => {
  const { connection } = openBackend();
  const parameters = Array<null>(sql.split('?').length - 1).fill(null);
  const plan = connection.db
    .prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
    .all(...parameters);
  const scans = plan.map(({ detail }) => detail).filter((detail) => detail.startsWith('SCAN'));
  const scanned = scans.map((detail) => detail.split(' ')[1]);
  expect(scanned.filter((table) => !MAY_BE_SCANNED[name]?.includes(table ?? ''))).toEqual([]);
});

test.for([
  'pending',
  'listedRefs',
  'changed',
  'rereads',
  'conflictsOfStatus',
  'conflictsOfBinding',
  'intents',
] as const)('%s reads a page without sorting what comes after it', (name) => {
  const { connection } = openBackend();
  const parameters = Array<null>(SQL[name].split('?').length - 1).fill(null);
  const plan = connection.db
    .prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${SQL[name]}`)
    .all(...parameters);
  expect(plan.filter(({ detail }) => detail.includes('TEMP B-TREE'))).toEqual([]);
});

const QUERIES: IssueQuery[] = [
  {},
  { deleted: true },
  { status: 'done', labels: ['bug'], text: 'login' },
  { system: 'memory', workspace: 'w' },
  { pending: false },
  { pending: true },
  { pending: true, status: 'done', system: 'memory' },
];

test.for(QUERIES)('a page of the query %j goes on where the last one ended', (query) => {
  const { connection } = openBackend();
  const { sql, values } = queryStatement(query, { after: 5, limit: 10 });
  const plan = connection.db
    .prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
    .all(...values)
    .map(({ detail }) => detail);
  expect(plan.filter((detail) => /^SCAN (?!json_each|wanted|waiting)/.test(detail))).toEqual([]);
  expect(plan.filter((detail) => /^SEARCH records /.test(detail))).toEqual([
    query.pending === true
      ? 'SEARCH records USING INTEGER PRIMARY KEY (rowid=?)'
      : 'SEARCH records USING INTEGER PRIMARY KEY (rowid>?)',
  ]);
});
