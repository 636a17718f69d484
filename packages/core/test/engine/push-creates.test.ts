import { describe, expect, it } from 'vitest';
import {
  type CanonicalIssue,
  CapabilityNotSupportedError,
  type IssuePatch,
  OwnershipPolicy,
  type TrackerCapabilities,
} from '../../src/index.ts';
import { lost, refused } from './support/strict-tracker.ts';
import { codes, World } from './support/world.ts';

const KINDS: [string, Partial<TrackerCapabilities>][] = [
  ['client ids', { supportsClientIds: true }],
  ['idempotent creates', { supportsIdempotentCreate: true }],
  ['a lookup by key', { supportsLookupByKey: true }],
  ['neither', {}],
];

const later = async (world: World): Promise<ReturnType<World['sync']>> => {
  world.pass(120_000);
  return world.sync();
};

describe.each(KINDS)('a create whose answer is lost, at a tracker with %s', (_name, capabilities) => {
  it.each(['before', 'after'] as const)('%s its effect is made once', async (moment) => {
    const world = new World({ capabilities });
    const draft = await world.draft({ title: 'once', body: 'text' });
    world.tracker.fail('create', lost, { moment, times: 3 });
    await world.sync();
    world.tracker.calm();
    await world.sync();
    await later(world);
    await later(world);
    expect(world.tracker.titles()).toEqual(['once']);
    expect(await world.store.listIssues()).toHaveLength(1);
    const [id = ''] = [...world.tracker.issues.keys()];
    expect((await world.store.getIssue(draft.ref))?.ref).toEqual(world.tracker.ref(id));
    expect(await world.written(() => world.sync())).toEqual([]);
  });

  it('keeps edits that a host and a person made meanwhile', async () => {
    const world = new World({ capabilities });
    const draft = await world.draft({ title: 'once', body: 'text' });
    world.tracker.fail('create', lost, { moment: 'after', times: 3 });
    await world.sync();
    world.tracker.calm();
    await world.store.editIssue(draft.ref, { status: 'done' });
    const [id = ''] = [...world.tracker.issues.keys()];
    world.tracker.edit(id, { priority: 1 });
    await world.sync();
    await later(world);
    expect(world.tracker.issues.size).toBe(1);
    expect(world.tracker.held(id)).toMatchObject({ status: 'done', priority: 1 });
    expect(await world.local(id)).toMatchObject({ status: 'done', priority: 1 });
  });

  it.each([
    ['of another shape', (issue: CanonicalIssue) => ({ ...issue, status: 'open' })],
    [
      'of another workspace',
      (issue: CanonicalIssue) => ({ ...issue, ref: { ...issue.ref, workspace: 'x' } }),
    ],
    ['that is nothing', () => undefined],
  ])('made with an answer %s is made once', async (_shape, answer) => {
    const world = new World({ capabilities });
    await world.draft({ title: 'once' });
    world.tracker.answer = answer;
    const result = await world.sync();
    expect(result.failures.length).toBeGreaterThan(0);
    world.tracker.answer = undefined;
    await world.sync();
    await later(world);
    expect(world.tracker.titles()).toEqual(['once']);
    expect(await world.store.listIssues()).toHaveLength(1);
  });

  it('made by a connector that throws what is no error of ours is made once', async () => {
    const world = new World({ capabilities });
    await world.draft({ title: 'once' });
    world.tracker.fail('create', () => new TypeError('fetch failed'), { moment: 'after', times: 3 });
    await world.sync();
    world.tracker.calm();
    await world.sync();
    await later(world);
    expect(world.tracker.titles()).toEqual(['once']);
    expect(await world.store.listIssues()).toHaveLength(1);
  });

  it('is ended by a definite refusal', async () => {
    const world = new World({ capabilities });
    const draft = await world.draft({ title: 'once' });
    world.tracker.fail('create', lost, { times: 3 });
    await world.sync();
    world.tracker.calm();
    world.tracker.fail('create', () => refused(422), { times: 100 });
    await later(world);
    await later(world);
    const tries = world.tracker.count('create');
    await later(world);
    expect(world.tracker.count('create')).toBe(tries);
    world.tracker.calm();
    await world.store.editIssue(draft.ref, { title: 'another' });
    await later(world);
    expect(world.tracker.titles()).toEqual(['another']);
  });
});

describe('a tracker that keeps neither ids nor marks of ours', () => {
  it('leaves several equal issues to a person, and makes no second one', async () => {
    const world = new World();
    const draft = await world.draft({ title: 'twin' });
    world.tracker.fail('create', lost, { times: 1 });
    await world.sync();
    world.pass(1000);
    const first = world.tracker.make({ title: 'twin' });
    world.tracker.make({ title: 'twin' });
    expect(codes(await world.sync())).toEqual(['create_unsettled']);
    const result = await later(world);
    expect(result.failures).toMatchObject([{ code: 'create_unclear', retryable: false }]);
    await world.store.linkRef(draft.ref, world.tracker.ref(first));
    await world.sync();
    await world.sync();
    expect(world.tracker.titles()).toEqual(['twin', 'twin']);
    expect(await world.store.listIssues()).toHaveLength(2);
  });

  it('is asked again once nothing new was made for as long as the request could last', async () => {
    const world = new World();
    await world.draft({ title: 'late' });
    world.tracker.fail('create', lost);
    await world.sync();
    expect(codes(await world.sync())).toEqual(['create_unsettled']);
    expect(world.tracker.count('create')).toBe(1);
    await later(world);
    expect(world.tracker.titles()).toEqual(['late']);
  });
});

describe('creating', () => {
  it('makes parents before children, and drafts go on answering', async () => {
    const world = new World();
    const child = await world.draft({ title: 'child' });
    const parent = await world.draft({ title: 'parent' });
    await world.store.editIssue(child.ref, { parent: parent.ref });
    await world.sync();
    expect(world.tracker.titles()).toEqual(['parent', 'child']);
    const parentRef = (await world.store.getIssue(parent.ref))?.ref;
    expect(world.tracker.held('i2').parent).toEqual(parentRef);
    expect(await world.written(() => world.sync())).toEqual([]);
  });

  it('skips the children of a parent that cannot be made, with the reason', async () => {
    const world = new World({ capabilities: { limits: { titleLength: 10 } } });
    const parent = await world.draft({ title: 'much too long a title' });
    await world.draft({ title: 'child', parent: parent.ref });
    await world.draft({ title: 'free' });
    const result = await world.sync();
    expect(codes(result)).toEqual(['create_refused']);
    expect(result.skipped.map(({ reason }) => reason)).toContain('parent_failed');
    expect(world.tracker.titles()).toEqual(['free']);
  });

  it('makes parents that form a circle without one of them, and says so', async () => {
    const world = new World();
    const a = await world.draft({ title: 'a' });
    const b = await world.draft({ title: 'b', parent: a.ref });
    await world.store.editIssue(a.ref, { parent: b.ref });
    const result = await world.sync();
    expect(world.tracker.titles().sort()).toEqual(['a', 'b']);
    expect(result.skipped.map(({ reason }) => reason)).toContain('cycle');
  });

  it.each<[string, IssuePatch]>([
    ['labels', { labels: ['x'] }],
    ['body', { body: 'text' }],
    ['status', { status: 'done' }],
    ['customFields.x', { customFields: { x: 1 } }],
    ['links', { links: [{ type: 'blocks', target: { system: 'strict', workspace: 'w', id: 'i9' } }] }],
  ])('is refused with a value in %s where the tracker owns it', async (field, fields) => {
    const world = new World();
    const name = field.startsWith('customFields') ? 'customFields' : field;
    const policy = OwnershipPolicy.fromJSON({ mode: 'split_ownership', fieldOwners: { [name]: 'external' } });
    await world.draft({ title: 'refused', ...fields });
    const result = await world.sync({ policy });
    expect(result.failures).toMatchObject([
      { code: 'create_refused', fieldPath: field, operation: 'create' },
    ]);
    expect(world.tracker.writes).toBe(0);
  });

  it('takes todo and task as nothing, and what the tracker makes of them', async () => {
    const world = new World();
    const policy = OwnershipPolicy.split({ fieldOwners: { status: 'external', issueType: 'external' } });
    world.tracker.answer = (issue) => ({ ...issue, status: 'in_review' });
    const draft = await world.draft();
    await world.sync({ policy });
    expect((await world.store.getIssue(draft.ref))?.status).toBe('in_review');
  });

  it.each([
    ['at the top', { mission_key: 1 }, 'customFields.mission_key'],
    ['deep inside', { team: [{ feature_slug: 1 }] }, 'customFields.team[0].feature_slug'],
  ])('with a retired key %s is a failure of that issue alone', async (_name, customFields, path) => {
    const world = new World();
    await world.draft({ title: 'retired', customFields });
    await world.draft({ title: 'fine' });
    const result = await world.sync();
    expect(result.failures).toHaveLength(1);
    expect(JSON.stringify(result.failures[0])).toContain(path);
    expect(world.tracker.titles()).toEqual(['fine']);
  });

  it('leaves out a field that is refused by name, and keeps the rest', async () => {
    const world = new World();
    const draft = await world.draft({ title: 'kept', priority: 1 });
    world.tracker.fail('create', () => new CapabilityNotSupportedError('no', { capability: 'priority' }));
    const result = await world.sync();
    expect(result.failures).toMatchObject([{ code: 'field_refused', fieldPath: 'priority' }]);
    expect(world.tracker.held('i1')).toMatchObject({ title: 'kept', priority: null });
    expect((await world.store.getIssue(draft.ref))?.priority).toBe(1);
    expect(await world.written(() => world.sync())).toEqual([]);
  });

  it('asks for a ref that no agreement knows, and meets what is there', async () => {
    const world = new World();
    const id = world.tracker.make({ title: 'same', body: 'theirs' });
    await world.store.upsertIssue({ ...world.tracker.held(id), body: null, labels: ['ours'] });
    await world.engine().push();
    expect(world.tracker.count('create')).toBe(0);
    expect(world.tracker.held(id)).toMatchObject({ body: 'theirs', labels: ['ours'] });
    expect(await world.local(id)).toMatchObject({ body: 'theirs', labels: ['ours'] });
  });

  it.each([
    ['created where the tracker keeps the id', true, ['fresh'], []],
    ['a failure where it does not', false, [], ['not_found']],
  ] as const)(
    'a ref that the tracker does not have is %s',
    async (_name, supportsClientIds, titles, failures) => {
      const world = new World({ capabilities: { supportsClientIds } });
      const held = world.tracker.make({ title: 'fresh' }, 'chosen');
      const issue = world.tracker.held(held);
      world.tracker.issues.clear();
      await world.store.upsertIssue(issue);
      const result = await world.sync();
      expect(codes(result)).toEqual(failures);
      expect(world.tracker.titles()).toEqual(titles);
      if (supportsClientIds) expect([...world.tracker.issues.keys()]).toEqual(['chosen']);
    },
  );

  it('uses one key for one request, and another for the next', async () => {
    const world = new World({ capabilities: { supportsIdempotentCreate: true } });
    await world.draft({ title: 'first' });
    await world.draft({ title: 'second' });
    world.tracker.fail('create', lost, { times: 2 });
    await world.sync();
    const keys = world.tracker.calls.flatMap(({ options }) => options?.idempotencyKey ?? []);
    expect(new Set(keys.slice(0, 3)).size).toBe(1);
    expect(new Set(keys).size).toBe(2);
  });

  it('sends what the first try sent where a host edits meanwhile; the edit follows', async () => {
    const world = new World({ capabilities: { supportsIdempotentCreate: true } });
    const draft = await world.draft({ title: 'first' });
    let edited = false;
    world.tracker.on('before', async ({ operation }) => {
      if (operation !== 'create') return;
      if (edited) return;
      edited = true;
      await world.store.editIssue(draft.ref, { title: 'second' });
      throw lost();
    });
    await world.sync();
    expect(world.tracker.patches).toEqual([{ title: 'second' }]);
    expect(world.tracker.titles()).toEqual(['second']);
  });
});

it('is agreed on a link that the host made to a draft: nothing stays pending once both are there', async () => {
  const world = new World({ capabilities: { supportsLookupByKey: true } });
  const from = await world.imported({ title: 'from' });
  const draft = await world.draft({ title: 'to' });
  await world.store.editIssue(from.ref, { links: [{ type: 'relates_to', target: draft.ref }] });
  await world.sync();
  await later(world);
  expect(world.tracker.held(from.ref.id).links).toHaveLength(1);
  expect(await world.store.listIssues({ pending: true })).toEqual([]);
  expect(await world.written(() => world.sync())).toEqual([]);
});
