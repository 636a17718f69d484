import { describe, expect, it } from 'vitest';
import type { CanonicalIssue, IssueFields, Page, TrackerEvent } from '../../src/index.ts';
import { lost } from './support/strict-tracker.ts';
import { World } from './support/world.ts';

/** The tracker gives an issue another ref. Answers the issue under it. */
function move(world: World, from: string, to: string): CanonicalIssue {
  const { tracker } = world;
  const issue = { ...tracker.shown(from), ref: tracker.ref(to), updatedAt: world.now() };
  tracker.issues.delete(from);
  tracker.issues.set(to, issue);
  return issue;
}

const tellsMove = (world: World, from: string, to: string): void => {
  world.tracker.page = (page: Page<CanonicalIssue>) => ({
    ...page,
    moved: [{ from: world.tracker.ref(from), to: world.tracker.ref(to) }],
  });
};

/** An issue that is listed as `new` before its tracker tells that it is `i1`: two records, as copies that a host holds. */
async function twice(
  fields: Partial<IssueFields> = {},
): Promise<{ world: World; first: CanonicalIssue; second: CanonicalIssue }> {
  const world = new World();
  const first = await world.imported(fields);
  move(world, first.ref.id, 'new');
  world.pass(1000);
  await world.engine().pull();
  return { world, first, second: await world.local('new') };
}

async function joined(world: World): Promise<void> {
  tellsMove(world, 'i1', 'new');
  world.pass(1000);
  await world.engine().pull();
  world.tracker.page = undefined;
}

describe('an issue that the answer to an update names by a new ref', () => {
  it('is found by its former ref, and a copy read under that is outdated, not one more issue', async () => {
    const world = new World();
    const copy = await world.imported({ title: 'old' });
    await world.store.editIssue(copy.ref, { title: 'ours' });
    world.tracker.answer = ({ ref }) => move(world, ref.id, 'new');
    await world.sync();
    world.tracker.answer = undefined;
    expect(await world.store.getIssue(copy.ref)).toMatchObject({ title: 'ours', ref: { id: 'new' } });
    const save = world.store.upsertIssue({ ...copy, body: 'of an outdated copy' });
    await expect(save).rejects.toMatchObject({ code: 'sync_conflict', fieldPath: 'localRevision' });
    expect(await world.store.listIssues()).toHaveLength(1);
  });
});

describe('two records that turn out to be one issue', () => {
  it.each(['first', 'second'] as const)('refuse a copy of the %s that was read before', async (which) => {
    const { world, first, second } = await twice({ title: 'old' });
    const edits = which === 'first' ? [] : ['a', 'b', 'c'];
    for (const body of edits) await world.store.editIssue(second.ref, { body });
    const copy = which === 'first' ? first : await world.local('new');
    await joined(world);
    const save = world.store.upsertIssue({ ...copy, title: 'of an outdated copy' });
    await expect(save).rejects.toMatchObject({ code: 'sync_conflict', fieldPath: 'localRevision' });
    expect(await world.store.listIssues()).toHaveLength(1);
    expect((await world.local('new')).title).toBe('old');
  });

  it('do not bring back a label that the host took from one of them', async () => {
    const world = new World();
    const { ref } = await world.imported({ labels: ['kept', 'taken'] });
    await world.store.editIssue(ref, { labels: ['kept'] });
    move(world, ref.id, 'new');
    await world.engine().pull();
    await joined(world);
    expect((await world.store.getIssue(ref))?.labels).toEqual(['kept']);
    await world.sync();
    expect(world.tracker.held('new').labels).toEqual(['kept']);
  });

  it.each(['i1', 'new'])('are deleted where the host deleted %s', async (id) => {
    const { world, first } = await twice();
    await world.store.deleteIssue(world.tracker.ref(id));
    await joined(world);
    expect(await world.store.listIssues()).toEqual([]);
    await world.sync({ deletions: 'delete' });
    expect(world.tracker.issues.size).toBe(0);
    expect(await world.store.getIssue(first.ref)).toBeUndefined();
  });

  it('leave no conflict open that nobody could decide any more', async () => {
    const { world, second } = await twice({ title: 'old' });
    await world.store.editIssue(second.ref, { title: 'ours' });
    world.pass(1000);
    world.tracker.edit('new', { title: 'theirs' });
    await world.engine({ strategy: 'manual_review' }).pull();
    const [open] = await world.store.listConflicts({ status: 'open' });
    await joined(world);
    const conflicts = await world.store.listConflicts({ issueRef: world.tracker.ref('i1') });
    expect(conflicts.find(({ id }) => id === open?.id)).toMatchObject({
      field: 'title',
      status: 'resolved',
      strategy: 'linked',
    });
  });

  it('leave none open either where one of them is a draft whose create was not answered', async () => {
    const world = new World({ capabilities: { supportsLookupByKey: true } });
    const draft = await world.draft({ title: 'ours' });
    world.tracker.fail('create', lost, { moment: 'after' });
    await world.sync();
    const keys = [...world.tracker.keys];
    world.tracker.keys.clear();
    await world.store.upsertIssue({ ...draft, ref: world.tracker.ref('i1'), title: 'typed once more' });
    await world.sync({ strategy: 'manual_review' });
    const [open] = await world.store.listConflicts({ status: 'open' });
    expect(open?.field).toBe('title');
    for (const [key, id] of keys) world.tracker.keys.set(key, id);
    const result = await world.sync({ strategy: 'manual_review' });
    expect(await world.store.listIssues()).toHaveLength(1);
    expect(result.openConflicts).toBe(0);
    const conflicts = await world.store.listConflicts({ issueRef: draft.ref });
    expect(conflicts.find(({ id }) => id === open?.id)).toMatchObject({
      status: 'resolved',
      strategy: 'linked',
    });
  });
});

it('an issue that moved before it was ever listed is known by its former ref to those that name it so', async () => {
  const world = new World();
  world.tracker.make({ title: 'moved' }, 'new');
  const former = world.tracker.ref('former');
  const naming = world.tracker.make({ links: [{ type: 'blocks', target: former }] });
  tellsMove(world, 'former', 'new');
  await world.sync();
  world.tracker.page = undefined;
  expect((await world.store.getIssue(former))?.title).toBe('moved');
  // The tracker says it by the new ref from now on, which is the same.
  world.tracker.edit(naming, { links: [{ type: 'blocks', target: world.tracker.ref('new') }] });
  const result = await world.sync();
  expect(result.overrides).toEqual([]);
  expect((await world.local(naming)).links).toHaveLength(1);
  expect(await world.written(() => world.sync())).toEqual([]);
});

it('an issue that moved twice is known by each former ref, also where the first move is told last', async () => {
  const world = new World();
  world.tracker.make({ title: 'moved twice' }, 'third');
  tellsMove(world, 'second', 'third');
  await world.sync();
  tellsMove(world, 'first', 'second');
  await world.sync();
  world.tracker.page = undefined;
  for (const id of ['first', 'second', 'third'])
    expect((await world.store.getIssue(world.tracker.ref(id)))?.title).toBe('moved twice');
  await world.store.editIssue(world.tracker.ref('first'), { title: 'ours' });
  expect((await world.sync()).failures).toEqual([]);
  expect(world.tracker.held('third').title).toBe('ours');
});

it('a move that is told long after the issue moved on does not move it back', async () => {
  const world = new World();
  const { ref } = await world.imported({ title: 'old' });
  move(world, ref.id, 'third');
  tellsMove(world, ref.id, 'third');
  await world.sync();
  tellsMove(world, ref.id, 'second');
  await world.sync();
  world.tracker.page = undefined;
  expect((await world.local('third')).ref.id).toBe('third');
  expect((await world.local('second')).ref.id).toBe('third');
  await world.store.editIssue(ref, { title: 'ours' });
  expect((await world.sync()).failures).toEqual([]);
  expect(world.tracker.held('third').title).toBe('ours');
  expect(await world.store.listIssues()).toHaveLength(1);
});

it('an issue that is listed under a ref which was taken for a former one has that ref', async () => {
  const world = new World();
  const { ref } = await world.imported({ title: 'old' });
  move(world, ref.id, 'second');
  tellsMove(world, ref.id, 'second');
  await world.sync();
  move(world, 'second', 'third');
  // Told from where it was first, not from where it was last.
  tellsMove(world, ref.id, 'third');
  await world.sync();
  world.tracker.page = undefined;
  expect((await world.local('second')).ref.id).toBe('third');
  await world.store.editIssue(ref, { title: 'ours' });
  expect((await world.sync()).failures).toEqual([]);
  expect(world.tracker.held('third').title).toBe('ours');
  expect(await world.store.listIssues()).toHaveLength(1);
});

it('a listing that lags and shows an issue under its former ref does not move it back', async () => {
  const world = new World({ capabilities: { lagMs: 60_000 }, versions: false });
  const { ref } = await world.imported({ title: 'old' });
  const before = world.tracker.shown(ref.id);
  move(world, ref.id, 'new');
  tellsMove(world, ref.id, 'new');
  await world.sync();
  world.pass(600_000);
  world.tracker.page = () => ({
    items: [{ ...before, updatedAt: world.tracker.held('new').updatedAt, labels: ['late'] }],
  });
  await world.sync();
  world.tracker.page = undefined;
  expect((await world.local('new')).ref.id).toBe('new');
  expect(await world.store.listIssues()).toHaveLength(1);
});

it('an issue that moved before it was listed is known by its former ref also after a crash behind its page', async () => {
  const world = new World();
  world.tracker.make({ title: 'moved' }, 'new');
  tellsMove(world, 'former', 'new');
  let taken = false;
  world.onCommit = async ({ records }) => {
    if (taken) throw new Error('crash');
    taken = records !== undefined;
  };
  await expect(world.sync()).rejects.toThrow();
  world.onCommit = undefined;
  world.tracker.page = undefined;
  world.pass(3_600_000);
  await world.sync();
  expect((await world.store.getIssue(world.tracker.ref('former')))?.title).toBe('moved');
});

it('an issue of ours that moved before the answer to its create came is known by the id that we chose', async () => {
  const world = new World({ capabilities: { supportsClientIds: true } });
  const draft = await world.draft({ title: 'ours' });
  world.tracker.fail('create', lost, { moment: 'after', times: 9 });
  await world.sync();
  world.tracker.calm();
  const [id = ''] = [...world.tracker.issues.keys()];
  world.pass(1000);
  move(world, id, 'moved');
  tellsMove(world, id, 'moved');
  // The id that was chosen answers no more: only the listing tells.
  await world.sync();
  expect((await world.store.getIssue(draft.ref))?.ref.id).toBe('moved');
  expect(world.tracker.titles()).toEqual(['ours']);
});

it('a page at which a listing walks in place still tells what moved', async () => {
  const world = new World();
  const { ref } = await world.imported({ title: 'old' });
  world.pass(1000);
  const issue = move(world, ref.id, 'new');
  const nextCursor = `${world.now()} new`;
  let pages = 0;
  world.tracker.page = () =>
    ++pages === 1
      ? { items: [], nextCursor }
      : { items: [issue], nextCursor, moved: [{ from: ref, to: issue.ref }] };
  expect((await world.sync()).failures).toMatchObject([{ operation: 'pull_page' }]);
  expect(await world.store.listIssues()).toHaveLength(1);
  expect((await world.store.getIssue(ref))?.ref.id).toBe('new');
});

describe('an event that names an issue which nobody knows', () => {
  const named = (
    world: World,
    id: string,
    eventType: TrackerEvent['eventType'] = 'updated',
  ): TrackerEvent => ({
    eventId: `e-${id}`,
    eventType,
    issueRef: world.tracker.ref(id),
    timestamp: world.now(),
    payload: null,
  });

  it('does not make one more issue at another tracker of one that moved', async () => {
    const world = new World();
    const other = world.another({ name: 'other', workspace: 'v' });
    const { ref } = await world.imported({ title: 'one' });
    await world.sync({ enrol: {} }, other);
    world.pass(1000);
    move(world, ref.id, 'new');
    expect((await world.engine().applyEvents([named(world, 'new')])).stats.pulledCreated).toBe(0);
    await world.sync({ enrol: {} }, other);
    tellsMove(world, ref.id, 'new');
    await world.sync();
    world.tracker.page = undefined;
    await world.sync({ enrol: {} }, other);
    expect(other.titles()).toEqual(['one']);
    expect(await world.store.listIssues()).toHaveLength(1);
    expect((await world.store.refsOf(world.tracker.ref('new'))).map(({ id }) => id)).toEqual(['new', 'i1']);
  });

  it('waits too where it tells a move from a ref that nobody knows either', async () => {
    const world = new World();
    const { ref } = await world.imported({ title: 'one' });
    world.pass(1000);
    move(world, ref.id, 'second');
    move(world, 'second', 'third');
    const from = { ...world.tracker.ref('second') };
    await world.engine().applyEvents([{ ...named(world, 'third', 'moved'), payload: { from } }]);
    expect(await world.store.listIssues()).toHaveLength(1);
    tellsMove(world, ref.id, 'third');
    await world.sync();
    expect(await world.store.listIssues()).toHaveLength(1);
    expect((await world.store.getIssue(ref))?.ref.id).toBe('third');
  });

  it('brings an old one once a listing had nothing to tell of it', async () => {
    const world = new World();
    world.tracker.make({ title: 'out of sight' }, 'old');
    world.tracker.unlisted.add('old');
    world.pass(1000);
    await world.imported({ title: 'listed' });
    await world.engine().applyEvents([named(world, 'old')]);
    expect(await world.store.getIssue(world.tracker.ref('old'))).toBeUndefined();
    await world.sync();
    await world.sync();
    expect((await world.local('old')).title).toBe('out of sight');
  });

  it('brings it at once where it says that it is new', async () => {
    const world = new World();
    await world.imported({ title: 'listed' });
    world.pass(1000);
    world.tracker.make({ title: 'new' }, 'new');
    await world.engine().applyEvents([named(world, 'new', 'created')]);
    expect((await world.local('new')).title).toBe('new');
  });
});

it('an issue that is held back twice is still known by the ref that it moved from', async () => {
  const world = new World();
  await world.draft({ title: 'a draft' });
  world.tracker.fail('create', lost);
  await world.sync();
  // It may be the one that the unanswered create made, as long as nobody knows.
  world.tracker.make({ title: 'moved' }, 'new');
  tellsMove(world, 'former', 'new');
  await world.sync();
  world.tracker.page = undefined;
  await world.sync();
  world.pass(3_600_000);
  const { failures } = await world.sync();
  expect(failures).toMatchObject([{ code: 'create_unclear' }]);
  for (const { issueRef } of failures) if (issueRef) await world.store.retryRefused(issueRef);
  await world.sync();
  await world.sync();
  expect((await world.store.getIssue(world.tracker.ref('former')))?.title).toBe('moved');
});
