import { describe, expect, it, test } from 'vitest';
import { connectorOf, draft, emulatorOf, personAt, refOf } from './fixtures.ts';

const WRITES = /^(?:POST|PUT|DELETE) /;

describe('labels', () => {
  it('that stand for something take the place of their kind, and of no other', async () => {
    for (const tier of ['premium', 'free'] as const) {
      const emulator = emulatorOf({ tier });
      const labels = ['bug', 'status::blocked', 'priority::low', 'team::x'];
      const issue = emulator.state.create('ada', { title: 'one', labels });
      const connector = connectorOf(emulator);
      const ref = refOf(issue);
      expect(await connector.getIssue(ref)).toMatchObject({
        status: 'blocked',
        priority: 3,
        labels: ['bug', 'team::x'],
      });
      await connector.updateIssue(ref, { status: 'in_review', priority: null });
      expect(issue.labels.toSorted()).toEqual(['bug', 'status::in-review', 'team::x']);
      await connector.updateIssue(ref, { status: 'canceled' });
      expect([issue.state, issue.labels.toSorted()]).toEqual([
        'closed',
        ['bug', 'status::canceled', 'team::x'],
      ]);
      await connector.updateIssue(ref, { status: 'done' });
      expect([issue.state, issue.labels.toSorted()]).toEqual(['closed', ['bug', 'team::x']]);
      await connector.updateIssue(ref, { status: 'todo' });
      expect([issue.state, issue.labels.toSorted()]).toEqual(['opened', ['bug', 'team::x']]);
    }
  });

  it('that a person adds or takes away meanwhile stay so, and so do assignees', async () => {
    const emulator = emulatorOf();
    const person = personAt(emulator);
    const issue = person.create({ title: 'one', labels: ['bug', 'help wanted'], assignees: ['ada'] });
    const connector = connectorOf(emulator);
    const previous = await connector.getIssue(refOf(issue));
    emulator.time.advance(120_000);
    person.edit(refOf(issue), { labels: ['help wanted', 'theirs'], assignees: ['grace'] });
    const patch = { labels: ['bug', 'help wanted', 'ours'], assignees: ['ada', 'linus'] };
    const written = await connector.updateIssue(refOf(issue), patch, { previous });
    expect(written.labels.toSorted()).toEqual(['help wanted', 'ours', 'theirs']);
    expect(written.assignees.toSorted()).toEqual(['grace', 'linus']);
  });

  it.each([
    ['status::blocked', 'stands for'],
    ['a,b', ','],
    ['<b>', '<'],
    ['x &amp; y', '&amp;'],
    [' spaced', 'keep'],
    ['x'.repeat(256), '255'],
  ])('%j is refused before anything is sent', async (label, reason) => {
    const emulator = emulatorOf();
    const ref = refOf(personAt(emulator).create({ title: 'one' }));
    const write = connectorOf(emulator).updateIssue(ref, { title: 'never', labels: [label] });
    await expect(write).rejects.toMatchObject({ code: 'capability_not_supported', fieldPath: 'labels' });
    await expect(write).rejects.toThrow(reason);
    expect(Object.keys(emulator.log.counts()).filter((name) => WRITES.test(name))).toEqual([]);
  });

  it('of types come before the types of GitLab, which are written where there is no label', async () => {
    const emulator = emulatorOf();
    const connector = connectorOf(emulator, { typeLabels: { epic: 'kind::epic' } });
    const created = await connector.createIssue(draft({ title: 'one', issueType: 'bug' }));
    const issue = emulator.state.byNumber(emulator.state.project, Number(created.ref.id));
    expect([created.issueType, issue.type, issue.labels]).toEqual(['bug', 'incident', []]);
    expect((await connector.updateIssue(created.ref, { issueType: 'epic' })).issueType).toBe('epic');
    expect((await connector.updateIssue(created.ref, { issueType: 'task' })).issueType).toBe('task');
    expect([issue.type, issue.labels]).toEqual(['issue', []]);
    const write = connector.updateIssue(created.ref, { issueType: 'chore' });
    await expect(write).rejects.toMatchObject({ code: 'capability_not_supported', fieldPath: 'issueType' });
  });

  it('of one scope, of which GitLab keeps the last, are told', async () => {
    const emulator = emulatorOf();
    const ref = refOf(personAt(emulator).create({ title: 'one' }));
    const write = connectorOf(emulator).updateIssue(ref, { title: 'new', labels: ['team::a', 'team::b'] });
    await expect(write).rejects.toMatchObject({
      code: 'fields_refused',
      refused: [{ field: 'labels' }],
      issue: { title: 'new', labels: ['team::b'] },
    });
  });
});

describe('what GitLab does not hold', () => {
  it.each([
    ['a parent', { parent: { system: 'gitlab', workspace: '42', id: '1' } }, 'parent'],
    ['custom fields', { customFields: { a: 1 } }, 'customFields'],
    [
      'links in a patch',
      { links: [{ type: 'relates_to' as const, target: { system: 'gitlab', workspace: '42', id: '2' } }] },
      'links',
    ],
    ['a NUL in a title', { title: 'a\0b' }, 'title'],
    ['a title that begins with white space', { title: ' one' }, 'title'],
    ['a line that is a command', { body: 'text\n/close\nmore' }, 'body'],
    ['somebody who is no member', { assignees: ['nobody'] }, 'assignees'],
    ['somebody of a name that is none', { assignees: ['no body'] }, 'assignees'],
  ])('%s is refused by field, with nothing written', async (_name, patch, fieldPath) => {
    const emulator = emulatorOf();
    const ref = refOf(personAt(emulator).create({ title: 'one' }));
    const connector = connectorOf(emulator);
    for (const write of [
      connector.updateIssue(ref, patch),
      connector.createIssue(draft({ title: 'two', ...patch })),
    ])
      await expect(write).rejects.toMatchObject({ code: 'capability_not_supported', fieldPath });
    expect(Object.keys(emulator.log.counts()).filter((name) => WRITES.test(name))).toEqual([]);
  });

  it.each(['a path: /usr/bin', '/usr/bin/env', '```\n/close\n```', 'text /close', '~~~sh\n/label ~a\n~~~\n'])(
    '%j is no command, and is kept',
    async (body) => {
      const emulator = emulatorOf();
      const created = await connectorOf(emulator).createIssue(draft({ title: 'one', body }));
      expect([created.body, created.status]).toEqual([body, 'todo']);
    },
  );

  it('as a whole is told by the field that it names', async () => {
    const emulator = emulatorOf();
    const ref = refOf(personAt(emulator).create({ title: 'one' }));
    const fetch: typeof globalThis.fetch = async (input, init) => {
      const request = new Request(input, init);
      return request.method === 'PUT'
        ? Response.json({ message: { description: ['is spam'] } }, { status: 400 })
        : emulator.fetch(request);
    };
    const write = connectorOf({ ...emulator, fetch }).updateIssue(ref, { title: 'x', body: 'y' });
    await expect(write).rejects.toMatchObject({ code: 'capability_not_supported', fieldPath: 'body' });
    await expect(write).rejects.toThrow(/is spam/);
  });

  it('and leaves out without a word is told, with the rest written', async () => {
    const guest = emulatorOf({ role: 'guest' });
    const create = connectorOf(guest).createIssue(
      draft({ title: 'one', labels: ['bug'], assignees: ['ada'] }),
    );
    await expect(create).rejects.toMatchObject({
      code: 'fields_refused',
      refused: [{ field: 'labels' }, { field: 'assignees' }],
      issue: { title: 'one', labels: [], assignees: [] },
    });
    const free = emulatorOf({ tier: 'free' });
    const ref = refOf(personAt(free).create({ title: 'one' }));
    const update = connectorOf(free).updateIssue(ref, { title: 'two', assignees: ['ada', 'grace'] });
    await expect(update).rejects.toMatchObject({
      refused: [{ field: 'assignees' }],
      issue: { title: 'two', assignees: ['ada'] },
    });
  });
});

describe('a create', () => {
  it.each([
    ['a limit', () => new Response('Retry later\n', { status: 429 })],
    ['a token that has just ended', () => Response.json({ message: '401 Unauthorized' }, { status: 401 })],
    ['an answer that cannot be read', () => Response.json({})],
  ])(
    'whose close meets %s leaves it unclear, and no failure that a caller would create after',
    async (_name, answer) => {
      const emulator = emulatorOf();
      const fetch: typeof globalThis.fetch = async (input, init) => {
        const request = new Request(input, init);
        return request.method === 'PUT' ? answer() : emulator.fetch(request);
      };
      const connector = connectorOf({ ...emulator, fetch });
      const create = connector.createIssue(draft({ title: 'one', status: 'done' }), {
        idempotencyKey: 'key-1',
      });
      await expect(create).rejects.toMatchObject({ failureClass: 'transient' });
      expect(emulator.state.issues.size).toBe(1);
    },
  );

  it('whose close is refused is told as such, with the issue', async () => {
    const emulator = emulatorOf();
    const fetch: typeof globalThis.fetch = async (input, init) => {
      const request = new Request(input, init);
      return request.method === 'PUT'
        ? Response.json({ message: '403 Forbidden' }, { status: 403 })
        : emulator.fetch(request);
    };
    const create = connectorOf({ ...emulator, fetch }).createIssue(draft({ title: 'one', status: 'done' }));
    await expect(create).rejects.toMatchObject({
      code: 'fields_refused',
      refused: [{ field: 'status' }],
      issue: { title: 'one', status: 'todo' },
    });
  });

  it('of everything is one request, and one more that closes', async () => {
    const emulator = emulatorOf();
    const connector = connectorOf(emulator);
    const fields = {
      status: 'canceled',
      priority: 0,
      issueType: 'story',
      labels: ['bug'],
      assignees: ['grace'],
    } as const;
    const created = await connector.createIssue(
      draft({ title: 'one', body: 'text', ...fields, labels: ['bug'], assignees: ['grace'] }),
    );
    expect(created).toMatchObject(fields);
    expect(emulator.log.counts()).toEqual({
      'GET /projects/{id}/members/all': 1,
      'POST /projects/{id}/issues': 1,
      'PUT /projects/{id}/issues/{issue_iid}': 1,
    });
  });
});

describe('an update', () => {
  it('of what is so already writes nothing', async () => {
    const emulator = emulatorOf();
    const ref = refOf(personAt(emulator).create({ title: 'one', labels: ['bug'] }));
    await connectorOf(emulator).updateIssue(ref, { title: 'one', labels: ['bug'], status: 'todo' });
    expect(Object.keys(emulator.log.counts()).filter((name) => WRITES.test(name))).toEqual([]);
  });

  it('of an issue that whoever writes has just read is one request', async () => {
    const emulator = emulatorOf();
    const ref = refOf(personAt(emulator).create({ title: 'one' }));
    const connector = connectorOf(emulator);
    const previous = await connector.getIssue(ref);
    const from = emulator.log.all.length;
    await connector.updateIssue(ref, { title: 'two' }, { previous });
    expect(emulator.log.counts(from)).toEqual({ 'PUT /projects/{id}/issues/{issue_iid}': 1 });
  });

  it('of an issue that was deleted meanwhile says so', async () => {
    const emulator = emulatorOf();
    const issue = personAt(emulator).create({ title: 'one' });
    const connector = connectorOf(emulator);
    const previous = await connector.getIssue(refOf(issue));
    emulator.state.delete(issue.id);
    const write = connector.updateIssue(refOf(issue), { title: 'two' }, { previous });
    await expect(write).rejects.toMatchObject({ code: 'issue_not_found' });
  });
});

test('a deletion that is not allowed is a matter of permission', async () => {
  const emulator = emulatorOf({ role: 'reporter' });
  const ref = refOf(personAt(emulator).create({ title: 'one' }));
  await expect(connectorOf(emulator).deleteIssue(ref)).rejects.toMatchObject({ failureClass: 'permission' });
});
