import { describe, expect, it } from 'vitest';
import type { IssuePatch, TrackerEvent } from '../../src/index.ts';
import { lost, refused } from './support/strict-tracker.ts';
import { codes, World } from './support/world.ts';

/*
 * What users of such systems reported; each must not happen here. A test has the number and the words of its failure.
 *
 * 1 2 3 4 6 11 12 17 20 21 25 27 30  this file; 3 and 28, of comments, in ../mission/reported-failures.test.ts
 * 5 7 8 9 15 18 19 24 26             reported-failures-reading.test.ts
 * 10 13 14 16 22 23 29               reported-failures-writing.test.ts
 *
 * What only a vendor's connector can do wrong is tested here as far as the engine has a part in it: that a query field
 * takes days alone (7: granularity is declared, and looked back by), that a limit comes as HTTP 400 (9: the class of
 * an error counts, not its status), that a status is none we know (13: the issue fails, and keeps its status), that
 * hierarchy is shown as a relation (14: connectors report neither, hosts' are folded), and that a listing holds pull
 * requests (24: what a connector passes over or names as unreadable is no issue). How a command line, a query or a
 * request is made of hostile text (22) is each connector's own; the testkit's conformance suite tries it on all.
 */

const created = (world: World, id: string): TrackerEvent => ({
  eventId: id,
  eventType: 'created',
  issueRef: world.tracker.ref(id),
  timestamp: world.now(),
  payload: null,
});

describe('reported failures', () => {
  it.each([
    ['as it is', {}],
    ['with losses', { fields: { status: 'lossy', body: 'lossy' } }],
  ] as const)(
    '1. a second sync with no edits re-pushes everything: a tracker that holds it %s',
    async (_name, capabilities) => {
      const world = new World({ capabilities: { ...capabilities } });
      if ('fields' in capabilities)
        world.tracker.read = (fields) => ({
          ...fields,
          status: 'todo',
          body: fields.body && `${fields.body.trim()}\n\n`,
        });
      const fields: IssuePatch = {
        status: 'blocked',
        body: ' one\r\ntwo ',
        labels: ['x'],
        customFields: { k: 1 },
      };
      await world.draft(fields);
      const { ref } = await world.imported();
      await world.store.editIssue(ref, fields);
      await world.sync();
      expect(await world.written(() => world.sync())).toEqual([]);
      expect(await world.written(() => world.engine().sync({ full: true }))).toEqual([]);
      for (const issue of await world.store.listIssues()) expect(issue).toMatchObject(fields);
      for (const held of world.tracker.issues.values()) expect(held).toMatchObject(fields);
    },
  );

  it.each([
    'while the run goes on',
    'after the run died',
    'after the run died, and nothing can be looked up',
  ])("2. the created issue's webhook arrives before its link is stored, %s: two issues", async (when) => {
    const world = new World({ capabilities: { supportsLookupByKey: true } });
    await world.draft({ title: 'one' });
    const died = when !== 'while the run goes on';
    world.tracker.on('after', async ({ operation }) => {
      if (operation !== 'create') return;
      if (died) throw lost();
      await world.engine().applyEvents([created(world, 'i1')]);
    });
    await world.sync();
    world.tracker.calm();
    if (when.endsWith('looked up')) world.tracker.fail('lookup', () => refused(503), { times: 99 });
    await world.engine().applyEvents([created(world, 'i1')]);
    await world.sync();
    expect(await world.store.listIssues()).toHaveLength(1);
    expect(world.tracker.titles()).toEqual(['one']);
  });

  it('3. a push followed by a pull doubles issues', async () => {
    const world = new World();
    await world.draft();
    await world.engine().push();
    world.pass(1000);
    expect((await world.engine().pull()).stats).toMatchObject({ pulledCreated: 0, pulledUpdated: 0 });
    expect(await world.store.listIssues()).toHaveLength(1);
  });

  it.each([1, 2, 3])(
    '4. an import dies midway, at page %i, and is run again: doubled or missing',
    async (at) => {
      const world = new World();
      for (let i = 0; i < 7; i++) {
        world.tracker.make({ title: `issue ${i}` });
        world.pass(1000);
      }
      let pages = 0;
      world.onCommit = async ({ records }) => {
        if (records && ++pages === at) throw new Error('the process is gone');
      };
      await world.sync({ pageSize: 2 }).catch(() => undefined);
      world.onCommit = undefined;
      world.pass(61_000);
      await world.sync({ pageSize: 2 });
      const titles = (await world.store.listIssues()).map(({ title }) => title);
      expect(titles.sort()).toEqual([0, 1, 2, 3, 4, 5, 6].map((i) => `issue ${i}`));
    },
  );

  it('6. an issue edited every few minutes is never collected', async () => {
    const world = new World();
    const { ref } = await world.imported();
    for (let i = 0; i < 20; i++) {
      world.pass(180_000);
      world.tracker.edit(ref.id, { title: `edit ${i}` });
      world.pass(1);
      await world.sync();
      expect((await world.local(ref.id)).title).toBe(`edit ${i}`);
    }
  });

  it('11. pushing a status deletes links that people made', async () => {
    const world = new World();
    const a = await world.imported();
    const b = await world.imported();
    await world.store.editIssue(a.ref, { status: 'done' });
    world.tracker.edit(a.ref.id, { links: [{ type: 'relates_to', target: b.ref }] });
    await world.sync();
    await world.sync();
    expect(world.tracker.held(a.ref.id)).toMatchObject({ status: 'done', links: [{ target: b.ref }] });
    expect((await world.local(a.ref.id)).links).toHaveLength(1);
    expect(world.tracker.count('unlink')).toBe(0);
  });

  it('12. labels do not survive push then pull, or the set is replaced whole', async () => {
    const world = new World();
    const { ref } = await world.imported({ labels: ['theirs'] });
    await world.store.editIssue(ref, { labels: ['theirs', 'ours'] });
    world.tracker.on('before', ({ operation }) => {
      // Between our last listing and our read.
      if (operation === 'get' && world.tracker.held(ref.id).labels.length === 1)
        world.tracker.edit(ref.id, { labels: ['theirs', 'late'] });
    });
    await world.sync();
    await world.sync();
    expect([...world.tracker.held(ref.id).labels].sort()).toEqual(['late', 'ours', 'theirs']);
    expect([...(await world.local(ref.id)).labels].sort()).toEqual(['late', 'ours', 'theirs']);
  });

  it.each([
    ['a label rename', ['old', 'kept'], ['new', 'kept']],
    ['a same-size label swap', ['a', 'b'], ['c', 'd']],
  ])('25. %s is missed', async (_name, before, after) => {
    const world = new World();
    const { ref } = await world.imported({ labels: before });
    world.tracker.edit(ref.id, { labels: after });
    await world.sync();
    expect([...(await world.local(ref.id)).labels].sort()).toEqual([...after].sort());
    await world.store.editIssue(ref, { labels: before });
    await world.sync();
    expect([...world.tracker.held(ref.id).labels].sort()).toEqual([...before].sort());
  });

  it('17. an item closed during the pull is reopened', async () => {
    const world = new World();
    const { ref } = await world.imported();
    await world.store.editIssue(ref, { title: 'ours' });
    world.tracker.on('after', ({ operation }) => {
      if (operation === 'list') world.tracker.edit(ref.id, { status: 'done' });
    });
    await world.sync();
    world.tracker.calm();
    await world.sync();
    expect(world.tracker.held(ref.id)).toMatchObject({ status: 'done', title: 'ours' });
    expect(await world.local(ref.id)).toMatchObject({ status: 'done', title: 'ours' });
  });

  it('20. one bad issue blocks all others for hours', async () => {
    const world = new World();
    const { ref } = await world.imported();
    const good = world.tracker.make({ title: 'good' });
    world.tracker.page = (page) => ({
      ...page,
      items: [{ ref, nonsense: true }, null, ...page.items.slice(1)],
    });
    world.tracker.fail('get', () => refused(500), { times: 99 });
    const result = await world.sync();
    expect(result.failures.length).toBeGreaterThan(0);
    expect((await world.local(good)).title).toBe('good');
  });

  it('21. a body longer than the tracker allows fails every run', async () => {
    const world = new World({ capabilities: { limits: { bodyLength: 20 } } });
    const draft = await world.draft({ title: 'fine', body: 'x'.repeat(50), status: 'done' });
    expect(codes(await world.sync())).toEqual(['field_refused']);
    expect(world.tracker.held('i1')).toMatchObject({ title: 'fine', body: null, status: 'done' });
    expect((await world.sync()).failures).toEqual([]);
    expect((await world.store.getIssue(draft.ref))?.body).toHaveLength(50);
    await world.store.editIssue(draft.ref, { body: 'short' });
    await world.sync();
    expect(world.tracker.held('i1').body).toBe('short');
  });

  it('27. search does not show a just-created issue yet', async () => {
    const world = new World({ capabilities: { supportsLookupByKey: true, lagMs: 30_000 } });
    await world.draft({ title: 'one' });
    const { keys, unlisted } = world.tracker;
    const hidden = new Map<string, string>();
    unlisted.add('i1');
    world.tracker.on('after', ({ operation }) => {
      if (operation !== 'create') return;
      for (const [key, id] of keys) hidden.set(key, id);
      keys.clear();
      throw lost();
    });
    // As long as the request may take effect and the search may lag, that it finds nothing proves nothing.
    for (let i = 0; i < 4; i++) await world.sync();
    world.pass(80_000);
    await world.sync();
    expect(world.tracker.count('create')).toBe(1);
    unlisted.clear();
    for (const [key, id] of hidden) keys.set(key, id);
    world.pass(120_000);
    await world.sync();
    expect(world.tracker.titles()).toEqual(['one']);
    expect(await world.store.listIssues()).toHaveLength(1);
  });

  it.each([403, 404])(
    '30. a token loses access to a project (%i), and every issue looks deleted',
    async (status) => {
      const world = new World();
      const { ref } = await world.imported();
      await world.store.editIssue(ref, { title: 'pending' });
      for (const operation of ['list', 'get'] as const)
        world.tracker.fail(operation, () => refused(status), { times: 99 });
      await world.sync();
      await world.engine().sync({ full: true });
      expect((await world.local(ref.id)).title).toBe('pending');
      expect(await world.store.listConflicts()).toEqual([]);
      world.tracker.calm();
      await world.sync();
      expect(world.tracker.held(ref.id).title).toBe('pending');
    },
  );
});
