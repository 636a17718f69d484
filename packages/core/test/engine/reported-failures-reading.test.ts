import { describe, expect, it } from 'vitest';
import { ConnectorRequestError } from '../../src/index.ts';
import { refused, StrictTracker } from './support/strict-tracker.ts';
import { codes, World } from './support/world.ts';

// Of the list in reported-failures.test.ts: what a tracker shows, and when.

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** An instant as an account in another zone is shown it. */
function inZone(timestamp: string | null, hours: number): string {
  const shifted = new Date(Date.parse(timestamp ?? '') + hours * HOUR).toISOString().slice(0, -1);
  return `${shifted}${hours < 0 ? '-' : '+'}0${Math.abs(hours)}:00`;
}

describe('reported failures of reading', () => {
  it.each([-5, 3])('5. an account in UTC%i misses changes: times with its offset', async (hours) => {
    const world = new World();
    world.tracker.page = (page) => ({
      ...page,
      items: page.items.map((issue) => ({
        ...issue,
        createdAt: inZone(issue.createdAt, hours),
        updatedAt: inZone(issue.updatedAt, hours),
      })),
    });
    const { ref } = await world.imported();
    for (let i = 0; i < 3; i++) {
      // What is read alone, and the answers to writes, have another form than what is listed.
      await world.store.editIssue(ref, { body: `ours ${i}` });
      await world.sync();
      world.pass(2 * HOUR);
      world.tracker.edit(ref.id, { title: `edit ${i}` });
      const { checkpoint } = await world.sync();
      expect(await world.local(ref.id)).toMatchObject({ title: `edit ${i}`, body: `ours ${i}` });
      expect(checkpoint.updatedSince).toBe(world.tracker.held(ref.id).updatedAt);
    }
    await world.sync();
    expect(await world.written(() => world.sync())).toEqual([]);
  });

  it.each([-5, 3])('5. an account in UTC%i misses changes: a clock so many hours off', async (hours) => {
    const world = new World();
    const now = (): string => new Date(Date.parse(world.now()) + hours * HOUR).toISOString();
    const tracker = new StrictTracker(now);
    const { ref } = await world.imported({}, {}, tracker);
    await world.store.editIssue(ref, { body: 'ours' });
    await world.sync({}, tracker);
    for (let i = 0; i < 3; i++) {
      world.pass(300_000);
      tracker.edit(ref.id, { title: `edit ${i}` });
      await world.sync({}, tracker);
      expect(await world.local(ref.id, tracker)).toMatchObject({ title: `edit ${i}`, body: 'ours' });
    }
  });

  it('7. a date-only query field drops the time of day', async () => {
    const world = new World({ capabilities: { timeGranularityMs: DAY } });
    // The query takes a day, and shows what was changed after it.
    world.tracker.page = (page, { updatedSince }) => {
      const after = updatedSince === undefined ? 0 : Math.floor(Date.parse(updatedSince) / DAY) * DAY + DAY;
      return { ...page, items: page.items.filter(({ updatedAt }) => Date.parse(updatedAt ?? '') >= after) };
    };
    const { ref } = await world.imported();
    for (let i = 0; i < 8; i++) {
      world.pass(7 * HOUR);
      world.tracker.edit(ref.id, { title: `edit ${i}` });
      await world.sync();
      expect((await world.local(ref.id)).title).toBe(`edit ${i}`);
    }
  });

  it.each([{}, { filters: { labels: ['wanted'] } }])(
    '8. `since=1970-01-01` returns nothing: %j',
    async (options) => {
      const world = new World();
      const id = world.tracker.make({ title: 'there', labels: ['wanted'] });
      world.tracker.page = (page, { updatedSince }) =>
        updatedSince !== undefined && updatedSince < '2000' ? { items: [] } : page;
      await world.sync(options);
      expect((await world.local(id)).title).toBe('there');
      // Nor does a full listing, or one under other filters, go back to the beginning of time.
      await world.engine(options).sync({ full: true });
      await world.sync({ filters: { labels: ['other'] } });
      const asked = world.tracker.calls.flatMap(({ query }) => (query ? [query.updatedSince] : []));
      expect(asked).toEqual([undefined, undefined, undefined]);
    },
  );

  it.each(['list', 'get', 'update', 'create'] as const)(
    '9. a rate limit arrives as HTTP 400: %s',
    async (operation) => {
      const world = new World();
      const { ref } = await world.imported({ title: 'start' });
      await world.store.editIssue(ref, { title: 'edited' });
      await world.draft({ title: 'made' });
      const limit = (): Error =>
        new ConnectorRequestError('slow down', {
          statusCode: 400,
          failureClass: 'rate_limit',
          retryAfterMs: 5000,
        });
      world.tracker.fail(operation, limit, { times: 2 });
      expect((await world.sync()).failures).toEqual([]);
      expect(world.slept).toEqual([5000, 5000]);
      expect(world.tracker.titles().sort()).toEqual(['edited', 'made']);
    },
  );

  it('15. issues outside the configured scope are touched', async () => {
    const world = new World();
    const other = world.another({ workspace: 'elsewhere' });
    const { ref } = await world.imported({ title: 'of the other workspace' }, {}, other);
    await world.store.editIssue(ref, { title: 'pending there' });
    const outside = { ...other.held(ref.id), title: 'seen from here' };
    world.tracker.page = (page) => ({ ...page, items: [outside, ...page.items] });
    const inside = world.tracker.make({ title: 'inside' });
    expect(codes(await world.sync())).toEqual(['scope_violation']);
    await world.sync({ deletions: 'delete' });
    expect((await world.local(ref.id, other)).title).toBe('pending there');
    expect((await world.local(inside)).title).toBe('inside');
    expect([world.tracker.writes, other.writes]).toEqual([0, 0]);
  });

  it.each(['pull', 'sync'] as const)(
    '18. a half-read listing closes or deletes issues: %s',
    async (operation) => {
      const world = new World();
      const ids = ['a', 'b', 'c', 'd'].map((title) => {
        world.pass(1000);
        return world.tracker.make({ title });
      });
      await world.sync({ pageSize: 2 });
      // The second page fails, and what stands on it cannot be read alone either.
      world.tracker.on('before', ({ operation: called, query, id }) => {
        if (called === 'list' && query?.cursor !== undefined) throw refused(500);
        if (called === 'get' && ids.slice(2).includes(id ?? '')) throw refused(404);
      });
      await world.store.editIssue(world.tracker.ref(ids[3] ?? ''), { title: 'edited' });
      for (let i = 0; i < 2; i++) {
        world.pass(1000);
        const engine = world.engine({ pageSize: 2, deletions: 'close' });
        await engine[operation]({ full: true });
      }
      expect((await world.store.listIssues()).map(({ title }) => title).sort()).toEqual([
        'a',
        'b',
        'c',
        'edited',
      ]);
      expect(world.tracker.writes).toBe(0);
      world.tracker.calm();
      await world.sync();
      expect(world.tracker.titles().sort()).toEqual(['a', 'b', 'c', 'edited']);
    },
  );

  it.each([0, 1, 1999])(
    "19. a person's edit within two seconds of ours is dropped: %i ms after it",
    async (ms) => {
      for (const versions of [true, false]) {
        const world = new World({ versions });
        const { ref } = await world.imported();
        await world.store.editIssue(ref, { title: 'ours' });
        await world.sync();
        world.pass(ms);
        world.tracker.edit(ref.id, { title: 'theirs', status: 'done' });
        world.pass(1);
        await world.engine().sync();
        expect(await world.local(ref.id)).toMatchObject({ title: 'theirs', status: 'done' });
        expect(world.tracker.held(ref.id)).toMatchObject({ title: 'theirs', status: 'done' });
      }
    },
  );

  it('24. pull requests arrive as issues', async () => {
    const world = new World();
    world.tracker.make({ title: 'an issue' });
    // The connector says what it left out; the issues of its page go on.
    world.tracker.page = (page) => ({ ...page, failures: [{ location: 'pull/7', message: 'no issue' }] });
    expect(codes(await world.sync())).toEqual(['unreadable']);
    expect((await world.store.listIssues()).map(({ title }) => title)).toEqual(['an issue']);
  });

  it.each(['its key', 'its id', 'its id, unnoticed'])(
    '26. a key changes because the issue moved to another project: %s',
    async (what) => {
      const world = new World();
      const { ref } = await world.imported({ title: 'moves' });
      await world.store.editIssue(ref, { body: 'ours' });
      world.pass(1000);
      const issue = world.tracker.held(ref.id);
      const to = { ...ref, ...(what === 'its key' ? {} : { id: 'moved' }), key: 'NEW-1' };
      const moved = { ...issue, ref: to, updatedAt: world.now(), version: '9' };
      // Told by its page, the old ref is gone; otherwise it goes on answering, with the issue under its new one.
      const told = what === 'its id';
      world.tracker.issues.set(to.id, moved);
      if (told) world.tracker.issues.delete(ref.id);
      else world.tracker.issues.set(ref.id, moved);
      if (to.id !== ref.id) world.tracker.unlisted.add(ref.id);
      if (told) world.tracker.page = (page) => ({ ...page, moved: [{ from: ref, to }] });
      world.tracker.answer = (written) => {
        const answer = { ...written, ref: to };
        for (const id of told ? [to.id] : [ref.id, to.id]) world.tracker.issues.set(id, answer);
        return answer;
      };
      await world.sync();
      await world.engine().sync({ full: true });
      await world.sync();
      expect(await world.store.listIssues()).toHaveLength(1);
      expect((await world.store.getIssue(ref))?.ref).toEqual(to);
      expect(world.tracker.held(to.id)).toMatchObject({ title: 'moves', body: 'ours' });
      expect(world.tracker.count('create')).toBe(0);
    },
  );
});
