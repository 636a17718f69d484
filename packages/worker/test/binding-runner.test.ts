import { ConnectorConfigError, ConnectorRequestError, type TrackerEvent } from '@spec-kitty/tracker-core';
import type { InMemoryConnector } from '@spec-kitty/tracker-memory';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { type Jobs, QUEUES } from '../src/open-jobs.ts';
import { ACME, type Bench, benchOf, EVERY_MS, openTestJobs } from './support.ts';

let jobs: Jobs;
let bench: Bench;

const binding = (
  more: Partial<{ tenant: string; name: string; credential: string; everyMs: number }> = {},
) => ({
  ...ACME,
  credential: 'token',
  everyMs: EVERY_MS,
  ...more,
});

function failing(
  failureClass: 'authentication' | 'transient' | 'rate_limit',
  retryAfterMs?: number,
): ConnectorRequestError {
  return new ConnectorRequestError('the tracker said no', {
    provider: 'memory',
    failureClass,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

/** Makes the binding's next sync due, whatever it waits for. */
async function ranNow(): Promise<Awaited<ReturnType<Bench['work']>>> {
  await bench.control.runNow(ACME);
  return await bench.work();
}

async function statusOf(name = ACME.name) {
  return (await bench.control.status()).find((each) => each.name === name);
}

beforeEach(async () => {
  jobs ??= await openTestJobs();
  await jobs.boss.deleteAllJobs();
  await jobs.db.executeSql(
    `TRUNCATE ${jobs.schema}.binding, ${jobs.schema}.credential, ${jobs.schema}.shared_state`,
  );
  bench = benchOf(jobs);
}, 60_000);

afterAll(async () => {
  await jobs[Symbol.asyncDispose]();
});

describe('a binding', () => {
  it('that is put gets its first run within a minute, and the next after its interval', async () => {
    await bench.control.put([binding()]);
    expect(await bench.waiting()).toBeGreaterThan(20_000);
    expect(await bench.waiting()).toBeLessThanOrEqual(60_000);
    expect(await ranNow()).toMatchObject({ status: 'completed', output: { outcome: 'done' } });
    const due = await bench.waiting();
    expect(due).toBeGreaterThan(EVERY_MS - 20_000);
    expect(due).toBeLessThanOrEqual(EVERY_MS);
    expect(await statusOf()).toMatchObject({ state: 'waiting', failures: 0, lastOutcome: 'done' });
    expect((await statusOf())?.lagMs).toBeLessThan(20_000);
  });

  it('is synced both ways', async () => {
    await bench.control.put([binding()]);
    await bench.store.createDraft({ system: 'memory', workspace: 'web' }, { title: 'made here' });
    await ranNow();
    const tracker = bench.opened[0]?.connector.tracker;
    tracker?.create({ title: 'made there' });
    await ranNow();
    expect(
      bench.reports.map(({ result }) => [result?.stats.pushedCreated, result?.stats.pulledCreated]),
    ).toEqual([
      [1, 0],
      [0, 1],
    ]);
    expect(bench.opened).toHaveLength(1);
  });

  it('that is put again is opened anew, and keeps the run that waits', async () => {
    await bench.control.put([binding()]);
    await ranNow();
    const due = await bench.waiting();
    await bench.control.put([binding({ credential: 'another' })]);
    expect(Math.abs(((await bench.waiting()) ?? 0) - (due ?? 0))).toBeLessThan(5000);
    await ranNow();
    expect(bench.opened.map(({ disposed }) => disposed)).toEqual([true, false]);
    expect(await statusOf()).toMatchObject({ credential: 'another' });
  });

  it('that is removed is not synced any more', async () => {
    await bench.control.put([binding()]);
    await bench.control.remove(ACME);
    await jobs.boss.upsert(QUEUES.run, ACME, { singletonKey: 'acme/web', startAfter: 0 });
    expect(await bench.work()).toMatchObject({
      status: 'completed',
      output: { skipped: 'paused or removed' },
    });
    expect(await bench.waiting()).toBeUndefined();
  });

  it.each(['', 'a\u0000b', '\ud800', 'x'.repeat(201)])(
    'with a name that is none (%j) is refused',
    async (name) => {
      await expect(bench.control.put([binding({ name })])).rejects.toThrow();
      expect(await bench.control.status()).toEqual([]);
    },
  );

  it('has a name and a tenant that say what they will', async () => {
    const odd = { tenant: `o'tool "x"; drop table`, name: 'ünï/co:de 📎' };
    await bench.control.put([binding(odd)]);
    await bench.control.runNow(odd);
    expect(await bench.work()).toMatchObject({ status: 'completed' });
    expect(await statusOf(odd.name)).toMatchObject(odd);
  });
});

describe('one run at a time', () => {
  it('of a binding: a second one waits until the first has ended', async () => {
    await bench.control.put([binding()]);
    await bench.control.runNow(ACME);
    const [first] = await jobs.boss.fetch(QUEUES.run);
    await bench.control.runNow(ACME);
    await bench.control.wake(ACME);
    expect(await jobs.boss.fetch(QUEUES.run)).toEqual([]);
    await jobs.boss.complete(QUEUES.run, first?.id ?? '');
    expect(await jobs.boss.fetch(QUEUES.run)).toHaveLength(1);
    expect(await jobs.boss.fetch(QUEUES.run)).toEqual([]);
  });

  it('a wish for a run that comes while one is under way is met by the next, as a sync', async () => {
    await bench.control.put([binding()]);
    let asked = false;
    await ranNow();
    bench.opened[0]?.connector.faults.hook(async ({ operation }) => {
      if (operation === 'listIssues' && !asked) {
        asked = true;
        await bench.control.runNow(ACME);
      }
    });
    await ranNow();
    expect(await bench.waiting()).toBeLessThanOrEqual(0);
    await bench.work();
    expect(bench.reports.map(({ operation }) => operation)).toEqual(['sync', 'sync', 'sync']);
  });

  it('also where a dead one still holds the lease: it asks again soon, and that is no failure', async () => {
    await bench.control.put([binding()]);
    await ranNow();
    const { workspace } = bench.opened[0]?.connector ?? { workspace: '' };
    await bench.store.backend.acquireLease(`memory:${workspace}:${workspace}`, 'one that died', 60_000);
    expect(await ranNow()).toMatchObject({ output: { outcome: 'busy' } });
    expect(await bench.waiting()).toBeLessThanOrEqual(10_000);
    expect(await statusOf()).toMatchObject({ failures: 0, state: 'waiting' });
  });
});

describe('a slice of time', () => {
  it('ends a long run between two steps; it goes on behind the others', async () => {
    const small = { tenant: 'other', name: 'small' };
    let ms = Date.now();
    const clock = { now: () => new Date(ms).toISOString() };
    const slow = (connector: InMemoryConnector): void => {
      if (connector.workspace !== 'web') return;
      for (const title of ['one', 'two']) connector.tracker.create({ title });
      const forget = connector.faults.hook(() => {
        ms += 31_000;
        forget();
      });
    };
    bench = benchOf(jobs, { engine: { clock, pageSize: 1 } }, slow);
    await bench.control.put([binding()]);
    await bench.control.put([binding(small)]);
    await bench.control.runNow(ACME);
    await bench.control.runNow(small);
    for (let index = 0; index < 3; index += 1) await bench.work();
    expect(bench.reports.map(({ name, outcome }) => [name, outcome])).toEqual([
      ['web', 'more'],
      ['small', 'done'],
      ['web', 'done'],
    ]);
  });

  it('a worker that stops leaves the rest to another one at once', async () => {
    await bench.control.put([binding()]);
    bench.stop.abort(new Error('the worker stops'));
    expect(await ranNow()).toMatchObject({ output: { outcome: 'more' } });
    expect(await bench.waiting()).toBeLessThanOrEqual(0);
    const other = benchOf(jobs);
    expect(await other.work()).toMatchObject({ output: { outcome: 'done' } });
  });
});

describe('a failure', () => {
  it('that passes is tried again, later each time; success ends that', async () => {
    await bench.control.put([binding()]);
    await ranNow();
    bench.opened[0]?.connector.faults.failNext(2, () => failing('transient'), 'listIssues');
    const waits: number[] = [];
    for (let index = 0; index < 3; index += 1) {
      await ranNow();
      waits.push(Math.round(((await bench.waiting()) ?? 0) / 10_000));
    }
    expect(waits).toEqual([1, 2, 30]);
    expect(await statusOf()).toMatchObject({ failures: 0, failure: null });
  });

  it('of a limit waits as long as the tracker says', async () => {
    await bench.control.put([binding()]);
    await ranNow();
    bench.opened[0]?.connector.faults.failNext(9, () => failing('rate_limit', 3_600_000), 'listIssues');
    await ranNow();
    expect(await statusOf()).toMatchObject({ failures: 1, failure: { failureClass: 'rate_limit' } });
    expect(await bench.waiting()).toBeGreaterThan(3_500_000);
  });

  it('of a credential, seen twice, pauses all its bindings with the reason; resuming runs them', async () => {
    const bindings = [binding(), binding({ name: 'api' }), binding({ name: 'docs', credential: 'other' })];
    const refused = () => failing('authentication');
    bench = benchOf(jobs, {}, (connector) => connector.faults.failNext(99, refused, 'listIssues'));
    await bench.control.put(bindings);
    expect(await ranNow()).toMatchObject({ status: 'completed', output: { outcome: 'failed' } });
    expect(await statusOf()).toMatchObject({ state: 'waiting', failures: 1 });
    expect(await ranNow()).toMatchObject({
      status: 'deadletter',
      output: { failureClass: 'authentication' },
    });
    // Its secret may have been changed meanwhile: it was opened anew.
    expect(bench.opened.map(({ disposed }) => disposed)).toEqual([true, true]);
    expect((await bench.control.status()).map(({ name, state }) => [name, state])).toEqual([
      ['api', 'paused'],
      ['docs', 'waiting'],
      ['web', 'paused'],
    ]);
    expect((await statusOf('api'))?.pausedReason).toMatch(/^connector_request: .*the tracker said no/);
    expect(await bench.control.resume({ credential: 'token' })).toBe(2);
    expect(await statusOf()).toMatchObject({ state: 'waiting', pausedReason: null, failures: 0 });
  });

  it('of a setting goes to the dead letters with its reason, until a person resumes it', async () => {
    let broken = true;
    bench = benchOf(jobs, {
      open: async () => {
        if (broken) throw new ConnectorConfigError('the option "owner" is missing', { fieldPath: 'owner' });
        throw new ConnectorRequestError('not reached', { provider: 'memory' });
      },
    });
    await bench.control.put([binding()]);
    expect(await ranNow()).toMatchObject({ status: 'deadletter', output: { code: 'connector_config' } });
    expect(await statusOf()).toMatchObject({
      state: 'dead',
      pausedReason: 'connector_config: the option "owner" is missing',
      nextRunAt: null,
    });
    expect(await bench.waiting()).toBeUndefined();
    expect(await bench.control.runNow(ACME)).toBe(false);
    broken = false;
    expect(await bench.control.resume(ACME)).toBe(1);
    expect(await statusOf()).toMatchObject({ state: 'waiting', pausedReason: null });
    expect(await bench.waiting()).toBeLessThanOrEqual(60_000);
  });

  it('that nobody foresaw is tried five times', async () => {
    bench = benchOf(jobs, {
      open: async () => {
        throw new RangeError('a bug');
      },
    });
    await bench.control.put([binding()]);
    const statuses: (string | undefined)[] = [];
    for (let index = 0; index < 5; index += 1) statuses.push((await ranNow())?.status);
    expect(statuses).toEqual(['completed', 'completed', 'completed', 'completed', 'deadletter']);
    expect(await statusOf()).toMatchObject({ state: 'dead', pausedReason: 'unexpected: a bug' });
  });
});

describe('a pause', () => {
  it('of a binding lets no run begin; of its credential neither', async () => {
    await bench.control.put([binding(), binding({ name: 'api' })]);
    expect(await bench.control.pause(ACME, 'moving house')).toBe(1);
    await jobs.boss.upsert(QUEUES.run, ACME, { singletonKey: 'acme/web', startAfter: 0 });
    expect(await bench.work()).toMatchObject({ output: { skipped: 'paused or removed' } });
    expect(await statusOf()).toMatchObject({ state: 'paused', pausedReason: 'moving house' });

    expect(await bench.control.pause({ credential: 'token' }, 'rotated')).toBe(2);
    expect(await bench.control.resume(ACME)).toBe(0);
    expect(await bench.control.runNow({ tenant: 'acme', name: 'api' })).toBe(false);
    expect(await bench.control.resume({ credential: 'token' })).toBe(2);
    await ranNow();
    expect(bench.reports.map(({ outcome }) => outcome)).toEqual(['done']);
  });

  it('of what is not known concerns nothing', async () => {
    expect(await bench.control.pause({ tenant: 'no', name: 'one' }, 'x')).toBe(0);
    expect(await bench.control.resume({ tenant: 'no', name: 'one' })).toBe(0);
    expect(await bench.control.runNow({ tenant: 'no', name: 'one' })).toBe(false);
  });
});

describe('events', () => {
  const eventOf = (id: string, workspace = 'web'): TrackerEvent => ({
    eventId: `event-${id}`,
    eventType: 'created',
    issueRef: { system: 'memory', workspace, id },
    timestamp: '2026-03-01T00:00:00.000Z',
    payload: {},
  });

  async function deliver(events: TrackerEvent[]): Promise<void> {
    await bench.control.deliver(ACME, events);
    const [job] = await jobs.boss.fetch<{ events: TrackerEvent[] }>(QUEUES.events);
    await bench.runner.take(ACME, job?.data.events ?? []);
  }

  it('bring the run forward; it reads what they name, lists nothing, and the next sync stays where it was', async () => {
    await bench.control.put([binding()]);
    await ranNow();
    const { connector } = bench.opened[0] ?? {};
    const ref = connector?.tracker.create({ title: 'one' }).ref;
    const listed = connector?.faults.calls('listIssues');
    await deliver([eventOf(ref?.id ?? ''), eventOf('7', 'elsewhere')]);
    await bench.work();
    expect(bench.reports.at(-1)).toMatchObject({ operation: 'events', outcome: 'done' });
    expect((await bench.store.listIssues()).map(({ title }) => title)).toEqual(['one']);
    expect(connector?.faults.calls('listIssues')).toBe(listed);
    expect(await bench.waiting()).toBeGreaterThan(EVERY_MS - 20_000);
  });

  it('of a binding that fails wait with it: a storm of them is no storm of tries', async () => {
    await bench.control.put([binding()]);
    await ranNow();
    bench.opened[0]?.connector.faults.failNext(1, () => failing('transient'), 'listIssues');
    await ranNow();
    await deliver([eventOf('1')]);
    expect(await bench.work()).toBeUndefined();
    expect(await bench.waiting()).toBeGreaterThan(5000);
  });

  it('that are none are refused, and of an unknown binding forgotten', async () => {
    await expect(
      bench.control.deliver(ACME, [{ nonsense: true } as unknown as TrackerEvent]),
    ).rejects.toThrow();
    await bench.runner.take({ tenant: 'no', name: 'one' }, [eventOf('1')]);
    expect(await bench.work()).toBeUndefined();
  });
});

describe('a job that waits', () => {
  it('outlasts the housekeeping of the queue, also where it was brought forward', async () => {
    await bench.control.put([binding(), binding({ name: 'api' })]);
    await bench.control.runNow(ACME);
    const kept = async (): Promise<number> =>
      (
        await jobs.db.executeSql(
          `SELECT 1 FROM spec_kitty_tracker_worker_jobs.job WHERE name = 'run' AND state = 'created' AND keep_until > now() + interval '7 days'`,
        )
      ).rows.length;
    expect(await kept()).toBe(2);
    await jobs.boss.supervise();
    expect(await kept()).toBe(2);
  });
});

describe('a job that was lost', () => {
  it('is made again by the sweep', async () => {
    await bench.control.put([binding()]);
    await ranNow();
    await jobs.boss.deleteAllJobs(QUEUES.run);
    await bench.control.sweep();
    expect(await bench.waiting()).toBeUndefined();
    await jobs.db.executeSql(`UPDATE ${jobs.schema}.binding SET next_at = now() - interval '3 minutes'`);
    await bench.control.sweep();
    expect(await bench.waiting()).toBeLessThanOrEqual(60_000);
  });
});
