import type { CanonicalIssue, IssueField, WriteOptions } from '@spec-kitty/tracker-core';
import { describe, expect, it } from 'vitest';
import type { InMemoryConnector, InMemoryOptions } from '../src/index.ts';
import { newIssue, rejection, setup } from './fixtures.ts';

describe('creating', () => {
  it('counts ids and keys, stamps times by the clock of the tracker, and keeps every field', async () => {
    const { clock, connector } = setup();
    const parent = { system: 'memory', workspace: 'memory', id: 'p' };
    const fields = {
      title: 'T',
      body: 'B',
      status: 'in_review' as const,
      issueType: 'story' as const,
      priority: 1 as const,
      assignees: ['ada', 'bob'],
      labels: ['x'],
      parent,
      links: [{ type: 'relates_to' as const, target: { ...parent, id: 'r' } }],
      customFields: { a: { b: [1, null] } },
    };
    const issue = await connector.createIssue(newIssue(fields), { idempotencyKey: 'k' });
    expect(issue).toEqual({
      ...fields,
      ref: { system: 'memory', workspace: 'memory', id: '1', key: 'MEMORY-1' },
      createdAt: clock.now(),
      updatedAt: clock.now(),
      version: '1',
      correlationKey: 'k',
    });
    expect((await connector.createIssue(newIssue())).ref.key).toBe('MEMORY-2');
  });

  it('copies what it is given', async () => {
    const { connector } = setup();
    const given = newIssue({ labels: ['x'], customFields: { list: [1] } });
    const { ref } = await connector.createIssue(given);
    given.labels.push('y');
    Object.assign(given.customFields, { list: 2 });
    expect(await connector.getIssue(ref)).toMatchObject({ labels: ['x'], customFields: { list: [1] } });
  });

  it.each<[string, Partial<CanonicalIssue>, string, WriteOptions, 'same' | 'new' | 409]>([
    ['the same under one key', {}, 'draft:1', { idempotencyKey: 'k' }, 'same'],
    ['the same under another key', {}, 'draft:1', { idempotencyKey: 'other' }, 'new'],
    ['the same without a key', {}, 'draft:1', {}, 'new'],
    ['other content under one key', { title: 'Other' }, 'draft:1', { idempotencyKey: 'k' }, 409],
    ['another client id under one key', {}, 'chosen', { idempotencyKey: 'k' }, 409],
  ])('answers a second create, %s', async (_name, fields, id, options, expected) => {
    const { connector } = setup();
    const first = await connector.createIssue(newIssue(), { idempotencyKey: 'k' });
    await connector.updateIssue(first.ref, { title: 'Edited since' });
    const second = connector.createIssue(newIssue(fields, id), options);
    if (expected === 409)
      expect(await rejection(second)).toMatchObject({ statusCode: 409, failureClass: 'validation' });
    else if (expected === 'same')
      expect(await second).toMatchObject({ ref: first.ref, title: 'Edited since' });
    else expect((await second).ref.id).not.toBe(first.ref.id);
  });

  it('keeps the id that the client chose, once', async () => {
    const { connector, tracker } = setup();
    const create = (key: string): Promise<CanonicalIssue> =>
      connector.createIssue(newIssue({}, 'chosen'), { idempotencyKey: key });
    expect((await create('k')).ref.id).toBe('chosen');
    expect((await create('k')).ref.id).toBe('chosen');
    expect(await rejection(create('other'))).toMatchObject({ statusCode: 409 });
    tracker.remove({ system: 'memory', workspace: 'memory', id: 'chosen' });
    expect(await rejection(create('k'))).toMatchObject({ statusCode: 409 });
    expect(await rejection(create('third'))).toMatchObject({ statusCode: 409 });
  });

  it('finds by key what this account made', async () => {
    const { clock, connector, tracker } = setup();
    const made = await connector.createIssue(newIssue(), { idempotencyKey: 'k' });
    tracker.create({ title: 'a clone' }, { account: 'stranger', idempotencyKey: 'theirs' });
    expect(await connector.findByIdempotencyKeys(['k', 'theirs', 'none'])).toEqual(new Map([['k', made]]));
    expect(await connector.findByIdempotencyKeys(['k'], { since: clock.now() })).toHaveProperty('size', 1);
    clock.advance(1);
    expect(await connector.findByIdempotencyKeys(['k'], { since: clock.now() })).toHaveProperty('size', 0);
    const theirs = (await connector.listIssues({ limit: 5 })).items.find(
      (issue) => issue.title === 'a clone',
    );
    expect(theirs).not.toHaveProperty('correlationKey');
  });
});

describe('updating', () => {
  it('replaces the named fields, counts a version and moves the time; a change of nothing leaves no trace', async () => {
    const { clock, connector, tracker } = setup();
    const { ref } = tracker.create({ title: 'one', labels: ['x'] });
    clock.advance(1000);
    const updated = await connector.updateIssue(ref, { body: 'text', labels: [] });
    expect(updated).toMatchObject({
      title: 'one',
      body: 'text',
      labels: [],
      version: '2',
      updatedAt: clock.now(),
    });
    clock.advance(1000);
    expect(await connector.updateIssue(ref, { body: 'text' })).toEqual(updated);
  });

  it('sends sets and maps as differences against the state that the patch was made against', async () => {
    const { connector, tracker } = setup();
    const before = tracker.create({ title: 'one', labels: ['a', 'b'], customFields: { a: 1, b: 1 } });
    tracker.edit(before.ref, { labels: ['a', 'b', 'theirs'], customFields: { a: 1, b: 1, theirs: 1 } });
    const patch = { labels: ['a', 'ours'], customFields: { a: 2 } };
    const updated = await connector.updateIssue(before.ref, patch, { previous: before });
    expect(updated.labels).toEqual(['a', 'theirs', 'ours']);
    expect(updated.customFields).toEqual({ a: 2, theirs: 1 });
    expect((await connector.updateIssue(before.ref, patch)).labels).toEqual(['a', 'ours']);
  });

  it('refuses a version that has moved', async () => {
    const { connector, tracker } = setup();
    const { ref, version = '' } = tracker.create({ title: 'one' });
    await connector.updateIssue(ref, { title: 'two' }, { ifVersion: version });
    for (const call of [
      connector.updateIssue(ref, { title: 'three' }, { ifVersion: version }),
      connector.deleteIssue(ref, { ifVersion: version }),
      connector.upsertLink(ref, { type: 'blocks', target: ref }, { ifVersion: version }),
    ]) {
      expect(await rejection(call)).toMatchObject({ code: 'sync_conflict', moved: [{ id: ref.id }] });
    }
    expect(tracker.get(ref)?.title).toBe('two');
  });

  it('refuses an unknown key before any request', async () => {
    const { connector, tracker } = setup();
    const { ref } = tracker.create({ title: 'one' });
    const patch = Object.assign({ title: 'x' }, { updatedAt: null });
    const error = await rejection(connector.updateIssue(ref, patch));
    expect(error).toMatchObject({ code: 'issue_payload_contract', reason: 'PK-001', fieldPath: 'updatedAt' });
    expect(connector.faults.calls()).toBe(0);
  });

  it('refuses a parent below the issue, and writes the rest', async () => {
    const { connector, tracker } = setup();
    const top = tracker.create({ title: 'top' });
    const below = tracker.create({ title: 'below', parent: top.ref });
    const error = await rejection(connector.updateIssue(top.ref, { title: 'renamed', parent: below.ref }));
    expect(error).toMatchObject({
      code: 'fields_refused',
      refused: [{ field: 'parent', reason: 'it would make a cycle of parents' }],
      issue: { title: 'renamed', parent: null },
    });
  });

  it('transitions, and deletes; deleting what is gone is a success', async () => {
    const { connector, tracker } = setup();
    const { ref } = tracker.create({ title: 'one' });
    expect((await connector.transitionIssue(ref, 'done')).status).toBe('done');
    await connector.deleteIssue(ref);
    await connector.deleteIssue(ref);
    expect(tracker.get(ref)).toBeUndefined();
    expect(await rejection(connector.updateIssue(ref, { title: 'x' }))).toMatchObject({
      code: 'issue_not_found',
    });
  });

  it('writes in bulk, in order, each item on its own', async () => {
    const { connector, tracker } = setup();
    const { ref } = tracker.create({ title: 'one' });
    const missing = { ...ref, id: 'missing' };
    const created = await connector.createIssues([
      { issue: newIssue({ title: 'a' }), options: { idempotencyKey: '1' } },
      { issue: newIssue({ title: 'b' }, ref.id), options: {} },
    ]);
    expect(created.map((result) => (result.ok ? result.issue.title : result.error.code))).toEqual([
      'a',
      'connector_request',
    ]);
    const updated = await connector.updateIssues([
      { ref: missing, patch: { title: 'x' }, options: {} },
      { ref, patch: { title: 'y' }, options: {} },
      { ref, patch: { title: 'z' }, options: { ifVersion: '1' } },
    ]);
    expect(updated.map((result) => (result.ok ? result.issue.title : result.error.code))).toEqual([
      'issue_not_found',
      'y',
      'sync_conflict',
    ]);
  });
});

describe('links', () => {
  it.each([
    ['blocks', 'blocked_by'],
    ['blocked_by', 'blocks'],
    ['relates_to', 'relates_to'],
    ['duplicates', undefined],
  ] as const)('%s shows at its target as %s', async (type, inverse) => {
    const { connector, tracker } = setup();
    const a = tracker.create({ title: 'a' }).ref;
    const b = tracker.create({ title: 'b' }).ref;
    await connector.upsertLink(a, { type, target: b });
    await connector.upsertLink(a, { type, target: b });
    expect((await connector.getIssue(a)).links).toEqual([{ type, target: b }]);
    expect((await connector.getIssue(b)).links).toEqual(inverse ? [{ type: inverse, target: a }] : []);
    await connector.removeLink(a, { type, target: b });
    await connector.removeLink(a, { type, target: b });
    expect((await connector.getIssue(a)).links).toEqual([]);
    expect((await connector.getIssue(b)).links).toEqual([]);
  });

  it('need no issue at their end, follow a patch, and go when an issue is deleted', async () => {
    const { connector, tracker } = setup();
    const a = tracker.create({ title: 'a' }).ref;
    const b = tracker.create({ title: 'b' }).ref;
    const far = { system: 'github', workspace: 'o/r', id: '9' };
    await connector.upsertLink(a, { type: 'blocks', target: far });
    await connector.updateIssue(a, { links: [{ type: 'blocks', target: b }] });
    expect((await connector.getIssue(b)).links).toEqual([{ type: 'blocked_by', target: a }]);
    await connector.deleteIssue(a);
    expect((await connector.getIssue(b)).links).toEqual([]);
  });

  it('of hierarchy are the parent', async () => {
    const { connector, tracker } = setup();
    const a = tracker.create({ title: 'a' }).ref;
    const b = tracker.create({ title: 'b' }).ref;
    const c = tracker.create({ title: 'c' }).ref;
    await connector.upsertLink(b, { type: 'child_of', target: a });
    await connector.upsertLink(b, { type: 'parent_of', target: c });
    expect([tracker.get(b), tracker.get(c)].map((issue) => [issue?.parent, issue?.links])).toEqual([
      [a, []],
      [b, []],
    ]);
    const cycle = connector.upsertLink(a, { type: 'child_of', target: c });
    expect(await rejection(cycle)).toMatchObject({ statusCode: 422, fieldPath: 'parent' });
    await connector.removeLink(b, { type: 'child_of', target: a });
    await connector.removeLink(b, { type: 'parent_of', target: c });
    expect([tracker.get(b)?.parent, tracker.get(c)?.parent]).toEqual([null, null]);
  });
});

describe('comments', () => {
  it('are added once a key, listed and edited; a person keeps their own', async () => {
    const { connector, tracker } = setup();
    const { ref } = tracker.create({ title: 'one' });
    await connector.addComment(ref, 'hello', { idempotencyKey: 'k' });
    await connector.addComment(ref, 'hello', { idempotencyKey: 'k' });
    tracker.comment(ref, 'theirs');
    const [ours, theirs] = await connector.listComments(ref);
    expect([ours?.ours, ours?.body, theirs?.ours, theirs?.author]).toEqual([true, 'hello', false, 'person']);
    await connector.updateComment(ref, ours?.id ?? '', 'edited');
    expect((await connector.listComments(ref)).map((comment) => comment.body)).toEqual(['edited', 'theirs']);
    const refused = connector.updateComment(ref, theirs?.id ?? '', 'x');
    expect(await rejection(refused)).toMatchObject({ failureClass: 'permission' });
    expect(await rejection(connector.updateComment(ref, 'none', 'x'))).toMatchObject({
      code: 'issue_not_found',
    });
    expect(tracker.get(ref)?.version).toBe('1');
  });
});

describe('a lesser tracker', () => {
  const other = { system: 'memory', workspace: 'memory', id: '2' };
  const calls: Record<string, (c: InMemoryConnector, ref: CanonicalIssue['ref']) => Promise<unknown>> = {
    update: (c, ref) => c.updateIssue(ref, { title: 'x' }),
    create: (c) => c.createIssue(newIssue()),
    delete: (c, ref) => c.deleteIssue(ref),
    comment: (c, ref) => c.addComment(ref, 'x'),
    listComments: (c, ref) => c.listComments(ref),
    updateComment: (c, ref) => c.updateComment(ref, '1', 'x'),
    link: (c, ref) => c.upsertLink(ref, { type: 'blocks', target: other }),
    child: (c, ref) => c.upsertLink(ref, { type: 'child_of', target: other }),
    unlink: (c, ref) => c.removeLink(ref, { type: 'blocks', target: other }),
    getIssues: (c, ref) => c.getIssues([ref]),
    createIssues: (c) => c.createIssues([]),
    updateIssues: (c) => c.updateIssues([]),
    find: (c) => c.findByIdempotencyKeys(['k']),
    close: (c, ref) => c.transitionIssue(ref, 'done'),
    ifVersion: (c, ref) => c.updateIssue(ref, { title: 'x' }, { ifVersion: '1' }),
    webhook: (c) => c.parseWebhook({ headers: {}, body: new Uint8Array() }),
    parent: (c, ref) => c.updateIssue(ref, { parent: other }),
    customFields: (c, ref) => c.updateIssue(ref, { customFields: {} }),
    assignees: (c, ref) => c.updateIssue(ref, { assignees: [] }),
    createWithLabels: (c) => c.createIssue(newIssue({ labels: ['x'] })),
  };

  it.each<[InMemoryOptions['capabilities'], string[], string]>([
    [
      { supportsWrite: false },
      ['create', 'update', 'delete', 'comment', 'link', 'unlink', 'close'],
      'supportsWrite',
    ],
    [{ supportsDelete: false }, ['delete'], 'supportsDelete'],
    [{ supportsComments: false }, ['comment'], 'supportsComments'],
    [{ supportsCommentEdits: false }, ['listComments', 'updateComment'], 'supportsCommentEdits'],
    [{ supportsDependencies: false }, ['link', 'unlink'], 'links'],
    [{ supportsHierarchy: false }, ['child', 'parent'], 'parent'],
    [{ supportsBulkRead: false }, ['getIssues'], 'supportsBulkRead'],
    [{ supportsBulkWrite: false }, ['createIssues', 'updateIssues'], 'supportsBulkWrite'],
    [{ supportsLookupByKey: false }, ['find'], 'supportsLookupByKey'],
    [{ supportsTerminalTransition: false }, ['close'], 'supportsTerminalTransition'],
    [{ supportsOptimisticConcurrency: false }, ['ifVersion'], 'supportsOptimisticConcurrency'],
    [{ supportsCustomFields: false }, ['customFields'], 'customFields'],
    [{ supportsAssignment: false }, ['assignees'], 'assignees'],
    [{ fields: { labels: 'none' } }, ['createWithLabels'], 'labels'],
    [{}, ['webhook'], 'supportsWebhooks'],
  ])('%j refuses %j', async (capabilities, names, capability) => {
    const { connector, tracker } = setup(capabilities ? { capabilities } : {});
    const { ref } = tracker.create({ title: 'one' });
    for (const name of names) {
      const call = calls[name];
      if (!call) throw new Error(`no call ${name}`);
      expect(await rejection(call(connector, ref)), name).toMatchObject({
        code: 'capability_not_supported',
        capability,
      });
    }
    expect(tracker.exportState().sequence).toBe(1);
  });

  it('says what it can do, and reads what it cannot hold as empty', async () => {
    const { connector, tracker } = setup({
      capabilities: {
        supportsHierarchy: false,
        supportsOptimisticConcurrency: false,
        supportsLookupByKey: false,
      },
      statuses: { blocked: 'todo' },
    });
    const capabilities = await connector.getCapabilities();
    expect(capabilities).toMatchObject({ supportsHierarchy: false, fields: { status: 'lossy' } });
    const { ref } = tracker.create({ title: 'one', parent: other, status: 'blocked' });
    const read = await connector.getIssue(ref);
    expect(read).toMatchObject({ parent: null, status: 'todo' });
    expect(read).not.toHaveProperty('version');
    expect(tracker.get(ref)?.status).toBe('blocked');
    await connector.updateIssue(ref, { title: 'two' });
    expect(tracker.get(ref)?.status).toBe('blocked');
    expect((await connector.updateIssue(ref, { status: 'blocked' })).status).toBe('todo');
    expect(await connector.createIssue(newIssue(), { idempotencyKey: 'k' })).not.toHaveProperty(
      'correlationKey',
    );
  });

  it('without client ids and idempotency makes another issue each time', async () => {
    const { connector } = setup({
      capabilities: { supportsClientIds: false, supportsIdempotentCreate: false },
    });
    const ids: string[] = [];
    for (let i = 0; i < 2; i++) {
      ids.push((await connector.createIssue(newIssue({}, 'chosen'), { idempotencyKey: 'k' })).ref.id);
    }
    expect(ids).toEqual(['1', '2']);
    expect((await connector.findByIdempotencyKeys(['k'])).get('k')?.ref.id).toBe('1');
  });

  it('folds labels into the spelling that it saw first', async () => {
    const { connector, tracker } = setup({ capabilities: { foldsCase: ['labels'] } });
    const first = await connector.createIssue(newIssue({ labels: ['Bug'] }));
    const second = await connector.createIssue(newIssue({ labels: ['bug', 'BUG', 'new'] }));
    expect(second.labels).toEqual(['Bug', 'new']);
    expect((await connector.updateIssue(first.ref, { labels: ['bug'] })).version).toBe('1');
    expect((await connector.listIssues({ limit: 5, filters: { labels: ['BUG'] } })).items).toHaveLength(2);
    tracker.edit(first.ref, { labels: ['Bug', 'bUG'] });
    expect((await connector.getIssue(first.ref)).labels).toEqual(['Bug']);
  });

  it.each<[InMemoryOptions, IssueField, Partial<CanonicalIssue>]>([
    [{ capabilities: { limits: { titleLength: 3 } } }, 'title', { title: 'long' }],
    [{ capabilities: { limits: { bodyLength: 3 } } }, 'body', { body: 'long' }],
    [{ capabilities: { limits: { labelLength: 3 } } }, 'labels', { labels: ['long'] }],
    [{ capabilities: { supportsMultiAssignee: false } }, 'assignees', { assignees: ['a', 'b'] }],
    [
      { refuse: (field) => (field === 'status' ? 'no such transition' : undefined) },
      'status',
      { status: 'done' },
    ],
  ])('refuses single fields: %#', async (options, field, fields) => {
    const { connector, tracker } = setup(options);
    const { ref } = tracker.create({ title: 'one' });
    const error = await rejection(connector.updateIssue(ref, { priority: 2, ...fields }));
    expect(error).toMatchObject({ code: 'fields_refused', refused: [{ field }], issue: { priority: 2 } });
    const create = options.refuse ? undefined : connector.createIssue(newIssue(fields));
    if (create) expect(await rejection(create)).toMatchObject({ statusCode: 422, fieldPath: field });
  });

  it('holds what it makes of the fields, and takes whole values where it knows no differences', async () => {
    const { connector, tracker } = setup({
      wholeValues: true,
      holds: (fields) => ({ ...fields, body: fields.body?.trim() ?? null }),
    });
    const before = tracker.create({ title: 'one', labels: ['a'] });
    tracker.edit(before.ref, { labels: ['a', 'theirs'] });
    const after = await connector.updateIssue(
      before.ref,
      { body: ' x ', labels: ['b'] },
      { previous: before },
    );
    expect(after).toMatchObject({ body: 'x', labels: ['b'] });
  });

  it('pages no larger than its limit, in no order, and with times of its grain', async () => {
    const { clock, connector, tracker } = setup({
      capabilities: { limits: { pageSize: 2, batchSize: 1 }, ordering: 'none', timeGranularityMs: 1000 },
    });
    clock.advance(1);
    const refs = ['a', 'b', 'c'].map((title) => tracker.create({ title }).ref);
    clock.advance(500);
    const page = await connector.listIssues({ limit: 100, updatedSince: clock.now() });
    expect(page.items.map((issue) => issue.title)).toEqual(['b', 'a']);
    expect(page.items[0]?.updatedAt).toBe('2030-01-01T00:00:00.000Z');
    expect(await rejection(connector.getIssues(refs))).toMatchObject({ statusCode: 400 });
  });

  it('has another fingerprint when it maps otherwise', () => {
    expect(setup().connector.mapping).toBe(setup().connector.mapping);
    expect(setup({ statuses: { blocked: 'todo' } }).connector.mapping).not.toBe(setup().connector.mapping);
  });

  it('refuses capabilities that are none', () => {
    expect(() => setup({ capabilities: { lagMs: -1 } })).toThrow(
      expect.objectContaining({ code: 'connector_config', fieldPath: 'capabilities.lagMs' }),
    );
  });
});
