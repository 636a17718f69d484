import type { WriteResult } from '@spec-kitty/tracker-core';
import { describe, expect, it, test } from 'vitest';
import { GitHubConnector, manifest } from '../src/index.ts';
import { connectorOf, draft, emulatorOf, personAt, refOf, SECRET, WORKSPACE } from './fixtures.ts';

const config = { owner: 'acme', repo: 'shop', token: 'ghp_secret' };
const codes = (results: WriteResult[]): string[] => results.map((one) => (one.ok ? 'ok' : one.error.code));

describe('the configuration', () => {
  it.each([
    ['an owner that is none', { owner: 'a/b' }, 'owner'],
    ['no address', { baseUrl: 'github.com' }, 'baseUrl'],
    ['another scheme', { baseUrl: 'file:///etc' }, 'baseUrl'],
    ['an unknown option', { color: 'red' }, 'color'],
    [
      'one label for two things',
      { statusLabels: { blocked: 'x' }, priorityLabels: { 0: 'X' } },
      'statusLabels',
    ],
  ])('%s is refused by name', (_name, given, fieldPath) => {
    expect(() => new GitHubConnector({ ...config, ...given })).toThrow(
      expect.objectContaining({ code: 'connector_config', fieldPath }),
    );
  });

  it('of an enterprise server is another scope, and its address is used', async () => {
    const urls: string[] = [];
    const fetch = async (input: string | URL | Request): Promise<Response> => {
      urls.push(new Request(input).url);
      return Response.json({ message: 'no' }, { status: 404 });
    };
    const connector = new GitHubConnector(
      { ...config, baseUrl: 'https://git.example.com/api/v3' },
      { fetch },
    );
    await connector.getIssues([]);
    await expect(connector.listIssues({ limit: 1 })).rejects.toMatchObject({ failureClass: 'not_found' });
    expect([connector.scope, urls]).toEqual([
      'git.example.com/acme/shop',
      ['https://git.example.com/api/graphql'],
    ]);
    expect(new GitHubConnector(config).scope).toBe('acme/shop');
  });

  it('with fewer labels narrows what is held', async () => {
    const narrow = new GitHubConnector({ ...config, statusLabels: {}, priorityLabels: { 0: 'P0' } });
    expect(await narrow.getCapabilities()).toMatchObject({
      supportsWebhooks: false,
      fields: { status: 'lossy', priority: 'lossy' },
    });
    expect(manifest.capabilities.fields).not.toHaveProperty('status');
  });

  it('of other labels is another mapping', () => {
    const mappings = [{}, { statusLabels: {} }, { typeLabels: { bug: 'kind: bug' } }].map(
      (given) => new GitHubConnector({ ...config, ...given }).mapping,
    );
    expect(new Set(mappings).size).toBe(3);
  });
});

describe('a failure that reading meets', () => {
  it('of a token that is refused is one of authentication, and shows no token', async () => {
    const emulator = emulatorOf();
    const connector = connectorOf(emulator, { token: 'ghp_wrong_token' });
    const error = await connector.listIssues({ limit: 1 }).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ failureClass: 'authentication', statusCode: 401 });
    expect(String(error)).not.toContain('ghp_wrong_token');
  });

  it('of a repository that is not there says what to look at', async () => {
    const connector = connectorOf(emulatorOf(), { repo: 'nowhere' });
    const page = connector.listIssues({ limit: 1 });
    await expect(page).rejects.toMatchObject({ failureClass: 'not_found' });
    await expect(page).rejects.toThrow(/owner.*repo.*token/);
  });

  it('an issue that cannot be read is a failure of its own', async () => {
    const emulator = emulatorOf();
    const person = personAt(emulator);
    const [good, bad] = [person.create({ title: 'good' }), person.create({ title: 'bad' })];
    const fetch: typeof globalThis.fetch = async (input, init) => {
      const answer = await emulator.fetch(input, init);
      return new Response((await answer.text()).replace('"title":"bad"', '"title":7'), answer);
    };
    const connector = new GitHubConnector({ ...config, token: emulator.token }, { fetch });
    const page = await connector.listIssues({ limit: 10 });
    expect(page.items.map(({ ref }) => ref.id)).toEqual([good.id]);
    expect(page.failures).toMatchObject([{ location: `issue #${bad.number}` }]);
  });

  it('a pull request is no issue', async () => {
    const emulator = emulatorOf();
    const { id } = emulator.state.create('ada', { title: 'a change', isPullRequest: true });
    const connector = connectorOf(emulator);
    const ref = { system: 'github', workspace: WORKSPACE, id };
    expect((await connector.listIssues({ limit: 10 })).items).toEqual([]);
    await expect(connector.getIssue(ref)).rejects.toMatchObject({ code: 'issue_not_found' });
  });
});

describe('a marker', () => {
  it('stands in the body of what was created, hidden, and stays when the body changes', async () => {
    const emulator = emulatorOf();
    const connector = connectorOf(emulator);
    const created = await connector.createIssue(draft({ title: 'one', body: 'text' }), {
      idempotencyKey: 'key-1',
    });
    expect(created).toMatchObject({ body: 'text', correlationKey: 'key-1' });
    const stored = (): string | undefined => emulator.state.issues.get(created.ref.id)?.body;
    expect(stored()).toBe('text\n\n<!-- spec-kitty:key-1 -->');
    const emptied = await connector.updateIssue(created.ref, { body: null });
    expect([emptied.body, stored()]).toEqual([null, '<!-- spec-kitty:key-1 -->']);
    emulator.time.advance(10_000);
    expect([...(await connector.findByIdempotencyKeys(['key-1'])).keys()]).toEqual(['key-1']);
  });

  it("in another account's issue is text", async () => {
    const emulator = emulatorOf();
    const body = 'text\n\n<!-- spec-kitty:key-1 -->';
    const { id, number } = emulator.state.create('ada', { title: 'forged', body });
    const connector = connectorOf(emulator);
    const issue = await connector.getIssue({ system: 'github', workspace: WORKSPACE, id });
    expect([issue.body, issue.correlationKey, issue.ref.key]).toEqual([
      body,
      undefined,
      `${WORKSPACE}#${number}`,
    ]);
    expect((await connector.findByIdempotencyKeys(['key-1'])).size).toBe(0);
  });
});

describe('labels', () => {
  it('that stand for something take the place of their kind, and of no other', async () => {
    const emulator = emulatorOf({ labels: ['bug', 'Status: Blocked', 'priority: low', 'status: unknown'] });
    const all = [...emulator.state.labels.keys()];
    const { id } = emulator.state.create('ada', { title: 'one', labels: all });
    const connector = connectorOf(emulator);
    const ref = { system: 'github', workspace: WORKSPACE, id };
    expect(await connector.getIssue(ref)).toMatchObject({
      status: 'blocked',
      priority: 3,
      labels: ['bug', 'status: unknown'],
    });
    await connector.updateIssue(ref, { status: 'in_review', priority: null });
    const worn = emulator.state.issue(id).labels.map((label) => emulator.state.labels.get(label)?.name);
    expect(worn).toEqual(['bug', 'status: unknown', 'status: in review']);
    await connector.updateIssue(ref, { status: 'done' });
    expect(emulator.state.issue(id)).toMatchObject({ state: 'CLOSED', stateReason: 'COMPLETED' });
    expect(await connector.getIssue(ref)).toMatchObject({
      status: 'done',
      labels: ['bug', 'status: unknown'],
    });
  });

  it('that a person adds or takes away meanwhile stay so', async () => {
    const emulator = emulatorOf();
    const person = personAt(emulator);
    const created = person.create({ title: 'one', labels: ['bug', 'help wanted'] });
    const connector = connectorOf(emulator);
    const previous = await connector.getIssue(refOf(created));
    person.edit(refOf(created), { labels: ['help wanted', 'theirs'] });
    const written = await connector.updateIssue(
      refOf(created),
      { labels: ['bug', 'help wanted', 'ours'] },
      { previous },
    );
    expect(written.labels.toSorted()).toEqual(['help wanted', 'ours', 'theirs']);
  });

  it('that stand for something cannot be written as labels', async () => {
    const emulator = emulatorOf();
    const ref = refOf(personAt(emulator).create({ title: 'one' }));
    const write = connectorOf(emulator).updateIssue(ref, { labels: ['STATUS: BLOCKED'] });
    await expect(write).rejects.toMatchObject({ code: 'capability_not_supported', fieldPath: 'labels' });
  });

  it('of types are used where they are configured', async () => {
    const emulator = emulatorOf({ types: [] });
    const connector = connectorOf(emulator, { typeLabels: { bug: 'kind: bug', epic: 'kind: epic' } });
    const created = await connector.createIssue(draft({ title: 'one', issueType: 'bug' }));
    expect([created.issueType, created.labels]).toEqual(['bug', []]);
    expect((await connector.updateIssue(created.ref, { issueType: 'epic' })).issueType).toBe('epic');
    expect((await connector.updateIssue(created.ref, { issueType: 'task' })).issueType).toBe('task');
    const worn = emulator.state.issue(created.ref.id).labels;
    expect(worn).toEqual([]);
    await expect(connector.updateIssue(created.ref, { issueType: 'chore' })).rejects.toMatchObject({
      fieldPath: 'issueType',
    });
  });

  it('beyond the first hundred of a repository are found, and made once', async () => {
    const labels = Array.from({ length: 230 }, (_, index) => `label ${index}`);
    const emulator = emulatorOf({ labels });
    const connector = connectorOf(emulator);
    const created = await connector.createIssue(
      draft({ title: 'one', labels: ['label 229', 'Label 0', 'new'] }),
    );
    expect(created.labels.toSorted()).toEqual(['label 0', 'label 229', 'new']);
    expect(emulator.state.labels.size).toBe(231);
    expect(emulator.log.counts()).toEqual({
      'viewer repository': 1,
      repository: 2,
      createLabel: 1,
      createIssue: 1,
    });
  });
});

describe('what GitHub refuses', () => {
  it('of a patch is told by field, and the rest is written', async () => {
    const emulator = emulatorOf();
    const person = personAt(emulator);
    const [one, two] = [person.create({ title: 'one' }), person.create({ title: 'two' })];
    const connector = connectorOf(emulator);
    await connector.updateIssue(refOf(two), { parent: refOf(one) });
    // A cycle.
    const write = connector.updateIssue(refOf(one), { title: 'written', parent: refOf(two) });
    await expect(write).rejects.toMatchObject({
      code: 'fields_refused',
      refused: [{ field: 'parent' }],
      issue: { title: 'written', parent: null },
    });
  });

  it('of many issues is told for each, and the others are written', async () => {
    const emulator = emulatorOf();
    const connector = connectorOf(emulator);
    const many = Array.from({ length: 45 }, (_, index) => ({
      issue: draft({
        title: `issue ${index}`,
        ...(index === 7 ? { assignees: ['nobody'] } : {}),
        ...(index === 21 ? { parent: { system: 'github', workspace: WORKSPACE, id: 'I_none' } } : {}),
        ...(index % 10 === 0 ? { status: 'done' as const } : {}),
      }),
      options: { idempotencyKey: `key-${index}` },
    }));
    const results = await connector.createIssues(many);
    const failed = [...results.entries()].flatMap(([index, one]) =>
      one.ok ? [] : [[index, one.error.code]],
    );
    expect(failed).toEqual([
      [7, 'capability_not_supported'],
      [21, 'capability_not_supported'],
    ]);
    expect(results[20]).toMatchObject({ ok: true, issue: { title: 'issue 20', status: 'done' } });
    expect(emulator.log.counts()).toEqual({ 'viewer repository': 1, user: 1, createIssue: 3, closeIssue: 1 });
  });

  it('after a create leaves it unclear, and no limit that a caller may try again', async () => {
    const emulator = emulatorOf();
    const fetch: typeof globalThis.fetch = async (input, init) => {
      const request = new Request(input, init);
      const closes = (await request.clone().text()).includes('closeIssue');
      return closes ? new Response('slow down', { status: 429 }) : emulator.fetch(request);
    };
    const connector = new GitHubConnector({ ...config, token: emulator.token }, { fetch });
    const create = connector.createIssue(draft({ title: 'one', status: 'done' }), {
      idempotencyKey: 'key-1',
    });
    await expect(create).rejects.toMatchObject({ failureClass: 'transient' });
    expect(emulator.state.issues.size).toBe(1);
  });

  it.each(['createIssue', 'updateIssue'] as const)(
    'of one step for the moment is no refusal of its field: %s',
    async (method) => {
      const emulator = emulatorOf();
      const there = refOf(personAt(emulator).create({ title: 'there' }));
      const fetch: typeof globalThis.fetch = async (input, init) => {
        const request = new Request(input, init);
        if (!(await request.clone().text()).includes('closeIssue')) return emulator.fetch(request);
        const message = 'Something went wrong while executing your query.';
        return Response.json({ data: { m0: null }, errors: [{ path: ['m0'], message }] });
      };
      const connector = new GitHubConnector({ ...config, token: emulator.token }, { fetch });
      const done =
        method === 'createIssue'
          ? connector.createIssue(draft({ title: 'one', status: 'done' }), { idempotencyKey: 'key-1' })
          : connector.updateIssue(there, { status: 'done' });
      await expect(done).rejects.toMatchObject({ code: 'connector_request', failureClass: 'transient' });
    },
  );

  it('an issue that was deleted meanwhile is told as such', async () => {
    const emulator = emulatorOf();
    const person = personAt(emulator);
    const [one, two] = [person.create({ title: 'one' }), person.create({ title: 'two' })];
    let deletes = true;
    const fetch: typeof globalThis.fetch = async (input, init) => {
      const request = new Request(input, init);
      if (deletes && (await request.clone().text()).includes('mutation')) {
        deletes = false;
        emulator.state.delete(one.id);
      }
      return emulator.fetch(request);
    };
    const connector = new GitHubConnector({ ...config, token: emulator.token }, { fetch });
    const patch = { title: 'written' };
    const results = await connector.updateIssues(
      [one, two].map((issue) => ({ ref: refOf(issue), patch, options: {} })),
    );
    expect(codes(results)).toEqual(['issue_not_found', 'ok']);
  });
});

describe('links', () => {
  it('of duplicates need a closed issue', async () => {
    const emulator = emulatorOf();
    const person = personAt(emulator);
    const [one, two] = [person.create({ title: 'one' }), person.create({ title: 'two' })];
    const connector = connectorOf(emulator);
    const link = { type: 'duplicates' as const, target: refOf(two) };
    await expect(connector.upsertLink(refOf(one), link)).rejects.toMatchObject({
      code: 'capability_not_supported',
      fieldPath: 'links',
    });
    await connector.updateIssue(refOf(one), { status: 'canceled' });
    await connector.upsertLink(refOf(one), link);
    const { status, links } = await connector.getIssue(refOf(one));
    expect([status, links.map(({ type, target }) => [type, target.id])]).toEqual([
      'canceled',
      [['duplicates', two.id]],
    ]);
    await connector.removeLink(refOf(one), link);
    expect(await connector.getIssue(refOf(one))).toMatchObject({ status: 'canceled', links: [] });
  });

  it('to an issue that is not there name it', async () => {
    const emulator = emulatorOf();
    const ref = refOf(personAt(emulator).create({ title: 'one' }));
    const target = { system: 'github', workspace: WORKSPACE, id: 'I_none' };
    const links = (['blocks', 'blocked_by', 'child_of', 'parent_of'] as const).map((type) =>
      connectorOf(emulator)
        .upsertLink(ref, { type, target })
        .catch((error: { issueRef?: { id: string } }) => error.issueRef?.id),
    );
    expect(await Promise.all(links)).toEqual(['I_none', 'I_none', 'I_none', 'I_none']);
  });
});

describe('a webhook', () => {
  const event = async (name: string, action: string, extra: Record<string, unknown> = {}) => {
    const emulator = emulatorOf();
    const issue = personAt(emulator).create({ title: 'one' });
    const delivery = emulator.deliver(name, action, issue, extra);
    const events = await connectorOf(emulator).parseWebhook(delivery);
    return events.map(({ eventType, issueRef }) => [eventType, issueRef.workspace, issueRef.id === issue.id]);
  };

  it.each([
    ['issues', 'opened', 'created'],
    ['issues', 'edited', 'updated'],
    ['issues', 'labeled', 'updated'],
    ['issues', 'closed', 'transitioned'],
    ['issues', 'constructor', 'updated'],
    ['issues', 'deleted', 'deleted'],
    ['issue_comment', 'created', 'comment_added'],
  ])('%s %s is %s', async (name, action, type) => {
    expect(await event(name, action)).toEqual([[type, WORKSPACE, true]]);
  });

  it('of a transfer names where the issue is now, and where it was', async () => {
    const emulator = emulatorOf();
    const issue = personAt(emulator).create({ title: 'one' });
    const changes = {
      new_issue: { node_id: 'I_new', number: 5, updated_at: '2026-01-05T09:00:00Z' },
      new_repository: { full_name: 'acme/elsewhere' },
    };
    const events = await connectorOf(emulator).parseWebhook(
      emulator.deliver('issues', 'transferred', issue, { changes }),
    );
    expect(events).toMatchObject([
      {
        eventType: 'moved',
        issueRef: { workspace: 'acme/elsewhere', id: 'I_new' },
        payload: { from: { system: 'github', workspace: WORKSPACE, id: issue.id } },
      },
      { eventType: 'deleted', issueRef: { workspace: WORKSPACE, id: issue.id } },
    ]);
  });

  it.each([
    [
      'of a pull request',
      'issue_comment',
      'created',
      { issue: { node_id: 'x', number: 1, updated_at: 'x', pull_request: {} } },
    ],
    ['of another repository', 'issues', 'edited', { repository: { full_name: 'acme/other' } }],
    ['of something else', 'star', 'created', {}],
  ])('%s gives no event', async (_name, name, action, extra) => {
    expect(await event(name, action, extra)).toEqual([]);
  });

  it('without a secret in the configuration is refused', async () => {
    const emulator = emulatorOf();
    const delivery = emulator.deliver('issues', 'edited', personAt(emulator).create({ title: 'one' }));
    const connector = new GitHubConnector({ ...config, token: emulator.token });
    await expect(connector.parseWebhook(delivery)).rejects.toMatchObject({ fieldPath: 'webhookSecret' });
    expect(SECRET).not.toBe('');
  });
});

test('comments of more than one page are all listed, and ours are told from others', async () => {
  const emulator = emulatorOf();
  const issue = personAt(emulator).create({ title: 'one' });
  for (let index = 0; index < 120; index += 1) emulator.state.comment('ada', issue.id, `comment ${index}`);
  const connector = connectorOf(emulator);
  await connector.addComment(refOf(issue), 'ours');
  const comments = await connector.listComments(refOf(issue));
  expect([comments.length, comments.filter(({ ours }) => ours).map(({ body }) => body)]).toEqual([
    121,
    ['ours'],
  ]);
});

test('two repositories under one token share its limits, where the host shares', () => {
  const shared = new Map<string, unknown>();
  const tokens = ['ghp_one', 'ghp_one', 'ghp_two'];
  for (const [index, token] of tokens.entries())
    new GitHubConnector({ ...config, repo: `repo-${index}`, token }, { shared });
  expect(shared.size).toBe(2);
  expect([...shared.keys()].join()).not.toContain('ghp_');
});

test('a repository that is renamed is the same one, under the name that is configured', async () => {
  const emulator = emulatorOf();
  const person = personAt(emulator);
  const [issue, parent] = [person.create({ title: 'one' }), person.create({ title: 'two' })];
  emulator.state.change(issue.id, { parent: parent.id });
  emulator.state.rename('store');
  const refs = [refOf(issue), refOf(parent)];
  const [read] = await connectorOf(emulator).getIssues(refs);
  expect([read?.ref.workspace, read?.ref.key, read?.parent?.workspace]).toEqual([
    WORKSPACE,
    `${WORKSPACE}#1`,
    WORKSPACE,
  ]);
  const { items } = await connectorOf(emulator).listIssues({ limit: 10 });
  expect(items.map(({ ref }) => ref.workspace)).toEqual([WORKSPACE, WORKSPACE]);
  expect((await connectorOf(emulator).updateIssue(refOf(issue), { title: 'new' })).ref.workspace).toBe(
    WORKSPACE,
  );
  const events = await connectorOf(emulator).parseWebhook(emulator.deliver('issues', 'edited', issue));
  expect(events.map(({ issueRef }) => issueRef.workspace)).toEqual([WORKSPACE]);
});
