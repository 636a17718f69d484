import { describe, expect, it } from 'vitest';
import type { CanonicalIssue, CanonicalLink, Page, TrackerEvent } from '../../src/index.ts';
import { World } from './support/world.ts';

/** A tracker whose listings say nothing of relations. */
async function imported(versions: boolean): Promise<World> {
  const world = new World({ versions, capabilities: { unlistedFields: ['links'] } });
  world.tracker.page = (page: Page<CanonicalIssue>) => ({
    ...page,
    items: page.items.map((issue) => ({ ...issue, links: [] })),
  });
  world.tracker.make({ title: 'one' });
  world.tracker.make({ title: 'two' });
  await world.sync();
  return world;
}

const linkTo = (world: World, id: string): CanonicalLink => ({
  type: 'blocks',
  target: world.tracker.ref(id),
});

const hint = (world: World): TrackerEvent => ({
  eventId: 'delivery',
  eventType: 'updated',
  issueRef: world.tracker.ref('i1'),
  timestamp: world.now(),
  payload: null,
});

describe.each([
  ['versions', true],
  ['no versions', false],
])('a field that no listing tells, of a tracker with %s', (_name, versions) => {
  it('is kept as it is when a listing tells nothing of it, on both sides', async () => {
    const world = await imported(versions);
    const links = [linkTo(world, 'i2')];
    await world.store.editIssue(world.tracker.ref('i1'), { links });
    await world.sync();
    world.pass(1000);
    world.tracker.edit('i1', { title: 'changed' });
    await world.sync();
    await world.sync();
    expect(await world.local('i1')).toMatchObject({ title: 'changed', links });
    expect(world.tracker.held('i1').links).toEqual(links);
    expect(await world.written(() => world.sync())).toEqual([]);
    expect(await world.written(() => world.engine().sync({ full: true }))).toEqual([]);
  });

  it('is taken where the issue itself is read, and so is that it is gone', async () => {
    const world = await imported(versions);
    const links = [linkTo(world, 'i2')];
    world.tracker.edit('i1', { links });
    await world.engine().applyEvents([hint(world)]);
    expect((await world.local('i1')).links).toEqual(links);
    await world.sync();
    expect((await world.local('i1')).links).toEqual(links);
    world.pass(1000);
    world.tracker.edit('i1', { links: [] });
    await world.sync();
    expect((await world.local('i1')).links).toEqual(links);
    await world.engine().applyEvents([hint(world)]);
    expect((await world.local('i1')).links).toEqual([]);
    expect(world.tracker.writes).toBe(0);
  });

  it('is taken where the answer to a write of ours tells it', async () => {
    const world = await imported(versions);
    world.tracker.edit('i1', { links: [linkTo(world, 'i2')] });
    await world.sync();
    expect((await world.local('i1')).links).toEqual([]);
    await world.store.editIssue(world.tracker.ref('i1'), { title: 'written' });
    await world.sync();
    expect(await world.local('i1')).toMatchObject({ title: 'written', links: [linkTo(world, 'i2')] });
    expect(world.tracker.held('i1').links).toEqual([linkTo(world, 'i2')]);
  });
});
