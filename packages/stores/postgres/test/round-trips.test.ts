import { recordWrite, type StoreBackend } from '@spec-kitty/tracker-core';
import { describe, expect, test } from 'vitest';
import { openPostgresDatabase } from '../src/index.ts';
import {
  binding,
  conflict,
  identity,
  issue,
  newSchema,
  pendingWrite,
  servers,
  TARGET,
  write,
} from './support.ts';
import { watchedPool } from './watched-pool.ts';

const PAGE = Array.from({ length: 100 }, (_, i) => `${i}`);
const ALL = { after: 0, limit: 1000 };

const READS: Record<string, (backend: StoreBackend) => Promise<unknown>> = {
  lookup: (backend) => backend.lookup(PAGE.map(identity)),
  load: (backend) => backend.load(PAGE.map(Number)),
  query: (backend) => backend.query({ status: 'todo', labels: ['x'], text: 'x', system: 's' }, ALL),
  pending: (backend) => backend.pending([TARGET, 'other'], ALL),
  refs: (backend) => backend.refs(TARGET, { after: '', limit: 1000 }),
  changed: (backend) => backend.changed(0, 1000),
  bindings: (backend) => backend.bindings(),
  intents: (backend) => backend.intents('b1'),
  rereads: (backend) => backend.rereads('b1', ALL),
  conflicts: (backend) => backend.conflicts({ recordIds: PAGE.map(Number) }),
  people: (backend) => backend.people(),
  runs: (backend) => backend.runs({}),
  overrides: (backend) => backend.overrides({}),
  acquireLease: (backend) => backend.acquireLease('b1', 'ada', 1000),
  releaseLease: (backend) => backend.releaseLease('b1', 1),
};

describe.for(servers())('$name', { timeout: 60_000 }, (server) => {
  test('a call is one statement, and a commit of a page is about ten', async () => {
    let sent = 0;
    const pool = watchedPool(server.pool, () => void sent++);
    const database = openPostgresDatabase({ pool, schema: newSchema(server) });
    const { backend } = database.store();
    await backend.commit({});
    const counted = async (work: () => Promise<unknown>): Promise<number> => {
      sent = 0;
      await work();
      return sent;
    };
    for (const [name, read] of Object.entries(READS))
      expect({ name, statements: await counted(() => read(backend)) }).toEqual({ name, statements: 1 });

    const created = { records: PAGE.map((id) => write(id)), binding: binding('b1') };
    expect(await counted(() => backend.commit(created))).toBe(8);
    const records = await backend.load(PAGE.map((_, i) => i + 1));
    const changed = records.flatMap((record, i) =>
      record ? [recordWrite({ ...pendingWrite(`${i}`).record, issue: issue(`new${i}`) }, record)] : [],
    );
    const everything = {
      records: changed,
      binding: binding('b1'),
      putConflicts: PAGE.map((id) => conflict(id)),
      putRereads: PAGE.map((id) => ({ bindingId: 'b1', ref: issue(id).ref, reason: 'event' as const })),
      removeIntents: PAGE,
    };
    expect(await counted(() => backend.commit(everything))).toBe(12);
    expect(await counted(() => backend.commit({ people: [] }))).toBe(5);
  });
});
