import { openPostgresStore } from '@spec-kitty/tracker-store-postgres';
import { afterAll, describe, expect, it } from 'vitest';
import { playHistory } from '../../src/simulation/history.ts';
import { addCounts, type Counts, type HistoryOptions } from '../../src/simulation/kinds.ts';
import { type PostgresServer, pgliteServer, realServer } from '../support/postgres.ts';
import { seeds } from './support/pool.ts';

const FROM = Number(process.env['SIM_FROM'] ?? 1);
const SEEDS = Number(process.env['SIM_SEEDS'] ?? 1000);
const STEPS = 60;

function suite(server: PostgresServer, count: number, isThere = true): void {
  describe.runIf(isThere)(server.name, () => {
    const schema = server.newSchema();
    const isReal = server.secondPool !== server.pool;
    afterAll(async () => {
      await server.dropSchema(schema);
      await server.close();
    });
    let tenants = 0;
    const play = (options: HistoryOptions): ReturnType<typeof playHistory> =>
      playHistory(options, {
        // Each history has a store of its own, as each tenant has.
        openStore: (context) =>
          openPostgresStore({ pool: server.pool, schema, tenant: `history ${++tenants}`, ...context }),
      });

    it(`holds every invariant, from seed ${FROM}`, { timeout: 600_000 }, async () => {
      const counts: Counts = {};
      const broken: string[] = [];
      for (const [index, options] of seeds(FROM, count, { steps: STEPS }).entries()) {
        const outcome = await play(options);
        // Over several connections, what comes first of what is sent at once is the server's to say.
        if (!isReal && index % 5 === 0 && (await play(options)).digest !== outcome.digest)
          outcome.problems.push('the same seed gave another history');
        addCounts(counts, outcome.counts);
        if (outcome.problems.length > 0)
          broken.push(`${outcome.problems.join('; ')}\n  ${JSON.stringify(options)}`);
      }
      expect(broken).toEqual([]);
      expect(Object.keys(counts).length).toBeGreaterThan(10);
    });
  });
}

suite(pgliteServer(), Math.ceil(SEEDS / 100));
const real = realServer();
suite(real, Math.ceil(SEEDS / 25), real.isThere);
