import { PGlite } from '@electric-sql/pglite';
import { fromPglite } from 'pg-boss';
import { expect, onTestFinished, test } from 'vitest';
import { openWorkerControl } from '../src/index.ts';

/** A database in this process takes seconds to begin, and more on a machine with much to do. */
const LONG = { timeout: 60_000 };

async function database() {
  const pglite = await PGlite.create();
  onTestFinished(() => pglite.close());
  return { pglite, driver: { db: fromPglite(pglite), backend: 'pglite' as const } };
}

test.each(['', 'Upper', 'with space', 'x"; drop schema public; --', 'x'.repeat(46)])(
  'a schema of the name %j is refused before anything is asked',
  async (schema) => {
    const error = await openWorkerControl({ schema }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'connector_config', fieldPath: 'schema' });
  },
);

test('tables that are there stay as they are; newer ones are refused, and say what to do', LONG, async () => {
  const { pglite, driver } = await database();
  const binding = { tenant: 'acme', name: 'web', credential: 'token', everyMs: 60_000 };
  {
    await using control = await openWorkerControl({ driver });
    await control.put([binding]);
  }
  {
    await using again = await openWorkerControl({ driver });
    expect(await again.status()).toMatchObject([binding]);
  }
  await pglite.query('UPDATE spec_kitty_tracker_worker.version SET version = 99');
  await expect(openWorkerControl({ driver })).rejects.toThrow(
    /version 99, newer than.*update @spec-kitty\/tracker-worker/,
  );
});

test('two schemas of one database know nothing of each other', LONG, async () => {
  const { driver } = await database();
  await using one = await openWorkerControl({ driver, schema: 'one' });
  await using two = await openWorkerControl({ driver, schema: 'two' });
  await one.put([{ tenant: 'acme', name: 'web', credential: 'token', everyMs: 60_000 }]);
  expect([(await one.status()).length, (await two.status()).length]).toEqual([1, 0]);
});
