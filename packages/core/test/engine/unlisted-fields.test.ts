import { expect, it } from 'vitest';
import type { CanonicalLink } from '../../src/index.ts';
import { World } from './support/world.ts';

/** Two issues, at a tracker whose listings tell no links, although its issues have them; the first is linked. */
async function linked(): Promise<{ world: World; link: CanonicalLink }> {
  const world = new World({ capabilities: { unlistedFields: ['links'] } });
  world.tracker.page = (page) => ({ ...page, items: page.items.map((issue) => ({ ...issue, links: [] })) });
  await world.imported({ title: 'one' });
  const { ref: target } = await world.imported({ title: 'two' });
  const link: CanonicalLink = { type: 'relates_to', target };
  await world.store.editIssue(world.tracker.ref('i1'), { links: [link] });
  await world.sync();
  world.pass(600_000);
  return { world, link };
}

it('what no listing tells stays as it was agreed, while listings bring other changes', async () => {
  const { world, link } = await linked();
  world.tracker.edit('i1', { title: 'edited' });
  await world.sync();
  expect(await world.local('i1')).toMatchObject({ title: 'edited', links: [link] });
  expect(world.tracker.held('i1').links).toMatchObject([link]);
  expect(await world.written(() => world.sync())).toEqual([]);
});

it('what no listing tells is taken where the issue itself is read', async () => {
  const { world } = await linked();
  world.tracker.edit('i1', { links: [] });
  await world.sync();
  expect((await world.local('i1')).links).toHaveLength(1);
  await world.store.editIssue(world.tracker.ref('i1'), { title: 'written' });
  await world.sync();
  expect(await world.local('i1')).toMatchObject({ title: 'written', links: [] });
  expect(world.tracker.held('i1').links).toEqual([]);
});
