import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { openPostgresDatabase } from '../src/index.ts';
import { failure, newSchema, run, type Server, servers, write } from './support.ts';

async function serverTime({ pool }: Server): Promise<number> {
  const [row] = await run<{ now: number }>(
    pool,
    'SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 AS now',
  );
  return row?.now ?? 0;
}

/** A machine whose clock is years off. */
function withWrongClock(): void {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2001-01-01T00:00:00.000Z') });
  onTestFinished(() => void vi.useRealTimers());
}

describe.for(servers())('$name', { timeout: 60_000 }, (server) => {
  test('without a clock given, leases go by the server’s', async () => {
    const schema = newSchema(server);
    const [here, there] = [server.pool, server.secondPool].map(
      (pool) => openPostgresDatabase({ pool, schema }).store().backend,
    );
    if (!here || !there) throw new TypeError('there are two');
    const { fence } = await here.acquireLease('b1', 'ada', 3_600_000);
    withWrongClock();
    expect(await failure(() => there.acquireLease('b1', 'grace', 1))).toMatchObject({ code: 'sync_busy' });
    expect(await here.acquireLease('b1', 'ada', 3_600_000)).toEqual({ fence });
    const lease = { bindingId: 'b1', fence };
    expect(await there.commit({ lease, records: [write('1')] })).toEqual({ ok: true });
    // One that ends with the instant at which it is taken.
    await here.acquireLease('b1', 'ada', 0);
    expect(await failure(() => there.commit({ lease, people: [] }))).toMatchObject({ code: 'sync_busy' });
    expect(await there.acquireLease('b1', 'grace', 3_600_000)).toEqual({ fence: fence + 1 });
    const [row] = await run<{ until: number }>(server.pool, `SELECT until FROM "${schema}".leases`);
    expect(Math.abs((row?.until ?? 0) - 3_600_000 - (await serverTime(server)))).toBeLessThan(600_000);
  });

  test('times of edits are the server’s, whatever the machine’s clock says', async () => {
    const schema = newSchema(server);
    withWrongClock();
    const database = openPostgresDatabase({ pool: server.pool, schema });
    await database.ready();
    const store = database.store();
    const draft = await store.createDraft({ system: 's', workspace: 'w' }, { title: 'A draft' });
    const edited = await store.editIssue(draft.ref, { title: 'Edited' });
    const now = await serverTime(server);
    for (const time of [draft.createdAt, edited.updatedAt, database.clock.now()])
      expect(Math.abs(Date.parse(time ?? '') - now)).toBeLessThan(600_000);
  });

  test('a store is inspected without being made', async () => {
    const schema = newSchema(server);
    const database = openPostgresDatabase({ pool: server.pool, schema });
    expect(await database.inspect()).toEqual({ made: false, leases: [] });
    const named = await run(server.pool, 'SELECT 1 FROM pg_namespace WHERE nspname = $1', [schema]);
    expect(named).toEqual([]);
    const { backend } = database.store();
    await backend.acquireLease('b\0', 'ada', 3_600_000);
    await backend.acquireLease('b2', 'ada', 0);
    const { fence } = await backend.acquireLease('b3', 'ada', 3_600_000);
    await backend.releaseLease('b3', fence);
    const { made, leases } = await database.inspect();
    expect(made).toBe(true);
    expect(leases.map(({ bindingId, held }) => [bindingId, held])).toEqual([
      ['b\0', true],
      ['b2', false],
    ]);
    expect(Date.parse(leases[0]?.until ?? '')).toBeGreaterThan(Date.parse(leases[1]?.until ?? ''));
    expect(await database.inspect('other')).toEqual({ made: true, leases: [] });
  });
});
