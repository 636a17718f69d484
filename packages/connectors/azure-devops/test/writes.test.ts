import type { WriteResult } from '@spec-kitty/tracker-core';
import { describe, expect, it, test } from 'vitest';
import { connectorOf, draft, emulatorOf, personAt, refOf, refTo } from './fixtures.ts';

const codes = (results: WriteResult[]): string[] => results.map((one) => (one.ok ? 'ok' : one.error.code));
const fieldOf = (result: WriteResult | undefined): unknown =>
  result?.ok === false ? Reflect.get(result.error, 'fieldPath') : undefined;

describe('states and types', () => {
  it.each([
    ['Task', 'New', 'todo'],
    ['Bug', 'Resolved', 'in_review'],
    ['User Story', 'Active', 'in_progress'],
    ['Feature', 'Closed', 'done'],
    ['Epic', 'Removed', 'canceled'],
  ] as const)('of a %s, %s is %s by its category', async (type, state, status) => {
    const emulator = emulatorOf();
    const { id } = personAt(emulator).create({ title: 'one' }, type);
    emulator.state.change(id, { state });
    expect((await connectorOf(emulator).getIssue(refTo(id))).status).toBe(status);
  });

  it('that are configured stand before their categories, where a type has them', async () => {
    const process = {
      Task: [
        { name: 'Open', category: 'Proposed' },
        { name: 'Waiting', category: 'InProgress' },
        { name: 'Doing', category: 'InProgress' },
        { name: 'Done', category: 'Completed' },
      ],
      Improvement: [
        { name: 'New', category: 'Proposed' },
        { name: 'Done', category: 'Completed' },
      ],
    } as const;
    const emulator = emulatorOf({ process });
    const connector = connectorOf(emulator, {
      stateMap: { blocked: 'waiting' },
      typeMap: { chore: 'Improvement' },
    });
    const made = await connector.createIssue(draft({ title: 'one', status: 'blocked' }));
    expect([made.status, emulator.state.item(Number(made.ref.id)).state]).toEqual(['blocked', 'Waiting']);
    expect((await connector.updateIssue(made.ref, { status: 'in_progress' })).status).toBe('in_progress');
    expect(emulator.state.item(Number(made.ref.id)).state).toBe('Doing');
    const chore = await connector.createIssue(draft({ title: 'two', issueType: 'chore', status: 'done' }));
    expect([chore.issueType, chore.status]).toEqual(['chore', 'done']);
    await expect(connector.updateIssue(chore.ref, { status: 'blocked' })).rejects.toMatchObject({
      code: 'capability_not_supported',
      fieldPath: 'status',
    });
    await expect(connector.createIssue(draft({ title: 'three', issueType: 'bug' }))).rejects.toMatchObject({
      fieldPath: 'issueType',
    });
  });

  it('change together: the state of the new type means the same', async () => {
    const emulator = emulatorOf();
    const item = personAt(emulator).create({ title: 'one', status: 'done' });
    const connector = connectorOf(emulator);
    expect(await connector.updateIssue(refOf(item), { issueType: 'bug' })).toMatchObject({
      issueType: 'bug',
      status: 'done',
    });
    await connector.updateIssue(refOf(item), { issueType: 'epic', status: 'canceled' });
    // A bug cannot be removed.
    const back = connector.updateIssue(refOf(item), { issueType: 'bug' });
    await expect(back).rejects.toMatchObject({ fieldPath: 'issueType' });
    expect(emulator.state.item(item.id)).toMatchObject({ type: 'Epic', state: 'Removed' });
  });

  it('of the basic process are known, too', async () => {
    const connector = connectorOf(emulatorOf({ process: 'basic' }));
    const made = await connector.createIssue(
      draft({ title: 'one', issueType: 'story', status: 'in_progress' }),
    );
    expect([made.issueType, made.status]).toEqual(['story', 'in_progress']);
  });
});

describe('what Azure DevOps refuses', () => {
  it.each([
    ['title', { title: 'two\nlines' }],
    ['title', { title: ' indented' }],
    ['body', { body: 'NUL \u0000' }],
    ['labels', { labels: ['a;b'] }],
    ['labels', { labels: Array.from({ length: 100 }, (_, index) => `label ${index}`) }],
    ['assignees', { assignees: ['ada@acme.example', 'grace@acme.example'] }],
    ['priority', { priority: 4 as const }],
    ['priority', { priority: null }],
    ['customFields', { customFields: { a: 1 } }],
    ['parent', { parent: { ...refTo(2), workspace: 'acme/Other' } }],
    ['links', { links: [{ type: 'blocks' as const, target: refTo(2) }] }],
  ])('for %s is named before anything is sent', async (field, patch) => {
    const emulator = emulatorOf();
    const item = personAt(emulator).create({ title: 'one' });
    const write = connectorOf(emulator).updateIssue(refOf(item), { status: 'done', ...patch });
    await expect(write).rejects.toMatchObject({ code: 'capability_not_supported', fieldPath: field });
    expect(emulator.log.all.some(({ kind }) => kind === 'write')).toBe(false);
  });

  it.each([
    ['assignees', { assignees: ['nobody'] }],
    ['parent', { parent: refTo(99) }],
  ])('for %s is named, and nothing of the patch is done', async (field, patch) => {
    const emulator = emulatorOf();
    const item = personAt(emulator).create({ title: 'one' });
    const write = connectorOf(emulator).updateIssue(refOf(item), { title: 'changed', ...patch });
    await expect(write).rejects.toMatchObject({ code: 'capability_not_supported', fieldPath: field });
    expect(emulator.state.item(item.id)).toMatchObject({ title: 'one', rev: 1 });
  });

  it('of a circle of parents is named', async () => {
    const emulator = emulatorOf();
    const [one, two] = [
      personAt(emulator).create({ title: 'one' }),
      personAt(emulator).create({ title: 'two' }),
    ];
    const connector = connectorOf(emulator);
    await connector.updateIssue(refOf(two), { parent: refOf(one) });
    await expect(connector.updateIssue(refOf(one), { parent: refOf(two) })).rejects.toMatchObject({
      code: 'capability_not_supported',
      fieldPath: 'parent',
    });
  });

  it('of many is told for each, and the others are written', async () => {
    const emulator = emulatorOf();
    const connector = connectorOf(emulator);
    const many = Array.from({ length: 230 }, (_, index) => ({
      issue: draft({
        title: `issue ${index}`,
        ...(index === 7 ? { assignees: ['nobody'] } : {}),
        ...(index === 121 ? { parent: refTo(999) } : {}),
        ...(index === 200 ? { status: 'blocked' as const } : {}),
        ...(index % 10 === 0 && index !== 200 ? { status: 'done' as const } : {}),
      }),
      options: { idempotencyKey: `key-${index}` },
    }));
    const results = await connector.createIssues(many);
    const failed = [...results.entries()].flatMap(([index, one]) => (one.ok ? [] : [[index, fieldOf(one)]]));
    expect(failed).toEqual([
      [7, 'assignees'],
      [121, 'parent'],
      [200, 'status'],
    ]);
    expect(results[20]).toMatchObject({ ok: true, issue: { title: 'issue 20', status: 'done' } });
    expect(emulator.log.counts()).toMatchObject({ 'GET workitemtypes': 1, 'PATCH $batch': 4 });
  });
});

describe('a create of which the state cannot be written', () => {
  async function created(answer: (request: Request) => Response | undefined) {
    const emulator = emulatorOf();
    const fetch: typeof globalThis.fetch = async (input, init) => {
      const request = new Request(input, init);
      const moves = request.method === 'PATCH' && /workitems\/\d/.test(await request.clone().text());
      return (moves ? answer(request) : undefined) ?? emulator.fetch(request);
    };
    const connector = connectorOf({ ...emulator, fetch });
    const create = connector.createIssue(draft({ title: 'one', status: 'done' }), {
      idempotencyKey: 'key-1',
    });
    return { emulator, error: await create.catch((caught: unknown) => caught) };
  }
  const batch = (code: number, body: object): Response =>
    Response.json({ count: 1, value: [{ code, headers: {}, body: JSON.stringify(body) }] });

  it.each([
    ['a limit', () => new Response('slow down', { status: 429 })],
    [
      'a token that ended',
      () => new Response('<html>', { status: 203, headers: { 'content-type': 'text/html' } }),
    ],
    ['a limit of its own', () => batch(429, { message: 'TF400733' })],
    ['no answer to it', () => Response.json({ count: 0, value: [] })],
  ])('for %s is unclear: whoever looks for its key finds it', async (_what, answer) => {
    const { emulator, error } = await created(answer);
    expect(error).toMatchObject({ code: 'connector_request', failureClass: 'transient' });
    expect([...(await connectorOf(emulator).findByIdempotencyKeys(['key-1'])).keys()]).toEqual(['key-1']);
  });

  it('since a rule forbids it is there, with the status that it has', async () => {
    const { error } = await created(() =>
      batch(400, { message: 'TF401320', customProperties: { FieldReferenceName: 'System.State' } }),
    );
    expect(error).toMatchObject({
      code: 'fields_refused',
      refused: [{ field: 'status' }],
      issue: { title: 'one', status: 'todo', correlationKey: 'key-1' },
    });
  });
});

test.each([
  ['nothing of it', 'x'],
  ['something else', '{"value":[{"code":"200"}]}'],
  ['an item that nobody can read', '{"value":[{"code":200,"body":"{}"}]}'],
])('a create of which the answer shows %s is unclear', async (_what, text) => {
  const emulator = emulatorOf();
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    const answer = await emulator.fetch(request);
    return request.method === 'PATCH' ? new Response(text) : answer;
  };
  const create = connectorOf({ ...emulator, fetch }).createIssue(draft({ title: 'one' }), {
    idempotencyKey: 'key-1',
  });
  await expect(create).rejects.toMatchObject({ failureClass: 'transient' });
  expect((await connectorOf(emulator).findByIdempotencyKeys(['key-1'])).size).toBe(1);
});

test('a create that cannot be shown is unclear, and leaves the others alone', async () => {
  const emulator = emulatorOf();
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const answer = await emulator.fetch(input, init);
    const changed = (await answer.text()).replaceAll(
      '\\"System.Title\\":\\"bad\\"',
      '\\"System.Title\\":\\" \\"',
    );
    return new Response(changed, answer);
  };
  const items = ['good', 'bad'].map((title) => ({
    issue: draft({ title }),
    options: { idempotencyKey: title },
  }));
  const results = await connectorOf({ ...emulator, fetch }).createIssues(items);
  expect(results).toMatchObject([
    { ok: true, issue: { title: 'good' } },
    { ok: false, error: { failureClass: 'transient' } },
  ]);
});

describe('a write onto what somebody changes meanwhile', () => {
  function racing(times: number) {
    const emulator = emulatorOf();
    const person = personAt(emulator);
    const item = person.create({ title: 'one', labels: ['bug', 'old'] });
    let left = times;
    const fetch: typeof globalThis.fetch = async (input, init) => {
      const request = new Request(input, init);
      if (request.method === 'PATCH' && left > 0) {
        left -= 1;
        person.edit(refOf(item), { labels: ['bug', `theirs ${left}`] });
      }
      return emulator.fetch(request);
    };
    return { emulator, item, connector: connectorOf({ ...emulator, fetch }) };
  }

  it('is merged with it, and written again', async () => {
    const { emulator, item, connector } = racing(2);
    const previous = await connector.getIssue(refOf(item));
    const patch = { title: 'ours', labels: ['bug', 'ours'] };
    const done = await connector.updateIssue(refOf(item), patch, { previous });
    expect([done.title, done.labels]).toEqual(['ours', ['bug', 'ours', 'theirs 0']]);
    expect(emulator.log.counts()['PATCH $batch']).toBe(3);
  });

  it('that does not end is a conflict, and so is every one with a version', async () => {
    const endless = racing(100);
    await expect(endless.connector.updateIssue(refOf(endless.item), { title: 'x' })).rejects.toMatchObject({
      code: 'sync_conflict',
    });
    const once = racing(1);
    const write = once.connector.updateIssue(refOf(once.item), { title: 'x' }, { ifVersion: '1' });
    await expect(write).rejects.toMatchObject({ code: 'sync_conflict' });
  });

  it.each([
    [412, 'VS403351: Test Operation for path /rev failed.'],
    [409, 'The work item was changed.'],
    [400, 'TF26071: This work item has been changed by someone else since you opened it.'],
  ])('is told by %i, as older versions do, too', async (code, message) => {
    const emulator = emulatorOf();
    const item = personAt(emulator).create({ title: 'one' });
    const fetch: typeof globalThis.fetch = async (input, init) => {
      const request = new Request(input, init);
      const value = [{ code, headers: {}, body: JSON.stringify({ message }) }];
      return request.method === 'PATCH' ? Response.json({ count: 1, value }) : emulator.fetch(request);
    };
    const write = connectorOf({ ...emulator, fetch }).updateIssue(
      refOf(item),
      { title: 'x' },
      { ifVersion: '1' },
    );
    await expect(write).rejects.toMatchObject({ code: 'sync_conflict' });
  });

  it('in one call is one after the other', async () => {
    const emulator = emulatorOf();
    const item = personAt(emulator).create({ title: 'one' });
    const patches = Array.from({ length: 6 }, (_, index) => ({
      ref: refOf(item),
      patch: { title: `title ${index}` },
      options: {},
    }));
    expect(codes(await connectorOf(emulator).updateIssues(patches))).toEqual(Array(6).fill('ok'));
    expect(emulator.state.item(item.id)).toMatchObject({ title: 'title 5', rev: 7 });
  });
});

describe('a description', () => {
  it('that is not touched is not written, whatever else is', async () => {
    const emulator = emulatorOf();
    const html = '<div style="color:red">red &nbsp; text</div><p>two</p>';
    const item = personAt(emulator).create({ title: 'one', body: html });
    const connector = connectorOf(emulator);
    const { body } = await connector.getIssue(refOf(item));
    await connector.updateIssue(refOf(item), { title: 'two', body });
    expect(emulator.state.item(item.id)).toMatchObject({ title: 'two', description: html });
    await connector.updateIssue(refOf(item), { body: `${body}\n\nmore` });
    expect(emulator.state.item(item.id).description).toBe(`${html}<p>more</p>`);
    expect((await connector.updateIssue(refOf(item), { body: null })).body).toBeNull();
  });

  it('that is Markdown at Azure DevOps is written as it is', async () => {
    const emulator = emulatorOf();
    const item = personAt(emulator).create({ title: 'one' });
    emulator.state.change(item.id, { isMarkdown: true, description: '_one_ <b>x</b>' });
    const connector = connectorOf(emulator);
    expect((await connector.getIssue(refOf(item))).body).toBe('_one_ <b>x</b>');
    expect((await connector.updateIssue(refOf(item), { body: '* two' })).body).toBe('* two');
    expect(emulator.state.item(item.id)).toMatchObject({ isMarkdown: true, description: '* two' });
  });
});

describe('links', () => {
  it.each([
    ['blocks', 'blocked_by'],
    ['blocked_by', 'blocks'],
    ['relates_to', 'relates_to'],
  ] as const)('that say %s say %s at their other end', async (type, inverse) => {
    const emulator = emulatorOf();
    const [one, two] = [
      personAt(emulator).create({ title: 'one' }),
      personAt(emulator).create({ title: 'two' }),
    ];
    const connector = connectorOf(emulator);
    await connector.upsertLink(refOf(one), { type, target: refOf(two) });
    const { links } = await connector.getIssue(refOf(two));
    expect(links).toMatchObject([{ type: inverse, target: refOf(one) }]);
  });

  it('to what is not there name it, and to itself are refused', async () => {
    const emulator = emulatorOf();
    const item = personAt(emulator).create({ title: 'one' });
    const connector = connectorOf(emulator);
    for (const type of ['blocks', 'duplicates', 'child_of', 'parent_of'] as const)
      await expect(connector.upsertLink(refOf(item), { type, target: refTo(99) })).rejects.toMatchObject({
        code: 'issue_not_found',
        issueRef: { id: '99' },
      });
    const itself = connector.upsertLink(refOf(item), { type: 'blocks', target: refOf(item) });
    await expect(itself).rejects.toMatchObject({ code: 'capability_not_supported', fieldPath: 'links' });
  });

  it('to a parent take the place of another one', async () => {
    const emulator = emulatorOf();
    const [one, two, child] = ['one', 'two', 'child'].map((title) => personAt(emulator).create({ title }));
    const connector = connectorOf(emulator);
    const ref = refTo(child?.id ?? 0);
    await connector.upsertLink(ref, { type: 'relates_to', target: refTo(two?.id ?? 0) });
    await connector.upsertLink(ref, { type: 'child_of', target: refTo(one?.id ?? 0) });
    await connector.upsertLink(refTo(two?.id ?? 0), { type: 'parent_of', target: ref });
    expect(await connector.getIssue(ref)).toMatchObject({ parent: refTo(two?.id ?? 0), links: [{}] });
    await connector.removeLink(ref, { type: 'child_of', target: refTo(two?.id ?? 0) });
    expect(await connector.getIssue(ref)).toMatchObject({ parent: null, links: [{}] });
  });

  it('are removed by the place that they have now', async () => {
    const emulator = emulatorOf({ linksMakeRevisions: true });
    const [one, two, three] = ['one', 'two', 'three'].map((title) => personAt(emulator).create({ title }).id);
    const related = (target: number | undefined) => ({
      rel: 'System.LinkTypes.Related',
      target: target ?? 0,
    });
    emulator.state.change(one ?? 0, { relations: [related(two), related(three)] });
    let races = true;
    const fetch: typeof globalThis.fetch = async (input, init) => {
      const request = new Request(input, init);
      if (races && request.method === 'PATCH') {
        races = false;
        emulator.state.change(one ?? 0, { relations: [related(three)] });
      }
      return emulator.fetch(request);
    };
    const connector = connectorOf({ ...emulator, fetch });
    await connector.removeLink(refTo(one ?? 0), { type: 'relates_to', target: refTo(two ?? 0) });
    const { links } = await connector.getIssue(refTo(one ?? 0));
    expect(links.map(({ target }) => target.id)).toEqual([String(three)]);
  });
});

test('a limit stops what is left, and what was written before is told', async () => {
  const emulator = emulatorOf();
  let batches = 0;
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    if (request.method === 'PATCH') batches += 1;
    return batches === 2
      ? new Response('later', { status: 429, headers: { 'retry-after': '300' } })
      : emulator.fetch(request);
  };
  const items = Array.from({ length: 150 }, (_, index) => ({
    issue: draft({ title: `issue ${index}` }),
    options: {},
  }));
  const results = await connectorOf({ ...emulator, fetch }).createIssues(items);
  expect([results.filter(({ ok }) => ok).length, results[149]]).toMatchObject([
    100,
    { ok: false, error: { failureClass: 'rate_limit', retryAfterMs: 300_000 } },
  ]);
  expect(batches).toBe(2);
});
