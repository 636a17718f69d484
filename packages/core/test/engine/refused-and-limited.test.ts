import { describe, expect, it } from 'vitest';
import {
  type CanonicalIssue,
  type CanonicalLink,
  FieldsRefusedError,
  type GuardLimits,
  type IssuePatch,
} from '../../src/index.ts';
import { refused } from './support/strict-tracker.ts';
import { codes, World } from './support/world.ts';

const blocks = (target: CanonicalLink['target']): Pick<IssuePatch, 'links'> => ({
  links: [{ type: 'blocks', target }],
});

describe('a relation', () => {
  it.each([
    ['is sent again after a missing permission', 403, 1],
    ['is not sent again after a validation refused it', 422, 0],
  ])('%s', async (_name, status, again) => {
    const world = new World();
    const { ref } = await world.imported();
    const other = await world.imported();
    await world.store.editIssue(ref, blocks(other.ref));
    world.tracker.fail('link', () => refused(status));
    expect((await world.sync()).failures).toMatchObject([{ operation: 'link' }]);
    const sent = world.tracker.count('link');
    expect((await world.sync()).failures).toEqual([]);
    await world.sync();
    expect(world.tracker.count('link') - sent).toBe(again);
    expect(world.tracker.held(ref.id).links).toHaveLength(again);
  });

  it('that is not found while everything is hidden is sent again', async () => {
    const world = new World();
    const { ref } = await world.imported();
    const other = await world.imported();
    await world.store.editIssue(ref, blocks(other.ref));
    for (const operation of ['link', 'list'] as const) world.tracker.fail(operation, () => refused(404));
    world.pass(1000);
    await world.engine().push();
    world.tracker.calm();
    await world.sync();
    expect(world.tracker.held(ref.id).links).toHaveLength(1);
  });
});

describe('a value that the host changes while it is refused', () => {
  /** The host changes its mind while the first write of a kind is under way. */
  const meanwhile = (
    world: World,
    operation: string,
    ref: CanonicalIssue['ref'],
    patch: IssuePatch,
  ): void => {
    let done = false;
    world.tracker.on('before', async (call) => {
      if (call.operation !== operation || done) return;
      done = true;
      await world.store.editIssue(ref, patch);
    });
  };

  it.each([
    [
      'by name',
      ({ tracker }: World) => {
        tracker.refuses = ({ status }) =>
          status === 'done' ? [{ field: 'status', reason: 'no such transition' }] : [];
      },
    ],
    [
      'as a whole',
      ({ tracker }: World) =>
        tracker.on('before', ({ patch }) => {
          if (patch?.status === 'done') throw refused(422);
        }),
    ],
  ])('in an update %s goes out as it is now', async (_name, forbidDone) => {
    const world = new World();
    const { ref } = await world.imported();
    await world.store.editIssue(ref, { status: 'done' });
    meanwhile(world, 'update', ref, { status: 'canceled' });
    forbidDone(world);
    expect((await world.sync()).failures).toMatchObject([{ fieldPath: 'status' }]);
    const result = await world.sync();
    expect([result.failures, result.skipped]).toEqual([[], []]);
    expect(world.tracker.held(ref.id).status).toBe('canceled');
  });

  it('in a create by name goes out as it is now', async () => {
    const world = new World();
    const draft = await world.draft({ status: 'done' });
    meanwhile(world, 'create', draft.ref, { status: 'canceled' });
    world.tracker.answer = ({ ref }, { operation }) => {
      if (operation !== 'create') return world.tracker.shown(ref.id);
      world.tracker.edit(ref.id, { status: 'todo' });
      const issue = world.tracker.shown(ref.id);
      throw new FieldsRefusedError('no', { refused: [{ field: 'status', reason: 'no such status' }], issue });
    };
    expect(codes(await world.sync())).toContain('field_refused');
    const result = await world.sync();
    expect([result.failures, result.skipped]).toEqual([[], []]);
    expect(world.tracker.held('i1').status).toBe('canceled');
  });

  it('in a create as a whole goes out as it is now', async () => {
    const world = new World();
    const draft = await world.draft({ title: 'forbidden' });
    meanwhile(world, 'create', draft.ref, { title: 'allowed' });
    world.tracker.fail('create', () => refused(422));
    await world.sync();
    expect((await world.sync()).failures).toEqual([]);
    expect(world.tracker.titles()).toEqual(['allowed']);
  });

  it('in the links goes out as it is now', async () => {
    const world = new World();
    const { ref } = await world.imported();
    const other = await world.imported();
    await world.store.editIssue(ref, blocks(world.tracker.ref('nowhere')));
    meanwhile(world, 'link', ref, blocks(other.ref));
    expect((await world.sync()).failures).toMatchObject([{ operation: 'link' }]);
    expect((await world.sync()).failures).toEqual([]);
    expect(world.tracker.held(ref.id).links).toMatchObject([{ target: other.ref }]);
  });
});

describe('limits', () => {
  const edited = async (count: number): Promise<{ world: World; refs: CanonicalIssue['ref'][] }> => {
    const world = new World();
    const refs: CanonicalIssue['ref'][] = [];
    for (let i = 0; i < count; i++) refs.push((await world.imported()).ref);
    return { world, refs };
  };

  it.each<[string, GuardLimits, (world: World, ref: CanonicalIssue['ref']) => Promise<unknown>]>([
    ['creates', { maxCreates: 0, maxUpdates: 1 }, (world) => world.draft({ title: 'late' })],
    ['updates', { maxUpdates: 1 }, (world, ref) => world.store.editIssue(ref, { title: 'late' })],
    ['deletes', { maxDeletes: 0, maxUpdates: 1 }, (world, ref) => world.store.deleteIssue(ref)],
    ['relations', { maxUpdates: 1 }, (world, ref) => world.store.editIssue(ref, blocks(ref))],
  ])('hold for %s that come up after the run was planned', async (_name, limits, late) => {
    const { world, refs } = await edited(2);
    const [first, second] = refs as [CanonicalIssue['ref'], CanonicalIssue['ref']];
    await world.store.editIssue(first, { title: 'planned' });
    let lists = 0;
    // The plan lists, then the run does.
    world.tracker.on('after', async ({ operation }) => {
      if (operation === 'list' && ++lists === 2) await late(world, second);
    });
    const options = { limits, deletions: 'delete' } as const;
    const result = await world.sync(options);
    expect(world.tracker.writes).toBe(1);
    expect(codes(result)).toEqual(['sync_guard']);
    expect(world.tracker.held(first.id).title).toBe('planned');
    world.tracker.calm();
    // What waited is planned now.
    expect((await world.sync({ deletions: 'delete' })).failures).toEqual([]);
    expect(world.tracker.writes).toBe(2);
  });

  it('hold where planning was cut short', async () => {
    const { world, refs } = await edited(3);
    for (const ref of refs) await world.store.editIssue(ref, { title: 'edited' });
    let gets = 0;
    world.tracker.on('before', ({ operation }) => {
      if (operation === 'get' && gets++ === 0) world.pass(20_000);
    });
    world.pass(1000);
    const engine = world.engine({ limits: { maxUpdates: 1 } });
    const result = await engine.sync({ timeBudgetMs: 10_000 });
    expect(world.tracker.writes).toBe(1);
    expect(codes(result)).toEqual(['sync_guard', 'sync_guard']);
  });
});
