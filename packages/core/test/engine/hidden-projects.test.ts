import { describe, expect, it } from 'vitest';
import type { CanonicalIssue, DeletionMode, TrackerCapabilities } from '../../src/index.ts';
import { lost, refused } from './support/strict-tracker.ts';
import { codes, World } from './support/world.ts';

const KINDS: [string, Partial<TrackerCapabilities>][] = [
  ['client ids', { supportsClientIds: true }],
  ['idempotent creates', { supportsIdempotentCreate: true }],
  ['a lookup by key', { supportsLookupByKey: true }],
  ['neither', {}],
];

const LAST_TRY_MS = 120_000;

/** The token loses its access: nothing is found, by listing, by ref or by key. Answers what gives it back. */
function hide({ tracker }: World): () => void {
  const keys = [...tracker.keys];
  tracker.keys.clear();
  tracker.on('before', ({ operation }) => {
    if (operation !== 'lookup') throw refused(404);
  });
  return () => {
    tracker.calm();
    for (const [key, id] of keys) tracker.keys.set(key, id);
  };
}

async function hiddenFor(world: World, act: () => Promise<unknown>): Promise<void> {
  const show = hide(world);
  world.pass(LAST_TRY_MS);
  await act();
  await act();
  show();
  world.pass(LAST_TRY_MS);
}

describe('while a token has no access', () => {
  it.each(KINDS)('a create whose answer was lost is not made twice: %s', async (_name, capabilities) => {
    const world = new World({ capabilities });
    await world.draft({ title: 'once' });
    world.tracker.fail('create', lost, { moment: 'after', times: 3 });
    await world.sync();
    world.tracker.calm();
    await hiddenFor(world, () => world.sync());
    expect(await world.store.listIssues()).toHaveLength(1);
    expect((await world.sync()).failures).toEqual([]);
    await world.sync();
    expect(world.tracker.titles()).toEqual(['once']);
    expect(await world.store.listIssues()).toHaveLength(1);
    expect(await world.written(() => world.sync())).toEqual([]);
  });

  it('a create that may have been made asks for no other one', async () => {
    const world = new World({ capabilities: { supportsLookupByKey: true } });
    await world.draft({ title: 'once' });
    world.tracker.fail('create', lost, { moment: 'after' });
    await world.sync();
    world.tracker.calm();
    const show = hide(world);
    world.pass(LAST_TRY_MS);
    expect(codes(await world.sync())).toContain('create_unsettled');
    expect(world.tracker.count('create')).toBe(1);
    show();
  });

  it.each<DeletionMode>(['delete', 'close'])(
    'a deletion is not taken as done, and is carried out later: %s',
    async (deletions) => {
      const world = new World();
      const { ref } = await world.imported();
      await world.store.deleteIssue(ref);
      await hiddenFor(world, async () => {
        expect(codes(await world.sync({ deletions }))).toContain('issue_not_found');
      });
      await world.sync({ deletions });
      expect(world.tracker.issues.get(ref.id)?.status).toBe(deletions === 'close' ? 'canceled' : undefined);
      expect(await world.store.listIssues()).toEqual([]);
    },
  );

  it.each<DeletionMode>(['delete', 'close'])(
    'a deletion in whose midst the login ended is not taken as done either: %s',
    async (deletions) => {
      const world = new World();
      const { ref } = await world.imported();
      await world.store.deleteIssue(ref);
      world.tracker.fail(deletions === 'close' ? 'update' : 'delete', () => refused(401));
      await world.sync({ deletions });
      world.tracker.calm();
      await hiddenFor(world, () => world.sync({ deletions }));
      await world.sync({ deletions });
      await world.sync({ deletions });
      expect(world.tracker.issues.get(ref.id)?.status).toBe(deletions === 'close' ? 'canceled' : undefined);
    },
  );

  it("an update whose answer was lost stays known as the host's own", async () => {
    const world = new World();
    const { ref } = await world.imported({ title: 'old' });
    await world.store.editIssue(ref, { title: 'ours' });
    world.tracker.fail('update', lost, { moment: 'after', times: 3 });
    await world.sync();
    world.tracker.calm();
    await hiddenFor(world, () => world.sync());
    await world.store.editIssue(ref, { title: 'ours, again' });
    const result = await world.sync({ strategy: 'manual_review' });
    expect(result.conflicts).toEqual([]);
    expect(world.tracker.held(ref.id).title).toBe('ours, again');
  });

  it('an issue that is to be read again is not forgotten', async () => {
    const world = new World();
    const bad = world.tracker.make({ title: 'unreadable for now' });
    // So much later that no listing shows the first one again.
    world.pass(600_000);
    world.tracker.make();
    world.tracker.page = (page) => ({
      ...page,
      items: page.items.map((issue: CanonicalIssue) =>
        issue.ref.id === bad ? { ...issue, status: 'triaged' } : issue,
      ),
    });
    await world.sync();
    world.tracker.page = undefined;
    await hiddenFor(world, () => world.sync());
    await world.sync();
    expect((await world.local(bad)).title).toBe('unreadable for now');
  });
});

describe('an idempotent create whose issue somebody deleted before its answer was known', () => {
  async function deletedUnseen(): Promise<{ world: World; draft: CanonicalIssue }> {
    const world = new World({ capabilities: { supportsIdempotentCreate: true } });
    const draft = await world.draft({ title: 'deleted' });
    world.tracker.fail('create', lost, { moment: 'after', times: 3 });
    await world.sync();
    world.tracker.calm();
    world.tracker.issues.clear();
    world.pass(LAST_TRY_MS);
    expect(codes(await world.sync())).toEqual(['create_unclear']);
    return { world, draft };
  }

  it('is left to a person, and asked for no more', async () => {
    const { world } = await deletedUnseen();
    const asked = world.tracker.count('create');
    for (let i = 0; i < 3; i++) {
      const result = await world.sync();
      expect(result.failures).toMatchObject([{ code: 'create_unclear', retryable: false }]);
    }
    expect(world.tracker.count('create')).toBe(asked);
    expect(world.tracker.issues.size).toBe(0);
  });

  it('is made anew where the person asks for it', async () => {
    const { world, draft } = await deletedUnseen();
    await world.store.retryRefused(draft.ref);
    expect((await world.sync()).failures).toEqual([]);
    expect(world.tracker.titles()).toEqual(['deleted']);
  });

  it('is dropped with its draft', async () => {
    const { world, draft } = await deletedUnseen();
    await world.store.deleteIssue(draft.ref);
    expect((await world.sync()).failures).toEqual([]);
    expect((await world.sync({ deletions: 'delete' })).failures).toEqual([]);
    expect(world.tracker.issues.size).toBe(0);
    expect(await world.store.listIssues()).toEqual([]);
  });
});
