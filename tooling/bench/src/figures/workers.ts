import { Fleet, type LoggedLine, openFarm, startServer } from '@spec-kitty/tooling-machines';
import { openWorkerControl } from '@spec-kitty/tracker-worker';
import { measureInChild, numberOf } from '../measure/child.ts';
import { POSTGRES_URL } from '../measure/postgres.ts';
import type { Figure, Sample } from './figure.ts';

const QUIET = new URL('../children/quiet-binding.ts', import.meta.url);
const QUIET_BINDINGS = 200;
const WORKERS = [1, 2, 4] as const;
const LATENCY_MS = 20;

/** What needs a server, like the store's own. */
export function workerFigures(): Figure[] {
  if (POSTGRES_URL === undefined) return [];
  return [
    {
      name: 'workers',
      title: `Bindings synced by 4 workers in the time that 1 needs for one, each with a changed issue, over trackers of ${LATENCY_MS} ms`,
      unit: '×',
      measure: () => growth(),
    },
    {
      name: 'quiet-binding',
      title: 'Milliseconds of one worker for a binding with nothing to do',
      unit: ' ms',
      async measure() {
        const parts = await measureInChild(QUIET, [QUIET_BINDINGS]);
        return { value: numberOf(parts, 'msEach'), parts };
      },
    },
  ];
}

/** The same bindings, all due at once, with more and more workers; each round has one issue more at each tracker. */
async function growth(): Promise<Sample> {
  const server = await startServer();
  if ('reason' in server) throw new Error(server.reason);
  await using _server = server;
  const { connectionString } = server;
  await using farm = await openFarm({
    gitlab: { credentials: 10, projects: 100 },
    github: { repositories: 0 },
    latencyMs: LATENCY_MS,
  });
  const places = farm.places;
  await using control = await openWorkerControl({ connectionString, schema: 'bench' });
  const setup = {
    connectionString,
    schema: 'bench',
    farmUrl: farm.url,
    places,
    concurrency: 4,
    tenantConcurrency: 100,
    leaseMs: 60_000,
  };
  await control.put(
    places.map(({ tenant, name, credential }) => ({ tenant, name, credential, everyMs: 3_600_000 })),
  );
  const perMinute: Record<string, number> = {};
  for (const [round, workers] of [4, ...WORKERS].entries()) {
    for (const place of places) farm.create(place, `issue ${round}`);
    for (const place of places) await control.runNow(place);
    await using fleet = new Fleet(setup);
    await Promise.all(Array.from({ length: workers }, () => fleet.start()));
    await fleet.until((lines) => ran(lines).length >= places.length);
    for (let machine = 0; machine < workers; machine += 1) await fleet.stop(machine);
    // The first round is their first pull, and counts for nothing.
    if (round > 0)
      perMinute[`with ${workers}`] = (60_000 * places.length) / (endOf(fleet.lines) - startOf(fleet.lines));
  }
  const { 'with 1': one = Number.NaN, 'with 4': four = Number.NaN } = perMinute;
  return { value: four / one, parts: perMinute };
}

const ran = (lines: readonly LoggedLine[]): LoggedLine[] => lines.filter(({ event }) => event === 'ran');

const times = (lines: readonly LoggedLine[]): number[] =>
  lines.flatMap((line) => (line.event === 'began' || line.event === 'ended' ? [line.at] : []));

const startOf = (lines: readonly LoggedLine[]): number => Math.min(...times(lines));
const endOf = (lines: readonly LoggedLine[]): number => Math.max(...times(lines));
