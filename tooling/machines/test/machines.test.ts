import { openPostgresDatabase } from '@spec-kitty/tracker-store-postgres';
import { openWorkerControl } from '@spec-kitty/tracker-worker';
import { afterAll, expect, test } from 'vitest';
import { Fleet, type LoggedLine, openFarm, overlaps, startServer } from '../src/index.ts';

const server = await startServer();
if ('reason' in server) console.log(`workers as processes are not tested: ${server.reason}`);

afterAll(async () => {
  if (!('reason' in server)) await server[Symbol.asyncDispose]();
});

const key = ({ tenant, name }: { tenant: string; name: string }): string => `${tenant} ${name}`;

/** Whether each of the bindings had so many runs that ended well after this many lines of the log. */
function ranWell(
  lines: readonly LoggedLine[],
  from: number,
  bindings: readonly string[],
  times: number,
): boolean {
  const counts = new Map<string, number>();
  for (const line of lines.slice(from)) {
    if (line.event === 'ran' && line.outcome === 'done')
      counts.set(key(line), (counts.get(key(line)) ?? 0) + 1);
  }
  return bindings.every((binding) => (counts.get(binding) ?? 0) >= times);
}

const skipped = 'reason' in server;

test.skipIf(skipped)(
  'three workers and 300 bindings: killed, stopped, and the database restarted, nothing is lost, doubled or run twice at once',
  { timeout: 600_000 },
  async () => {
    if ('reason' in server) return;
    const { connectionString } = server;
    await using farm = await openFarm({
      gitlab: { credentials: 5, projects: 40 },
      github: { repositories: 100 },
    });
    const { places } = farm;
    expect(places).toHaveLength(300);
    const schema = 'machines';
    await using fleet = new Fleet({
      connectionString,
      schema,
      farmUrl: farm.url,
      places: [...places],
      concurrency: 4,
      tenantConcurrency: 3,
      leaseMs: 5000,
    });
    await using control = await openWorkerControl({ connectionString, schema });
    await using database = openPostgresDatabase({ connectionString, schema: `${schema}_store` });
    const names = places.map(key);

    // Two issues at each tracker and one here; under the first credential six here, 240 in all: GitLab takes 200 a minute.
    const expected = new Map<string, string[]>();
    for (const place of places) {
      for (const title of ['there 1', 'there 2']) farm.create(place, title);
      const drafts = place.credential === 'gitlab-0' ? 6 : 1;
      const store = database.store(key(place));
      const system = place.connector;
      const workspace = system === 'gitlab' ? `${place.options.projectId}` : 'acme/shop';
      for (let index = 0; index < drafts; index += 1)
        await store.createDraft({ system, workspace }, { title: `here ${index}` });
      expected.set(key(place), [
        ...Array.from({ length: drafts }, (_, index) => `here ${index}`),
        'renamed there',
        'there 2',
      ]);
    }
    await Promise.all([fleet.start(), fleet.start(), fleet.start()]);
    await control.put(
      places.map(({ tenant, name, credential }) => ({ tenant, name, credential, everyMs: 10_000 })),
    );

    const began = (lines: readonly LoggedLine[]): number =>
      lines.filter(({ event }) => event === 'began').length;
    // In the middle of a run of the first machine.
    await fleet.until((lines) => began(lines) >= 60 && isRunning(lines, 0));
    await fleet.kill(0);
    for (const place of places) farm.rename(place, 'there 1', 'renamed there');
    await fleet.start();
    await fleet.until((lines) => began(lines) >= 150);
    await server.restart();
    const restarted = fleet.lines.length;
    await fleet.until((lines) => began(lines) >= 250 && isRunning(lines, 1));
    await fleet.kill(1);
    await fleet.start();
    expect(await fleet.stop(2)).toBe(0);

    const marked = fleet.lines.length;
    await fleet.until((lines) => ranWell(lines, marked, names, 2));
    // Those under the limit went on when there was room again.
    const pending = async (): Promise<number> => {
      const counts = places.map(
        async (place) => (await database.store(key(place)).listIssues({ pending: true })).length,
      );
      return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
    };
    while ((await pending()) > 0) {
      const seen = fleet.lines.length;
      const [hungry = ''] = names;
      await fleet.until((lines) => ranWell(lines, seen, [hungry], 1));
    }
    const settled = fleet.lines.length;
    await fleet.until((lines) => ranWell(lines, settled, names, 1));

    for (const place of places) {
      expect([key(place), farm.titles(place)]).toEqual([key(place), expected.get(key(place))?.sort()]);
      const held = await database.store(key(place)).listIssues();
      expect([key(place), held.map(({ title }) => title).sort()]).toEqual([key(place), farm.titles(place)]);
    }
    expect(overlaps(fleet.lines, fleet.killed)).toEqual([]);
    expect(farm.requests().filter(({ limited }) => limited)).toEqual([]);
    const status = await control.status();
    expect(status.filter(({ state }) => state === 'dead' || state === 'paused')).toEqual([]);
    expect(await control.deadLetters()).toEqual([]);
    expect(restarted).toBeLessThan(marked);
    const runs = fleet.lines.filter(({ event }) => event === 'ran').length;
    console.log(
      `${runs} runs, ${farm.requests().length} requests, ${fleet.complaints.length} complaints of the machines`,
    );
  },
);

/** Whether a machine has begun a run that has not ended. */
function isRunning(lines: readonly LoggedLine[], machine: number): boolean {
  const own = lines.filter((line) => line.machine === machine);
  const count = (event: LoggedLine['event']): number => own.filter((line) => line.event === event).length;
  return count('began') > count('ended');
}
