import { describe, expect, it } from 'vitest';
import {
  type CanonicalIssue,
  FieldsRefusedError,
  type IssueFields,
  OwnershipPolicy,
  type StrategyOption,
  type TrackerCapabilities,
} from '../../src/index.ts';
import { lost } from './support/strict-tracker.ts';
import { codes, World } from './support/world.ts';

const MANUAL = { strategy: 'manual_review' } as const;

const KINDS: [string, Partial<TrackerCapabilities>][] = [
  ['client ids', { supportsClientIds: true }],
  ['idempotent creates', { supportsIdempotentCreate: true }],
  ['a look-up by key', { supportsLookupByKey: true }],
  ['neither', {}],
];

/** What the first request of a create leaves of an issue: what the second one writes is not there yet. */
function firstRequestOnly(world: World, without: Partial<IssueFields>): void {
  world.tracker.on('after', ({ operation }) => {
    if (operation !== 'create') return;
    for (const [id, issue] of world.tracker.issues) world.tracker.issues.set(id, { ...issue, ...without });
    throw lost();
  });
}

/** A draft of which the tracker made the first half, unanswered. */
async function halfMade(
  fields: Partial<IssueFields> = { status: 'done' },
  capabilities: Partial<TrackerCapabilities> = { supportsLookupByKey: true },
  without: Partial<IssueFields> = { status: 'todo' },
): Promise<{ world: World; draft: CanonicalIssue }> {
  const world = new World({
    capabilities: { ...capabilities, fieldsAfterCreate: ['status', 'labels', 'priority', 'customFields'] },
  });
  const draft = await world.draft({ title: 'once', body: 'text', ...fields });
  firstRequestOnly(world, without);
  await world.sync(MANUAL);
  world.tracker.calm();
  return { world, draft };
}

const only = (world: World): CanonicalIssue => {
  const [issue, ...others] = world.tracker.issues.values();
  if (!issue || others.length > 0) throw new Error(`${others.length + 1} issues`);
  return issue;
};

describe.each(KINDS)('the second request of a create, at a tracker with %s', (_name, capabilities) => {
  it('that was never sent leaves its field pending, and the next run writes it', async () => {
    const { world, draft } = await halfMade({ status: 'done' }, capabilities);
    expect(only(world).status).toBe('todo');
    const result = await world.sync(MANUAL);
    expect([codes(result), result.conflicts]).toEqual([[], []]);
    expect(only(world).status).toBe('done');
    expect((await world.store.getIssue(draft.ref))?.status).toBe('done');
    expect(await world.written(() => world.sync(MANUAL))).toEqual([]);
  });

  it('that somebody may have taken back is a conflict', async () => {
    const { world, draft } = await halfMade({ status: 'done' }, capabilities);
    world.pass(1000);
    world.tracker.edit(only(world).ref.id, { priority: 1 });
    const result = await world.sync({ strategy: 'external_wins' });
    expect(result.conflicts).toMatchObject([
      { field: 'status', localValue: 'done', externalValue: 'todo', status: 'resolved' },
    ]);
    expect((await world.store.getIssue(draft.ref))?.status).toBe('todo');
    expect(only(world)).toMatchObject({ status: 'todo', priority: 1 });
    expect(await world.written(() => world.sync())).toEqual([]);
  });
});

describe('a field that creates set by a later request', () => {
  it('is pending where a page shows the issue before its key is asked for', async () => {
    const { world } = await halfMade();
    const { tracker } = world;
    // The look-up does not show it yet; the listing of the same run does.
    const [key = '', id = ''] = [...tracker.keys][0] ?? [];
    tracker.keys.delete(key);
    const result = await world.sync(MANUAL);
    expect(result.conflicts).toEqual([]);
    expect(tracker.held(id).status).toBe('done');
    expect((await world.local(id)).status).toBe('done');
  });

  it.each(KINDS)('that arrived although nothing was answered is agreed: %s', async (_name, capabilities) => {
    const { world } = await halfMade({ status: 'done' }, capabilities, {});
    expect(only(world).status).toBe('done');
    const updates = world.tracker.count('update');
    expect((await world.sync(MANUAL)).conflicts).toEqual([]);
    await world.sync(MANUAL);
    expect(only(world).status).toBe('done');
    expect(world.tracker.count('update')).toBe(updates);
  });

  it('is pending where the same create is asked for again, and goes out in the same run', async () => {
    const world = new World({
      capabilities: { supportsIdempotentCreate: true, fieldsAfterCreate: ['status'] },
    });
    const draft = await world.draft({ status: 'done' });
    world.tracker.on('after', ({ operation }) => {
      if (operation !== 'create' || world.tracker.count('create') > 1) return;
      world.tracker.issues.set(only(world).ref.id, { ...only(world), status: 'todo' });
      throw lost();
    });
    const result = await world.sync(MANUAL);
    expect([codes(result), result.conflicts]).toEqual([[], []]);
    expect(only(world).status).toBe('done');
    expect((await world.store.getIssue(draft.ref))?.status).toBe('done');
    expect(await world.written(() => world.sync(MANUAL))).toEqual([]);
  });

  it('goes out as the host has made it meanwhile', async () => {
    const { world, draft } = await halfMade();
    await world.store.editIssue(draft.ref, { status: 'canceled' });
    expect((await world.sync(MANUAL)).conflicts).toEqual([]);
    expect(only(world).status).toBe('canceled');
  });

  it('may be a set, a map or a value with losses', async () => {
    const fields = { labels: ['a', 'b'], priority: 2 as const, customFields: { team: 'x', size: 3 } };
    const { world } = await halfMade(
      { status: 'blocked', ...fields },
      { supportsLookupByKey: true, fields: { status: 'lossy' } },
      { status: 'todo', labels: ['preset'], priority: null, customFields: { preset: true } },
    );
    const result = await world.sync(MANUAL);
    expect([codes(result), result.conflicts]).toEqual([[], []]);
    const whole = { status: 'blocked', priority: 2, customFields: { ...fields.customFields, preset: true } };
    expect(only(world)).toMatchObject(whole);
    expect(only(world).labels.toSorted()).toEqual(['a', 'b', 'preset']);
    const issue = await world.local(only(world).ref.id);
    expect(issue).toMatchObject(whole);
    expect(issue.labels.toSorted()).toEqual(['a', 'b', 'preset']);
    expect(await world.written(() => world.sync(MANUAL))).toEqual([]);
  });

  it('that is a set keeps what the host took out of it meanwhile', async () => {
    const { world, draft } = await halfMade({ labels: ['a', 'b'] }, undefined, { labels: ['a', 'preset'] });
    await world.store.editIssue(draft.ref, { labels: ['b', 'c'] });
    const result = await world.sync(MANUAL);
    expect([result.conflicts, result.overrides]).toEqual([[], []]);
    expect(only(world).labels.toSorted()).toEqual(['b', 'c', 'preset']);
    expect((await world.local(only(world).ref.id)).labels.toSorted()).toEqual(['b', 'c', 'preset']);
  });

  it('that is a set is written again where somebody may have taken an element back', async () => {
    const { world } = await halfMade({ labels: ['a', 'b'] }, undefined, { labels: [] });
    world.pass(1000);
    world.tracker.edit(only(world).ref.id, { labels: ['a', 'theirs'] });
    const result = await world.sync(MANUAL);
    expect([codes(result), result.conflicts]).toEqual([[], []]);
    expect(only(world).labels.toSorted()).toEqual(['a', 'b', 'theirs']);
    expect(await world.written(() => world.sync(MANUAL))).toEqual([]);
  });

  it('is not known to be untouched of an issue without times', async () => {
    const { world } = await halfMade();
    const { ref } = only(world);
    world.tracker.issues.set(ref.id, { ...only(world), createdAt: null, updatedAt: null });
    expect((await world.sync(MANUAL)).conflicts).toMatchObject([{ field: 'status', status: 'open' }]);
  });

  it.each<[StrategyOption, 'todo' | 'done']>([
    ['external_wins', 'todo'],
    ['local_wins', 'done'],
    ['newer_timestamp', 'todo'],
  ])('of a touched issue is settled by %s, on both sides', async (strategy, status) => {
    const { world, draft } = await halfMade();
    world.pass(60_000);
    world.tracker.edit(only(world).ref.id, { body: 'theirs' });
    const result = await world.sync({ strategy });
    expect(result.conflicts).toMatchObject([{ field: 'status', resolvedValue: status }]);
    await world.sync({ strategy });
    expect(only(world)).toMatchObject({ status, body: 'theirs' });
    expect(await world.store.getIssue(draft.ref)).toMatchObject({ status, body: 'theirs' });
    expect(await world.written(() => world.sync({ strategy }))).toEqual([]);
  });

  it.each(['local', 'external'] as const)('of a touched issue waits for a person: %s', async (choice) => {
    const { world, draft } = await halfMade();
    world.pass(1000);
    world.tracker.edit(only(world).ref.id, { body: 'theirs' });
    await world.sync(MANUAL);
    const [open] = await world.store.listConflicts({ status: 'open' });
    expect(open).toMatchObject({ field: 'status', localValue: 'done', externalValue: 'todo' });
    await world.store.resolveConflict(open?.id ?? '', choice);
    await world.sync(MANUAL);
    const status = choice === 'local' ? 'done' : 'todo';
    expect(only(world).status).toBe(status);
    expect((await world.store.getIssue(draft.ref))?.status).toBe(status);
    expect(await world.written(() => world.sync(MANUAL))).toEqual([]);
  });

  it('that the local side owns is written over what is there, and told', async () => {
    const { world } = await halfMade();
    world.pass(1000);
    world.tracker.edit(only(world).ref.id, { priority: 1 });
    const policy = OwnershipPolicy.split({ fieldOwners: { status: 'local' } });
    const result = await world.sync({ ...MANUAL, policy });
    expect(result.overrides).toMatchObject([{ field: 'status', kept: 'local', lostValue: 'todo' }]);
    expect(only(world).status).toBe('done');
  });

  it('and that a connector says was refused stays pending with the reason', async () => {
    const world = new World({ capabilities: { fieldsAfterCreate: ['status'] } });
    const draft = await world.draft({ status: 'done' });
    world.tracker.on('after', ({ operation }) => {
      if (operation !== 'create') return;
      const issue: CanonicalIssue = { ...only(world), status: 'todo' };
      world.tracker.issues.set(issue.ref.id, issue);
      throw new FieldsRefusedError('not closed', { refused: [{ field: 'status', reason: 'no' }], issue });
    });
    expect(codes(await world.sync())).toEqual(['field_refused']);
    world.tracker.calm();
    expect((await world.sync()).skipped).toMatchObject([{ field: 'status', reason: 'refused' }]);
    expect((await world.store.getIssue(draft.ref))?.status).toBe('done');
  });
});

describe('an issue that is deleted here while the second request of its create is not known', () => {
  it('goes where nobody touched it', async () => {
    const { world, draft } = await halfMade();
    await world.store.deleteIssue(draft.ref);
    for (let run = 0; run < 2; run++)
      expect((await world.sync({ ...MANUAL, deletions: 'delete' })).conflicts).toEqual([]);
    expect(world.tracker.issues.size).toBe(0);
  });

  it('is a conflict where somebody may have taken it back', async () => {
    const { world, draft } = await halfMade({ status: 'done' }, undefined, {});
    world.pass(1000);
    world.tracker.edit(only(world).ref.id, { status: 'todo' });
    await world.store.deleteIssue(draft.ref);
    const options = { ...MANUAL, deletions: 'delete' } as const;
    const conflicts = [...(await world.sync(options)).conflicts, ...(await world.sync(options)).conflicts];
    expect(conflicts).toMatchObject([{ field: 'deleted', status: 'open' }]);
    expect(world.tracker.issues.size).toBe(1);
  });
});
