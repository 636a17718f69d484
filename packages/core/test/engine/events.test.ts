import { describe, expect, it } from 'vitest';
import type { TrackerEvent } from '../../src/index.ts';
import { StrictTracker } from './support/strict-tracker.ts';
import { codes, World } from './support/world.ts';

let next = 0;

const event = (world: World, id: string, told: Partial<TrackerEvent> = {}): TrackerEvent => ({
  eventId: `delivery-${++next}`,
  eventType: 'updated',
  issueRef: world.tracker.ref(id),
  timestamp: world.now(),
  payload: null,
  ...told,
});

/** A world with one imported issue, and no request counted yet. */
async function imported(title = 'old'): Promise<World> {
  const world = new World();
  await world.imported({ title });
  world.pass(60_000);
  world.tracker.calls.length = 0;
  return world;
}

const reads = ({ tracker }: World): number => tracker.count('get') + tracker.count('getMany');

describe('an event', () => {
  it('is a hint: what it says is not believed, and the issue is read again', async () => {
    const world = await imported();
    world.tracker.edit('i1', { title: 'new' });
    const payload = { title: 'a forged title', status: 'done' };
    const result = await world.engine().applyEvents([event(world, 'i1', { payload })]);
    expect(result.stats).toMatchObject({ pulledUpdated: 1 });
    expect(await world.local('i1')).toMatchObject({ title: 'new', status: 'todo' });
    expect(world.tracker.count('list')).toBe(0);
    expect(reads(world)).toBe(1);
  });

  it('of an issue that did not change writes nothing, locally or at the tracker', async () => {
    const world = await imported();
    const before = await world.local('i1');
    await world.engine().applyEvents([event(world, 'i1')]);
    expect(await world.local('i1')).toEqual(before);
    expect(world.tracker.writes).toBe(0);
  });

  it('is merged with an edit of ours: other fields stand side by side, the same one is a conflict', async () => {
    const world = await imported();
    const { ref } = await world.local('i1');
    await world.store.editIssue(ref, { title: 'ours', body: 'ours' });
    world.tracker.edit('i1', { title: 'theirs', labels: ['theirs'] });
    const result = await world.engine({ strategy: 'manual_review' }).applyEvents([event(world, 'i1')]);
    expect(result.conflicts.map(({ field }) => field)).toEqual(['title']);
    expect(await world.local('i1')).toMatchObject({ title: 'ours', body: 'ours', labels: ['theirs'] });
  });

  it.each(['created', 'updated'] as const)(
    '%s of an issue that nobody knows imports it once',
    async (eventType) => {
      const world = await imported();
      world.tracker.make({ title: 'another' }, 'i2');
      const told = event(world, 'i2', { eventType });
      await world.engine().applyEvents([told]);
      await world.sync();
      await world.engine().applyEvents([told]);
      await world.sync();
      const titles = (await world.store.listIssues()).map(({ title }) => title);
      expect(titles.sort()).toEqual(['another', 'old']);
      expect(world.tracker.issues.size).toBe(2);
    },
  );

  it.each(['created', 'updated', 'deleted'] as const)(
    '%s of an issue that neither side has leaves nothing behind',
    async (eventType) => {
      const world = await imported();
      const result = await world.engine().applyEvents([event(world, 'nowhere', { eventType })]);
      expect(codes(result)).toEqual([]);
      await world.sync();
      expect(await world.store.listIssues()).toHaveLength(1);
      const asked = reads(world);
      await world.sync();
      expect(reads(world)).toBe(asked);
    },
  );

  it('of another workspace, or another tracker, is a failure that names it, and is not kept', async () => {
    const world = await imported();
    const others = [
      { ...world.tracker.ref('i1'), workspace: 'other' },
      { ...world.tracker.ref('i1'), system: 'other' },
    ];
    const told = others.map((issueRef) => event(world, 'i1', { issueRef }));
    const result = await world.engine().applyEvents([...told, event(world, 'i1')]);
    expect(result.failures).toMatchObject(
      others.map((issueRef) => ({ issueRef, code: 'scope_violation', retryable: false })),
    );
    expect(codes(await world.sync())).toEqual([]);
    expect(reads(world)).toBe(1);
  });

  it('deleted removes the issue, and one that lies does not', async () => {
    const world = await imported('gone');
    const kept = world.tracker.make({ title: 'kept' });
    await world.sync();
    world.pass(60_000);
    world.tracker.issues.delete('i1');
    const told = ['i1', kept].map((id) => event(world, id, { eventType: 'deleted' }));
    const result = await world.engine().applyEvents(told);
    expect(result.stats).toMatchObject({ pulledDeleted: 1 });
    expect((await world.store.listIssues()).map(({ title }) => title)).toEqual(['kept']);
    await world.sync();
    expect([...world.tracker.issues.keys()]).toEqual([kept]);
  });

  it('moved keeps the record, its edits and one issue at the tracker', async () => {
    const world = await imported();
    const { ref } = await world.local('i1');
    await world.store.editIssue(ref, { body: 'written before the move was told' });
    const issue = { ...world.tracker.held('i1'), ref: world.tracker.ref('new'), updatedAt: world.now() };
    world.tracker.issues.delete('i1');
    world.tracker.issues.set('new', issue);
    const payload = { from: { ...world.tracker.ref('i1') } };
    await world.engine().applyEvents([event(world, 'new', { eventType: 'moved', payload })]);
    await world.sync();
    await world.sync();
    expect(await world.store.listIssues()).toHaveLength(1);
    expect((await world.store.getIssue(ref))?.ref.id).toBe('new');
    expect([...world.tracker.issues.keys()]).toEqual(['new']);
    expect(world.tracker.held('new').body).toBe('written before the move was told');
  });
});

describe('many events', () => {
  it('of one issue cost one read, in one call or in several that waited', async () => {
    const world = await imported();
    world.tracker.edit('i1', { title: 'new' });
    const types = ['updated', 'transitioned', 'comment_added', 'link_upserted'] as const;
    const told = Array.from({ length: 100 }, (_, i) =>
      event(world, 'i1', { eventType: types[i % 4] ?? 'updated' }),
    );
    const bindingId = 'waiting';
    for (const one of told.slice(0, 50)) await world.store.putEvents(bindingId, [one]);
    await world.engine({ bindingId }).applyEvents(told.slice(50));
    expect((await world.local('i1')).title).toBe('new');
    expect(reads(world)).toBe(1);
  });

  it('delivered twice, or in any order, end the same', async () => {
    const ends = new Set<string>();
    for (const order of ['as sent', 'reversed', 'doubled'] as const) {
      const world = await imported();
      const other = world.tracker.make({ title: 'new here' });
      const sent = [
        event(world, other, { eventType: 'created' }),
        event(world, other),
        event(world, 'i1'),
        event(world, 'i1', { eventType: 'deleted' }),
      ];
      world.tracker.edit(other, { title: 'edited' });
      world.tracker.issues.delete('i1');
      const told = { 'as sent': sent, reversed: sent.toReversed(), doubled: [...sent, ...sent] }[order];
      for (const one of told) await world.engine().applyEvents([one]);
      await world.sync();
      expect(world.tracker.writes).toBe(0);
      ends.add(JSON.stringify((await world.store.listIssues()).map(({ ref, title }) => [ref.id, title])));
    }
    expect([...ends]).toEqual([JSON.stringify([['i2', 'edited']])]);
  });

  it('that come while a run holds the lease wait for the next, and are not lost', async () => {
    const world = await imported();
    let told = 0;
    world.tracker.on('before', async ({ operation }) => {
      if (operation !== 'list' || told++ > 0) return;
      world.tracker.unlisted.add('i1');
      world.tracker.edit('i1', { title: 'new' });
      const result = await world.engine().applyEvents([event(world, 'i1')]);
      expect(result.stats).toMatchObject({ pulledUpdated: 0 });
      expect(codes(result)).toEqual([]);
    });
    await world.sync();
    await world.sync();
    expect(told).toBeGreaterThan(0);
    expect((await world.local('i1')).title).toBe('new');
  });

  it('are kept where the read fails, and told', async () => {
    const world = await imported();
    world.tracker.edit('i1', { title: 'new' });
    world.tracker.unlisted.add('i1');
    world.tracker.fail('get', () => new Error('reset'), { times: 9 });
    const result = await world.engine().applyEvents([event(world, 'i1')]);
    expect(result.failures).toMatchObject([{ issueRef: { id: 'i1' } }]);
    world.tracker.calm();
    await world.sync();
    expect((await world.local('i1')).title).toBe('new');
  });

  it.each([
    ['no array', {}],
    ['an event without a ref', [{ eventId: 'a', eventType: 'updated', timestamp: '', payload: null }]],
    ['an event of a type that there is none of', [{ ...event(new World(), 'i1'), eventType: 'exploded' }]],
    ['an endless id', [{ ...event(new World(), 'i1'), eventId: 'x'.repeat(1025) }]],
  ])('that are no events are refused before anything is read: %s', async (_name, input) => {
    const world = await imported();
    const applied = world.engine().applyEvents(input as TrackerEvent[]);
    await expect(applied).rejects.toMatchObject({ code: 'tracker_contract' });
    expect(world.tracker.calls).toEqual([]);
  });

  it('of two trackers reach each its own binding', async () => {
    const world = await imported();
    const other = new StrictTracker(world.now, { name: 'other', workspace: 'o' });
    await world.imported({ title: 'theirs' }, {}, other);
    world.pass(60_000);
    other.edit('i1', { title: 'changed' });
    other.calls.length = 0;
    world.tracker.calls.length = 0;
    const told = event(world, 'i1', { issueRef: other.ref('i1') });
    await world.engine({}, other).applyEvents([told]);
    expect((await world.local('i1', other)).title).toBe('changed');
    expect(world.tracker.calls).toEqual([]);
  });
});
