import { describe, expect, it } from 'vitest';
import { World } from '../engine/support/world.ts';

describe('a save', () => {
  it('of a copy that was read before the last pull is refused, and takes nothing back', async () => {
    const world = new World();
    const copy = await world.imported({ title: 'old' });
    world.pass(1000);
    world.tracker.edit(copy.ref.id, { title: 'new' });
    await world.sync();
    await expect(world.store.upsertIssue({ ...copy, body: 'mine' })).rejects.toMatchObject({
      code: 'sync_conflict',
      fieldPath: 'localRevision',
    });
    expect(await world.local(copy.ref.id)).toMatchObject({ title: 'new', body: null });
    const fresh = await world.local(copy.ref.id);
    await world.store.upsertIssue({ ...fresh, body: 'mine' });
    expect(await world.local(copy.ref.id)).toMatchObject({ title: 'new', body: 'mine' });
  });

  it('by the way of editIssue names what changes, and nothing else', async () => {
    const world = new World();
    const { ref } = await world.imported({ title: 'old' });
    world.tracker.edit(ref.id, { title: 'new' });
    await world.sync();
    await world.store.editIssue(ref, { body: 'mine' });
    expect(await world.local(ref.id)).toMatchObject({ title: 'new', body: 'mine' });
  });

  it('gives copies that a caller may change', async () => {
    const world = new World();
    const { ref } = await world.imported({ labels: ['a'] });
    (await world.local(ref.id)).labels.push('b');
    expect((await world.local(ref.id)).labels).toEqual(['a']);
  });

  it('under the ref of a settled draft reaches the issue', async () => {
    const world = new World();
    const draft = await world.draft({ title: 'draft' });
    await world.sync();
    await world.store.editIssue(draft.ref, { title: 'edited' });
    await world.sync();
    expect(world.tracker.titles()).toEqual(['edited']);
    expect((await world.store.getIssue(draft.ref))?.ref.system).toBe('strict');
  });
});

describe('updatedAt', () => {
  it("is the tracker's on import, and stays over a sync that changes no field", async () => {
    const world = new World();
    const at = world.now();
    const { ref, updatedAt } = await world.imported();
    expect(updatedAt).toBe(at);
    await world.sync();
    await world.engine().sync({ full: true });
    expect((await world.local(ref.id)).updatedAt).toBe(at);
  });

  it("is the store's time of an edit, and stays when that is pushed", async () => {
    const world = new World();
    const { ref } = await world.imported();
    world.pass(5000);
    const at = world.now();
    await world.store.editIssue(ref, { title: 'ours' });
    expect((await world.local(ref.id)).updatedAt).toBe(at);
    await world.sync();
    await world.sync();
    expect((await world.local(ref.id)).updatedAt).toBe(at);
  });

  it('is not touched by an edit that changes nothing', async () => {
    const world = new World();
    const before = await world.imported({ title: 'same' });
    world.pass(5000);
    await world.store.editIssue(before.ref, { title: 'same' });
    expect(await world.local(before.ref.id)).toEqual(before);
    expect(await world.store.listIssues({ pending: true })).toEqual([]);
  });

  it('is what the host says where it says so', async () => {
    const world = new World();
    const issue = await world.imported();
    const updatedAt = '2026-03-05T00:00:00.000Z';
    await world.store.upsertIssue({ ...issue, title: 'ours', updatedAt });
    expect((await world.local(issue.ref.id)).updatedAt).toBe(updatedAt);
  });

  it("is the tracker's of the change that a pull brings", async () => {
    const world = new World();
    const { ref } = await world.imported();
    world.pass(5000);
    world.tracker.edit(ref.id, { title: 'theirs' });
    const at = world.now();
    await world.sync();
    expect((await world.local(ref.id)).updatedAt).toBe(at);
  });

  it('of a field that another one was edited after decides newer_timestamp', async () => {
    const world = new World();
    const { ref } = await world.imported({ title: 'start' });
    await world.store.editIssue(ref, { title: 'ours, older' });
    world.pass(5000);
    world.tracker.edit(ref.id, { title: 'theirs, newer' });
    world.pass(5000);
    await world.store.editIssue(ref, { body: 'another field, newest' });
    await world.sync({ strategy: 'newer_timestamp' });
    expect(world.tracker.held(ref.id)).toMatchObject({
      title: 'theirs, newer',
      body: 'another field, newest',
    });
  });
});

describe('people', () => {
  it('are refused where one id stands for two', async () => {
    const world = new World();
    const people = ['ann', 'bob'].map((id) => ({ id, ids: { 'strict:w': 'same' } }));
    await expect(world.store.setPeople(people)).rejects.toMatchObject({ code: 'connector_config' });
    expect(await world.store.getPeople()).toEqual([]);
  });
});

describe('a record at a tracker that was never synced', () => {
  const there = { system: 'second', workspace: 'w', id: '7' };

  it('takes the ref that it is linked with in place of the draft that it was enrolled as', async () => {
    const world = new World();
    const { ref } = await world.imported({ title: 'ours' });
    await world.store.enrol(ref, { system: 'second', workspace: 'w', scope: 's' });
    await world.store.linkRef(ref, there);
    expect(await world.store.refsOf(ref)).toEqual([ref, there]);
  });

  it('is not enrolled where it is linked already', async () => {
    const world = new World();
    const { ref } = await world.imported({ title: 'ours' });
    await world.store.linkRef(ref, there);
    await world.store.enrol(ref, { system: 'second', workspace: 'w', scope: 's' });
    expect(await world.store.refsOf(ref)).toEqual([ref, there]);
  });
});
