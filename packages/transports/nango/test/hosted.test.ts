import { canonicalIssue, type SharedState } from '@spec-kitty/tracker-core';
import { describe, expect, it, test } from 'vitest';
import {
  createHostedConnector,
  createProxyFetch,
  discoverResources,
  discoverWorkspaces,
} from '../src/index.ts';
import { NANGO_URL, PROVIDERS, world } from './fixtures.ts';

async function failed(call: Promise<unknown>): Promise<Error & Record<string, unknown>> {
  try {
    await call;
  } catch (error) {
    return error as Error & Record<string, unknown>;
  }
  throw new Error('it did not fail');
}

test.each(PROVIDERS)('%s reads and writes through the proxy', async (provider) => {
  const held = world();
  const connector = await held.connect(provider);
  const ref = { system: connector.name, workspace: connector.workspace, id: 'draft:1' };
  const created = await connector.createIssue(canonicalIssue({ ref, title: 'made', labels: ['new'] }), {
    idempotencyKey: 'key-1',
  });
  expect(await connector.updateIssue(created.ref, { title: 'changed' })).toMatchObject({ title: 'changed' });
  expect((await connector.listIssues({ limit: 10 })).items.map(({ title }) => title)).toEqual(['changed']);
  expect(held.nango.wire.every(({ url }) => url.includes('/proxy/'))).toBe(true);
});

test('no credential of a provider, and nothing that stands for one, is on the wire', async () => {
  const held = world();
  for (const provider of PROVIDERS) {
    const connector = await held.connect(provider);
    await connector.listIssues({ limit: 1 });
    await discoverWorkspaces(provider, held.contextOf(provider), held.options);
  }
  expect(held.nango.wire.length).toBeGreaterThan(3);
  for (const { headers, body, url } of held.nango.wire) {
    const text = JSON.stringify([headers, body, url]);
    for (const secret of held.secrets) expect(text).not.toContain(secret);
    expect(headers.filter(([name]) => name === 'authorization')).toEqual([
      ['authorization', `Bearer ${held.nango.secret}`],
    ]);
    expect(headers.some(([name]) => name === 'nango-proxy-authorization')).toBe(false);
  }
});

describe('what cannot be hosted', () => {
  it.each([
    ['a provider that is not installed', 'beads', {}, 'provider', /npm install @spec-kitty\/tracker-beads/],
    [
      'azure-devops, in this release',
      'azure-devops',
      {},
      'provider',
      /not work over a hosted connection in this release/,
    ],
    ['one that is not hosted', 'memory', {}, 'provider', /not work over a hosted connection/],
    ['params without a repository', 'github', { owner: 'acme' }, 'params.repo', /repo/],
    ['params that are unknown', 'github', { owner: 'a', repo: 'b', token: 'x' }, 'params.token', /token/],
    ['params that are none', 'linear', { teamId: 'TEAM' }, 'params.teamId', /UUID/],
  ])('%s', async (_name, provider, params, fieldPath, message) => {
    const { options, contextOf } = world();
    const error = await failed(
      createHostedConnector({ provider, nangoContext: contextOf('github'), params }, options),
    );
    expect(error).toMatchObject({ code: 'connector_config', fieldPath });
    expect(error.message).toMatch(message);
  });

  it.each([
    ['nangoSecretKey', { nangoSecretKey: 'two words' }],
    ['connectionId', { connectionId: 'a\r\nX-Other: b' }],
    ['nangoBaseUrl', { nangoBaseUrl: 'ftp://nango.example' }],
    ['nangoBaseUrl', { nangoBaseUrl: 'https://nango.example/?x=' }],
  ])('a context with a bad %s, whose value is not told', async (field, changes) => {
    const { options, contextOf } = world();
    const nangoContext = contextOf('github', changes);
    const params = { owner: 'acme', repo: 'shop' };
    const error = await failed(createHostedConnector({ provider: 'github', nangoContext, params }, options));
    expect(error).toMatchObject({ code: 'connector_config', fieldPath: `nangoContext.${field}` });
    for (const value of Object.values(changes)) expect(error.message).not.toContain(value);
  });
});

describe('what the proxy refuses', () => {
  const listed = async (changes: object) => {
    const { options, contextOf } = world();
    const params = { owner: 'acme', repo: 'shop' };
    const nangoContext = contextOf('github', changes);
    const connector = await createHostedConnector({ provider: 'github', nangoContext, params }, options);
    return failed(connector.listIssues({ limit: 1 }));
  };

  it('a connection that is not there has to be made again by its user', async () => {
    const error = await listed({ connectionId: 'nobody' });
    expect(error).toMatchObject({ code: 'hosted_auth_required', failureClass: 'authentication' });
    expect(error.message).toContain('connect it again');
  });

  it('a wrong secret is the host’s, and is not told', async () => {
    const error = await listed({ nangoSecretKey: 'a-wrong-secret' });
    expect(error).toMatchObject({ code: 'connector_request', failureClass: 'authentication' });
    expect(JSON.stringify([error, error.message])).not.toContain('a-wrong-secret');
  });

  it('another integration is told', async () => {
    expect(await listed({ providerConfigKey: 'other' })).toMatchObject({ failureClass: 'validation' });
  });
});

test('a connection that its provider refuses has to be made again', async () => {
  const held = world();
  const connection = held.nango.connections.get('user-1-github');
  if (connection) connection.headers = { authorization: 'Bearer revoked' };
  const error = await failed((await held.connect('github')).listIssues({ limit: 1 }));
  expect(error).toMatchObject({ code: 'hosted_auth_required' });
});

describe('the proxy', () => {
  const proxyOf = (reply: (request: Request) => Response) => {
    const seen: Request[] = [];
    const inner: typeof fetch = async (input, init) => {
      const request = new Request(input, init);
      seen.push(request);
      return reply(request);
    };
    const { contextOf } = world();
    return { seen, fetch: createProxyFetch('sample', contextOf('github'), inner) };
  };

  it.each([
    ['https://api.example/a/b?x=1', `${NANGO_URL}/proxy/a/b?x=1`],
    ['https://api.example/a/../b', `${NANGO_URL}/proxy/b`],
    ['https://api.example/a%2Fb', `${NANGO_URL}/proxy/a%2Fb`],
    ['https://api.example//elsewhere.example/x', `${NANGO_URL}/proxy//elsewhere.example/x`],
  ])('%s is asked for under it', async (asked, url) => {
    const { seen, fetch } = proxyOf(() => Response.json({}));
    await fetch(asked);
    expect(seen.map((one) => one.url)).toEqual([url]);
  });

  it.each([
    ['https://api.example/a/..%2F..%2Fsecret'],
    ['https://api.example/a/%252e%252e/secret'],
    ['https://api.example/a/..%5Csecret'],
    ['https://api.example/%2e%2e%2fsecret'],
  ])('%s leads out of it, and is not sent', async (asked) => {
    const { seen, fetch } = proxyOf(() => Response.json({}));
    expect(await failed(fetch(asked))).toMatchObject({ failureClass: 'non_retryable' });
    expect(seen).toEqual([]);
  });

  it('hands redirects on, and follows none', async () => {
    const reply = () =>
      new Response(null, { status: 302, headers: { location: 'https://elsewhere.example/' } });
    const { seen, fetch } = proxyOf(reply);
    expect((await fetch('https://api.example/a')).status).toBe(302);
    expect(seen.map((one) => one.redirect)).toEqual(['manual']);
  });

  it('gets no header of its caller but under its prefix, and credentials not at all', async () => {
    const { seen, fetch } = proxyOf(() => Response.json({}));
    const headers = {
      authorization: 'Bearer x',
      'private-token': 'x',
      cookie: 'x',
      accept: 'a/b',
      'x-one': '1',
    };
    await fetch('https://api.example/a', {
      method: 'PATCH',
      headers: { ...headers, 'content-type': 'application/json-patch+json' },
      body: '[]',
    });
    const sent = Object.fromEntries(seen[0]?.headers ?? []);
    expect(sent).toMatchObject({
      'nango-proxy-accept': 'a/b',
      'nango-proxy-x-one': '1',
      'content-type': 'application/json',
      'nango-proxy-content-type': 'application/json-patch+json',
    });
    expect(Object.values(sent)).not.toContain('x');
    expect(Object.keys(sent)).not.toContain('x-one');
  });
});

describe('discovery', () => {
  it('finds the owners and repositories of GitHub, each with what a connector takes', async () => {
    const held = world();
    const context = held.contextOf('github');
    const found = await discoverWorkspaces('github', context, held.options);
    expect(found.items.map(({ kind, name }) => [kind, name])).toEqual([
      ['user', 'spec-kitty-bot'],
      ['organization', 'acme'],
    ]);
    const [, organisation] = found.items;
    if (!organisation) throw new Error('no organisation');
    const { items, truncated } = await discoverResources('github', organisation, context, held.options);
    expect([items.map(({ displayName }) => displayName), truncated]).toEqual([['acme/shop'], false]);
    const params = items[0]?.connectorParams ?? {};
    const connector = await createHostedConnector(
      { provider: 'github', nangoContext: context, params },
      held.options,
    );
    expect(connector.workspace).toBe('acme/shop');
  });

  it('finds the teams of Linear', async () => {
    const held = world();
    const context = held.contextOf('linear');
    const [workspace] = (await discoverWorkspaces('linear', context, held.options)).items;
    if (!workspace) throw new Error('no workspace');
    const { items } = await discoverResources('linear', workspace, context, held.options);
    expect(items.map(({ connectorParams }) => connectorParams)).toContainEqual({
      teamId: held.linear.teamId,
    });
  });

  it.each([
    ['gitlab', 'spec-kitty-bot', 'group', 'acme', { projectId: 42 }],
    ['jira', undefined, 'site', 'acme.atlassian.net', { site: 'acme.atlassian.net', projectKey: 'SHOP' }],
  ] as const)(
    'finds what a connection to %s reaches, and it connects',
    async (provider, user, kind, name, params) => {
      const held = world();
      const context = held.contextOf(provider);
      const { items } = await discoverWorkspaces(provider, context, held.options);
      expect(items.map((one) => one.name)).toEqual(user === undefined ? [name] : [user, name]);
      const workspace = items.find((one) => one.kind === kind);
      if (!workspace) throw new Error('no workspace');
      const found = await discoverResources(provider, workspace, context, held.options);
      expect(found.truncated).toBe(false);
      const [resource] = found.items;
      expect(resource?.connectorParams).toMatchObject(params);
      held.people[provider].create({ title: 'an issue' });
      held.nango.time.advance(60_000);
      const connector = await createHostedConnector(
        { provider, nangoContext: context, params: resource?.connectorParams ?? {} },
        held.options,
      );
      expect((await connector.listIssues({ limit: 5 })).items.map(({ title }) => title)).toEqual([
        'an issue',
      ]);
    },
  );

  it('of a provider that has none is refused by name', async () => {
    const { options, contextOf } = world();
    expect(await failed(discoverWorkspaces('memory', contextOf('github'), options))).toMatchObject({
      code: 'connector_config',
      fieldPath: 'provider',
    });
  });
});

test('connections share nothing of their limits with one another, and all of one connection do', async () => {
  const { options, contextOf, linear, nango } = world();
  const shared = new Map<string, unknown>();
  const names = new Set<string>();
  const sharedState: SharedState = {
    update: async (name, change) => {
      names.add(name);
      return change(undefined, 0).answer;
    },
  };
  const params = { teamId: linear.teamId };
  for (const connectionId of ['one', 'one', 'two']) {
    const connector = await createHostedConnector(
      { provider: 'linear', nangoContext: contextOf('linear', { connectionId }), params },
      { ...options, context: { ...options.context, shared, sharedState } },
    );
    expect(nango.wire).toHaveLength(0);
    await connector.getIssue({ system: 'linear', workspace: 'linear', id: 'none' }).catch(() => {});
    nango.wire.length = 0;
  }
  expect([...shared.values()].map((own) => own instanceof Map && own.size)).toEqual([1, 1]);
  expect(names.size).toBe(2);
});
