import { canonicalIssue, type SyncStore } from '@spec-kitty/tracker-core';
import { openPostgresDatabase } from '@spec-kitty/tracker-store-postgres';
import { timedBareJson, timedBareRows } from '../measure/bare-postgres-insert.ts';
import { numericArguments, report } from '../measure/child.ts';
import { countingPool, withSchemas } from '../measure/postgres.ts';
import { requireCount, timedPull } from '../measure/pull.ts';

const WRITERS = 8;
const COMMITS = 50;

/** Saves of issues by writers at once, one after the other each, in a second. */
async function savesPerSecond(stores: readonly SyncStore[]): Promise<number> {
  const began = performance.now();
  await Promise.all(
    stores.map(async (store, writer) => {
      for (let i = 0; i < COMMITS; i++) {
        const ref = { system: 'bench', workspace: `w${writer}`, id: `${i}` };
        await store.upsertIssue(canonicalIssue({ ref, title: 'Saved' }));
      }
    }),
  );
  return (stores.length * COMMITS * 1000) / (performance.now() - began);
}

const [size = 0] = numericArguments();
await using pool = countingPool();
await withSchemas(pool, ['store', 'rows', 'json'], async (send, [schema = '', rows = '', json = '']) => {
  await using database = openPostgresDatabase({ pool, schema });
  const opening = performance.now();
  await database.ready();
  const openMs = performance.now() - opening;
  const store = database.store('pulled');
  pool.statements = 0;
  const { stats, milliseconds } = await timedPull(store, size);
  requireCount('issues created by a first pull', stats.pulledCreated, size);
  const pullStatements = pool.statements;
  const rowsMs = await timedBareRows(send, schema, rows, size);
  const jsonMs = await timedBareJson(send, schema, json, size);

  // A tracker that has nothing new to list.
  pool.statements = 0;
  const quiet = await timedPull(store, 0);
  const quietStatements = pool.statements;

  const many = Array.from({ length: WRITERS }, (_, writer) => database.store(`tenant${writer}`));
  const one = Array.from({ length: WRITERS }, () => database.store('shared'));
  for (const each of [...many, ...one]) await each.getPeople();
  const manyTenantsRate = await savesPerSecond(many);
  const oneTenantRate = await savesPerSecond(one);
  report({
    pullMs: openMs + milliseconds,
    rowsMs,
    jsonMs,
    pullStatements,
    quietMs: quiet.milliseconds,
    quietStatements,
    manyTenantsRate,
    oneTenantRate,
  });
});
