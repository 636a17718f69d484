import { describe, expect, it } from 'vitest';
import { SyncBusyError, type SyncEvent, type SyncPlan, type TrackerCapabilities } from '../../src/index.ts';
import { lost } from './support/strict-tracker.ts';
import { codes, World } from './support/world.ts';

/** Edits on both sides, a draft with a child, a link, and a deletion. */
async function busy(capabilities: Partial<TrackerCapabilities> = {}): Promise<World> {
  const world = new World({ capabilities });
  const a = await world.imported({ title: 'a', labels: ['x'] });
  const b = await world.imported({ title: 'b' });
  const c = await world.imported({ title: 'c' });
  world.tracker.edit(a.ref.id, { body: 'theirs', title: 'a theirs' });
  world.tracker.make({ title: 'new' });
  await world.store.editIssue(a.ref, { labels: ['x', 'y'], title: 'a ours' });
  const parent = await world.draft({ title: 'parent' });
  await world.draft({ title: 'child', parent: parent.ref });
  await world.store.editIssue(b.ref, { links: [{ type: 'blocks', target: a.ref }] });
  await world.store.deleteIssue(c.ref);
  return world;
}

describe('a run', () => {
  it('gives byte-identical results and requests over equal inputs', async () => {
    const [first, second] = [await busy(), await busy()];
    const results = [await first.sync(), await second.sync()];
    expect(JSON.stringify(results[0])).toBe(JSON.stringify(results[1]));
    expect(JSON.stringify(first.tracker.calls)).toBe(JSON.stringify(second.tracker.calls));
    expect(JSON.stringify(first.commits)).toBe(JSON.stringify(second.commits));
  });

  it.each<[string, Partial<TrackerCapabilities>]>([
    ['one by one', {}],
    ['in bulk', { supportsBulkRead: true, supportsBulkWrite: true }],
    ['of a lossy tracker', { fields: { status: 'lossy' } }],
    ['without versions to compare', { supportsOptimisticConcurrency: true }],
  ])('that has nothing to do writes nothing but the checkpoint: %s', async (_name, capabilities) => {
    const world = await busy(capabilities);
    await world.sync();
    await world.sync();
    expect(await world.written(() => world.sync())).toEqual([]);
    const reads = world.tracker.count('get') + world.tracker.count('getMany');
    await world.sync();
    expect(world.tracker.count('get') + world.tracker.count('getMany')).toBe(reads);
  });

  it('is the only one of its binding', async () => {
    const world = await busy();
    let other: unknown;
    world.tracker.on('before', async ({ operation }) => {
      if (operation === 'list')
        other ??= await world
          .engine()
          .sync()
          .catch((error: unknown) => error);
    });
    await world.sync();
    expect(other).toMatchObject({ code: 'sync_busy' });
  });

  it('is refused as busy where its lease is lost as it begins', async () => {
    const world = await busy();
    const { backend } = world.store;
    const { commit } = backend;
    Object.assign(backend, {
      commit: () => Promise.reject(new SyncBusyError('another run holds the lease')),
    });
    await expect(world.sync()).rejects.toMatchObject({ code: 'sync_busy' });
    Object.assign(backend, { commit });
  });

  it('stops without writing where its lease went to another run', async () => {
    const world = await busy();
    let stolen = false;
    world.tracker.on('before', async ({ operation }) => {
      if (operation !== 'update' && operation !== 'create') return;
      if (stolen) throw new Error('wrote without its lease');
      stolen = true;
      world.pass(200_000);
      await world.memory.acquireLease('strict:w:w', 'thief', 60_000);
    });
    const result = await world.sync();
    expect(codes(result)).toContain('sync_busy');
    expect(world.tracker.writes).toBe(1);
  });

  it('goes on where it was slow and nobody took its lease', async () => {
    const world = await busy();
    world.tracker.on('after', ({ operation }) => {
      if (operation === 'update') world.pass(45_000);
    });
    expect((await world.sync()).failures).toEqual([]);
  });

  it('is told while it goes on', async () => {
    const world = await busy();
    const events: SyncEvent[] = [];
    const result = await world.sync({ onEvent: (event) => events.push(event) });
    expect(events[0]).toEqual({ type: 'started', operation: 'sync' });
    expect(events.at(-1)).toEqual({ type: 'finished', result });
    expect(events.map(({ type }) => type)).toContain('written');
  });

  it.each([0, 1, 2, 3, 4, 5])('that is aborted at request %i leaves everything consistent', async (at) => {
    const world = await busy();
    const abort = new AbortController();
    let calls = 0;
    world.tracker.on('after', () => {
      if (calls++ === at) abort.abort();
    });
    world.pass(1000);
    const result = await world.engine().sync({ signal: abort.signal });
    expect(codes(result)).toContain('aborted');
    world.tracker.calm();
    for (let i = 0; i < 4; i++) {
      world.pass(120_000);
      await world.sync();
    }
    expect(world.tracker.titles().sort()).toEqual(['a theirs', 'b', 'c', 'child', 'new', 'parent']);
    expect(world.tracker.held('i2').links).toHaveLength(1);
    expect(await world.written(() => world.sync())).toEqual([]);
  });

  it('stops within its time budget', async () => {
    const world = await busy();
    world.tracker.on('before', () => world.pass(400));
    const result = await world.engine().sync({ timeBudgetMs: 1000 });
    expect(codes(result)).toEqual(['time_budget']);
    expect(world.tracker.calls.length).toBeLessThan(12);
  });

  it('settles what an earlier run left before it pulls', async () => {
    const world = new World({ capabilities: { supportsLookupByKey: true } });
    await world.draft();
    world.tracker.fail('create', lost, { moment: 'after' });
    await world.sync();
    const from = world.tracker.calls.length;
    await world.sync();
    expect(world.tracker.calls.slice(from).map(({ operation }) => operation)).toEqual(['lookup', 'list']);
  });

  it('keeps a log of eventful runs', async () => {
    const world = await busy();
    await world.sync();
    const runs = await world.store.listRuns();
    await world.sync();
    await world.sync();
    expect(runs.length).toBeGreaterThan(0);
    expect((await world.store.listRuns()).length - runs.length).toBeLessThanOrEqual(1);
  });
});

describe('guards', () => {
  it.each([
    ['maxCreates', { maxCreates: 1 }],
    ['maxUpdates', { maxUpdates: 1 }],
    ['maxDeletes', { maxDeletes: 0 }],
  ])('%s throws with the counts before the first write', async (_name, limits) => {
    const world = await busy();
    const sync = world.sync({ limits, deletions: 'delete' });
    await expect(sync).rejects.toMatchObject({
      code: 'sync_guard',
      counts: { creates: 2, updates: 2, deletes: 1 },
    });
    expect(world.tracker.writes).toBe(0);
    expect(await world.store.listIssues()).toHaveLength(4);
  });

  it('let a run pass that is within them', async () => {
    const world = await busy();
    const limits = { maxCreates: 2, maxUpdates: 2, maxDeletes: 1 };
    const result = await world.sync({ limits, deletions: 'delete' });
    expect(result.stats).toMatchObject({ pushedCreated: 2, pushedUpdated: 2, pushedDeleted: 1 });
  });
});

describe('a plan', () => {
  const writesOf = ({ writes }: SyncPlan): string[] => writes.map(({ operation }) => operation).sort();

  it('changes nothing, and says what the sync then does', async () => {
    const world = await busy();
    let plan: SyncPlan | undefined;
    const engine = world.engine({ deletions: 'delete' });
    expect(
      await world.written(async () => {
        plan = await engine.plan();
      }),
    ).toEqual([]);
    const result = await engine.sync();
    const calls = world.tracker.calls.map(({ operation }) => operation);
    expect(plan && writesOf(plan)).toEqual(
      calls.filter((operation) => ['create', 'update', 'delete', 'link'].includes(operation)).sort(),
    );
    expect(plan?.result.stats).toEqual(result.stats);
  });

  it.each<[string, Partial<TrackerCapabilities>]>([
    ['one by one', {}],
    ['in bulk', { supportsBulkRead: true, supportsBulkWrite: true }],
    ['with client ids', { supportsClientIds: true }],
  ])('is applied as it is, also when it was stored: %s', async (_name, capabilities) => {
    const world = await busy(capabilities);
    const engine = world.engine({ deletions: 'delete' });
    const plan = JSON.parse(JSON.stringify(await engine.plan())) as SyncPlan;
    const result = await engine.apply(plan);
    expect(result.failures).toEqual([]);
    expect(result.stats).toMatchObject({ pushedCreated: 2, pushedUpdated: 2, pushedDeleted: 1 });
  });

  it('is refused, naming what moved since', async () => {
    const world = await busy();
    const engine = world.engine();
    const plan = await engine.plan();
    await world.store.editIssue(world.tracker.ref('i2'), { title: 'later' });
    await expect(engine.apply(plan)).rejects.toMatchObject({ code: 'sync_conflict', moved: [{ id: 'i2' }] });
    expect(world.tracker.writes).toBe(0);
  });

  it('writes nothing that comes up while it is applied', async () => {
    const world = await busy();
    const engine = world.engine();
    const plan = await engine.plan();
    let lists = 0;
    world.tracker.on('after', async ({ operation }) => {
      if (operation === 'list' && ++lists === 2)
        await world.store.editIssue(world.tracker.ref('i2'), { title: 'late' });
    });
    const result = await engine.apply(plan);
    expect(codes(result)).toContain('not_planned');
    expect(world.tracker.patches.some(({ title }) => title === 'late')).toBe(false);
    world.tracker.calm();
    await world.sync();
    expect(world.tracker.held('i2').title).toBe('late');
  });

  it('does not carry out a create that comes up while it is applied', async () => {
    const world = await busy();
    const engine = world.engine();
    const plan = await engine.plan();
    let lists = 0;
    world.tracker.on('after', async ({ operation }) => {
      if (operation === 'list' && ++lists === 2) await world.draft({ title: 'late' });
    });
    await engine.apply(plan);
    expect(world.tracker.titles()).not.toContain('late');
    world.tracker.calm();
    await world.sync();
    expect(world.tracker.titles().filter((title) => title === 'late')).toHaveLength(1);
  });
});
