import { describe, expect, it } from 'vitest';
import {
  ConnectorRequestError,
  HostedAuthRequiredError,
  SpecKittyTrackerError,
  SyncConflictError,
  type TrackerCapabilities,
} from '../../src/index.ts';
import { lost, refused } from './support/strict-tracker.ts';
import { codes, World } from './support/world.ts';

const BULK: Partial<TrackerCapabilities> = { supportsBulkRead: true, supportsBulkWrite: true };
const ALONE_AND_BULK: [string, Partial<TrackerCapabilities>][] = [
  ['one by one', {}],
  ['in bulk', { ...BULK, limits: { batchSize: 2 } }],
];

async function edited(world: World, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let i = 0; i < count; i++) ids.push(world.tracker.make({ title: `issue ${i}` }));
  await world.sync();
  for (const id of ids) await world.store.editIssue(world.tracker.ref(id), { title: `edited ${id}` });
  return ids;
}

describe('a rate limit', () => {
  it('waits as it is told, then goes on', async () => {
    const world = new World();
    await edited(world, 1);
    world.tracker.fail('update', () => refused(429, 7000), { times: 2 });
    const result = await world.sync();
    expect(world.slept).toEqual([7000, 7000]);
    expect(result).toMatchObject({ failures: [], stats: { pushedUpdated: 1 } });
  });

  it('waits longer with every try where it is not told', async () => {
    const world = new World();
    await edited(world, 1);
    world.tracker.fail('update', lost, { times: 2 });
    await world.sync();
    expect(world.slept).toEqual([1000, 2000]);
  });

  it.each([Number.NaN, -1000, 'soon', 10n])('told as %s is one that was not told', async (told) => {
    const world = new World();
    await edited(world, 1);
    const limit = (): Error =>
      new ConnectorRequestError('too many', { statusCode: 429, retryAfterMs: told as never });
    world.tracker.fail('update', limit, { times: 1 });
    await world.sync();
    expect(world.slept).toEqual([1000]);
  });

  it.each([{ statusCode: 'constructor' }, { failureClass: 'banana' }, { failureClass: '__proto__' }])(
    'or another failure is of a known class: %j',
    async (details) => {
      const world = new World();
      const [id = ''] = await edited(world, 1);
      world.tracker.fail('update', () => new ConnectorRequestError('no', details as never));
      const { failures } = await world.sync();
      expect(failures).toMatchObject([{ issueRef: { id }, failureClass: 'non_retryable' }]);
    },
  );

  it('outlasts the lease without losing it', async () => {
    const world = new World();
    await edited(world, 2);
    world.tracker.fail('update', () => refused(429, 600_000));
    const result = await world.sync();
    expect(result.failures).toEqual([]);
    expect(result.stats.pushedUpdated).toBe(2);
  });

  it('on reads is waited for as well', async () => {
    const world = new World();
    world.tracker.make();
    world.tracker.fail('list', () => refused(429, 3000), { times: 2 });
    expect((await world.sync()).stats.pulledCreated).toBe(1);
    expect(world.slept).toEqual([3000, 3000]);
  });

  it.each(ALONE_AND_BULK)('ends the run cleanly after the last try: %s', async (_name, capabilities) => {
    const world = new World({ capabilities });
    await edited(world, 6);
    let updates = 0;
    world.tracker.on('before', ({ operation }) => {
      if (operation === 'update' && ++updates > 3) throw refused(429, 1000);
    });
    const result = await world.sync();
    expect(result.stats.pushedUpdated).toBe(3);
    expect(result.failures).toContainEqual(
      expect.objectContaining({ failureClass: 'rate_limit', retryable: true }),
    );
    expect(world.slept).toHaveLength(2);
    world.tracker.calm();
    const next = await world.sync();
    expect(next.failures).toEqual([]);
    expect(world.tracker.titles().every((title) => title.startsWith('edited'))).toBe(true);
  });

  it.each(ALONE_AND_BULK)('is not waited for beyond the time budget: %s', async (_name, capabilities) => {
    const world = new World({ capabilities });
    await edited(world, 4);
    world.tracker.fail('update', () => refused(429, 90_000), { times: 99 });
    const result = await world.engine().sync({ timeBudgetMs: 60_000 });
    expect(world.slept).toEqual([]);
    expect(world.tracker.count('update')).toBeLessThanOrEqual(2);
    expect(result.failures.every(({ failureClass }) => failureClass === 'rate_limit')).toBe(true);
  });

  it.each(ALONE_AND_BULK)(
    'in the middle of many creates keeps what was made: %s',
    async (_name, capabilities) => {
      const world = new World({ capabilities });
      for (let i = 0; i < 8; i++) await world.draft({ title: 'all alike' });
      let creates = 0;
      world.tracker.on('before', ({ operation }) => {
        if (operation === 'create' && ++creates > 5) throw refused(429, 1000);
      });
      const result = await world.sync();
      expect(result.stats.pushedCreated).toBe(5);
      expect(world.tracker.issues.size).toBe(5);
      world.tracker.calm();
      world.pass(120_000);
      await world.sync();
      await world.sync();
      expect(world.tracker.issues.size).toBe(8);
      expect(await world.store.listIssues()).toHaveLength(8);
    },
  );
});

describe('a failure of authentication', () => {
  it.each(ALONE_AND_BULK)('of a write stops the run at once: %s', async (_name, capabilities) => {
    const world = new World({ capabilities });
    await edited(world, 6);
    world.tracker.fail('update', () => new HostedAuthRequiredError('sign in again'), { times: 99 });
    const result = await world.sync();
    expect(world.tracker.count('update')).toBeLessThanOrEqual(2);
    expect(result.failures.every(({ failureClass }) => failureClass === 'authentication')).toBe(true);
    expect(result.failures.length).toBeGreaterThan(0);
    expect(world.slept).toEqual([]);
  });

  it('stops the other calls that are under way at once, and none goes on after the run', async () => {
    const world = new World();
    await edited(world, 20);
    world.tracker.fail('update', () => new HostedAuthRequiredError('sign in again'));
    const result = await world.sync({ concurrency: 4 });
    expect(result.failures.some(({ failureClass }) => failureClass === 'authentication')).toBe(true);
    const writes = world.tracker.writes;
    expect(writes).toBeLessThanOrEqual(4);
    for (let i = 0; i < 50; i++) await Promise.resolve();
    expect(world.tracker.writes).toBe(writes);
  });

  it('of a read stops the run before anything is written', async () => {
    const world = new World();
    await edited(world, 1);
    world.tracker.fail('list', () => refused(401), { times: 9 });
    const result = await world.sync();
    expect(result.failures).toMatchObject([{ failureClass: 'authentication', retryable: false }]);
    expect(world.tracker.writes).toBe(0);
  });
});

describe('a failed issue', () => {
  it.each([
    ['forbidden', () => refused(403)],
    ['of an unknown kind', () => new Error('boom')],
    ['lost for good', lost],
  ])('%s stops no other', async (_name, error) => {
    const world = new World();
    const [first, second] = await edited(world, 2);
    world.tracker.on('before', ({ operation, id }) => {
      if (operation === 'update' && id === first) throw error();
    });
    const result = await world.sync();
    expect(result.failures.map(({ issueRef }) => issueRef?.id)).toEqual([first]);
    expect(world.tracker.held(second ?? '').title).toBe(`edited ${second}`);
    world.tracker.calm();
    await world.sync();
    expect(world.tracker.held(first ?? '').title).toBe(`edited ${first}`);
  });

  it('is tried as often as it is configured', async () => {
    const world = new World();
    await edited(world, 1);
    world.tracker.fail('update', lost, { times: 99 });
    await world.sync({ retry: { maxAttempts: 5 } });
    expect(world.tracker.count('update')).toBe(5);
  });

  it('retries under one key, with the same patch', async () => {
    const world = new World();
    const [id] = await edited(world, 1);
    world.tracker.fail('update', lost, { times: 2 });
    world.tracker.on('before', async ({ operation }) => {
      if (operation === 'update') await world.store.editIssue(world.tracker.ref(id ?? ''), { body: 'newer' });
    });
    await world.sync();
    const updates = world.tracker.calls.filter(({ operation }) => operation === 'update');
    expect(updates.map(({ patch }) => Object.keys(patch ?? {}))).toEqual([['title'], ['title'], ['title']]);
    expect(new Set(updates.map(({ options }) => options?.idempotencyKey)).size).toBe(1);
    world.tracker.calm();
    await world.sync();
    expect(world.tracker.held(id ?? '').body).toBe('newer');
  });

  it('whose version moved is merged with what is there and sent again', async () => {
    const world = new World({ capabilities: { supportsOptimisticConcurrency: true } });
    const [id = ''] = await edited(world, 1);
    let once = true;
    world.tracker.on('before', ({ operation }) => {
      if (operation !== 'update' || !once) return;
      once = false;
      world.tracker.edit(id, { body: 'theirs' });
    });
    const result = await world.sync();
    expect(result.failures).toEqual([]);
    expect(world.tracker.held(id)).toMatchObject({ title: `edited ${id}`, body: 'theirs' });
    expect(await world.local(id)).toMatchObject({ title: `edited ${id}`, body: 'theirs' });
  });

  it('whose version never rests is a failure that stays pending', async () => {
    const world = new World();
    await edited(world, 1);
    world.tracker.fail('update', () => new SyncConflictError('moved'), { times: 999 });
    expect(codes(await world.sync())).toEqual(['sync_conflict']);
    world.tracker.calm();
    expect((await world.sync()).stats.pushedUpdated).toBe(1);
  });
});

describe('an update whose answer cannot be told', () => {
  it.each(ALONE_AND_BULK)('is agreed when it is found done: %s', async (_name, capabilities) => {
    const world = new World({ capabilities });
    const [id = ''] = await edited(world, 3);
    world.tracker.fail('update', lost, { moment: 'after', times: 99 });
    await world.sync();
    world.tracker.calm();
    const writes = world.tracker.writes;
    const result = await world.sync();
    expect(result).toMatchObject({ failures: [], conflicts: [], overrides: [] });
    expect(world.tracker.writes).toBe(writes);
    expect((await world.local(id)).title).toBe(`edited ${id}`);
  });

  it('keeps what a person has put in its place, and loses neither', async () => {
    const world = new World();
    const [id = ''] = await edited(world, 1);
    world.tracker.fail('update', lost, { moment: 'after', times: 99 });
    await world.sync();
    world.tracker.calm();
    world.pass(5000);
    world.tracker.edit(id, { title: 'theirs' });
    const result = await world.sync();
    const kept = JSON.stringify([...result.conflicts, ...result.overrides, await world.local(id)]);
    expect(kept).toContain('theirs');
    expect(kept).toContain(`edited ${id}`);
  });

  it.each(ALONE_AND_BULK)(
    'and is of another shape is settled by the next read: %s',
    async (_name, capabilities) => {
      const world = new World({ capabilities });
      const ids = await edited(world, 3);
      world.tracker.answer = (issue) => ({ ...issue, title: '' });
      expect((await world.sync()).failures.length).toBeGreaterThan(0);
      world.tracker.answer = undefined;
      expect(await world.sync()).toMatchObject({ failures: [], conflicts: [], overrides: [] });
      expect(world.tracker.titles()).toEqual(ids.map((id) => `edited ${id}`));
      expect(await world.written(() => world.sync())).toEqual([]);
    },
  );
});

describe('a store that cannot be reached', () => {
  it.each([true, false])('ends the run with what the store says of trying again (%s)', async (retryable) => {
    const world = new World();
    world.tracker.make({ title: 'one' });
    const away = Object.assign(new SpecKittyTrackerError('the server is away', {}, 'store_io'), {
      retryable,
    });
    const { lookup } = world.store.backend;
    world.store.backend.lookup = () => Promise.reject(away);
    const result = await world.sync();
    expect(result.failures).toMatchObject([{ issueRef: null, code: 'store_io', retryable }]);
    world.store.backend.lookup = lookup;
    expect(await world.sync()).toMatchObject({ failures: [], stats: { pulledCreated: 1 } });
  });
});
