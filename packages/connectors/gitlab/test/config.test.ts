import { expect, it, test } from 'vitest';
import { GitLabConnector, manifest } from '../src/index.ts';

const config = { projectId: 42, token: 'glpat-secret' };

it.each([
  ['a project that is none', { projectId: 'shop' }, 'projectId'],
  ['a project of the number 0', { projectId: 0 }, 'projectId'],
  ['a path that leaves its group', { projectId: 'acme/shop?x' }, 'projectId'],
  ['no address', { baseUrl: 'gitlab.com' }, 'baseUrl'],
  ['another scheme', { baseUrl: 'file:///etc' }, 'baseUrl'],
  ['an unknown option', { color: 'red' }, 'color'],
  ['a label with a comma', { statusLabels: { blocked: 'a,b' } }, 'statusLabels.blocked'],
  [
    'one label for two things',
    { statusLabels: { blocked: 'x' }, priorityLabels: { 0: 'x' } },
    'statusLabels',
  ],
])('%s is refused by name', (_name, given, fieldPath) => {
  expect(() => new GitLabConnector({ ...config, ...given })).toThrow(
    expect.objectContaining({ code: 'connector_config', fieldPath }),
  );
});

test.each([
  [{}, '42', 'https://gitlab.com/api/v4/projects/42/issues'],
  [{ projectId: '42' }, '42', 'https://gitlab.com/api/v4/projects/42/issues'],
  [
    { projectId: 'acme/sub/shop' },
    'acme/sub/shop',
    'https://gitlab.com/api/v4/projects/acme%2Fsub%2Fshop/issues',
  ],
  [
    { baseUrl: 'https://git.example.com/api/v4' },
    'git.example.com/42',
    'https://git.example.com/api/v4/projects/42/issues',
  ],
  [{ baseUrl: 'https://GitLab.com/' }, '42', 'https://gitlab.com/api/v4/projects/42/issues'],
  [
    { baseUrl: 'https://git.example.com:8443/gitlab/' },
    'git.example.com:8443/gitlab/42',
    'https://git.example.com:8443/gitlab/api/v4/projects/42/issues',
  ],
])('%j is the workspace %s, and is asked at %s', async (given, workspace, address) => {
  const urls: string[] = [];
  const fetch = async (input: string | URL | Request): Promise<Response> => {
    urls.push(new Request(input).url);
    return Response.json({ message: '404 Project Not Found' }, { status: 404 });
  };
  const connector = new GitLabConnector({ ...config, ...given }, { fetch });
  const page = connector.listIssues({ limit: 1 });
  await expect(page).rejects.toMatchObject({ failureClass: 'not_found' });
  await expect(page).rejects.toThrow(/projectId.*baseUrl.*token/);
  expect([connector.workspace, connector.scope, urls[0]?.split('?')[0]]).toEqual([
    workspace,
    workspace,
    address,
  ]);
});

test.each([
  ['glpat-secret', { 'private-token': 'glpat-secret' }],
  ['a'.repeat(64), { authorization: `Bearer ${'a'.repeat(64)}` }],
])('the token %s is sent as GitLab wants it', async (token, expected) => {
  let headers: Record<string, string> = {};
  const fetch = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    headers = Object.fromEntries(new Request(input, init).headers);
    return Response.json([]);
  };
  await new GitLabConnector({ ...config, token }, { fetch }).listIssues({ limit: 1 });
  expect(headers).toMatchObject(expected);
});

it('with fewer labels narrows what is held', async () => {
  const narrow = new GitLabConnector({
    ...config,
    statusLabels: {},
    priorityLabels: { 0: 'P0' },
    typeLabels: {},
  });
  expect(await narrow.getCapabilities()).toMatchObject({
    supportsWebhooks: false,
    fields: { status: 'lossy', priority: 'lossy', issueType: 'lossy' },
  });
  expect(manifest.capabilities.fields).toEqual({ assignees: 'lossy', links: 'lossy' });
});

it('of other labels is another mapping', () => {
  const mappings = [{}, { statusLabels: {} }, { typeLabels: { bug: 'kind::bug' } }].map(
    (given) => new GitLabConnector({ ...config, ...given }).mapping,
  );
  expect(new Set(mappings).size).toBe(3);
});

test('two projects under one token share its limits, where the host shares', () => {
  const shared = new Map<string, unknown>();
  const places = [{}, { projectId: 43 }, { token: 'glpat-other' }, { baseUrl: 'https://git.example.com' }];
  for (const place of places) new GitLabConnector({ ...config, ...place }, { shared });
  expect(shared.size).toBe(3);
  expect([...shared.keys()].join()).not.toContain('glpat-');
});
