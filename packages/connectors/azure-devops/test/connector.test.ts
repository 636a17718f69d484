import { serve } from '@spec-kitty/tooling-emulators';
import type { WriteResult } from '@spec-kitty/tracker-core';
import { describe, expect, it, test } from 'vitest';
import { AzureDevOpsConnector, manifest } from '../src/index.ts';
import { connectorOf, draft, emulatorOf, personAt, refOf, refTo, WORKSPACE } from './fixtures.ts';

const config = { organization: 'acme', project: 'Shop', token: 'azdo_secret' };
const codes = (results: WriteResult[]): string[] => results.map((one) => (one.ok ? 'ok' : one.error.code));

describe('the configuration', () => {
  it.each([
    ['an organization that is none', { organization: 'a/b' }, 'organization'],
    ['a project that is none', { project: 'a/b' }, 'project'],
    ['no address', { baseUrl: 'dev.azure.com' }, 'baseUrl'],
    ['another scheme', { baseUrl: 'file:///etc' }, 'baseUrl'],
    ['an unknown option', { color: 'red' }, 'color'],
    ['a status that is none', { stateMap: { ...{ open: 'New' } } }, 'stateMap'],
    ['one state for two statuses', { stateMap: { todo: 'x', done: 'X' } }, 'stateMap'],
    ['one type for two types', { typeMap: { chore: 'x', subtask: 'X' } }, 'typeMap'],
  ] as const)('%s is refused by name', (_name, given: object, fieldPath) => {
    let error: unknown;
    try {
      new AzureDevOpsConnector({ ...config, ...given });
    } catch (caught) {
      error = caught;
    }
    expect(error).toMatchObject({ code: 'connector_config', fieldPath: expect.stringContaining(fieldPath) });
  });

  it('of a server is another scope, and its address is used', async () => {
    const urls: string[] = [];
    const fetch = async (input: string | URL | Request): Promise<Response> => {
      urls.push(new Request(input).url);
      return Response.json({ message: 'no' }, { status: 404 });
    };
    const baseUrl = 'https://tfs.example.com/tfs';
    const connector = new AzureDevOpsConnector({ ...config, project: 'My Shop', baseUrl }, { fetch });
    await expect(connector.listIssues({ limit: 1 })).rejects.toMatchObject({ failureClass: 'not_found' });
    expect([connector.scope, urls]).toEqual([
      'tfs.example.com/acme/My Shop',
      [`${baseUrl}/acme/My%20Shop/_apis/wit/wiql?api-version=7.1&timePrecision=true`],
    ]);
    expect(new AzureDevOpsConnector(config).scope).toBe(WORKSPACE);
  });

  it('without a secret has no webhooks, and other maps are other mappings', async () => {
    const plain = new AzureDevOpsConnector(config);
    expect((await plain.getCapabilities()).supportsWebhooks).toBe(false);
    expect(manifest.capabilities.supportsWebhooks).toBe(true);
    const others = [{}, { stateMap: { blocked: 'Blocked' } }, { typeMap: { chore: 'Chore' } }];
    expect(new Set(others.map((one) => new AzureDevOpsConnector({ ...config, ...one }).mapping)).size).toBe(
      3,
    );
  });
});

describe('a failure that reading meets', () => {
  it.each(['page', 'plain'] as const)(
    'of a token that is refused, told as %s, shows no token',
    async (refusedToken) => {
      const connector = connectorOf(emulatorOf({ refusedToken }), { token: 'azdo_wrong_token' });
      const error = await connector.listIssues({ limit: 1 }).catch((caught: unknown) => caught);
      expect(error).toMatchObject({ code: 'connector_request', failureClass: 'authentication' });
      expect(String(error)).not.toContain('azdo_wrong_token');
      expect(String(error)).not.toContain(btoa(':azdo_wrong_token'));
    },
  );

  it.each([
    ['a project', { project: 'Nowhere' }, /TF200016/],
    ['an organization', { organization: 'nobody' }, /baseUrl.*organization/],
  ])('of %s that is not there says what to look at', async (_what, given, words) => {
    const page = connectorOf(emulatorOf(), given).listIssues({ limit: 1 });
    await expect(page).rejects.toMatchObject({ failureClass: 'not_found' });
    await expect(page).rejects.toThrow(words);
  });

  it('an item that cannot be read is a failure of its own', async () => {
    const emulator = emulatorOf();
    const person = personAt(emulator);
    const [good, bad] = [person.create({ title: 'good' }), person.create({ title: 'bad' })];
    const fetch: typeof globalThis.fetch = async (input, init) => {
      const answer = await emulator.fetch(input, init);
      return new Response((await answer.text()).replace('"System.Title":"bad"', '"System.Title":7'), answer);
    };
    const page = await connectorOf({ ...emulator, fetch }).listIssues({ limit: 10 });
    expect(page.items.map(({ ref }) => ref.id)).toEqual([String(good.id)]);
    expect(page.failures).toMatchObject([{ location: `work item ${bad.id}` }]);
  });

  it('a success that asks for patience gets it', async () => {
    const emulator = emulatorOf();
    personAt(emulator).create({ title: 'one' });
    const fetch: typeof globalThis.fetch = async (input, init) => {
      const answer = await emulator.fetch(input, init);
      return new Response(await answer.text(), {
        headers: { ...Object.fromEntries(answer.headers), 'retry-after': '7' },
      });
    };
    const began = emulator.time.ms;
    const { items } = await connectorOf({ ...emulator, fetch }).listIssues({ limit: 10 });
    expect([items.length, emulator.log.all.map(({ at }) => Math.floor((at - began) / 1000))]).toEqual([
      1,
      [0, 7, 14],
    ]);
  });
});

test('who asks much waits as long as successes say, and is never refused', async () => {
  const emulator = emulatorOf({ limits: true });
  const item = personAt(emulator).create({ title: 'one' });
  const connector = connectorOf(emulator);
  for (let read = 0; read < 500; ) {
    const wait = await connector.getIssue(refOf(item)).then(
      () => 0,
      (error: { retryAfterMs?: number }) => error.retryAfterMs ?? Number.NaN,
    );
    if (wait === 0) read += 1;
    // What is not sent since it would have to wait long says how long.
    emulator.time.advance(wait);
  }
  expect(emulator.log.all.filter(({ limited }) => limited)).toEqual([]);
});

test('over a connection it is the same', async () => {
  const emulator = emulatorOf();
  await using served = await serve(emulator);
  const options = { baseUrl: served.url };
  const { time, token } = emulator;
  const connector = connectorOf({ fetch: globalThis.fetch, time, token }, options);
  const one = await connector.createIssue(draft({ title: 'one', body: 'text', status: 'done' }));
  const two = await connector.createIssue(draft({ title: 'two', parent: one.ref }));
  await connector.upsertLink(two.ref, { type: 'blocked_by', target: one.ref });
  const { items } = await connector.listIssues({ limit: 10 });
  expect(items).toMatchObject([
    { title: 'one', status: 'done', links: [{ type: 'blocks', target: { id: two.ref.id } }] },
    { title: 'two', parent: { id: one.ref.id }, ref: { url: `${served.url}/acme/Shop/_workitems/edit/2` } },
  ]);
});

describe('a listing', () => {
  it('of more than a query answers is split by time, and shows each item once', async () => {
    const emulator = emulatorOf({ maxIds: 20 });
    const person = personAt(emulator);
    for (let index = 0; index < 90; index += 1) {
      person.create({ title: `issue ${index}` });
      emulator.time.advance(index % 10 === 0 ? 86_400_000 : 1000);
    }
    const connector = connectorOf(emulator);
    const ids: string[] = [];
    for (let cursor: string | undefined; ; ) {
      const page = await connector.listIssues({ limit: 50, ...(cursor === undefined ? {} : { cursor }) });
      ids.push(...page.items.map(({ ref }) => ref.id));
      cursor = page.nextCursor;
      if (cursor === undefined) break;
    }
    expect([ids.length, new Set(ids).size]).toEqual([90, 90]);
  });

  it('goes on for another reader, who asks again from there', async () => {
    const emulator = emulatorOf();
    for (let index = 0; index < 5; index += 1) personAt(emulator).create({ title: `issue ${index}` });
    const { nextCursor } = await connectorOf(emulator).listIssues({ limit: 2 });
    const rest = await connectorOf(emulator).listIssues({ limit: 10, cursor: nextCursor ?? '' });
    expect(rest.items.map(({ ref }) => ref.id)).toEqual(['3', '4', '5']);
  });

  it('is asked for with what its filters say, and with nothing else', async () => {
    const emulator = emulatorOf();
    const queries: string[] = [];
    const fetch: typeof globalThis.fetch = async (input, init) => {
      const request = new Request(input, init);
      const text = await request.clone().text();
      if (request.url.includes('/wiql')) queries.push(String(JSON.parse(text).query));
      return emulator.fetch(request);
    };
    const filters = { labels: ["x' OR [System.Id] > 0 --", 'b'] };
    const { items } = await connectorOf({ ...emulator, fetch }).listIssues({
      limit: 5,
      filters,
      updatedSince: '2026-01-05T09:00:00.999Z',
    });
    expect([items, queries]).toEqual([
      [],
      [
        "SELECT [System.Id] FROM WorkItems WHERE [System.TeamProject] = @project AND [System.ChangedDate] >= '2026-01-05T09:00:00Z' AND [System.Tags] CONTAINS 'x'' OR [System.Id] > 0 --' AND [System.Tags] CONTAINS 'b' ORDER BY [System.Id]",
      ],
    ]);
  });

  it('asks only for what changed, and is told of a relation that made no revision', async () => {
    const emulator = emulatorOf();
    const person = personAt(emulator);
    const [one, two] = [person.create({ title: 'one' }), person.create({ title: 'two' })];
    const connector = connectorOf(emulator);
    const since = { limit: 10, updatedSince: '2026-01-05T09:00:00.000Z' };
    await connector.listIssues({ limit: 10 });
    const from = emulator.log.all.length;
    expect((await connector.listIssues(since)).items.map(({ title }) => title)).toEqual(['one', 'two']);
    expect(emulator.log.counts(from)).toEqual({ 'POST wiql': 1 });
    emulator.state.change(one.id, { relations: [{ rel: 'System.LinkTypes.Related', target: two.id }] });
    expect((await connector.listIssues(since)).items.map(({ links }) => links.length)).toEqual([1, 1]);
    emulator.state.change(two.id, { title: 'changed' });
    expect((await connector.listIssues(since)).items.map(({ title }) => title)).toEqual(['one', 'changed']);
  });

  it('without a revision that can be asked for reads everything', async () => {
    const emulator = emulatorOf();
    personAt(emulator).create({ title: 'one' });
    const fetch: typeof globalThis.fetch = async (input, init) => {
      const request = new Request(input, init);
      const refuses = (await request.clone().text()).includes('System.Rev');
      return refuses ? Response.json({ message: 'TF51005' }, { status: 400 }) : emulator.fetch(request);
    };
    const connector = connectorOf({ ...emulator, fetch });
    await connector.listIssues({ limit: 10 });
    const page = await connector.listIssues({ limit: 10, updatedSince: '2026-01-05T09:00:00.000Z' });
    expect(page.items.map(({ title }) => title)).toEqual(['one']);
  });

  it.each([`${WORKSPACE}#1`, '#1', '1', 'ACME/shop#1'])('of the key %s is the item', async (queryKey) => {
    const emulator = emulatorOf();
    personAt(emulator).create({ title: 'one' });
    const { items } = await connectorOf(emulator).listIssues({ limit: 5, filters: { queryKey } });
    expect(items.map(({ title, ref }) => [title, ref.url])).toEqual([
      ['one', 'https://dev.azure.com/acme/Shop/_workitems/edit/1'],
    ]);
  });
});

describe('a marker', () => {
  it('is a tag of what was created, hidden, and stays when the labels change', async () => {
    const emulator = emulatorOf();
    const connector = connectorOf(emulator);
    const created = await connector.createIssue(draft({ title: 'one', labels: ['a'] }), {
      idempotencyKey: 'key-1',
    });
    expect(created).toMatchObject({ labels: ['a'], correlationKey: 'key-1' });
    const tags = (): string[] => emulator.state.item(Number(created.ref.id)).tags;
    expect(tags()).toEqual(['a', 'spec-kitty-key-1']);
    expect((await connector.updateIssue(created.ref, { labels: [] })).labels).toEqual([]);
    expect(tags()).toEqual(['spec-kitty-key-1']);
    expect([...(await connector.findByIdempotencyKeys(['key-1', 'key-2'])).keys()]).toEqual(['key-1']);
  });

  it("in another account's item is a tag, and none is written", async () => {
    const emulator = emulatorOf();
    const forged = personAt(emulator).create({ title: 'forged', labels: ['spec-kitty-key-1'] });
    const connector = connectorOf(emulator);
    const issue = await connector.getIssue(refOf(forged));
    expect([issue.labels, issue.correlationKey]).toEqual([['spec-kitty-key-1'], undefined]);
    expect((await connector.findByIdempotencyKeys(['key-1'])).size).toBe(0);
    const write = connector.updateIssue(refOf(forged), { labels: ['spec-kitty-key-1', 'Spec-Kitty-x'] });
    await expect(write).rejects.toMatchObject({ code: 'capability_not_supported', fieldPath: 'labels' });
    const kept = await connector.updateIssue(refOf(forged), { labels: ['spec-kitty-key-1', 'a'] });
    expect(kept.labels).toEqual(['a', 'spec-kitty-key-1']);
  });
});

test('two projects under one token share its limits, where the host shares', () => {
  const shared = new Map<string, unknown>();
  for (const [index, token] of ['azdo_one', 'azdo_one', 'azdo_two'].entries())
    new AzureDevOpsConnector({ ...config, project: `p${index}`, token }, { shared });
  expect(shared.size).toBe(2);
  expect([...shared.keys()].join()).not.toContain('azdo_');
});

test('comments of more than one page are all listed, HTML as Markdown, and ours are told from others', async () => {
  const emulator = emulatorOf();
  const item = personAt(emulator).create({ title: 'one' });
  for (let index = 0; index < 230; index += 1)
    emulator.state.comment('ada@acme.example', item.id, `<b>comment</b> ${index}`, 'html');
  const connector = connectorOf(emulator);
  await connector.addComment(refOf(item), '**ours**');
  const comments = await connector.listComments(refOf(item));
  expect([
    comments.length,
    comments[0]?.body,
    comments.filter(({ ours }) => ours).map(({ body }) => body),
  ]).toEqual([231, '**comment** 0', ['**ours**']]);
});

test('what is deleted is in the recycle bin, and deleting what changed since is refused', async () => {
  const emulator = emulatorOf();
  const item = personAt(emulator).create({ title: 'one' });
  const connector = connectorOf(emulator);
  const { version = '' } = await connector.getIssue(refOf(item));
  emulator.state.change(item.id, { title: 'changed' });
  await expect(connector.deleteIssue(refOf(item), { ifVersion: version })).rejects.toMatchObject({
    code: 'sync_conflict',
  });
  await connector.deleteIssue(refOf(item));
  expect(emulator.state.items.get(item.id)?.deletedAt).toBeGreaterThan(0);
  await connector.deleteIssue(refTo('none'));
  expect(
    codes(await connector.updateIssues([{ ref: refOf(item), patch: { title: 'x' }, options: {} }])),
  ).toEqual(['issue_not_found']);
});
