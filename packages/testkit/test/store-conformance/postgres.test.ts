import { openPostgresStore } from '@spec-kitty/tracker-store-postgres';
import { afterAll, describe, test } from 'vitest';
import { storeConformance } from '../../src/index.ts';
import { type PostgresServer, pgliteServer, realServer } from '../support/postgres.ts';

function suite(server: PostgresServer, records: number, isThere = true): void {
  describe.runIf(isThere)(server.name, () => {
    afterAll(() => server.close());
    storeConformance({
      // Many records take a few seconds, the first case the start of the server.
      test: (name, run) => test(name, { timeout: 120_000 }, run),
      records,
      async open(context) {
        const schema = server.newSchema();
        const store = openPostgresStore({ pool: server.pool, schema, ...context });
        return { store, schema, dispose: () => server.dropSchema(schema) };
      },
      reopen: async ({ schema }, context) =>
        openPostgresStore({ pool: server.secondPool, schema, ...context }),
    });
  });
}

suite(pgliteServer(), 2000);
const real = realServer();
suite(real, 100_000, real.isThere);
