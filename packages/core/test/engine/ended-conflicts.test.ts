import { describe, expect, it } from 'vitest';
import { type CanonicalIssue, OwnershipPolicy } from '../../src/index.ts';
import { World } from './support/world.ts';

/** Two titles, about which a person is to decide. */
async function disputed(): Promise<{ world: World; ref: CanonicalIssue['ref']; id: string }> {
  const world = new World();
  const { ref } = await world.imported({ title: 'old' });
  await world.store.editIssue(ref, { title: 'ours' });
  world.pass(1000);
  world.tracker.edit(ref.id, { title: 'theirs' });
  const result = await world.sync({ strategy: 'manual_review' });
  expect(result.openConflicts).toBe(1);
  return { world, ref, id: result.conflicts[0]?.id ?? '' };
}

describe('the open conflicts of an issue that is deleted', () => {
  it.each(['ignore', 'close', 'delete'] as const)('here end with it: %s', async (deletions) => {
    const { world, ref, id } = await disputed();
    await world.store.deleteIssue(ref);
    world.pass(1000);
    world.tracker.edit(ref.id, { body: 'an edit against the deletion' });
    const options = { deletions, strategy: 'local_wins' } as const;
    await world.sync(options);
    const result = await world.sync(options);
    expect(result.openConflicts).toBe(0);
    const left = { ignore: 'todo', close: 'canceled', delete: undefined };
    expect(world.tracker.issues.get(ref.id)?.status).toBe(left[deletions]);
    const conflicts = await world.store.listConflicts();
    expect(conflicts.find((conflict) => conflict.id === id)).toMatchObject({
      status: 'resolved',
      strategy: 'deleted',
    });
  });

  it.each(['close', 'delete'] as const)('here hold up no deletion: %s', async (deletions) => {
    const { world, ref, id } = await disputed();
    await world.store.deleteIssue(ref);
    const result = await world.sync({ deletions, strategy: 'manual_review' });
    expect(result).toMatchObject({ stats: { pushedDeleted: 1 }, conflicts: [], openConflicts: 0 });
    expect(world.tracker.issues.get(ref.id)?.status).toBe(deletions === 'close' ? 'canceled' : undefined);
    const conflicts = await world.store.listConflicts();
    expect(conflicts.find((conflict) => conflict.id === id)).toMatchObject({ externalValue: 'theirs' });
  });

  it('at the tracker end with it', async () => {
    const { world, ref, id } = await disputed();
    world.tracker.issues.delete(ref.id);
    world.pass(1000);
    const result = await world.engine().sync({ full: true });
    expect(result.openConflicts).toBe(0);
    expect(await world.store.getIssue(ref)).toBeUndefined();
    const conflicts = await world.store.listConflicts();
    expect(conflicts.find((conflict) => conflict.id === id)).toMatchObject({
      status: 'resolved',
      strategy: 'deleted',
    });
  });

  it('stay where a decision brings it back, and are not reported twice', async () => {
    const { world, ref, id } = await disputed();
    await world.store.deleteIssue(ref);
    world.pass(1000);
    world.tracker.edit(ref.id, { body: 'an edit against the deletion' });
    const strategy = { default: 'manual_review', fields: { deleted: 'external_wins' } } as const;
    const result = await world.sync({ deletions: 'delete', strategy });
    expect(result.conflicts.map(({ field }) => field)).toEqual(['deleted']);
    expect(await world.local(ref.id)).toMatchObject({ title: 'ours', body: 'an edit against the deletion' });
    expect(await world.store.listConflicts({ status: 'open' })).toMatchObject([{ id, field: 'title' }]);
    expect(world.tracker.held(ref.id).title).toBe('theirs');
  });
});

it.each([
  ['body', { body: 'ours' }, { body: null }, 'ours'],
  ['priority', { priority: 1 }, { priority: null }, 1],
  ['customFields.x', { customFields: { x: 'ours' } }, { customFields: {} }, 'ours'],
] as const)(
  'that a person cleared %s where the local side owns it is among the overrides',
  async (path, fields, cleared, ours) => {
    const world = new World();
    const policy = OwnershipPolicy.split({
      fieldOwners: { body: 'local', priority: 'local', customFields: 'local' },
    });
    const { ref } = await world.imported(fields, { policy });
    world.pass(1000);
    world.tracker.edit(ref.id, cleared);
    const result = await world.sync({ policy });
    const override = { field: path, kept: 'local', keptValue: ours, lostValue: null };
    expect(result.overrides).toMatchObject([override]);
    expect(await world.store.listOverrides()).toMatchObject([override]);
    expect(world.tracker.held(ref.id)).toMatchObject(fields);
  },
);
