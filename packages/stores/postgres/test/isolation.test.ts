import { type Commit, recordWrite, type StoreBackend } from '@spec-kitty/tracker-core';
import { describe, expect, test } from 'vitest';
import { MIGRATIONS } from '../src/migrations.ts';
import { SQL } from '../src/statements.ts';
import {
  binding,
  conflict,
  content,
  failure,
  identity,
  issue,
  openStore,
  pendingWrite,
  run,
  START,
  servers,
  TARGET,
  write,
} from './support.ts';

const ALL = { after: 0, limit: 100 };

/** The same ids in every tenant; only the texts tell whose they are. */
function contentOf(tenant: string): Commit {
  const ref = issue('1').ref;
  const at = START;
  return {
    records: [write('1', { title: tenant, labels: [tenant] }), pendingWrite('2')],
    binding: binding('b1', { filters: tenant }),
    putIntents: [
      {
        key: 'k1',
        bindingId: 'b1',
        recordId: 1,
        ref,
        kind: 'update',
        at,
        since: tenant,
        local: content(issue('1')).issue,
        paths: [],
      },
    ],
    putConflicts: [conflict('c1', { strategy: tenant })],
    putRereads: [{ bindingId: 'b1', ref, reason: 'event', from: issue(tenant).ref }],
    overrides: [
      {
        id: 'o1',
        bindingId: 'b1',
        issueRef: ref,
        field: 'title',
        kept: 'local',
        keptValue: tenant,
        lostValue: null,
        at,
      },
    ],
    run: {
      id: `r-${tenant}`,
      bindingId: 'b1',
      operation: 'sync',
      startedAt: at,
      finishedAt: at,
      stats: {},
      conflicts: 0,
      overrides: 0,
      failures: [],
    },
    people: [{ id: tenant, ids: {} }],
  };
}

/** What every reading call answers. */
async function everything(backend: StoreBackend): Promise<Record<string, unknown>> {
  return {
    lookup: await backend.lookup(['1', '2', '3'].map(identity)),
    load: await backend.load([1, 2, 3, 4]),
    query: await backend.query({ system: 'memory', workspace: 'w' }, ALL),
    byText: await backend.query({ text: 'tenant' }, ALL),
    byLabel: await backend.query({ labels: ['tenant-a'] }, ALL),
    waiting: await backend.query({ pending: true }, ALL),
    pending: await backend.pending([TARGET], ALL),
    refs: await backend.refs(TARGET, { after: '', limit: 100 }),
    changed: await backend.changed(0, 100),
    bindings: await backend.bindings(),
    intents: await backend.intents('b1'),
    rereads: await backend.rereads('b1', ALL),
    conflicts: await backend.conflicts({}),
    conflictsOfRecord: await backend.conflicts({ recordIds: [1] }),
    conflictOfId: await backend.conflicts({ id: 'c1' }),
    conflictsOfBinding: await backend.conflicts({ bindingId: 'b1', status: 'open' }),
    people: await backend.people(),
    runs: await backend.runs({}),
    runsOfBinding: await backend.runs({ bindingId: 'b1' }),
    overrides: await backend.overrides({}),
    overridesOfBinding: await backend.overrides({ bindingId: 'b1' }),
  };
}

describe.for(servers())('$name', { timeout: 60_000 }, (server) => {
  test('no call of a tenant reads, changes, leases or counts what is another’s', async () => {
    const { database, clock } = openStore(server);
    const [a, b, empty] = ['tenant-a', 'tenant-b', 'tenant-c'].map((name) => database.store(name).backend);
    if (!a || !b || !empty) throw new TypeError('there are three tenants');
    const untouched = await everything(empty);

    expect(await a.commit(contentOf('tenant-a'))).toEqual({ ok: true });
    expect(await everything(b)).toEqual(untouched);
    // Numbers begin at the beginning for each of them, and no identity is taken.
    expect(await b.commit(contentOf('tenant-b'))).toEqual({ ok: true });
    const [ofA, ofB] = [await everything(a), await everything(b)];
    expect(JSON.stringify(ofA)).not.toContain('tenant-b');
    expect(JSON.stringify(ofB)).not.toContain('tenant-a');
    expect(JSON.stringify(ofB).replaceAll('tenant-b', 'tenant-a')).toBe(
      JSON.stringify({ ...ofA, byLabel: [] }),
    );

    const { fence } = await b.acquireLease('b1', 'ada', 60_000);
    expect(await a.acquireLease('b1', 'grace', 60_000)).toEqual({ fence });
    await a.releaseLease('b1', fence);
    expect(await failure(() => b.acquireLease('b1', 'grace', 60_000))).toMatchObject({ code: 'sync_busy' });
    clock.advance(1);
    const under = { lease: { bindingId: 'b1', fence } };
    expect(await failure(() => a.commit({ ...under, people: [] }))).toMatchObject({ code: 'sync_busy' });
    expect(await b.commit({ ...under })).toEqual({ ok: true });

    const [record] = await a.load([1]);
    if (!record) throw new Error('there is no record');
    const [reread] = await a.rereads('b1', ALL);
    await a.commit({
      records: [recordWrite({ ...record, issue: { ...record.issue, title: 'changed' } }, record)],
      removeRecords: [{ id: 2, stamp: 1 }],
      binding: binding('b1'),
      removeIntents: ['k1'],
      putConflicts: [conflict('c1', { status: 'resolved' })],
      removeRereads: [{ bindingId: 'b1', identity: identity('1'), sequence: reread?.sequence ?? 0 }],
      people: [],
    });
    expect(await everything(b)).toEqual(ofB);
    expect(await everything(empty)).toEqual(untouched);
  });

  test('a record of another tenant cannot be written by its id and stamp', async () => {
    const { database } = openStore(server);
    const [a, b] = [database.store('a').backend, database.store('b').backend];
    await b.commit({ records: [write('1')] });
    expect(await a.commit({ records: [{ ...write('2'), id: 1, stamp: 1 }] })).toEqual({
      ok: false,
      movedRecords: [1],
      takenIdentities: [],
    });
    expect(await a.commit({ removeRecords: [{ id: 1, stamp: 1 }] })).toMatchObject({ ok: false });
    expect(await b.load([1])).toMatchObject([{ stamp: 1, issue: { title: 'Issue 1' } }]);
  });

  test('names that differ by a character are different tenants', async () => {
    const { database } = openStore(server);
    const names = ['a', 'A', 'a ', '\0', '\u0001\u0001', '\ud800', "a'; DROP TABLE x; --", '$1', '%'];
    for (const name of names) await database.store(name).backend.commit({ records: [write(name)] });
    for (const name of names) {
      const found = await database.store(name).backend.query({}, ALL);
      expect(found.map((record) => [record.id, record.issue.ref.id])).toEqual([[1, name]]);
    }
  });

  test('the tenant leads the primary key of every table', async () => {
    const { store, schema } = openStore(server);
    await store.getPeople();
    const keys = await run<{ name: string; first: string }>(
      server.pool,
      `SELECT pg_class.relname AS name, attname AS first FROM pg_index
        JOIN pg_class ON pg_class.oid = indrelid
        JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[0]
        WHERE relnamespace = $1::regnamespace AND indisprimary`,
      [schema],
    );
    const tables = MIGRATIONS.flat().flatMap((sql) => /CREATE TABLE @(\w+)/.exec(sql)?.[1] ?? []);
    const byName = (a: string, b: string): number => (a < b ? -1 : 1);
    const led = keys.filter(({ first }) => first === 'tenant').map(({ name }) => name);
    expect(led.sort(byName)).toEqual(tables.sort(byName));
    expect(keys).toHaveLength(tables.length + 1);
  });
});

test.for(Object.entries(SQL))('%s names its tenant for each table that it touches', ([, sql]) => {
  const read = [...sql.matchAll(/(?:FROM|UPDATE) @\w+/g)].length;
  const found = [...sql.matchAll(/ctid = ANY\(ARRAY\(/g)].length;
  const written = [
    ...sql.matchAll(/INSERT INTO @\w+(?: AS \w+)? \(tenant,? ?[^)]*\)\s+(?:SELECT|VALUES \()\s?\$1/g),
  ].length;
  const bound = [...sql.matchAll(/tenant = \$1/g)].length;
  expect(written).toBe([...sql.matchAll(/INSERT INTO @/g)].length);
  expect(bound + found).toBe(read);
});
