import { describe, expect, it } from 'vitest';
import { CapabilityNotSupportedError, OwnershipPolicy, type SyncEngineOptions } from '../../src/index.ts';
import { refused } from './support/strict-tracker.ts';
import { codes, World } from './support/world.ts';

const forbidsDone = (world: World): void => {
  world.tracker.refuses = (patch) =>
    patch.status === 'done' ? [{ field: 'status', reason: 'no such transition' }] : [];
};

async function refusedStatus(world: World): Promise<string> {
  const { ref } = await world.imported();
  await world.store.editIssue(ref, { status: 'done', title: 'written' });
  forbidsDone(world);
  const result = await world.sync();
  expect(result.failures).toMatchObject([
    { operation: 'update', code: 'field_refused', fieldPath: 'status', retryable: false },
  ]);
  expect(world.tracker.held(ref.id)).toMatchObject({ title: 'written', status: 'todo' });
  return ref.id;
}

describe('a refused field', () => {
  it('fails alone, and is not sent again while nothing changes', async () => {
    const world = new World();
    const id = await refusedStatus(world);
    const writes = world.tracker.writes;
    for (let i = 0; i < 3; i++) {
      const result = await world.sync();
      expect(result.failures).toEqual([]);
      expect(result.skipped).toMatchObject([{ field: 'status', reason: 'refused' }]);
    }
    expect(world.tracker.writes).toBe(writes);
    expect((await world.local(id)).status).toBe('done');
  });

  it.each<[string, (world: World, id: string) => Promise<unknown>, Partial<SyncEngineOptions>]>([
    [
      'the host edits it',
      (world, id) => world.store.editIssue(world.tracker.ref(id), { status: 'canceled' }),
      {},
    ],
    ['the host asks', (world, id) => world.store.retryRefused(world.tracker.ref(id)), {}],
    [
      'the tracker changes it',
      async (world, id) => world.tracker.edit(id, { status: 'in_progress' }),
      { strategy: 'local_wins' },
    ],
    [
      'the policy changes',
      async () => undefined,
      { policy: OwnershipPolicy.split({ fieldOwners: { status: 'local' } }) },
    ],
  ])('is sent again when %s', async (_name, change, options) => {
    const world = new World();
    const id = await refusedStatus(world);
    world.tracker.refuses = () => [];
    await world.sync();
    expect(world.tracker.held(id).status).toBe('todo');
    await change(world, id);
    await world.sync(options);
    expect(['done', 'canceled']).toContain(world.tracker.held(id).status);
  });

  it('is sent again when the mapping changes', async () => {
    const world = new World();
    const id = await refusedStatus(world);
    world.tracker.refuses = () => [];
    world.tracker.mapping = 'second';
    await world.sync();
    expect(world.tracker.held(id).status).toBe('done');
  });

  it.each([
    ['a capability that names it', () => new CapabilityNotSupportedError('no', { capability: 'status' })],
    ['a validation that names none', () => refused(422)],
    ['a status without a class of its own', () => refused(413)],
  ])('by %s does not hold up the others, and is sent no more', async (_name, error) => {
    const world = new World();
    const { ref } = await world.imported();
    await world.store.editIssue(ref, { status: 'done', title: 'written', body: 'text', labels: ['x'] });
    world.tracker.on('before', ({ patch }) => {
      if (patch?.status === 'done') throw error();
    });
    const result = await world.sync();
    expect(result.failures.map(({ fieldPath }) => fieldPath)).toEqual(['status']);
    expect(result.stats.pushedUpdated).toBe(1);
    expect(world.tracker.held(ref.id)).toMatchObject({ title: 'written', body: 'text', labels: ['x'] });
    const writes = world.tracker.writes;
    expect((await world.sync()).failures).toEqual([]);
    expect(world.tracker.writes).toBe(writes);
  });

  it.each([
    ['title', { limits: { titleLength: 10 } }, { title: 'longer than ten' }],
    ['body', { limits: { bodyLength: 10 } }, { body: 'longer than ten' }],
    ['labels', { limits: { labelLength: 10 } }, { labels: ['longer than ten'] }],
  ])(
    'that is longer than the tracker takes is told once and never sent: %s',
    async (field, capabilities, patch) => {
      const world = new World({ capabilities });
      const { ref } = await world.imported();
      await world.store.editIssue(ref, { ...patch, priority: 2 });
      const result = await world.sync();
      expect(result.failures).toMatchObject([{ code: 'field_refused', fieldPath: field }]);
      expect(world.tracker.patches).toEqual([{ priority: 2 }]);
      expect((await world.sync()).failures).toEqual([]);
      expect(world.tracker.patches).toHaveLength(1);
    },
  );

  it('that the tracker cannot hold at all is agreed as it stands and looked at no more', async () => {
    const world = new World({ capabilities: { fields: { priority: 'none' } } });
    const { ref } = await world.imported();
    await world.store.editIssue(ref, { priority: 1 });
    const result = await world.sync();
    expect(result.skipped).toMatchObject([{ field: 'priority', reason: 'not_held' }]);
    expect((await world.sync()).skipped).toEqual([]);
    expect(await world.store.listIssues({ pending: true })).toEqual([]);
    expect((await world.local(ref.id)).priority).toBe(1);
    expect(world.tracker.writes).toBe(0);
  });

  it('with a retired key fails that issue alone, before anything is sent', async () => {
    const world = new World();
    const { ref } = await world.imported();
    const other = await world.imported();
    await world.store.editIssue(ref, { customFields: { deep: { mission_key: 1 } } });
    await world.store.editIssue(other.ref, { title: 'fine' });
    const result = await world.sync();
    expect(codes(result)).toEqual(['retired_key']);
    expect(world.tracker.patches).toEqual([{ title: 'fine' }]);
  });

  it('of a create is stored, and tried again only after an edit', async () => {
    const world = new World();
    const draft = await world.draft({ title: 'first' });
    world.tracker.fail('create', () => refused(422));
    await world.sync();
    expect(world.tracker.count('create')).toBe(1);
    const again = await world.sync();
    expect(world.tracker.count('create')).toBe(1);
    expect(again.skipped).toMatchObject([{ reason: 'refused' }]);
    await world.store.editIssue(draft.ref, { title: 'second' });
    await world.sync();
    expect(world.tracker.titles()).toEqual(['second']);
  });

  it('of links leaves the other links and fields alone', async () => {
    const world = new World();
    const a = await world.imported();
    const b = await world.imported();
    await world.store.editIssue(a.ref, {
      title: 'written',
      links: [
        { type: 'blocks', target: world.tracker.ref('nowhere') },
        { type: 'blocks', target: b.ref },
      ],
    });
    const result = await world.sync();
    expect(result.failures).toMatchObject([{ operation: 'link', failureClass: 'not_found' }]);
    expect(world.tracker.held(a.ref.id)).toMatchObject({ title: 'written', links: [{ target: b.ref }] });
    const writes = world.tracker.writes;
    await world.sync();
    expect(world.tracker.writes).toBe(writes);
  });
});
