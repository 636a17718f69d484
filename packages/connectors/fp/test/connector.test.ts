import { describe, expect, it } from 'vitest';
import { FPConnector } from '../src/index.ts';
import { newIssue, project, refOf, rejection, seed } from './fixtures.ts';

describe('fp as a child', () => {
  it('lists, creates, updates, comments and links', async () => {
    using held = project();
    const id = seed(held, 'There before');
    const connector = held.connector({}, held.children);
    const hostile = '-rf --help "x" $HOME `id`\n👩‍🚀 \u202eabc';
    const made = await connector.createIssue(
      newIssue({
        title: hostile,
        body: hostile,
        labels: ['--label'],
        priority: 0,
        status: 'done',
        parent: refOf(id),
      }),
      { idempotencyKey: 'key-1' },
    );
    expect(made).toMatchObject({
      title: hostile,
      body: hostile,
      labels: ['--label'],
      priority: 0,
      status: 'done',
      parent: refOf(id),
      correlationKey: 'key-1',
    });
    await connector.upsertLink(made.ref, { type: 'blocked_by', target: refOf(id) });
    await connector.addComment(made.ref, '--delete everything');
    expect(held.read().comments).toMatchObject([{ issueId: made.ref.id, content: '--delete everything' }]);
    expect(held.read().issues[1]).toMatchObject({ dependencies: [id] });
    expect((await connector.listIssues({ limit: 5 })).items).toHaveLength(2);
  });

  it('finds what was created by a command that was killed before it answered', async () => {
    using held = project({ dieAfter: 'issue create' });
    const lost = held.connector({}, held.children);
    const error = await rejection(lost.createIssue(newIssue({ body: 'Text' }), { idempotencyKey: 'key-1' }));
    expect(error).toMatchObject({ code: 'command_signal', failureClass: 'transient', provider: 'fp' });
    expect(error.message).toMatch(/^fp issue create: /);
    const found = await held.connector({}, held.children).findByIdempotencyKeys(['key-1', 'key-2']);
    expect([...found]).toMatchObject([['key-1', { title: 'A title', body: 'Text' }]]);
  });

  it('reads the text of an older version', async () => {
    using held = project({ version: '0.22.1' });
    const parent = seed(held, 'Parent', { priority: 'high' });
    seed(held, 'Child', { parent, status: 'waiting' });
    const connector = held.connector({}, held.children);
    expect((await connector.listIssues({ limit: 5 })).items).toMatchObject([
      { ref: { id: 'FP-1' }, priority: 1, parent: null },
      {
        ref: { id: 'FP-2' },
        status: 'todo',
        parent: { id: 'FP-1' },
        customFields: { 'fp.status': 'waiting' },
      },
    ]);
    const made = await connector.createIssue(newIssue({ title: 'Third', parent: refOf('FP-2') }));
    expect(made).toMatchObject({ ref: { id: 'FP-3' }, parent: { id: 'FP-2' } });
    expect(await rejection(connector.updateIssue(made.ref, { body: 'x' }))).toMatchObject({
      capability: 'body',
    });
  });

  it('asks for the version once', async () => {
    using held = project();
    const versions: string[] = [];
    const connector = held.connector(
      {},
      {
        async run(command) {
          if (command.args[0] === '--version') versions.push('asked');
          return held.inside.run(command);
        },
      },
    );
    await connector.listIssues({ limit: 1 });
    await connector.listIssues({ limit: 1 });
    await connector.getCapabilities();
    expect(versions).toEqual(['asked']);
  });
});

describe('what reads the same is not written', () => {
  it('a status and a priority of an extension stay until that field changes', async () => {
    using held = project({ statuses: ['waiting'] });
    const id = seed(held, 'Kept', { status: 'waiting', priority: 'urgent' });
    const connector = held.connector();
    const read = await connector.getIssue(refOf(id));
    expect(read).toMatchObject({
      status: 'todo',
      priority: null,
      customFields: { 'fp.status': 'waiting', 'fp.priority': 'urgent' },
    });
    await connector.updateIssue(refOf(id), { title: 'New', status: 'todo', priority: null });
    expect(held.read().issues[0]).toMatchObject({ title: 'New', status: 'waiting', priority: 'urgent' });
    await connector.updateIssue(refOf(id), { status: 'done', priority: 4 });
    expect(held.read().issues[0]).toMatchObject({ status: 'done', priority: 'low' });
  });

  it('an update of what is there already runs no command that writes', async () => {
    using held = project();
    const id = seed(held, 'Same', { properties: { labels: ['a', 'b'] } });
    const connector = held.connector();
    await connector.updateIssue(refOf(id), { title: ' Same ', body: null, labels: ['b', 'a'], parent: null });
    expect(held.calls.map((args) => args[1])).toEqual(['show']);
  });
});

describe('sets that fp replaces whole', () => {
  it('keep what somebody else added meanwhile', async () => {
    using held = project();
    const [a, b, c] = [
      seed(held, 'a'),
      seed(held, 'b'),
      seed(held, 'c', { properties: { labels: ['old'] } }),
    ];
    const connector = held.connector();
    const previous = await connector.getIssue(refOf(c));
    held.change(({ issues }) => {
      issues[2]?.dependencies.push(a);
      Object.assign(issues[2]?.properties ?? {}, { labels: ['old', 'theirs'] });
    });
    await connector.upsertLink(refOf(c), { type: 'blocked_by', target: refOf(b) });
    await connector.updateIssue(refOf(c), { labels: ['ours'] }, { previous });
    expect(held.read().issues[2]).toMatchObject({
      dependencies: [a, b],
      properties: { labels: ['theirs', 'ours'] },
    });
    await connector.removeLink(refOf(c), { type: 'blocked_by', target: refOf(a) });
    expect(held.read().issues[2]?.dependencies).toEqual([b]);
  });

  it('lose nothing to writes at the same time', async () => {
    using held = project();
    const [a, b, c] = [seed(held, 'a'), seed(held, 'b'), seed(held, 'c')];
    const connector = held.connector();
    const add = (id: string): Promise<void> =>
      connector.upsertLink(refOf(c), { type: 'blocked_by', target: refOf(id) });
    await Promise.all([add(a), add(b)]);
    expect(held.read().issues[2]?.dependencies).toEqual([a, b]);
  });

  it('point from the issue that waits', async () => {
    using held = project();
    const [a, b] = [seed(held, 'a'), seed(held, 'b')];
    const connector = held.connector();
    await connector.upsertLink(refOf(a), { type: 'blocks', target: refOf(b) });
    expect((await connector.getIssue(refOf(b))).links).toEqual([{ type: 'blocked_by', target: refOf(a) }]);
    expect((await connector.getIssue(refOf(a))).links).toEqual([]);
    await connector.upsertLink(refOf(a), { type: 'parent_of', target: refOf(b) });
    expect((await connector.getIssue(refOf(b))).parent).toEqual(refOf(a));
    for (const type of ['relates_to', 'duplicates'] as const) {
      const error = await rejection(connector.upsertLink(refOf(a), { type, target: refOf(b) }));
      expect(error).toMatchObject({ code: 'capability_not_supported', capability: 'links' });
    }
  });

  it('do not make an issue look deleted when another one is missing', async () => {
    using held = project();
    const id = seed(held, 'a');
    const connector = held.connector();
    const gone = { type: 'blocked_by', target: refOf('none') } as const;
    for (const call of [
      () => connector.upsertLink(refOf(id), gone),
      () => connector.upsertLink(refOf(id), { ...gone, type: 'blocks' }),
      () => connector.updateIssue(refOf(id), { parent: refOf('none') }),
      () => connector.createIssue(newIssue({ parent: refOf('none') })),
    ])
      expect(await rejection(call())).toMatchObject({
        code: 'connector_request',
        failureClass: 'validation',
      });
    await connector.removeLink(refOf(id), { ...gone, type: 'blocks' });
  });
});

describe('refusals', () => {
  it('of labels where the property is not registered; the rest is written', async () => {
    using held = project({ registered: [] });
    const id = seed(held, 'Before');
    const connector = held.connector();
    const refused = [{ field: 'labels', reason: expect.stringMatching(/Property is not registered/) }];
    expect(
      await rejection(connector.updateIssue(refOf(id), { title: 'After', labels: ['x'] })),
    ).toMatchObject({
      code: 'fields_refused',
      capability: 'labels',
      refused,
      issue: { title: 'After', labels: [] },
    });
    expect(await rejection(connector.createIssue(newIssue({ labels: ['x'] })))).toMatchObject({
      code: 'capability_not_supported',
      capability: 'labels',
    });
    expect(held.read().issues).toHaveLength(1);
  });

  it('of labels that an older build does not show', async () => {
    using held = project({ showsProperties: false });
    const id = seed(held, 'Before');
    const error = await rejection(held.connector().updateIssue(refOf(id), { labels: ['x'] }));
    expect(error).toMatchObject({ code: 'fields_refused', capability: 'labels' });
    expect(held.read().issues[0]?.properties).toEqual({});
  });

  it('of labels where the property holds something else, which is kept', async () => {
    using held = project();
    const odd = JSON.parse('{ "labels": [{ "toString": null }] }');
    const id = seed(held, 'Before', { properties: odd });
    const connector = held.connector();
    expect(await connector.getIssue(refOf(id))).toMatchObject({
      labels: [],
      customFields: { 'fp.properties': odd },
    });
    const error = await rejection(connector.updateIssue(refOf(id), { labels: ['x'] }));
    expect(error).toMatchObject({ code: 'fields_refused', capability: 'labels' });
    expect(held.read().issues[0]?.properties).toEqual(odd);
  });

  it('of a status that no extension added; the words of those that did are tried', async () => {
    using held = project({ statuses: ['review'] });
    const id = seed(held, 'Before');
    const connector = held.connector();
    await connector.transitionIssue(refOf(id), 'in_review');
    expect(held.read().issues[0]?.status).toBe('review');
    expect(
      await rejection(connector.updateIssue(refOf(id), { title: 'After', status: 'blocked' })),
    ).toMatchObject({
      code: 'fields_refused',
      refused: [{ field: 'status', reason: expect.stringMatching(/Invalid status/) }],
      issue: { title: 'After', status: 'in_review' },
    });
  });

  it('of what fp took and did not do', async () => {
    using held = project({ keepsWhatIsEmptied: true });
    const [a, b] = [seed(held, 'a'), seed(held, 'b')];
    held.change(({ issues }) =>
      Object.assign(issues[1] ?? {}, { parent: a, priority: 'high', dependencies: [a] }),
    );
    const connector = held.connector();
    expect(await rejection(connector.updateIssue(refOf(b), { parent: null, priority: null }))).toMatchObject({
      refused: [{ field: 'priority' }, { field: 'parent' }],
    });
    const link = { type: 'blocked_by', target: refOf(a) } as const;
    expect(await rejection(connector.removeLink(refOf(b), link))).toMatchObject({
      failureClass: 'non_retryable',
    });
  });

  it('of an id that fp would complete to another one', async () => {
    using held = project();
    const id = seed(held, 'Whole');
    const connector = held.connector();
    for (const part of [id.slice(0, 8), `FP-${id.slice(0, 8)}`, '--help', 'a,b']) {
      expect(await rejection(connector.getIssue(refOf(part)))).toMatchObject({ code: 'issue_not_found' });
      expect(await rejection(connector.updateIssue(refOf(part), { title: 'x' }))).toMatchObject({
        code: 'issue_not_found',
        issueRef: refOf(part),
      });
    }
    expect(held.read().issues[0]?.title).toBe('Whole');
  });

  it('says that this is no project, and what to do', async () => {
    using held = project();
    const error = await rejection(
      held.connector({ cwd: `${held.cwd}/..` }, held.children).listIssues({ limit: 1 }),
    );
    expect(error).toMatchObject({ code: 'connector_config', fieldPath: 'cwd' });
    expect(error.message).toMatch(/^fp issue list: there is no fp project here\. Name a folder/);
  });

  it('says that fp is missing, and what to do', async () => {
    const error = await rejection(new FPConnector({ command: 'no-such-fp-here' }).listIssues({ limit: 1 }));
    expect(error).toMatchObject({ code: 'connector_config', fieldPath: 'command' });
    expect(error.message).toMatch(/install it/);
  });

  it.each(['', 'usage: fp', 'x.y.z'])('says that the version %j is none', async (version) => {
    using held = project({ version });
    const error = await rejection(held.connector().getCapabilities());
    expect(error).toMatchObject({ code: 'connector_config', fieldPath: 'command' });
    expect(error.message).toMatch(/0\.23 or later/);
  });

  it('says that a version does not know what it is asked for', async () => {
    using held = project();
    const older = held.connector(
      {},
      {
        run: async (command) =>
          command.args[0] === '--version'
            ? held.inside.run(command)
            : { exitCode: 1, stdout: '', stderr: "error: unknown option '--format'" },
      },
    );
    const error = await rejection(older.listIssues({ limit: 1 }));
    expect(error).toMatchObject({ code: 'connector_config', fieldPath: 'command' });
    expect(error.message).toMatch(/Upgrade fp/);
  });
});

describe('a listing', () => {
  it('is not cut by a limit of fp’s own', async () => {
    using held = project();
    held.change((state) => {
      for (let number = 1; number <= 120; number += 1) {
        const id = `i${String(number).padStart(31, '0')}`.replace(
          /\d/g,
          (digit) => 'abcdefghij'[Number(digit)] ?? '',
        );
        const time = new Date(Date.parse('2026-01-01T00:00:00.000Z') + number).toISOString();
        const empty = { description: '', priority: null, parent: null, dependencies: [], properties: {} };
        state.issues.push({
          ...empty,
          id,
          number,
          title: id,
          status: 'todo',
          createdAt: time,
          updatedAt: time,
        });
      }
    });
    expect((await held.connector().listIssues({ limit: 1000 })).items).toHaveLength(120);
  });

  it('goes on where one issue cannot be read, and takes no missing issue for deleted then', async () => {
    using held = project();
    const good = seed(held, 'Good');
    seed(held, 'Bad', { createdAt: 'yesterday' });
    const connector = held.connector();
    const page = await connector.listIssues({ limit: 5 });
    expect(page).toMatchObject({
      items: [{ ref: { id: good } }],
      failures: [{ location: expect.stringMatching(/^issue /) }],
    });
  });
});

describe('a create', () => {
  it('in a status that is refused is made, and says so once', async () => {
    using held = project();
    const error = await rejection(held.connector().createIssue(newIssue({ status: 'blocked' })));
    expect(error).toMatchObject({
      code: 'fields_refused',
      refused: [{ field: 'status' }],
      issue: { status: 'todo' },
    });
    expect(held.read().issues).toHaveLength(1);
  });

  it('of a description that is too long starts nothing', async () => {
    using held = project();
    const body = '🐈'.repeat(30_000);
    expect(await rejection(held.connector().createIssue(newIssue({ body })))).toMatchObject({
      code: 'capability_not_supported',
      capability: 'body',
    });
    expect(held.read().issues).toEqual([]);
  });

  it('of the longest description fits into one argument', async () => {
    using held = project();
    const body = '語'.repeat(40_000);
    const connector = held.connector({}, held.children);
    expect((await connector.createIssue(newIssue({ body }), { idempotencyKey: 'key-1' })).body).toBe(body);
  });
});
