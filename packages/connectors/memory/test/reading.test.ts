import { describe, expect, it } from 'vitest';
import { listAll, rejection, setup } from './fixtures.ts';

const epoch = '1970-01-01T00:00:00.000Z';

describe('listings', () => {
  it('show issues by the time of their last change, in pages', async () => {
    const { clock, tracker, connector } = setup();
    const refs = ['a', 'b', 'c', 'd', 'e'].map((title) => {
      clock.advance(1000);
      return tracker.create({ title }).ref;
    });
    clock.advance(1000);
    const [first] = refs;
    if (first) tracker.edit(first, { title: 'a again' });
    const { items } = await listAll(connector);
    expect(items.map((issue) => issue.title)).toEqual(['b', 'c', 'd', 'e', 'a again']);
    expect((await connector.listIssues({ limit: 5 })).nextCursor).toBeUndefined();
    expect((await connector.listIssues({ limit: 4 })).nextCursor).toBeTypeOf('string');
  });

  it('list every issue that nobody touches while pages are read, and at one instant too', async () => {
    const { tracker, connector } = setup();
    const refs = Array.from({ length: 9 }, (_, i) => tracker.create({ title: `t${i}` }).ref);
    const seen = new Map<string, number>();
    let cursor: string | undefined;
    let edits = 0;
    do {
      const page = await connector.listIssues({ limit: 2, ...(cursor === undefined ? {} : { cursor }) });
      for (const issue of page.items) seen.set(issue.ref.id, (seen.get(issue.ref.id) ?? 0) + 1);
      const touched = refs[0];
      if (touched && edits++ < 3) tracker.edit(touched, { title: `edit ${edits}` });
      if (edits === 2) tracker.create({ title: 'new' });
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    expect(refs.every((ref) => seen.has(ref.id))).toBe(true);
    expect(seen.size).toBe(10);
    expect(refs.slice(1).every((ref) => seen.get(ref.id) === 1)).toBe(true);
  });

  it('keep the order when the clock of the tracker goes back', async () => {
    const { clock, tracker, connector } = setup();
    tracker.create({ title: 'later' });
    clock.advance(-5000);
    tracker.create({ title: 'earlier' });
    clock.advance(2000);
    tracker.create({ title: 'between' });
    expect((await listAll(connector)).items.map((issue) => issue.title)).toEqual([
      'earlier',
      'between',
      'later',
    ]);
  });

  it('take `updatedSince` as inclusive', async () => {
    const { clock, tracker, connector } = setup();
    tracker.create({ title: 'before' });
    clock.advance(1000);
    const since = clock.now();
    tracker.create({ title: 'at' });
    clock.advance(1);
    tracker.create({ title: 'after' });
    const { items } = await listAll(connector, { updatedSince: since });
    expect(items.map((issue) => issue.title)).toEqual(['at', 'after']);
    expect((await listAll(connector, { updatedSince: epoch })).items).toHaveLength(3);
  });

  it('tell deletions and moves since', async () => {
    const { clock, tracker, connector } = setup();
    const deleted = tracker.create({ title: 'deleted' }).ref;
    const moved = tracker.create({ title: 'moved' }).ref;
    clock.advance(1000);
    const since = clock.now();
    tracker.remove(deleted);
    const to = tracker.move(moved, { workspace: 'elsewhere' }).ref;
    const page = await connector.listIssues({ limit: 10, updatedSince: since });
    expect(page).toEqual({ items: [], gone: [deleted], moved: [{ from: moved, to }] });
    clock.advance(1);
    expect(await connector.listIssues({ limit: 10, updatedSince: clock.now() })).toEqual({ items: [] });
    tracker.revive(deleted);
    expect((await listAll(connector)).items.map((issue) => issue.title)).toEqual(['deleted']);
  });

  it.each([
    [{ status: ['done' as const] }, ['Fix']],
    [{ assignee: 'ada' }, ['Fix', 'Write']],
    [{ labels: ['x', 'y'] }, ['Write']],
    [{ queryText: 'THE parser' }, ['Fix']],
    [{ queryText: 'fix', labels: ['y'] }, []],
    [{ queryKey: 'MEMORY-2', labels: ['nothing has this'] }, ['Write']],
    [{ queryKey: 'OTHER-2' }, []],
  ])('meet the filters %j', async (filters, titles) => {
    const { tracker, connector } = setup();
    tracker.create({ title: 'Fix', body: 'the Parser', status: 'done', assignees: ['ada'], labels: ['x'] });
    tracker.create({ title: 'Write', assignees: ['ada', 'bob'], labels: ['x', 'y'] });
    tracker.create({ title: 'Other' });
    const page = await connector.listIssues({ limit: 10, filters });
    expect(page.items.map((issue) => issue.title)).toEqual(titles);
  });

  it('refuse a filter that is not known', async () => {
    const { connector } = setup();
    const error = await rejection(connector.listIssues({ limit: 1, filters: { sprint: 'next' } }));
    expect(error).toMatchObject({ code: 'capability_not_supported', capability: 'filters.sprint' });
  });

  it.each([0, -1, 1.5, Number.NaN])('refuse the limit %s', async (limit) => {
    await expect(setup().connector.listIssues({ limit })).rejects.toBeInstanceOf(TypeError);
  });
});

describe('cursors', () => {
  const encode = (value: unknown): string => `m1.${btoa(JSON.stringify(value))}`;
  const time = '2030-01-01T00:00:00.000Z';

  it.each([
    ['text', 'next', 'malformed'],
    ['an empty one', '', 'malformed'],
    ['no base64', 'm1.***', 'malformed'],
    ['too few parts', encode([time, 1]), 'malformed'],
    ['a fraction', encode([time, 1.5, 'x']), 'malformed'],
    ['no time', encode(['yesterday', 1, 'x']), 'malformed'],
    ['a negative position', encode([time, -1, 'x']), 'negative'],
    ['another listing', encode([time, 1, 'x']), 'filters'],
  ])('are refused: %s', async (_name, cursor, reason) => {
    const { tracker, connector } = setup();
    tracker.create({ title: 'one' });
    expect(await rejection(connector.listIssues({ limit: 1, cursor }))).toMatchObject({
      code: 'tracker_contract',
      kind: 'cursor',
      reason,
    });
  });

  it('are bound to their filters and to their tracker', async () => {
    const { tracker, connector } = setup();
    for (const title of ['a', 'b', 'c']) tracker.create({ title, labels: ['x'] });
    const { nextCursor: cursor = '' } = await connector.listIssues({ limit: 2 });
    expect((await connector.listIssues({ limit: 2, cursor })).items).toHaveLength(1);
    const otherFilters = connector.listIssues({ limit: 2, cursor, filters: { labels: ['x'] } });
    expect(await rejection(otherFilters)).toMatchObject({ kind: 'cursor', reason: 'filters' });
    const otherTracker = setup().connector.listIssues({ limit: 2, cursor });
    expect(await rejection(otherTracker)).toMatchObject({ kind: 'cursor', reason: 'position' });
  });
});

describe('single issues', () => {
  it('are read one by one and in bulk, missing ones told', async () => {
    const { tracker, connector } = setup();
    const one = tracker.create({ title: 'one' });
    const gone = tracker.create({ title: 'gone' });
    tracker.remove(gone.ref);
    expect(await connector.getIssue(one.ref)).toEqual(one);
    expect(await connector.getIssues([gone.ref, one.ref])).toEqual([undefined, one]);
    expect(await rejection(connector.getIssue(gone.ref))).toMatchObject({
      code: 'issue_not_found',
      issueRef: gone.ref,
    });
  });

  it('answer to their old ref after a move inside the workspace, and are not found after one out of it', async () => {
    const { tracker, connector } = setup();
    const { ref } = tracker.create({ title: 'one' });
    const renamed = tracker.move(ref, { id: 'other' });
    expect((await connector.getIssue(ref)).ref).toEqual(renamed.ref);
    tracker.move(ref, { workspace: 'elsewhere' });
    expect(await rejection(connector.getIssue(ref))).toMatchObject({ code: 'issue_not_found' });
  });

  it.each(['getIssue', 'getIssues', 'deleteIssue', 'updateIssue'] as const)(
    'of another workspace are out of scope: %s',
    async (operation) => {
      const { connector } = setup();
      const ref = { system: 'memory', workspace: 'other', id: '1' };
      const calls = {
        getIssue: () => connector.getIssue(ref),
        getIssues: () => connector.getIssues([ref]),
        deleteIssue: () => connector.deleteIssue(ref),
        updateIssue: () => connector.updateIssue(ref, { title: 'x' }),
      };
      expect(await rejection(calls[operation]())).toMatchObject({
        code: 'scope_violation',
        expectedScope: 'memory:memory',
        actualScope: 'memory:other',
      });
    },
  );

  it('share nothing with the tracker', async () => {
    const { tracker, connector } = setup();
    const created = tracker.create({ title: 'one', customFields: { deep: { list: [1] } } });
    const read = await connector.getIssue(created.ref);
    Object.assign(read.customFields, { deep: 'spoilt' });
    read.labels.push('spoilt');
    read.ref.id = 'spoilt';
    expect(await connector.getIssue(created.ref)).toEqual(created);
  });
});

describe('the feed', () => {
  it('tells the last change of each issue and goes on from its checkpoint', async () => {
    const { tracker, connector } = setup();
    const one = tracker.create({ title: 'one' }).ref;
    const two = tracker.create({ title: 'two' }).ref;
    tracker.edit(one, { title: 'edited' });
    const first = await connector.listEvents(undefined, 1);
    expect(first.events.map((event) => [event.eventType, event.issueRef.id])).toEqual([['created', two.id]]);
    const second = await connector.listEvents(first.checkpoint, 10);
    expect(second.events.map((event) => [event.eventType, event.issueRef.id])).toEqual([['updated', one.id]]);
    tracker.remove(two);
    const third = await connector.listEvents(second.checkpoint, 10);
    expect(third.events.map((event) => event.eventType)).toEqual(['deleted']);
    expect(await connector.listEvents(third.checkpoint, 10)).toEqual({
      events: [],
      checkpoint: third.checkpoint,
    });
  });
});
