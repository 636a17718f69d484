import { describe, expect, it, test } from 'vitest';
import { JiraConnector, manifest } from '../src/index.ts';
import { BASE, connectorOf, draft, emulatorOf, personAt, refOf, WORKSPACE } from './fixtures.ts';

const config = { ...BASE, email: 'bot@acme.example', apiToken: 'ATATT-secret' };

describe('the configuration', () => {
  it.each([
    ['no address', { baseUrl: 'acme.atlassian.net' }, 'baseUrl'],
    ['another scheme', { baseUrl: 'file:///etc' }, 'baseUrl'],
    ['a project that is none', { projectKey: 'SHOP" OR project = "OPS' }, 'projectKey'],
    ['an unknown option', { color: 'red' }, 'color'],
    ['both ways of authentication', { accessToken: 'x' }, 'accessToken'],
    ['a field that is none', { missionFieldId: 'mission' }, 'missionFieldId'],
    ['one name for two statuses', { statusNameMap: { todo: 'Open', blocked: 'open' } }, 'statusNameMap'],
    ['one name for two types', { issueTypeNames: { bug: 'Task' } }, 'issueTypeNames'],
  ])('%s is refused by name', (_name, given, fieldPath) => {
    expect(() => new JiraConnector({ ...config, ...given })).toThrow(
      expect.objectContaining({ code: 'connector_config', fieldPath }),
    );
  });

  it.each([
    [{}, 'apiToken'],
    [{ email: 'a@b.example' }, 'apiToken'],
    [{ apiToken: 'x' }, 'email'],
  ])('without credentials (%j) says which', (given, fieldPath) => {
    expect(() => new JiraConnector({ ...BASE, ...given })).toThrow(expect.objectContaining({ fieldPath }));
  });

  it('of a gateway is named by its site, else by its whole address', async () => {
    const baseUrl = 'https://api.atlassian.com/ex/jira/cloud-1/';
    const at = (site?: string) =>
      new JiraConnector({ projectKey: 'SHOP', accessToken: 'x', baseUrl, ...(site ? { site } : {}) });
    expect([at().workspace, at(WORKSPACE).workspace, at(WORKSPACE).scope]).toEqual([
      'api.atlassian.com/ex/jira/cloud-1',
      WORKSPACE,
      'SHOP',
    ]);
    const emulator = emulatorOf({ basePath: '/ex/jira/cloud-1' });
    const { fetch, time, accessToken } = emulator;
    const connector = new JiraConnector(
      { projectKey: 'SHOP', accessToken, baseUrl, site: WORKSPACE },
      { fetch, clock: time.clock, sleep: time.sleep },
    );
    const created = await connector.createIssue(draft({ title: 'one' }));
    expect(created.ref).toMatchObject({ workspace: WORKSPACE, url: `https://${WORKSPACE}/browse/SHOP-1` });
  });

  it('without a field for missions, or a secret, narrows what is held', async () => {
    expect(await new JiraConnector(config).getCapabilities()).toMatchObject({
      supportsWebhooks: false,
      supportsCustomFields: false,
    });
    expect(manifest.capabilities.supportsCustomFields).toBe(true);
    const emulator = emulatorOf();
    const { time, fetch, email, apiToken } = emulator;
    const connector = new JiraConnector({ ...BASE, email, apiToken }, { fetch, clock: time.clock });
    const ref = refOf(personAt(emulator).create({ title: 'one' }));
    await expect(
      connector.updateIssue(ref, { customFields: { spec_kitty_mission: {} } }),
    ).rejects.toMatchObject({
      capability: 'customFields',
      message: expect.stringContaining('missionFieldId'),
    });
  });

  it('of other names is another mapping', () => {
    const mappings = [
      {},
      { statusNameMap: {} },
      { defaultIssueType: 'Story' },
      { missionFieldId: 'customfield_1' },
    ].map((given) => new JiraConnector({ ...config, ...given }).mapping);
    expect(new Set(mappings).size).toBe(4);
  });
});

describe('a failure that reading meets', () => {
  it('of credentials that are refused is one of authentication, and shows none of them', async () => {
    const connector = connectorOf(emulatorOf(), { apiToken: 'ATATT-wrong-token' });
    const error = await connector.listIssues({ limit: 1 }).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ failureClass: 'authentication', statusCode: 401 });
    expect(String(error)).not.toContain('ATATT');
  });

  it('of a project that is not there is said in the words of Jira', async () => {
    const page = connectorOf(emulatorOf(), { projectKey: 'NOWHERE' }).listIssues({ limit: 1 });
    await expect(page).rejects.toMatchObject({ failureClass: 'validation' });
    await expect(page).rejects.toThrow(/NOWHERE.*project/);
  });

  it('of a page for people names the option to look at', async () => {
    const fetch = async () => new Response('<html>', { status: 200 });
    const connector = new JiraConnector(config, { fetch });
    await expect(connector.listIssues({ limit: 1 })).rejects.toThrow(/baseUrl/);
  });

  it('an issue that cannot be read is a failure of its own', async () => {
    const emulator = emulatorOf();
    const person = personAt(emulator);
    const [good, bad] = [person.create({ title: 'good' }), person.create({ title: 'bad' })];
    const fetch: typeof globalThis.fetch = async (input, init) => {
      const answer = await emulator.fetch(input, init);
      return new Response((await answer.text()).replace('"summary":"bad"', '"summary":7'), answer);
    };
    const page = await connectorOf({ ...emulator, fetch }).listIssues({ limit: 10 });
    expect(page.items.map(({ ref }) => ref.id)).toEqual([good.id]);
    expect(page.failures).toMatchObject([{ location: bad.key }]);
  });

  it('a limit is waited for where it ends soon', async () => {
    const emulator = emulatorOf();
    personAt(emulator).create({ title: 'one' });
    let limits = 1;
    const fetch: typeof globalThis.fetch = async (input, init) => {
      if (limits === 0) return emulator.fetch(input, init);
      limits -= 1;
      return new Response('{"errorMessages":["Rate limit exceeded."]}', {
        status: 429,
        headers: { 'retry-after': '5', 'ratelimit-reason': 'jira-burst-based' },
      });
    };
    const began = emulator.time.ms;
    const page = await connectorOf({ ...emulator, fetch }).listIssues({ limit: 1 });
    expect([page.items.length, emulator.time.ms - began >= 5000]).toEqual([1, true]);
  });

  it('a listing whose token has expired begins again', async () => {
    const emulator = emulatorOf();
    const person = personAt(emulator);
    for (const title of ['a', 'b', 'c']) person.create({ title });
    const connector = connectorOf(emulator);
    const { nextCursor = '' } = await connector.listIssues({ limit: 1 });
    emulator.time.advance(8 * 86_400_000);
    await expect(connector.listIssues({ limit: 1, cursor: nextCursor })).rejects.toMatchObject({
      kind: 'cursor',
      reason: 'expired',
    });
  });
});

describe('what was written just now', () => {
  it('is listed although the index does not know it yet', async () => {
    const emulator = emulatorOf({ indexLagMs: 25_000 });
    const connector = connectorOf(emulator);
    const created = await connector.createIssue(draft({ title: 'one' }), { idempotencyKey: 'key-1' });
    await connector.updateIssue(created.ref, { title: 'two' });
    const titles = async (one: JiraConnector) =>
      (await one.listIssues({ limit: 10 })).items.map(({ title }) => title);
    expect([await titles(connector), await titles(connectorOf(emulator))]).toEqual([['two'], []]);
    expect([...(await connector.findByIdempotencyKeys(['key-1'])).keys()]).toEqual(['key-1']);
  });

  it('is named the same on every page', async () => {
    const emulator = emulatorOf({ indexLagMs: 25_000 });
    const connector = connectorOf(emulator);
    for (const title of ['a', 'b', 'c']) await connector.createIssue(draft({ title }));
    const first = await connector.listIssues({ limit: 2 });
    await connector.createIssue(draft({ title: 'd' }));
    const second = await connector.listIssues({ limit: 2, cursor: first.nextCursor ?? '' });
    expect([...first.items, ...second.items].map(({ title }) => title)).toEqual(['a', 'b', 'c']);
  });
});

test('the time zone of the account is read again after an hour', async () => {
  const emulator = emulatorOf();
  const connector = connectorOf(emulator);
  for (const minutes of [0, 50, 20, 20]) {
    emulator.time.advance(minutes * 60_000);
    await connector.listIssues({ limit: 1 });
  }
  expect(emulator.log.counts()).toMatchObject({ 'GET /myself': 2, 'POST /search/jql': 4 });
});

describe('a marker', () => {
  it('is a property and a label that is not shown, and stays when labels change', async () => {
    const emulator = emulatorOf();
    const connector = connectorOf(emulator);
    const created = await connector.createIssue(draft({ title: 'one', labels: ['bug'] }), {
      idempotencyKey: 'key-1',
    });
    expect(created).toMatchObject({ labels: ['bug'], correlationKey: 'key-1' });
    const changed = await connector.updateIssue(created.ref, { labels: ['other'] }, { previous: created });
    const stored = emulator.state.issue(created.ref.id);
    expect([changed.labels, stored.labels]).toEqual([
      ['other'],
      [expect.stringMatching(/^spec-kitty-[0-9a-f]{20}$/), 'other'],
    ]);
    const [label = ''] = stored.labels;
    await expect(connector.updateIssue(created.ref, { labels: [label] })).rejects.toMatchObject({
      capability: 'labels',
    });
  });

  it("in another account's issue is not believed", async () => {
    const emulator = emulatorOf();
    const connector = connectorOf(emulator);
    const ours = await connector.createIssue(draft({ title: 'ours' }), { idempotencyKey: 'key-1' });
    const { labels, properties } = emulator.state.issue(ours.ref.id);
    const forged = emulator.state.create(emulator.people[0] ?? '', { summary: 'forged', labels, properties });
    emulator.state.delete(ours.ref.id);
    emulator.time.advance(60_000);
    expect((await connector.getIssue(refOf(forged))).correlationKey).toBeUndefined();
    expect((await connector.findByIdempotencyKeys(['key-1'])).size).toBe(0);
  });
});

test('comments of more than one page are all listed, and ours are told from others', async () => {
  const emulator = emulatorOf();
  const issue = personAt(emulator).create({ title: 'one' });
  const document = {
    type: 'doc',
    version: 1,
    content: [{ type: 'paragraph', content: [{ type: 'text', text: 'x' }] }],
  };
  for (let index = 0; index < 120; index += 1)
    emulator.state.comment(emulator.people[0] ?? '', issue.id, document);
  const connector = connectorOf(emulator);
  await connector.addComment(refOf(issue), '* ours\n\n<!-- hidden -->');
  const comments = await connector.listComments(refOf(issue));
  expect([comments.length, comments.filter(({ ours }) => ours).map(({ body }) => body)]).toEqual([
    121,
    ['* ours\n\n<!-- hidden -->'],
  ]);
  const [made] = [...emulator.state.comments.values()].slice(-1);
  expect(JSON.stringify(made?.body)).not.toContain('hidden');
});

test('two projects under one account share its limits, where the host shares', () => {
  const shared = new Map<string, unknown>();
  for (const [index, apiToken] of ['token-one', 'token-one', 'token-two'].entries())
    new JiraConnector({ ...config, projectKey: `P${index}`, apiToken }, { shared });
  expect(shared.size).toBe(2);
  expect([...shared.keys()].join()).not.toContain('token-');
});
