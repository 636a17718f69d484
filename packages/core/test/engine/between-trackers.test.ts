import { describe, expect, it } from 'vitest';
import { type CanonicalLink, OwnershipPolicy } from '../../src/index.ts';
import { lost, type StrictTracker } from './support/strict-tracker.ts';
import { World } from './support/world.ts';

const HERE = { system: 'strict', workspace: 'w' };
const THERE = { system: 'other', workspace: 'v' };

function two(): { world: World; other: StrictTracker; both: (times?: number) => Promise<void> } {
  const world = new World();
  const other = world.another({ name: 'other', workspace: 'v' });
  const both = async (times = 3): Promise<void> => {
    for (let i = 0; i < times; i++) {
      await world.sync();
      await world.sync({}, other);
    }
  };
  return { world, other, both };
}

const ids = ({ issues }: StrictTracker): string[] => [...issues.keys()];

describe('one record at two trackers', () => {
  it('reaches a second tracker only when the host says so', async () => {
    const { world, other, both } = two();
    await both();
    const { ref } = await world.imported({ title: 'one' });
    await both();
    expect(other.issues.size).toBe(0);
    await world.store.enrol(ref, THERE);
    await both();
    expect(other.titles()).toEqual(['one']);
    expect((await world.store.refsOf(ref)).map(({ system }) => system)).toEqual(['strict', 'other']);
    expect(await world.written(both)).toEqual([]);
  });

  it('carries an edit of each to the other', async () => {
    const { world, other, both } = two();
    await both();
    const { ref } = await world.imported({ title: 'one' });
    await world.store.enrol(ref, THERE);
    await both();
    const [there = ''] = ids(other);
    world.tracker.edit(ref.id, { title: 'from here' });
    other.edit(there, { body: 'from there' });
    await both();
    const same = { title: 'from here', body: 'from there' };
    expect(world.tracker.held(ref.id)).toMatchObject(same);
    expect(other.held(there)).toMatchObject(same);
    expect(await world.written(both)).toEqual([]);
  });

  it('is enrolled by the filter of an engine, and nothing else is', async () => {
    const { world, other } = two();
    await world.imported({ title: 'wanted', labels: ['share'] });
    await world.imported({ title: 'unwanted' });
    const options = { enrol: { labels: ['share'] } };
    await world.sync(options, other);
    await world.sync(options, other);
    expect(other.titles()).toEqual(['wanted']);
    expect(await world.written(() => world.sync(options, other))).toEqual([]);
  });

  it('goes on where one of them holds it no longer', async () => {
    const { world, other, both } = two();
    await both();
    const { ref } = await world.imported({ title: 'one' });
    await world.store.enrol(ref, THERE);
    await both();
    other.issues.clear();
    await world.engine({}, other).sync({ full: true });
    expect(await world.store.getIssue(ref)).toBeDefined();
    await both();
    expect(other.issues.size).toBe(0);
    expect(world.tracker.issues.size).toBe(1);
  });

  it('meets by linkRef, field by field', async () => {
    const { world, other, both } = two();
    const here = world.tracker.make({ title: 'same', labels: ['a'] });
    const there = other.make({ title: 'same', body: 'text', labels: ['b'] });
    await both();
    expect(await world.store.listIssues()).toHaveLength(2);
    await world.store.linkRef(world.tracker.ref(here), other.ref(there));
    await both();
    expect(await world.store.listIssues()).toHaveLength(1);
    const same = { title: 'same', body: 'text' };
    for (const issue of [world.tracker.held(here), other.held(there)]) {
      expect(issue).toMatchObject(same);
      expect([...issue.labels].sort()).toEqual(['a', 'b']);
    }
    expect(await world.written(both)).toEqual([]);
  });

  it('loses no value when two titles meet', async () => {
    const { world, other, both } = two();
    const here = world.tracker.make({ title: 'first' });
    const there = other.make({ title: 'second' });
    await both();
    await world.store.linkRef(world.tracker.ref(here), other.ref(there));
    await both();
    expect(world.tracker.held(here).title).toBe(other.held(there).title);
    const told = JSON.stringify([await world.store.listConflicts(), await world.store.listOverrides()]);
    expect(told).toMatch(/first/);
    expect(told).toMatch(/second/);
  });

  it('is forgotten there by unlinkRef, and both issues stay', async () => {
    const { world, other, both } = two();
    await both();
    const { ref } = await world.imported({ title: 'one' });
    await world.store.enrol(ref, THERE);
    await both();
    const [there = ''] = ids(other);
    await world.store.unlinkRef(other.ref(there));
    await world.store.editIssue(ref, { title: 'here only' });
    await both();
    expect(other.titles()).toEqual(['one']);
    await expect(world.store.unlinkRef(ref)).rejects.toMatchObject({ code: 'connector_config' });
  });

  it('is one of a binding only', async () => {
    const { world } = two();
    const a = await world.imported();
    const b = await world.imported();
    await expect(world.store.linkRef(a.ref, b.ref)).rejects.toMatchObject({ code: 'connector_config' });
  });

  it('can be what a draft turned out to be, also after that was imported', async () => {
    const world = new World();
    const id = world.tracker.make({ title: 'there already', body: 'theirs' });
    await world.sync();
    const draft = await world.draft({ title: 'there already', labels: ['ours'] });
    await world.store.linkRef(draft.ref, world.tracker.ref(id));
    await world.sync();
    await world.sync();
    expect(world.tracker.count('create')).toBe(0);
    expect(await world.store.listIssues()).toHaveLength(1);
    expect((await world.store.getIssue(draft.ref))?.ref.id).toBe(id);
    expect(world.tracker.held(id)).toMatchObject({ body: 'theirs', labels: ['ours'] });
  });
});

describe('ownership between trackers', () => {
  const owned = OwnershipPolicy.split({ fieldOwners: { status: 'external' } });

  it.each(['linkRef', 'enrol'] as const)('refuses %s where both would own a field', async (way) => {
    const { world, other } = two();
    const { ref } = await world.imported({}, { policy: owned });
    const there = other.make();
    await world.sync({ policy: owned }, other);
    const act = way === 'enrol' ? world.store.enrol(ref, THERE) : world.store.linkRef(ref, other.ref(there));
    await expect(act).rejects.toMatchObject({ code: 'connector_config', fieldPath: 'status' });
  });

  it('refuses the filter of an engine as well, and says so', async () => {
    const { world, other } = two();
    await world.imported({ title: 'contested' }, { policy: owned });
    const result = await world.sync({ policy: owned, enrol: {} }, other);
    expect(other.issues.size).toBe(0);
    expect(result.failures).toMatchObject([{ fieldPath: 'status', retryable: false }]);
    expect((await world.store.listIssues()).map(({ title }) => title)).toEqual(['contested']);
  });
});

describe('what a record names', () => {
  it('is named in the terms of each tracker', async () => {
    const { world, other, both } = two();
    await both();
    const parent = await world.imported({ title: 'parent' });
    const child = await world.imported({ title: 'child' });
    world.tracker.edit(child.ref.id, {
      parent: parent.ref,
      links: [{ type: 'blocks', target: parent.ref }],
    });
    for (const { ref } of [parent, child]) await world.store.enrol(ref, THERE);
    await both();
    const [p, c] = ['parent', 'child'].map((title) =>
      [...other.issues.values()].find((issue) => issue.title === title),
    );
    expect(c?.parent).toEqual(p?.ref);
    expect(c?.links).toEqual([{ type: 'blocks', target: p?.ref }]);
    expect(world.tracker.held(child.ref.id).links).toHaveLength(1);
    expect(await world.written(both)).toEqual([]);
  });

  it('waits while it has no ref there, and goes out when it has one', async () => {
    const { world, other, both } = two();
    await both();
    const parent = await world.imported({ title: 'parent' });
    const child = await world.imported({ title: 'child', parent: parent.ref });
    await world.store.editIssue(child.ref, { links: [{ type: 'blocks', target: parent.ref }] });
    await world.store.enrol(child.ref, THERE);
    await both();
    const [there = ''] = ids(other);
    expect(other.held(there)).toMatchObject({ parent: null, links: [] });
    const waits = await world.sync({}, other);
    expect(waits.skipped.map(({ reason }) => reason)).toEqual(['waits', 'waits']);
    expect((await world.local(child.ref.id)).parent).toEqual(parent.ref);
    await world.store.enrol(parent.ref, THERE);
    await both();
    const target = { system: 'other', workspace: 'v' };
    expect(other.held(there)).toMatchObject({ parent: target, links: [{ target }] });
    expect(world.tracker.held(child.ref.id)).toMatchObject({ parent: parent.ref });
  });

  it('goes as it is where it is a ref of the tracker itself', async () => {
    const { world, other, both } = two();
    await both();
    const { ref } = await world.imported({ title: 'one' });
    await world.store.enrol(ref, THERE);
    await both();
    const unknown = other.make({ title: 'there only' });
    await world.store.editIssue(ref, { links: [{ type: 'relates_to', target: other.ref(unknown) }] });
    await world.sync({}, other);
    const [there = ''] = ids(other);
    expect(other.held(there).links).toEqual([{ type: 'relates_to', target: other.ref(unknown) }]);
    expect(world.tracker.held(ref.id).links).toEqual([]);
  });

  it('stays here once, where the other tracker has lost its name and owns the field', async () => {
    const { world, other, both } = two();
    await both();
    const target = await world.imported({ title: 'target' });
    const { ref } = await world.imported({ title: 'one' });
    for (const issue of [target.ref, ref]) await world.store.enrol(issue, THERE);
    await both();
    const links: CanonicalLink[] = [{ type: 'blocks', target: target.ref }];
    await world.store.editIssue(ref, { links });
    await both();
    const named = (await world.store.refsOf(target.ref)).find(({ system }) => system === 'other');
    if (!named) throw new Error('the target is not at the other tracker');
    await world.store.unlinkRef(named);
    links.push({ type: 'relates_to', target: target.ref });
    await world.store.editIssue(ref, { links });
    const policy = OwnershipPolicy.split({ fieldOwners: { links: 'external' } });
    expect((await world.sync({ policy }, other)).overrides).toEqual([]);
    expect((await world.local(ref.id)).links).toEqual(links);
  });

  it('people go by the table of people, and nobody without a row is unassigned', async () => {
    const { world, other, both } = two();
    await both();
    await world.store.setPeople([{ id: 'ann', ids: { 'strict:w': 'ann@here', 'other:v': 'ann@there' } }]);
    const { ref } = await world.imported({ title: 'one', assignees: ['ann@here', 'bob@here'] });
    await world.store.enrol(ref, THERE);
    await both();
    const [there = ''] = ids(other);
    expect(other.held(there).assignees).toEqual(['ann@there']);
    other.edit(there, { assignees: ['ann@there', 'zoe@there'] });
    await both();
    expect(world.tracker.held(ref.id).assignees).toEqual(['ann@here', 'bob@here']);
    other.edit(there, { assignees: ['zoe@there'] });
    await both();
    expect(world.tracker.held(ref.id).assignees).toEqual(['bob@here']);
    world.tracker.edit(ref.id, { assignees: ['bob@here', 'ann@here'] });
    await both();
    expect([...other.held(there).assignees].sort()).toEqual(['ann@there', 'zoe@there']);
    expect(await world.written(both)).toEqual([]);
  });

  it('an override of people tells those too whom its tracker has no name for', async () => {
    const { world, other, both } = two();
    await both();
    await world.store.setPeople(
      ['ann', 'eve'].map((id) => ({ id, ids: { 'strict:w': `${id}@here`, 'other:v': `${id}@there` } })),
    );
    const { ref } = await world.imported({ title: 'one', assignees: ['ann@here', 'bob@here'] });
    await world.store.enrol(ref, THERE);
    await both();
    const policy = OwnershipPolicy.split({ fieldOwners: { assignees: 'external' } });
    await world.store.editIssue(ref, { assignees: ['bob@here'] });
    expect((await world.sync({ policy }, other)).overrides).toMatchObject([
      { keptValue: ['ann@here', 'bob@here'], lostValue: ['bob@here'] },
    ]);
    await world.store.editIssue(ref, { assignees: ['ann@here', 'eve@here', 'bob@here'] });
    other.edit(ids(other)[0] ?? '', { assignees: [] });
    expect((await world.sync({ policy }, other)).overrides).toMatchObject([
      { keptValue: ['bob@here'], lostValue: ['ann@here', 'eve@here', 'bob@here'] },
    ]);
  });

  it('people without a row are no edit against a deletion', async () => {
    const { world, other, both } = two();
    await both();
    const { ref } = await world.imported({ title: 'one' });
    await world.store.enrol(ref, THERE);
    await both();
    const [there = ''] = ids(other);
    other.edit(there, { assignees: ['zoe@there'] });
    await both();
    await world.store.deleteIssue(ref);
    const result = await world.sync({ deletions: 'delete' }, other);
    expect(result.conflicts).toEqual([]);
    expect(other.issues.size).toBe(0);
  });

  it('two bindings of one kind in one store do not mix', async () => {
    const world = new World({ scope: 'team-a' });
    const other = world.another({ scope: 'team-b' });
    const a = world.tracker.make({ title: 'a' }, 'a1');
    const b = other.make({ title: 'b' }, 'b1');
    await world.sync();
    await world.sync({}, other);
    await world.store.editIssue(world.tracker.ref(a), { body: 'for a' });
    await world.store.editIssue(other.ref(b), { body: 'for b' });
    await expect(world.store.createDraft(HERE, { title: 'which?' })).rejects.toMatchObject({
      fieldPath: 'scope',
    });
    await world.store.createDraft({ ...HERE, scope: 'team-b' }, { title: 'of b' });
    await world.sync();
    await world.sync({}, other);
    await world.engine().sync({ full: true });
    expect([...world.tracker.issues.values()].map(({ title, body }) => [title, body])).toEqual([
      ['a', 'for a'],
    ]);
    expect([...other.issues.values()].map(({ title, body }) => [title, body])).toEqual([
      ['b', 'for b'],
      ['of b', null],
    ]);
    expect(await world.store.listIssues()).toHaveLength(3);
  });
});

it('a relation whose answer is lost and that the host takes back goes, also where its target is a draft of another tracker', async () => {
  const { world, other } = two();
  const target = await world.draft({ title: 'target' }, other);
  await world.store.enrol(target.ref, HERE);
  const { ref } = await world.imported({ title: 'source' });
  await world.store.editIssue(ref, { links: [{ type: 'blocks', target: target.ref }] });
  world.tracker.fail('link', lost, { moment: 'after', times: 3 });
  await world.sync();
  world.tracker.calm();
  const { links } = world.tracker.held(ref.id);
  expect(links).toHaveLength(1);
  await world.store.editIssue(ref, { links: [] });
  world.pass(1000);
  const theirs: CanonicalLink = { type: 'relates_to', target: world.tracker.ref(world.tracker.make()) };
  world.tracker.edit(ref.id, { links: [...links, theirs] });
  await world.sync();
  await world.sync();
  expect(world.tracker.held(ref.id).links).toEqual([theirs]);
  expect((await world.local(ref.id)).links).toEqual([theirs]);
});

it('trying one of two unanswered creates again leaves the other to be decided', async () => {
  const { world, other, both } = two();
  const draft = await world.draft({ title: 'ours' });
  await world.store.enrol(draft.ref, THERE);
  for (const tracker of [world.tracker, other]) tracker.fail('create', lost, { moment: 'after' });
  await both(1);
  for (const tracker of [world.tracker, other]) {
    // What is there differs from what was sent: nobody can tell whether it is ours.
    tracker.edit('i1', { title: 'theirs' });
  }
  world.pass(3_600_000);
  await both(2);
  const waiting = async (): Promise<string[]> => {
    const intents = [
      ...(await world.memory.intents('strict:w:w')),
      ...(await world.memory.intents('other:v:v')),
    ];
    return intents.flatMap(({ unclearUntil, bindingId }) => (unclearUntil === undefined ? [] : [bindingId]));
  };
  expect(await waiting()).toEqual(['strict:w:w', 'other:v:v']);
  await world.store.retryRefused(draft.ref);
  expect(await waiting()).toEqual(['other:v:v']);
});
