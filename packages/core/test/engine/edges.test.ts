import { describe, expect, it } from 'vitest';
import { OwnershipPolicy, type TrackerCapabilities } from '../../src/index.ts';
import { lost, refused } from './support/strict-tracker.ts';
import { World } from './support/world.ts';

describe('edges', () => {
  it('a bulk create that is limited, then lost, is made once', async () => {
    const capabilities: Partial<TrackerCapabilities> = { supportsBulkWrite: true, supportsLookupByKey: true };
    const world = new World({ capabilities });
    await world.draft({ title: 'a' });
    await world.draft({ title: 'b' });
    let creates = 0;
    world.tracker.on('before', ({ operation }) => {
      if (operation === 'create' && ++creates === 2) throw refused(429, 10);
    });
    world.tracker.on('after', ({ operation }) => {
      if (operation === 'create' && creates === 3) throw lost();
    });
    await world.sync();
    world.tracker.calm();
    for (let i = 0; i < 3; i++) {
      world.pass(120_000);
      await world.sync();
    }
    expect(world.tracker.titles().sort()).toEqual(['a', 'b']);
    expect(await world.store.listIssues()).toHaveLength(2);
  });

  it('an issue that moved and was listed before it was known to have moved is one record', async () => {
    const world = new World();
    const { ref } = await world.imported({ title: 'moves' });
    await world.store.editIssue(ref, { body: 'ours' });
    const moved = { ...world.tracker.held(ref.id), ref: world.tracker.ref('moved'), updatedAt: world.now() };
    world.tracker.issues.set('moved', moved);
    world.tracker.unlisted.add(ref.id);
    await world.engine().pull();
    // The tracker answers a read of the old ref with the issue under its new one.
    world.tracker.issues.set(ref.id, moved);
    await world.sync();
    await world.engine().sync({ full: true });
    await world.sync();
    expect(await world.store.listIssues()).toHaveLength(1);
    expect((await world.store.getIssue(ref))?.body).toBe('ours');
  });

  it('closing sends no status where the tracker owns it', async () => {
    const world = new World();
    const policy = OwnershipPolicy.split({ fieldOwners: { status: 'external' } });
    const { ref } = await world.imported({}, { policy });
    await world.store.deleteIssue(ref);
    await world.sync({ policy, deletions: 'close' });
    expect(world.tracker.patches).toEqual([]);
  });

  it('unlinking ends the open conflicts of that tracker', async () => {
    const world = new World();
    const other = world.another({ name: 'other', workspace: 'v' });
    const here = world.tracker.make({ title: 'first' });
    const there = other.make({ title: 'second' });
    await world.sync();
    await world.sync({}, other);
    await world.store.linkRef(world.tracker.ref(here), other.ref(there));
    await world.sync({ strategy: 'manual_review' }, other);
    expect(await world.store.listConflicts({ status: 'open' })).toHaveLength(1);
    await world.store.unlinkRef(other.ref(there));
    expect(await world.store.listConflicts({ status: 'open' })).toEqual([]);
  });
});
