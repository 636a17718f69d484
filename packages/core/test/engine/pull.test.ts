import { describe, expect, it } from 'vitest';
import type { CanonicalIssue } from '../../src/index.ts';
import { ConnectorRequestError, type IssueFilters, type Page, shiftTimestamp } from '../../src/index.ts';
import { lost } from './support/strict-tracker.ts';
import { codes, contents, World } from './support/world.ts';

const queries = (world: World): Record<string, unknown>[] =>
  world.tracker.calls.flatMap(({ query }) => (query ? [{ ...query }] : []));

describe('the watermark', () => {
  it('is absent on a first pull, then the greatest time seen less the overlap', async () => {
    const world = new World();
    world.tracker.make();
    world.pass(60_000);
    const at = world.now();
    world.tracker.make();
    world.pass(5_000_000);
    const { checkpoint } = await world.sync();
    expect(checkpoint).toEqual({ updatedSince: at });
    await world.sync();
    expect(queries(world).map((query) => query.updatedSince)).toEqual([
      undefined,
      shiftTimestamp(at, -120_000),
    ]);
  });

  it('looks back by lag and granularity where that is more', async () => {
    const world = new World({ capabilities: { lagMs: 300_000, timeGranularityMs: 60_000 } });
    world.tracker.make();
    const at = world.now();
    await world.sync();
    await world.sync();
    expect(queries(world).at(-1)?.updatedSince).toBe(shiftTimestamp(at, -360_000));
  });

  it('is not moved by an issue whose time cannot be right', async () => {
    const world = new World();
    const at = world.now();
    world.tracker.make({ title: 'right' });
    const wrong = world.tracker.make({ title: 'wrong' });
    world.tracker.issues.set(wrong, { ...world.tracker.held(wrong), updatedAt: '9999-12-31T23:59:59.999Z' });
    expect((await world.sync()).checkpoint).toEqual({ updatedSince: at });
    expect((await world.local(wrong)).title).toBe('wrong');
    world.pass(1000);
    world.tracker.edit('i1', { title: 'edited' });
    await world.sync();
    expect((await world.local('i1')).title).toBe('edited');
  });

  it('of a tracker that lags takes no second state of one tick from a listing', async () => {
    const world = new World({ capabilities: { lagMs: 5000, timeGranularityMs: 1000 } });
    const { ref } = await world.imported({ title: 'first' });
    world.pass(60_000);
    const tick = world.now();
    world.tracker.edit(ref.id, { title: 'newest' });
    const newest = world.tracker.held(ref.id);
    await world.sync();
    // Within the same tick, what a listing shows may be from before what is known.
    world.tracker.page = (page) => ({
      ...page,
      items: page.items.map((item) => ({ ...item, title: 'older', updatedAt: tick, version: 'older' })),
    });
    await world.sync();
    world.tracker.page = undefined;
    expect((await world.local(ref.id)).title).toBe(newest.title);
  });

  it('does not move by the answer to a write', async () => {
    const world = new World();
    const { ref } = await world.imported();
    const before = (await world.sync()).checkpoint;
    world.pass(3_600_000);
    await world.store.editIssue(ref, { title: 'ours' });
    const engine = world.engine();
    await engine.push();
    expect(engine.checkpoint).toEqual(before);
  });

  it('moves only when the listing was read to its end; the next run goes on inside it', async () => {
    const world = new World();
    for (let i = 0; i < 5; i++) {
      world.tracker.make({ title: `issue ${i}` });
      world.pass(1000);
    }
    let lists = 0;
    world.tracker.on('before', ({ operation }) => {
      if (operation === 'list' && ++lists === 2) throw lost();
    });
    const first = await world.sync({ pageSize: 2 });
    expect(first.failures).toMatchObject([{ operation: 'pull_page', retryable: true }]);
    expect(first.checkpoint.updatedSince).toBeUndefined();
    expect(await world.store.listIssues()).toHaveLength(2);
    const second = await world.sync({ pageSize: 2 });
    expect(second.stats.pulledCreated).toBe(3);
    expect(second.checkpoint.cursor).toBeUndefined();
    expect(await world.store.listIssues()).toHaveLength(5);
  });

  it('lists everything on a full run', async () => {
    const world = new World();
    await world.imported();
    await world.engine().sync({ full: true });
    expect(queries(world).map((query) => query.updatedSince)).toEqual([undefined, undefined]);
  });

  it('is where a host that kept it itself restores it', async () => {
    const world = new World();
    const engine = world.engine();
    engine.restoreCheckpoint({ updatedSince: '2026-02-01T00:00:00.000Z' });
    await engine.sync();
    expect(queries(world)[0]?.updatedSince).toBe('2026-01-31T23:58:00.000Z');
  });

  it('is dropped when the filters change, and everything is listed once, without a failure', async () => {
    const world = new World();
    await world.imported();
    const filters: IssueFilters = { labels: ['x'] };
    const result = await world.sync({ filters });
    await world.sync({ filters });
    expect(result.failures).toEqual([]);
    expect(queries(world).map((query) => query.updatedSince === undefined)).toEqual([true, true, false]);
  });
});

describe('a page', () => {
  it('is committed together with its cursor', async () => {
    const world = new World();
    for (let i = 0; i < 4; i++) {
      world.tracker.make();
      world.pass(1);
    }
    await world.sync({ pageSize: 2 });
    const pages = world.commits.filter((commit) => contents(commit).includes('records'));
    expect(pages).toHaveLength(2);
    expect(pages[0]?.binding?.checkpoint.cursor).toBeDefined();
    expect(pages[1]?.binding?.checkpoint).toMatchObject({ updatedSince: expect.any(String) });
  });

  it('is merged again where a host edits while it is', async () => {
    const world = new World();
    const { ref } = await world.imported();
    world.pass(1000);
    world.tracker.edit(ref.id, { body: 'theirs' });
    let once = true;
    world.onCommit = async (commit) => {
      if (!once || !commit.records) return;
      once = false;
      await world.store.editIssue(ref, { title: 'ours' });
    };
    const result = await world.sync();
    expect(result.stats.pulledUpdated).toBe(1);
    expect(world.tracker.held(ref.id)).toMatchObject({ title: 'ours', body: 'theirs' });
    expect(await world.local(ref.id)).toMatchObject({ title: 'ours', body: 'theirs' });
  });

  it.each<[string, (page: Page<CanonicalIssue>, call: number) => unknown]>([
    ['a cursor that repeats', (page) => ({ ...page, nextCursor: '2026-01-01T00:00:00.000Z a' })],
    [
      'cursors that cycle',
      (page, call) => ({ ...page, nextCursor: `2026-01-01T00:00:00.000Z ${'abcde'[call % 5]}` }),
    ],
    ['a page that is none', () => ({ things: [] })],
    ['a cursor of another type', (page) => ({ ...page, nextCursor: 7 })],
  ])('with %s is a recorded failure, and the next run works', async (_name, page) => {
    const world = new World();
    const { ref } = await world.imported();
    const before = (await world.sync()).checkpoint;
    let calls = 0;
    world.tracker.page = (answer) => page(answer, calls++);
    const result = await world.sync();
    expect(result.failures).toMatchObject([{ operation: 'pull_page', retryable: false, issueRef: null }]);
    expect(result.checkpoint).toEqual(before);
    world.tracker.page = undefined;
    world.tracker.edit(ref.id, { title: 'later' });
    const next = await world.sync();
    expect(next.failures).toEqual([]);
    expect((await world.local(ref.id)).title).toBe('later');
  });

  it.each(['malformed', '-1', ''])(
    'after a stored cursor that is none (%j) the next run works',
    async (cursor) => {
      const world = new World();
      await world.imported();
      const row = (await world.memory.bindings())[0];
      if (!row) throw new Error('no binding');
      const listing = { full: false, mark: '', steps: 0, power: 1 };
      await world.memory.commit({ binding: { ...row, listing, checkpoint: { ...row.checkpoint, cursor } } });
      const result = await world.sync();
      expect(result.failures).toMatchObject([{ operation: 'pull_page', retryable: false }]);
      expect((await world.sync()).failures).toEqual([]);
    },
  );

  it('that shows one issue twice keeps the newer state, in whatever order', async () => {
    const world = new World();
    const id = world.tracker.make({ title: 'old' });
    const old = world.tracker.shown(id);
    world.pass(1000);
    world.tracker.edit(id, { title: 'new' });
    world.tracker.page = (page) => ({ ...page, items: [...page.items, old] });
    await world.sync();
    expect((await world.local(id)).title).toBe('new');
  });
});

describe('an issue in a listing', () => {
  it('that is bad is a failure of its own, kept and read again until it is good', async () => {
    const world = new World();
    const bad = world.tracker.make({ title: 'bad' });
    const good = world.tracker.make({ title: 'good' });
    world.tracker.page = (page) => ({
      ...page,
      items: page.items.map((issue) => (issue.ref.id === bad ? { ...issue, status: 'open' } : issue)),
    });
    const first = await world.sync();
    expect(first.failures).toMatchObject([
      { operation: 'pull_issue', issueRef: { id: bad }, fieldPath: 'status', retryable: false },
    ]);
    expect((await world.local(good)).title).toBe('good');
    world.tracker.page = (page) => ({ ...page, items: [] });
    world.tracker.fail('get', () => new ConnectorRequestError('gone wrong', { statusCode: 500 }));
    expect(codes(await world.sync())).toEqual(['connector_request']);
    expect((await world.sync()).failures).toEqual([]);
    expect((await world.local(bad)).title).toBe('bad');
    expect(await world.written(() => world.sync())).toEqual([]);
  });

  it('that is older than what was read is stale and changes nothing', async () => {
    const world = new World();
    const id = world.tracker.make({ title: 'old' });
    const old = world.tracker.shown(id);
    world.pass(1000);
    world.tracker.edit(id, { title: 'new' });
    await world.sync();
    world.tracker.page = (page) => ({ ...page, items: [old] });
    const result = await world.sync();
    expect(result.stats.stale).toBe(1);
    expect((await world.local(id)).title).toBe('new');
  });

  it('that is older counts where times may go backwards', async () => {
    const world = new World({ capabilities: { timesMayGoBackwards: true } });
    const id = world.tracker.make({ title: 'old' });
    const old = world.tracker.shown(id);
    world.pass(1000);
    world.tracker.edit(id, { title: 'new' });
    await world.sync();
    world.tracker.page = (page) => ({ ...page, items: [{ ...old, title: 'restored' }] });
    await world.sync();
    expect((await world.local(id)).title).toBe('restored');
  });

  it.each([
    ['our own key of a create that is settled', true],
    ['a key that nobody knows', false],
  ])('with %s is an issue like any other', async (_name, ours) => {
    const world = new World({ capabilities: { supportsLookupByKey: true } });
    await world.draft({ title: 'ours' });
    await world.sync();
    const key = ours ? [...world.tracker.keys.keys()][0] : 'forged';
    const clone = world.tracker.make({ title: 'clone' });
    world.tracker.issues.set(clone, {
      ...world.tracker.held(clone),
      ...(key ? { correlationKey: key } : {}),
    });
    await world.sync();
    expect((await world.store.listIssues()).map(({ title }) => title).sort()).toEqual(['clone', 'ours']);
  });

  it('without a key is held back while a create waits, and comes when it is settled', async () => {
    const world = new World();
    await world.draft({ title: 'ours' });
    world.tracker.fail('create', lost);
    await world.sync();
    const id = world.tracker.make({ title: 'somebody' });
    await world.sync();
    expect(await world.store.getIssue(world.tracker.ref(id))).toBeUndefined();
    world.pass(120_000);
    await world.sync();
    for (const intent of await world.memory.intents('strict:w:w')) await world.store.retryRefused(intent.ref);
    await world.sync();
    await world.sync();
    expect(world.tracker.titles().sort()).toEqual(['ours', 'somebody']);
    expect(await world.store.listIssues()).toHaveLength(2);
  });

  it('that was edited by a person right after our own write arrives', async () => {
    const world = new World();
    const { ref } = await world.imported();
    await world.store.editIssue(ref, { title: 'ours' });
    await world.sync();
    world.pass(1);
    world.tracker.edit(ref.id, { title: 'theirs' });
    await world.sync();
    expect((await world.local(ref.id)).title).toBe('theirs');
  });

  it('that moved keeps its record, and its former ref goes on answering', async () => {
    const world = new World();
    const { ref } = await world.imported({ title: 'moves' });
    await world.store.editIssue(ref, { body: 'ours' });
    const old = world.tracker.held(ref.id);
    world.tracker.issues.delete(ref.id);
    world.pass(1000);
    world.tracker.issues.set('moved', { ...old, ref: world.tracker.ref('moved'), updatedAt: world.now() });
    world.tracker.page = (page) => ({ ...page, moved: [{ from: ref, to: world.tracker.ref('moved') }] });
    await world.sync();
    expect(await world.store.listIssues()).toHaveLength(1);
    expect((await world.store.getIssue(ref))?.ref.id).toBe('moved');
    expect(world.tracker.held('moved').body).toBe('ours');
  });

  it.each([
    ['written', async (world: World) => world.sync()],
    ['looked for', async (world: World) => world.engine().sync({ full: true })],
  ])('that moved unnoticed keeps its record when it is %s', async (_name, sync) => {
    const world = new World();
    const { ref } = await world.imported({ title: 'moves' });
    const old = world.tracker.held(ref.id);
    world.tracker.unlisted.add('moved');
    const moved = { ...old, ref: world.tracker.ref('moved') };
    // The tracker answers a read of the old ref with the issue under its new one.
    world.tracker.issues.set('moved', moved);
    world.tracker.issues.set(ref.id, moved);
    world.tracker.unlisted.add(ref.id);
    await world.store.editIssue(ref, { body: 'ours' });
    await sync(world);
    expect(await world.store.listIssues()).toHaveLength(1);
    expect((await world.store.getIssue(ref))?.title).toBe('moves');
    expect((await world.store.getIssue(world.tracker.ref('moved')))?.title).toBe('moves');
  });

  it('of another workspace is left alone', async () => {
    const world = new World();
    const id = world.tracker.make();
    world.tracker.page = (page) => ({
      ...page,
      items: page.items.map((issue) => ({ ...issue, ref: { ...issue.ref, workspace: 'elsewhere' } })),
    });
    expect(codes(await world.sync())).toEqual(['scope_violation']);
    expect(await world.store.getIssue(world.tracker.ref(id))).toBeUndefined();
  });

  it('whose new parent is below it keeps the old one, until that is no cycle any more', async () => {
    const world = new World();
    const a = await world.imported({ title: 'a' });
    const b = await world.imported({ title: 'b' });
    await world.store.editIssue(b.ref, { parent: a.ref });
    world.pass(1000);
    world.tracker.edit(a.ref.id, { parent: b.ref });
    const result = await world.engine().pull();
    expect(result.skipped).toMatchObject([{ issueRef: { id: a.ref.id }, field: 'parent', reason: 'cycle' }]);
    await world.store.editIssue(b.ref, { parent: null });
    world.pass(3_600_000);
    await world.engine().pull();
    expect((await world.local(a.ref.id)).parent).toMatchObject({ id: b.ref.id });
  });
});

describe('a mapping that changes', () => {
  it('rebases what it reads in another way, and merges nothing', async () => {
    const world = new World();
    world.tracker.mapping = 'one';
    const { ref } = await world.imported({ status: 'in_progress' });
    world.tracker.read = (fields) => ({ ...fields, status: 'blocked' });
    world.tracker.mapping = 'two';
    await world.store.editIssue(ref, { title: 'ours' });
    const result = await world.sync();
    expect(result).toMatchObject({ conflicts: [], overrides: [], failures: [] });
    expect(world.tracker.patches).toEqual([{ title: 'ours' }]);
    expect((await world.local(ref.id)).status).toBe('in_progress');
    expect(await world.written(() => world.sync())).toEqual([]);
  });
});
