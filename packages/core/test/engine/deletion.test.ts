import { describe, expect, it } from 'vitest';
import type { DeletionMode, SyncEngine, TrackerEvent } from '../../src/index.ts';
import { refused } from './support/strict-tracker.ts';
import { codes, World } from './support/world.ts';

const event = (world: World, id: string, eventType: TrackerEvent['eventType'] = 'deleted'): TrackerEvent => ({
  eventId: `e-${id}`,
  eventType,
  issueRef: world.tracker.ref(id),
  timestamp: world.now(),
  payload: null,
});

const full = async (world: World): ReturnType<SyncEngine['sync']> => {
  world.pass(1000);
  return world.engine().sync({ full: true });
};

describe('an issue that is gone at the tracker', () => {
  it('stays where an incremental listing does not show it', async () => {
    const world = new World();
    const { ref } = await world.imported();
    world.tracker.issues.delete(ref.id);
    world.pass(600_000);
    await world.sync();
    expect(await world.store.getIssue(ref)).toBeDefined();
  });

  it('becomes a tombstone after a complete listing and a read of its own, and is not recreated', async () => {
    const world = new World();
    const { ref } = await world.imported();
    world.tracker.issues.delete(ref.id);
    expect((await full(world)).stats.pulledDeleted).toBe(1);
    expect(await world.store.getIssue(ref)).toBeUndefined();
    expect(await world.store.listIssues({ deleted: true })).toHaveLength(1);
    await world.sync();
    expect(world.tracker.writes).toBe(0);
  });

  it('stays where a complete listing hides it although it can be read', async () => {
    const world = new World();
    const { ref } = await world.imported();
    world.tracker.unlisted.add(ref.id);
    expect((await full(world)).stats.pulledDeleted).toBe(0);
    expect(await world.store.getIssue(ref)).toBeDefined();
  });

  it.each([
    ['a half-read listing', (world: World) => world.tracker.fail('list', () => refused(500), { times: 9 })],
    ['a forbidden read', (world: World) => world.tracker.fail('get', () => refused(403), { times: 9 })],
  ])('stays after %s', async (_name, fault) => {
    const world = new World();
    const { ref } = await world.imported();
    world.tracker.issues.delete(ref.id);
    fault(world);
    await full(world);
    expect(await world.store.getIssue(ref)).toBeDefined();
  });

  it('becomes a tombstone by a delete event that a read confirms', async () => {
    const world = new World();
    const { ref } = await world.imported();
    const other = await world.imported();
    world.tracker.issues.delete(ref.id);
    const engine = world.engine();
    await engine.applyEvents([event(world, ref.id), event(world, other.ref.id)]);
    expect(await world.store.getIssue(ref)).toBeUndefined();
    expect(await world.store.getIssue(other.ref)).toBeDefined();
  });

  it('waits after another event until its container can be read', async () => {
    const world = new World();
    const { ref } = await world.imported();
    world.tracker.issues.delete(ref.id);
    let hidden = true;
    world.tracker.on('before', ({ operation }) => {
      if (operation === 'list' && hidden) throw refused(404);
    });
    const result = await world.engine().applyEvents([event(world, ref.id, 'updated')]);
    expect(codes(result)).toEqual(['issue_not_found']);
    expect(await world.store.getIssue(ref)).toBeDefined();
    hidden = false;
    expect(codes(await world.engine().applyEvents([event(world, ref.id, 'updated')]))).toEqual([]);
    expect(await world.store.getIssue(ref)).toBeUndefined();
  });

  it('waits where our own write may not show yet', async () => {
    const world = new World({ capabilities: { lagMs: 60_000 } });
    const { ref } = await world.imported();
    await world.store.editIssue(ref, { title: 'edited' });
    await world.sync();
    world.tracker.issues.delete(ref.id);
    await full(world);
    expect(await world.store.getIssue(ref)).toBeDefined();
    world.pass(120_000);
    await full(world);
    expect(await world.store.getIssue(ref)).toBeUndefined();
  });

  it('is gone where a page says so', async () => {
    const world = new World();
    const { ref } = await world.imported();
    world.tracker.issues.delete(ref.id);
    world.tracker.page = (page) => ({ ...page, gone: [ref] });
    await world.sync();
    expect(await world.store.getIssue(ref)).toBeUndefined();
  });

  it('is revived when it is there again, and only by a read of its own', async () => {
    const world = new World();
    const { ref } = await world.imported({ title: 'first' });
    const before = world.tracker.held(ref.id);
    world.tracker.issues.delete(ref.id);
    await full(world);
    world.pass(1000);
    world.tracker.issues.set(ref.id, before);
    world.tracker.edit(ref.id, { title: 'back' });
    await world.sync();
    await world.sync();
    expect((await world.local(ref.id)).title).toBe('back');
    expect(await world.store.listIssues()).toHaveLength(1);
  });

  it.each([
    ['external_wins', false, undefined],
    ['local_wins', true, undefined],
    ['manual_review', true, 'deleted'],
  ] as const)('against a local edit is a conflict: %s', async (strategy, stays, open) => {
    const world = new World();
    const { ref } = await world.imported();
    await world.store.editIssue(ref, { title: 'edited here' });
    world.tracker.issues.delete(ref.id);
    const result = await world.engine({ strategy }).sync({ full: true });
    expect(result.conflicts.map(({ field }) => field)).toEqual(['deleted']);
    expect((await world.store.getIssue(ref)) !== undefined).toBe(stays);
    const [conflict] = await world.store.listConflicts({ status: 'open' });
    expect(conflict?.field).toBe(open);
    await world.sync({ strategy });
    expect(world.tracker.issues.size).toBe(0);
  });
});

describe('an issue that was deleted here', () => {
  it.each<[DeletionMode, string[]]>([
    ['ignore', []],
    ['close', ['update']],
    ['delete', ['delete']],
  ])('%s', async (deletions, expected) => {
    const world = new World();
    const { ref } = await world.imported();
    await world.store.deleteIssue(ref);
    await world.sync({ deletions });
    const writes = world.tracker.calls.map(({ operation }) => operation);
    expect(writes.filter((operation) => !['list', 'get'].includes(operation))).toEqual(expected);
    if (deletions === 'close') expect(world.tracker.held(ref.id).status).toBe('canceled');
    expect(await world.written(() => world.sync({ deletions }))).toEqual([]);
    expect(await world.store.getIssue(ref)).toBeUndefined();
  });

  it('ignores later changes by default', async () => {
    const world = new World();
    const { ref } = await world.imported();
    await world.store.deleteIssue(ref);
    await world.sync();
    world.tracker.edit(ref.id, { title: 'later' });
    const result = await world.sync();
    expect(result.conflicts).toEqual([]);
    expect(await world.store.getIssue(ref)).toBeUndefined();
  });

  it.each([
    ['external_wins', 'edited there', 1],
    ['local_wins', undefined, 0],
  ] as const)('against an edit there is a conflict: %s', async (strategy, title, left) => {
    const world = new World();
    const { ref } = await world.imported();
    await world.store.deleteIssue(ref);
    world.pass(1000);
    world.tracker.edit(ref.id, { title: 'edited there' });
    const result = await world.sync({ deletions: 'delete', strategy });
    expect(result.conflicts.map(({ field }) => field)).toEqual(['deleted']);
    expect((await world.store.getIssue(ref))?.title).toBe(title);
    await world.sync({ deletions: 'delete', strategy });
    expect(world.tracker.issues.size).toBe(left);
  });

  it.each([
    ['local', undefined, 0],
    ['external', 'edited there', 1],
  ] as const)('is settled by a person: %s', async (choice, title, left) => {
    const world = new World();
    const options = { deletions: 'delete', strategy: 'manual_review' } as const;
    const { ref } = await world.imported({ labels: ['a'] });
    await world.store.deleteIssue(ref);
    world.pass(1000);
    world.tracker.edit(ref.id, { title: 'edited there' });
    await world.sync(options);
    expect(world.tracker.writes).toBe(0);
    // So long that no listing shows the edit again.
    world.pass(3_600_000);
    world.tracker.make({ title: 'another' });
    await world.sync(options);
    world.pass(3_600_000);
    const [conflict] = await world.store.listConflicts({ status: 'open' });
    await world.store.resolveConflict(conflict?.id ?? '', choice);
    await world.sync(options);
    await world.sync(options);
    expect((await world.store.getIssue(ref))?.title).toBe(title);
    expect([...world.tracker.issues.keys()].filter((id) => id === ref.id)).toHaveLength(left);
  });

  it('is no conflict where the tracker only writes the same in another way', async () => {
    const world = new World();
    const draft = await world.draft({ body: 'text', labels: ['a', 'b'] });
    world.tracker.read = (fields) => ({
      ...fields,
      body: fields.body === null ? null : `${fields.body}\r\n`,
      labels: [...fields.labels].reverse(),
    });
    await world.sync();
    await world.store.deleteIssue(draft.ref);
    const result = await world.sync({ deletions: 'delete' });
    expect(result.conflicts).toEqual([]);
    expect(world.tracker.issues.size).toBe(0);
  });

  it('sends nothing for a draft', async () => {
    const world = new World();
    const draft = await world.draft();
    await world.store.deleteIssue(draft.ref);
    await world.sync({ deletions: 'delete' });
    expect(world.tracker.writes).toBe(0);
  });

  it('is settled after a lost answer without a second request', async () => {
    const world = new World();
    const { ref } = await world.imported();
    await world.store.deleteIssue(ref);
    world.tracker.fail('delete', () => refused(503), { moment: 'after', times: 3 });
    await world.sync({ deletions: 'delete' });
    world.tracker.calm();
    const result = await world.sync({ deletions: 'delete' });
    expect(result.failures).toEqual([]);
    expect(await world.written(() => world.sync({ deletions: 'delete' }))).toEqual([]);
  });
});
