import { OwnershipPolicy } from '@spec-kitty/tracker-core';
import { InMemoryConnector } from '@spec-kitty/tracker-memory';
import { openPostgresDatabase } from '@spec-kitty/tracker-store-postgres';
import { startWorker } from '@spec-kitty/tracker-worker';
import pg from 'pg';
import { numericArguments } from '../measure/child.ts';

const [bindings = 0] = numericArguments();
const connectionString = process.env['TRACKER_POSTGRES'] ?? '';
const schema = `bench_${process.pid}`;

/** Of the worker's own, of pg-boss and of the store alike. */
let statements = 0;
const { query } = pg.Client.prototype;
Object.defineProperty(pg.Client.prototype, 'query', {
  value(this: pg.Client, ...given: unknown[]) {
    statements += 1;
    return Reflect.apply(query, this, given);
  },
});

const trackers = new Map<string, InMemoryConnector>();
const database = openPostgresDatabase({ connectionString, schema: `${schema}_store` });
let ended = (): void => {};
let left = 0;

/** Until each of the bindings has run once. */
async function round(work: () => Promise<void>): Promise<{ ms: number; statements: number }> {
  const all = new Promise<void>((resolve) => {
    ended = resolve;
  });
  left = bindings;
  await work();
  const [began, before] = [performance.now(), statements];
  await all;
  return { ms: performance.now() - began, statements: statements - before };
}

const worker = await startWorker({
  connectionString,
  schema,
  concurrency: 1,
  tenantConcurrency: 1,
  async open({ name }) {
    const connector = new InMemoryConnector({ workspace: name }, {}, trackers.get(name)?.tracker);
    if (!trackers.has(name)) connector.tracker.create({ title: 'an issue' });
    trackers.set(name, connector);
    const policy = OwnershipPolicy.split({ fieldOwners: {} });
    return { connector, store: database.store(), policy, clock: database.clock };
  },
  onRun() {
    left -= 1;
    if (left === 0) ended();
  },
});
const names = Array.from({ length: bindings }, (_, index) => ({ tenant: 'bench', name: `binding-${index}` }));
await worker.control.put(names.map((name) => ({ ...name, credential: 'none', everyMs: 3_600_000 })));
const allNow = async (): Promise<void> => {
  for (const name of names) await worker.control.runNow(name);
};
await round(allNow);
await worker.control.pause({ credential: 'none' }, 'until all are due');
await worker.control.resume({ credential: 'none' });
const quiet = await round(allNow);
await worker.stop();
await database[Symbol.asyncDispose]();
const client = new pg.Client({ connectionString });
await client.connect();
await client.query('SET client_min_messages = warning');
for (const name of [schema, `${schema}_jobs`, `${schema}_store`])
  await client.query(`DROP SCHEMA IF EXISTS "${name}" CASCADE`);
await client.end();
console.log(
  JSON.stringify({ msEach: quiet.ms / bindings, statementsEach: quiet.statements / bindings, bindings }),
);
