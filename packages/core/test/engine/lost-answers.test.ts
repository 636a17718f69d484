import { describe, expect, it } from 'vitest';
import { type CanonicalIssue, OwnershipPolicy, type StrategyOption } from '../../src/index.ts';
import type { StrictTrackerOptions } from './support/strict-tracker.ts';
import { lost, refused } from './support/strict-tracker.ts';
import { codes, World } from './support/world.ts';

const MANUAL = { strategy: 'manual_review' } as const;

/** An issue of which the host's title is at the tracker, unanswered. */
async function lostUpdate(
  options: StrictTrackerOptions = {},
): Promise<{ world: World; ref: CanonicalIssue['ref'] }> {
  const world = new World(options);
  const { ref } = await world.imported({ title: 'old' });
  await world.store.editIssue(ref, { title: 'ours' });
  world.tracker.fail('update', lost, { moment: 'after', times: 3 });
  await world.sync(MANUAL);
  world.tracker.calm();
  expect(world.tracker.held(ref.id).title).toBe('ours');
  return { world, ref };
}

describe('an update whose answer is lost', () => {
  it('and whose repeat meets its own version is no conflict, also where what it did cannot be looked at', async () => {
    const world = new World({ capabilities: { supportsOptimisticConcurrency: true } });
    const { ref } = await world.imported({ title: 'old' });
    await world.store.editIssue(ref, { title: 'ours' });
    world.tracker.fail('update', lost, { moment: 'after' });
    let looks = 0;
    world.tracker.on('before', async ({ operation }) => {
      if (operation === 'update' && world.tracker.count('update') === 2)
        await world.store.editIssue(ref, { title: 'ours, again' });
      if (operation === 'get' && world.tracker.count('update') === 2 && looks++ === 0) throw refused(500);
    });
    const result = await world.sync(MANUAL);
    expect(looks).toBeGreaterThan(0);
    expect(result.conflicts).toEqual([]);
    expect(result.failures).toMatchObject([{ operation: 'update' }]);
    world.tracker.calm();
    const next = await world.sync(MANUAL);
    expect([next.failures, next.conflicts]).toEqual([[], []]);
    expect(world.tracker.held(ref.id).title).toBe('ours, again');
  });

  it.each([403, 429])('and whose repeat is turned away with %i is known as our own write', async (status) => {
    const world = new World();
    const { ref } = await world.imported({ title: 'old' });
    await world.store.editIssue(ref, { title: 'ours' });
    world.tracker.fail('update', lost, { moment: 'after' });
    world.tracker.on('before', ({ operation }) => {
      if (operation === 'update' && world.tracker.count('update') > 1) throw refused(status);
    });
    expect((await world.sync(MANUAL)).conflicts).toEqual([]);
    world.tracker.calm();
    await world.store.editIssue(ref, { title: 'ours, again' });
    const result = await world.sync(MANUAL);
    expect([result.failures, result.conflicts]).toEqual([[], []]);
    expect(world.tracker.held(ref.id).title).toBe('ours, again');
  });

  it('is not settled by a replica that has not caught up', async () => {
    const world = new World();
    const { ref } = await world.imported({ title: 'older' });
    const older = world.tracker.held(ref.id);
    world.pass(1000);
    world.tracker.edit(ref.id, { title: 'old' });
    await world.sync();
    await world.store.editIssue(ref, { title: 'ours' });
    world.tracker.fail('update', lost, { moment: 'after', times: 3 });
    await world.sync(MANUAL);
    world.tracker.calm();
    const newer = world.tracker.held(ref.id);
    world.tracker.on('before', ({ operation }) => {
      if (operation === 'get') world.tracker.issues.set(ref.id, older);
    });
    world.tracker.on('after', () => void world.tracker.issues.set(ref.id, newer));
    const result = await world.sync(MANUAL);
    expect(result.conflicts).toEqual([]);
    expect(result.stats.stale).toBeGreaterThan(0);
    world.tracker.calm();
    await world.store.editIssue(ref, { title: 'ours, again' });
    expect((await world.sync(MANUAL)).conflicts).toEqual([]);
    expect(world.tracker.held(ref.id).title).toBe('ours, again');
  });

  it('is no edit against the deletion that the host makes after it', async () => {
    const { world, ref } = await lostUpdate();
    await world.store.deleteIssue(ref);
    for (let i = 0; i < 2; i++) {
      const result = await world.sync({ ...MANUAL, deletions: 'delete' });
      expect([result.failures, result.conflicts]).toEqual([[], []]);
    }
    expect(world.tracker.issues.size).toBe(0);
  });
});

describe('a create that is asked for again under its key', () => {
  const idempotent = { capabilities: { supportsIdempotentCreate: true } };

  it.each([403, 429])('and turned away with %i is not made twice by the next run', async (status) => {
    const world = new World(idempotent);
    await world.draft({ title: 'once' });
    world.tracker.fail('create', lost, { moment: 'after' });
    world.tracker.on('before', ({ operation }) => {
      if (operation === 'create' && world.tracker.count('create') > 1) throw refused(status);
    });
    await world.sync();
    world.tracker.calm();
    expect((await world.sync()).failures).toEqual([]);
    await world.sync();
    expect(world.tracker.titles()).toEqual(['once']);
    expect(await world.store.listIssues()).toHaveLength(1);
  });

  it('shows what somebody has made of a lossy field meanwhile, as their edit', async () => {
    const world = new World({ capabilities: { ...idempotent.capabilities, fields: { body: 'lossy' } } });
    const draft = await world.draft({ title: 'once', body: 'ours' });
    world.tracker.fail('create', lost, { moment: 'after' });
    world.tracker.on('before', ({ operation }) => {
      if (operation === 'create' && world.tracker.count('create') === 2)
        world.tracker.edit('i1', { body: 'theirs' });
    });
    const result = await world.sync();
    expect(result.conflicts).toMatchObject([{ field: 'body', localValue: 'ours', externalValue: 'theirs' }]);
    expect((await world.store.getIssue(draft.ref))?.body).toBe('theirs');
    expect(world.tracker.held('i1').body).toBe('theirs');
  });
});

describe('a draft that is deleted here while the answer to its create is lost', () => {
  async function deletedDraft(): Promise<World> {
    const world = new World({ capabilities: { supportsLookupByKey: true, fields: { body: 'lossy' } } });
    world.tracker.read = (fields) => ({ ...fields, body: fields.body && `${fields.body.toUpperCase()}!` });
    const draft = await world.draft({ title: 'a draft', body: 'ours' });
    world.tracker.fail('create', lost, { moment: 'after' });
    await world.sync();
    world.tracker.calm();
    await world.store.deleteIssue(draft.ref);
    return world;
  }

  it.each<[StrategyOption, number]>([
    ['local_wins', 0],
    ['external_wins', 1],
  ])('at a tracker with lossy texts is decided once: %s', async (strategy, left) => {
    const world = await deletedDraft();
    const options = { strategy, deletions: 'delete' } as const;
    const first = await world.sync(options);
    const second = await world.sync(options);
    const decided = [...first.conflicts, ...second.conflicts].filter(({ field }) => field === 'deleted');
    expect(decided).toHaveLength(1);
    expect(world.tracker.issues.size).toBe(left);
    expect(await world.store.listIssues()).toHaveLength(left);
    expect(await world.written(() => world.sync(options))).toEqual([]);
  });

  it('at a tracker with lossy texts goes once a person has decided so', async () => {
    const world = await deletedDraft();
    const options = { ...MANUAL, deletions: 'delete' } as const;
    await world.sync(options);
    await world.sync(options);
    const [open, ...others] = await world.store.listConflicts({ status: 'open' });
    expect([open?.field, others]).toEqual(['deleted', []]);
    expect(world.tracker.issues.size).toBe(1);
    await world.store.resolveConflict(open?.id ?? '', 'local');
    const result = await world.sync(options);
    expect([codes(result), result.conflicts]).toEqual([[], []]);
    expect(world.tracker.issues.size).toBe(0);
  });
});

describe('a relation whose answer is lost', () => {
  it('is known as our own by the next run, and taken back by nobody', async () => {
    const world = new World();
    const target = await world.imported({ title: 'target' });
    const { ref } = await world.imported({ title: 'source' });
    const link = { type: 'blocks', target: target.ref } as const;
    await world.store.editIssue(ref, { links: [link] });
    world.tracker.fail('link', lost, { moment: 'after', times: 3 });
    expect((await world.sync(MANUAL)).failures).toMatchObject([{ operation: 'link', retryable: true }]);
    expect(await world.memory.intents('strict:w:w')).toHaveLength(1);
    world.tracker.calm();
    const links = world.tracker.count('link');
    await world.store.editIssue(ref, { links: [] });
    expect((await world.sync(MANUAL)).failures).toEqual([]);
    // Ours was there and is not wanted any more: it goes, and is not taken for a person's.
    expect(world.tracker.held(ref.id).links).toEqual([]);
    expect((await world.local(ref.id)).links).toEqual([]);
    expect(world.tracker.count('link')).toBe(links);
    await world.sync(MANUAL);
    expect(await world.written(() => world.sync(MANUAL))).toEqual([]);
  });
});

describe('an issue that is deleted here while an answer is lost', () => {
  it('tells what a person took back meanwhile', async () => {
    const world = new World();
    const { ref } = await world.imported({ labels: ['one'] });
    await world.store.editIssue(ref, { labels: ['one', 'ours'] });
    world.tracker.fail('update', lost, { moment: 'after', times: 3 });
    await world.sync(MANUAL);
    world.tracker.calm();
    world.pass(1000);
    world.tracker.edit(ref.id, { labels: ['one'] });
    await world.store.deleteIssue(ref);
    const result = await world.sync({ ...MANUAL, deletions: 'delete' });
    expect(result.overrides).toMatchObject([
      { field: 'labels', kept: 'local', keptValue: ['one', 'ours'], lostValue: ['one'] },
    ]);
  });

  it('is not deleted there over an edit of a field that was not ours to send', async () => {
    const world = new World({ capabilities: { supportsLookupByKey: true } });
    const policy = OwnershipPolicy.split({ fieldOwners: { status: 'external' } });
    const draft = await world.draft({ title: 'a draft' });
    world.tracker.fail('create', lost, { moment: 'after', times: 3 });
    await world.sync({ ...MANUAL, policy });
    world.tracker.calm();
    world.pass(1000);
    world.tracker.edit('i1', { status: 'in_review' });
    await world.store.deleteIssue(draft.ref);
    const options = { ...MANUAL, policy, deletions: 'delete' } as const;
    const conflicts = [...(await world.sync(options)).conflicts, ...(await world.sync(options)).conflicts];
    expect(conflicts).toMatchObject([{ field: 'deleted', status: 'open' }]);
    expect(world.tracker.held('i1').status).toBe('in_review');
  });
});
