import { describe, expect, it } from 'vitest';
import { ConnectorRequestError, type IssuePatch, type TrackerCapabilities } from '../../src/index.ts';
import { codes, World } from './support/world.ts';

// Of the list in reported-failures.test.ts: what is sent, and what stays here.

const HOSTILE: [string, string][] = [
  ['a leading dash', '-rf --title=x'],
  ['quotes', `"double" 'single' \`back\``],
  ['new lines', 'one\ntwo\r\nthree'],
  ['NUL', 'before\u0000after'],
  ['emoji', '\u{1f469}\u200d\u{1f4bb} \u{1f600}'],
  ['right-to-left marks', '\u202eevil\u202c \u05d0'],
  ['a search', 'is:open author:@me label:"x" OR 1=1'],
  ['a query', '"}) { viewer { login } } # \'; DROP TABLE issues; --'],
  ['a template', '$(touch x) $HOME %s {{x}}'],
];

describe('reported failures of writing', () => {
  it.each<[string, Partial<TrackerCapabilities>]>([
    ['alone', { supportsLookupByKey: true }],
    ['in bulk', { supportsLookupByKey: true, supportsBulkWrite: true }],
    ['at a tracker without marks', {}],
  ])('10. a secondary limit hits in the middle of 500 creates: %s', async (_name, capabilities) => {
    const world = new World({ capabilities });
    for (let i = 0; i < 500; i++) await world.draft({ title: `draft ${i}` });
    let creates = 0;
    world.tracker.on('before', ({ operation }) => {
      if (operation !== 'create' || ++creates <= 240) return;
      throw new ConnectorRequestError('secondary limit', {
        statusCode: 403,
        failureClass: 'rate_limit',
        retryAfterMs: 60_000,
      });
    });
    const { stats, failures } = await world.sync();
    expect(stats.pushedCreated).toBe(240);
    expect(failures.every(({ failureClass, retryable }) => failureClass === 'rate_limit' && retryable)).toBe(
      true,
    );
    expect(world.slept.length).toBeLessThan(5);
    world.tracker.calm();
    // What was not sent is known: the next run goes on at once.
    expect((await world.sync()).failures).toEqual([]);
    expect(new Set(world.tracker.titles()).size).toBe(500);
    expect(world.tracker.issues.size).toBe(500);
    expect(await world.store.listIssues()).toHaveLength(500);
  });

  it('13. an unknown status is silently mapped to open', async () => {
    const world = new World();
    const { ref } = await world.imported({ status: 'in_review' });
    world.pass(1000);
    world.tracker.edit(ref.id, { title: 'and a new status' });
    const good = world.tracker.make({ title: 'good' });
    const triaged = (issue: { ref: { id: string } }): object =>
      issue.ref.id === ref.id ? { ...issue, status: 'triaged' } : issue;
    world.tracker.page = (page) => ({ ...page, items: page.items.map(triaged) });
    const result = await world.sync();
    expect(result.failures).toMatchObject([{ issueRef: { id: ref.id }, fieldPath: 'status' }]);
    expect((await world.local(ref.id)).status).toBe('in_review');
    expect((await world.local(good)).title).toBe('good');
    // Once the connector knows it, the issue comes by itself.
    world.tracker.page = undefined;
    await world.sync();
    expect((await world.local(ref.id)).title).toBe('and a new status');
  });

  it('14. parent and child become "related"', async () => {
    const world = new World();
    const other = world.another({ name: 'other', workspace: 'v' });
    const parent = await world.draft({ title: 'parent' });
    const child = await world.draft({ title: 'child', links: [{ type: 'child_of', target: parent.ref }] });
    await world.sync();
    await world.sync({}, other);
    for (const ref of [parent.ref, child.ref])
      await world.store.enrol(ref, { system: 'other', workspace: 'v' });
    for (let i = 0; i < 2; i++) {
      await world.sync({}, other);
      await world.sync();
    }
    const refs = await world.store.refsOf(parent.ref);
    for (const tracker of [world.tracker, other]) {
      const held = [...tracker.issues.values()].find(({ title }) => title === 'child');
      expect(held?.links).toEqual([]);
      expect(refs.map(({ id }) => id)).toContain(held?.parent?.id);
      expect(tracker.count('link')).toBe(0);
    }
    const here = await world.store.getIssue(child.ref);
    expect(here?.links).toEqual([]);
    expect(here?.parent && (await world.store.getIssue(here.parent))?.title).toBe('parent');
  });

  it('16. an assignee that cannot be mapped unassigns the issue', async () => {
    const world = new World();
    const other = world.another({ name: 'other', workspace: 'v' });
    await world.sync({}, other);
    await world.store.setPeople([{ id: 'ann', ids: { 'strict:w': 'ann@here', 'other:v': 'ann@there' } }]);
    const { ref } = await world.imported({ assignees: ['bob@here'] });
    await world.store.enrol(ref, { system: 'other', workspace: 'v' });
    await world.sync({}, other);
    const [there = ''] = [...other.issues.keys()];
    other.edit(there, { assignees: ['zoe@there'] });
    const both = async (): Promise<void> => {
      for (let i = 0; i < 2; i++) {
        await world.sync();
        await world.sync({}, other);
      }
    };
    await both();
    await world.store.editIssue(ref, { assignees: ['bob@here', 'ann@here'], title: 'edited' });
    await both();
    expect([...other.held(there).assignees].sort()).toEqual(['ann@there', 'zoe@there']);
    expect(world.tracker.held(ref.id).assignees).toEqual(['bob@here', 'ann@here']);
    await world.store.editIssue(ref, { assignees: ['bob@here'] });
    await both();
    expect(other.held(there).assignees).toEqual(['zoe@there']);
    expect(world.tracker.held(ref.id).assignees).toEqual(['bob@here']);
  });

  it('16. an assignee that the tracker refuses unassigns the issue', async () => {
    const world = new World();
    const { ref } = await world.imported({ assignees: ['ann'] });
    await world.store.editIssue(ref, { assignees: ['ann', 'nobody'], title: 'edited' });
    world.tracker.refuses = ({ assignees = [] }) =>
      assignees.includes('nobody') ? [{ field: 'assignees', reason: 'no such person' }] : [];
    expect(codes(await world.sync())).toEqual(['field_refused']);
    await world.sync();
    expect(world.tracker.held(ref.id)).toMatchObject({ assignees: ['ann'], title: 'edited' });
    expect((await world.local(ref.id)).assignees).toEqual(['ann', 'nobody']);
  });

  it.each(HOSTILE)(
    '22. a title, label or body that holds %s breaks a command or a query',
    async (_name, text) => {
      const world = new World();
      const fields: IssuePatch = { title: text, body: text, labels: [text], customFields: { [text]: text } };
      const draft = await world.draft(fields);
      const { ref } = await world.imported({ title: 'edited with it' });
      await world.store.editIssue(ref, fields);
      await world.sync();
      expect(world.tracker.issues.size).toBe(2);
      for (const held of world.tracker.issues.values()) expect(held).toMatchObject(fields);
      world.tracker.edit(ref.id, { title: `${text}, theirs`, labels: [`${text}, theirs`] });
      await world.sync();
      expect(await world.local(ref.id)).toMatchObject({
        title: `${text}, theirs`,
        labels: [`${text}, theirs`],
      });
      expect(await world.store.getIssue(draft.ref)).toMatchObject(fields);
      expect((await world.store.listIssues({ labels: [text] })).map(({ title }) => title)).toEqual([text]);
      expect(await world.written(() => world.sync())).toEqual([]);
    },
  );

  it.each([
    ['workspaces', { workspace: 'a' }, { workspace: 'b' }],
    ['scopes of one workspace', { scope: 'team-a' }, { scope: 'team-b' }],
  ])('23. two bindings of the same kind in one store mix up: %s', async (_name, one, two) => {
    const world = new World();
    const trackers = [world.another(one), world.another(two)];
    // Two workspaces number alike; two scopes of one cannot.
    const id = (index: number): string => ('workspace' in one ? 'i1' : `i${index + 1}`);
    for (const [index, tracker] of trackers.entries()) {
      tracker.make({ title: `of ${index}` }, id(index));
      await world.sync({}, tracker);
    }
    expect(await world.store.listIssues()).toHaveLength(2);
    for (const [index, tracker] of trackers.entries())
      await world.store.editIssue(tracker.ref(id(index)), { body: `for ${index}` });
    for (const tracker of trackers) {
      tracker.make({ title: 'later' }, `later of ${trackers.indexOf(tracker)}`);
      await world.sync({}, tracker);
      world.pass(1000);
      await world.engine({}, tracker).sync({ full: true });
    }
    for (const [index, tracker] of trackers.entries()) {
      expect(tracker.held(id(index))).toMatchObject({ title: `of ${index}`, body: `for ${index}` });
      expect(tracker.issues.size).toBe(2);
      expect(tracker.count('create')).toBe(0);
    }
    expect(await world.store.listIssues()).toHaveLength(4);
  });

  it('29. the host saves a copy that it read before the last pull, and takes back what the pull brought', async () => {
    const world = new World();
    const copy = await world.imported({ title: 'old', labels: ['a'] });
    world.pass(1000);
    world.tracker.edit(copy.ref.id, { title: 'new', labels: ['a', 'b'] });
    await world.sync();
    await expect(world.store.upsertIssue({ ...copy, body: 'mine' })).rejects.toMatchObject({
      code: 'sync_conflict',
    });
    await world.store.editIssue(copy.ref, { body: 'mine' });
    await world.sync();
    const expected = { title: 'new', labels: ['a', 'b'], body: 'mine' };
    expect(await world.local(copy.ref.id)).toMatchObject(expected);
    expect(world.tracker.held(copy.ref.id)).toMatchObject(expected);
  });
});
