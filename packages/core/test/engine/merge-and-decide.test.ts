import { describe, expect, it } from 'vitest';
import {
  type IssueFields,
  type IssuePatch,
  OwnershipPolicy,
  type SyncEngineOptions,
} from '../../src/index.ts';
import { World } from './support/world.ts';

const EXTERNAL = OwnershipPolicy.externalAuthoritative();
const LOCAL = OwnershipPolicy.localAuthoritative();
const SHARED = OwnershipPolicy.split({ fieldOwners: {} });

async function both(
  world: World,
  start: Partial<IssueFields>,
  local: IssuePatch,
  remote: IssuePatch,
  options: Partial<SyncEngineOptions>,
): Promise<{ id: string; result: Awaited<ReturnType<World['sync']>> }> {
  const { ref } = await world.imported(start, options);
  world.pass(1000);
  await world.store.editIssue(ref, local);
  if (Object.keys(remote).length > 0) world.tracker.edit(ref.id, remote);
  return { id: ref.id, result: await world.sync(options) };
}

describe('an edit of one side', () => {
  it.each([
    ['shared', SHARED, 'ours', 'ours', undefined],
    ['local', LOCAL, 'ours', 'ours', undefined],
    ['external', EXTERNAL, 'start', 'start', { kept: 'external', keptValue: 'start', lostValue: 'ours' }],
  ])('here, of a field owned as %s', async (_owner, policy, here, there, override) => {
    const world = new World();
    const { id, result } = await both(world, { title: 'start' }, { title: 'ours' }, {}, { policy });
    expect((await world.local(id)).title).toBe(here);
    expect(world.tracker.held(id).title).toBe(there);
    expect(result.overrides).toMatchObject(override ? [{ field: 'title', ...override }] : []);
    expect(await world.written(() => world.sync({ policy }))).toEqual([]);
  });

  it.each([
    ['shared', SHARED, 'theirs', undefined],
    ['external', EXTERNAL, 'theirs', undefined],
    ['local', LOCAL, 'start', { kept: 'local', keptValue: 'start', lostValue: 'theirs' }],
  ])('there, of a field owned as %s', async (_owner, policy, value, override) => {
    const world = new World();
    const { id, result } = await both(world, { title: 'start' }, {}, { title: 'theirs' }, { policy });
    expect((await world.local(id)).title).toBe(value);
    expect(world.tracker.held(id).title).toBe(value);
    expect(result.overrides).toMatchObject(override ? [{ field: 'title', ...override }] : []);
    expect(await world.written(() => world.sync({ policy }))).toEqual([]);
  });
});

describe('edits of both sides', () => {
  it('to one value agree, also written in another way', async () => {
    const world = new World();
    const { result } = await both(world, {}, { body: 'caf\u00e9\r\nx\n' }, { body: 'cafe\u0301\nx' }, {});
    expect(result).toMatchObject({ conflicts: [], overrides: [] });
    expect(world.tracker.writes).toBe(0);
  });

  it('merge sets by element and custom fields by key', async () => {
    const world = new World();
    const start = { labels: ['a', 'b'], customFields: { x: 1, y: 1 } };
    const { id } = await both(
      world,
      start,
      { labels: ['a', 'ours'], customFields: { x: 2, y: 1, ours: 1 } },
      { labels: ['b', 'a', 'theirs'], customFields: { x: 1, y: 2, theirs: 1 } },
      {},
    );
    for (const issue of [world.tracker.held(id), await world.local(id)]) {
      expect([...issue.labels].sort()).toEqual(['a', 'ours', 'theirs']);
      expect(issue.customFields).toEqual({ x: 2, y: 2, ours: 1, theirs: 1 });
    }
  });

  it.each(['shared', 'local'] as const)('never remove a custom key that we never held: %s', async (owner) => {
    const world = new World();
    const policy = OwnershipPolicy.split({ fieldOwners: {}, defaultOwner: owner });
    const { id } = await both(
      world,
      {},
      { customFields: { ours: 1 } },
      { customFields: { theirs: 1 } },
      { policy },
    );
    expect(world.tracker.held(id).customFields).toEqual({ ours: 1, theirs: 1 });
  });

  it('fold elements as the tracker says', async () => {
    const world = new World({ capabilities: { foldsCase: ['labels'] } });
    const { result } = await both(world, { labels: ['Bug'] }, { labels: ['bug'] }, {}, {});
    expect(result).toMatchObject({ conflicts: [], overrides: [] });
    expect(world.tracker.writes).toBe(0);
  });

  it('leave relations that somebody else made where we own them', async () => {
    const world = new World();
    const a = await world.imported({ title: 'a' });
    const b = await world.imported({ title: 'b' });
    const c = await world.imported({ title: 'c' });
    world.tracker.edit(a.ref.id, { links: [{ type: 'blocks', target: b.ref }] });
    await world.store.editIssue(a.ref, { links: [{ type: 'relates_to', target: c.ref }], status: 'done' });
    await world.sync({ policy: LOCAL });
    await world.sync({ policy: LOCAL });
    expect(
      world.tracker
        .held(a.ref.id)
        .links.map(({ type }) => type)
        .sort(),
    ).toEqual(['blocks', 'relates_to']);
    expect(world.tracker.count('unlink')).toBe(0);
    await world.store.editIssue(a.ref, { links: [] });
    await world.sync({ policy: LOCAL });
    expect(world.tracker.held(a.ref.id).links.map(({ type }) => type)).toEqual(['blocks']);
  });

  it.each<[string, Partial<SyncEngineOptions>, string]>([
    ['external_wins', { strategy: 'external_wins' }, 'theirs'],
    ['local_wins', { strategy: 'local_wins' }, 'ours'],
    ['newer_timestamp', { strategy: 'newer_timestamp' }, 'theirs'],
    ['one per field', { strategy: { default: 'external_wins', fields: { title: 'local_wins' } } }, 'ours'],
    ['merge', { strategy: 'merge', mergeText: (base, a, b) => `${base}+${a}+${b}` }, 'start+ours+theirs'],
    [
      'merge that could not',
      { strategy: { default: 'merge', fallback: 'local_wins' }, mergeText: () => undefined },
      'ours',
    ],
    ['a function', { strategy: () => ({ value: 'chosen' }) }, 'chosen'],
  ])('to different values are settled and recorded: %s', async (_name, options, value) => {
    const world = new World();
    const { id, result } = await both(
      world,
      { title: 'start' },
      { title: 'ours' },
      { title: 'theirs' },
      options,
    );
    expect(result.conflicts).toMatchObject([
      { field: 'title', baseValue: 'start', localValue: 'ours', externalValue: 'theirs', status: 'resolved' },
    ]);
    expect((await world.local(id)).title).toBe(value);
    expect(world.tracker.held(id).title).toBe(value);
    const next = await world.sync(options);
    expect(next.conflicts).toEqual([]);
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['a number', 5],
    ['a value that no title is', { value: null }],
    ['a blank title', { value: ' ' }],
    ['an object', { value: { a: 1 } }],
    ['what is no data', { value: 1n }],
  ])('stay open where the host decides for %s', async (_name, decided) => {
    const world = new World();
    const decides = { strategy: () => decided } as Partial<SyncEngineOptions>;
    const { id, result } = await both(
      world,
      { title: 'start' },
      { title: 'ours' },
      { title: 'theirs' },
      decides,
    );
    expect(result.conflicts).toMatchObject([{ field: 'title', status: 'open' }]);
    expect((await world.local(id)).title).toBe('ours');
    expect(world.tracker.held(id).title).toBe('theirs');
  });

  it.each<[string, unknown]>([
    ['null', null],
    ['an object', { a: 1 }],
    ['a blank title', ' '],
  ])('fall back where the merged text is %s', async (_name, merged) => {
    const world = new World();
    const strategy = { default: 'merge', fallback: 'local_wins' } as const;
    const merges = { strategy, mergeText: () => merged } as Partial<SyncEngineOptions>;
    const { id } = await both(world, { title: 'start' }, { title: 'ours' }, { title: 'theirs' }, merges);
    expect(world.tracker.held(id).title).toBe('ours');
  });

  it('of a custom key go by the strategy of custom fields', async () => {
    const world = new World();
    const strategy = { default: 'external_wins', fields: { customFields: 'local_wins' } } as const;
    const start = { customFields: { x: 'start' } };
    const { id } = await both(
      world,
      start,
      { customFields: { x: 'ours' } },
      { customFields: { x: 'theirs' } },
      { strategy },
    );
    expect(world.tracker.held(id).customFields).toEqual({ x: 'ours' });
  });

  it('are settled once: a choice that equals an old base is still sent', async () => {
    const world = new World();
    const options = { strategy: () => ({ value: 'start' }) };
    const { id } = await both(world, { title: 'start' }, { title: 'ours' }, { title: 'theirs' }, options);
    expect(world.tracker.held(id).title).toBe('start');
    expect((await world.sync(options)).conflicts).toEqual([]);
  });
});

describe('an open conflict', () => {
  const options = { strategy: 'manual_review' } as const;
  const open = async (world: World): Promise<string> => {
    const { id, result } = await both(
      world,
      { title: 'start' },
      { title: 'ours' },
      { title: 'theirs' },
      options,
    );
    expect(result.conflicts).toMatchObject([{ status: 'open' }]);
    return id;
  };
  const first = async (world: World): Promise<string> =>
    (await world.store.listConflicts({ status: 'open' }))[0]?.id ?? '';

  it('guards its field on both sides, and other fields go on', async () => {
    const world = new World();
    const id = await open(world);
    await world.store.editIssue(world.tracker.ref(id), { body: 'goes on' });
    const result = await world.sync(options);
    expect(result).toMatchObject({ conflicts: [], openConflicts: 1 });
    expect(result.skipped).toMatchObject([{ field: 'title', reason: 'conflict_open' }]);
    expect(world.tracker.held(id)).toMatchObject({ title: 'theirs', body: 'goes on' });
    expect((await world.local(id)).title).toBe('ours');
  });

  it.each([
    ['local', 'ours'],
    ['external', 'theirs'],
    [{ value: 'third' }, 'third'],
  ] as const)('is resolved by a person: %j', async (choice, title) => {
    const world = new World();
    const id = await open(world);
    const before = (await world.local(id)).updatedAt;
    world.pass(1000);
    await world.store.resolveConflict(await first(world), choice);
    if (title !== 'ours') expect((await world.local(id)).updatedAt).toBe(world.now());
    else expect((await world.local(id)).updatedAt).toBe(before);
    await world.sync(options);
    expect((await world.local(id)).title).toBe(title);
    expect(world.tracker.held(id).title).toBe(title);
    expect(await world.written(() => world.sync(options))).toEqual([]);
  });

  it('closes by itself when both sides become equal', async () => {
    const world = new World();
    const id = await open(world);
    world.pass(1000);
    world.tracker.edit(id, { title: 'ours' });
    const result = await world.sync(options);
    expect(result.conflicts).toMatchObject([{ status: 'resolved', strategy: 'equal' }]);
    expect(result.openConflicts).toBe(0);
  });

  it('on a custom key closes by itself when both sides take the key away again', async () => {
    const world = new World();
    const key = (value: string): IssuePatch => ({ customFields: { x: value } });
    const { id } = await both(world, {}, key('ours'), key('theirs'), options);
    world.pass(1000);
    await world.store.editIssue(world.tracker.ref(id), { customFields: {} });
    world.tracker.edit(id, { customFields: {} });
    const result = await world.sync(options);
    expect(result.conflicts).toMatchObject([{ status: 'resolved', strategy: 'equal' }]);
    expect(result.openConflicts).toBe(0);
  });

  it('is updated by a later edit, and not reported again', async () => {
    const world = new World();
    const id = await open(world);
    world.pass(1000);
    world.tracker.edit(id, { title: 'theirs again' });
    expect((await world.sync(options)).conflicts).toEqual([]);
    const [conflict] = await world.store.listConflicts();
    expect(conflict).toMatchObject({ externalValue: 'theirs again', localValue: 'ours', status: 'open' });
  });
});

describe('two sides that reverse each other', () => {
  const swing = async (world: World, id: string, everyMs: number): Promise<number> => {
    for (let round = 1; round <= 6; round++) {
      world.pass(everyMs);
      await world.store.editIssue(world.tracker.ref(id), { status: 'done' });
      await world.sync();
      world.pass(everyMs);
      world.tracker.edit(id, { status: 'todo' });
      const result = await world.sync();
      if (result.conflicts.length > 0) return round;
    }
    return 0;
  };

  it('are frozen into an open conflict after three reversals within an hour', async () => {
    const world = new World();
    const { ref } = await world.imported();
    expect(await swing(world, ref.id, 60_000)).toBe(2);
    expect(await world.store.listConflicts()).toMatchObject([
      { field: 'status', status: 'open', strategy: 'reversal' },
    ]);
    const writes = world.tracker.writes;
    await world.sync();
    expect(world.tracker.writes).toBe(writes);
  });

  it('are not where it takes days', async () => {
    const world = new World();
    const { ref } = await world.imported();
    expect(await swing(world, ref.id, 3_600_000)).toBe(0);
  });

  it('are not where one person toggles', async () => {
    const world = new World();
    const { ref } = await world.imported();
    for (let i = 0; i < 10; i++) {
      world.tracker.edit(ref.id, { status: i % 2 === 0 ? 'done' : 'todo' });
      expect((await world.sync()).conflicts).toEqual([]);
    }
  });
});

describe('a lossy tracker', () => {
  const lossy = (): World => {
    const world = new World({ capabilities: { fields: { status: 'lossy' } } });
    world.tracker.read = (fields) => ({ ...fields, status: fields.status === 'done' ? 'done' : 'todo' });
    return world;
  };

  it('neither flattens the local value nor is rewritten for ever', async () => {
    const world = lossy();
    const { ref } = await world.imported();
    await world.store.editIssue(ref, { status: 'blocked' });
    await world.sync();
    expect((await world.local(ref.id)).status).toBe('blocked');
    expect(await world.written(() => world.sync())).toEqual([]);
    world.tracker.edit(ref.id, { title: 'theirs' });
    await world.sync();
    expect((await world.local(ref.id)).status).toBe('blocked');
    world.tracker.edit(ref.id, { status: 'done' });
    await world.sync();
    expect((await world.local(ref.id)).status).toBe('done');
  });

  it('is created from a draft without losing the local value', async () => {
    const world = lossy();
    const draft = await world.draft({ status: 'in_review' });
    await world.sync();
    expect((await world.store.getIssue(draft.ref))?.status).toBe('in_review');
    expect(await world.written(() => world.sync())).toEqual([]);
  });
});
