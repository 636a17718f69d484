import pg from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openPostgresDatabase } from '../src/index.ts';
import {
  describeRealServer,
  failure,
  identity,
  newSchema,
  openStore,
  run,
  SERVER_URL,
  type Server,
  servers,
  write,
} from './support.ts';
import { Gate, watchedPool } from './watched-pool.ts';

/** A database whose first COMMIT waits at the gate. */
function stalled(server: Server, schema: string, gate: Gate): ReturnType<typeof openPostgresDatabase> {
  let commits = 0;
  const pool = watchedPool(server.pool, async (text) => {
    if (text === 'COMMIT' && ++commits === 1) await gate.pass();
  });
  return openPostgresDatabase({ pool, schema });
}

/** Until a connection of the schema's writers waits for a lock: asked again and again, without a clock. */
async function untilSomebodyWaits(server: Server, schema: string): Promise<void> {
  for (;;) {
    const waiting = await run(
      server.secondPool,
      `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%' || $1 || '%'`,
      [schema],
    );
    if (waiting.length > 0) return;
  }
}

describeRealServer((server) => {
  test('a commit that ends late leaves no gap that a reader of changes passes over', async () => {
    const schema = newSchema(server);
    const other = openPostgresDatabase({ pool: server.secondPool, schema });
    await other.ready();
    const gate = new Gate();
    const slow = stalled(server, schema, gate)
      .store()
      .backend.commit({ records: [write('slow')] });
    await gate.reached;
    const quick = other.store().backend.commit({ records: [write('quick')] });
    await untilSomebodyWaits(server, schema);
    // The first numbers are given; nobody has seen a later one.
    const reader = other.store().backend;
    expect(await reader.changed(0, 10)).toEqual({ ids: [], sequence: 0 });
    gate.open();
    expect(await Promise.all([slow, quick])).toEqual([{ ok: true }, { ok: true }]);
    expect(await reader.changed(0, 10)).toEqual({ ids: [1, 2], sequence: 2 });
    expect(await reader.lookup(['slow', 'quick'].map(identity))).toMatchObject([
      { recordId: 1 },
      { recordId: 2 },
    ]);
  });

  test('commits of different tenants do not wait for each other', async () => {
    const schema = newSchema(server);
    const other = openPostgresDatabase({ pool: server.secondPool, schema });
    await other.ready();
    const gate = new Gate();
    const slow = stalled(server, schema, gate)
      .store('slow')
      .backend.commit({ records: [write('1')] });
    await gate.reached;
    expect(await other.store('quick').backend.commit({ records: [write('1')] })).toEqual({ ok: true });
    expect(await other.store('quick').backend.changed(0, 10)).toMatchObject({ ids: [1] });
    expect(await other.store('slow').backend.changed(0, 10)).toMatchObject({ ids: [] });
    gate.open();
    expect(await slow).toEqual({ ok: true });
  });

  test('a tenant with many commits waiting leaves the pool’s connections to the others', async () => {
    const schema = newSchema(server);
    await openPostgresDatabase({ pool: server.secondPool, schema }).ready();
    const two = new pg.Pool({ connectionString: SERVER_URL, max: 2 });
    onTestFinished(() => two.end());
    const gate = new Gate();
    const database = stalled({ ...server, pool: two }, schema, gate);
    const busy = database.store('busy').backend;
    const waiting = Array.from({ length: 10 }, (_, i) => busy.commit({ records: [write(`${i}`)] }));
    await gate.reached;
    const quick = database.store('quick').backend;
    expect(await quick.commit({ records: [write('1')] })).toEqual({ ok: true });
    expect(await busy.changed(0, 10)).toMatchObject({ ids: [] });
    gate.open();
    await Promise.all(waiting);
    expect((await busy.changed(0, 100)).ids).toHaveLength(10);
  });

  test('a lease is not taken over while a commit under it is on its way', async () => {
    const schema = newSchema(server);
    await openPostgresDatabase({ pool: server.secondPool, schema }).ready();
    const gate = new Gate();
    const holder = stalled(server, schema, gate).store().backend;
    const { fence } = await holder.acquireLease('b1', 'ada', 60_000);
    // As if its time had passed just after it was looked at.
    const end = 'UPDATE "schema".leases SET until = 0'.replace('schema', schema);
    const commit = holder.commit({ lease: { bindingId: 'b1', fence }, records: [write('1')] });
    await gate.reached;
    const ending = run(server.secondPool, end);
    await untilSomebodyWaits(server, schema);
    gate.open();
    expect(await commit).toEqual({ ok: true });
    await ending;
    expect(await holder.acquireLease('b1', 'grace', 60_000)).toEqual({ fence: fence + 1 });
    const late = holder.commit({ lease: { bindingId: 'b1', fence }, records: [write('2')] });
    expect(await failure(() => late)).toMatchObject({ code: 'sync_busy' });
  });

  test('many writers of one record lose no edit of each other', async () => {
    const { store, schema } = openStore(server);
    const others = [server.pool, server.secondPool].map((pool) =>
      openPostgresDatabase({ pool, schema }).store(),
    );
    const { ref } = await store.createDraft(
      { system: 'memory', workspace: 'w' },
      { title: 'counted', labels: [] },
    );
    await Promise.all(
      others.flatMap((each, at) =>
        Array.from({ length: 10 }, (_, i) =>
          each.editIssue(ref, { customFields: { [`${at}-${i}`]: true } }).then(() => each.refsOf(ref)),
        ),
      ),
    );
    expect((await store.getIssue(ref))?.localRevision).toBe(21);
  });

  test('many stores that open one empty database at the same time all find one schema', async () => {
    const schema = newSchema(server);
    const databases = Array.from({ length: 8 }, (_, i) =>
      openPostgresDatabase({ pool: i % 2 === 0 ? server.pool : server.secondPool, schema }),
    );
    await Promise.all(databases.map((database) => database.ready()));
    expect(await run(server.pool, `SELECT version FROM "${schema}".tracker_schema`)).toEqual([
      { version: 1 },
    ]);
  });
});

describe.for(servers())('$name', { timeout: 60_000 }, (server) => {
  test('commits of one store that come at once are written one after the other', async () => {
    const { backend } = openStore(server);
    const ids = Array.from({ length: 20 }, (_, i) => `${i}`);
    await Promise.all(ids.map((id) => backend.commit({ records: [write(id)] })));
    const holders = await backend.lookup(ids.map(identity));
    expect(holders.map((holder) => holder?.recordId)).toEqual(ids.map((_, i) => i + 1));
    expect(await backend.changed(0, 100)).toEqual({ ids: ids.map((_, i) => i + 1), sequence: 20 });
  });
});
