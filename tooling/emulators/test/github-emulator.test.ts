import { createHmac } from 'node:crypto';
import { describe, expect, it, test } from 'vitest';
import { createGithubEmulator, type GithubEmulator, serve } from '../src/index.ts';

interface Reply {
  status: number;
  headers: Headers;
  body: {
    data?: Record<string, unknown>;
    errors?: { type?: string; path?: unknown[]; message: string }[];
    message?: string;
  };
}

async function ask(
  { fetch, token }: GithubEmulator,
  query: string,
  variables: Record<string, unknown> = {},
  headers: Record<string, string> = {},
): Promise<Reply> {
  const answer = await fetch('https://api.github.com/graphql', {
    method: 'POST',
    headers: { authorization: `bearer ${token}`, 'user-agent': 'test', ...headers },
    body: JSON.stringify({ query, variables }),
  });
  const text = await answer.text();
  const isJson = answer.headers.get('content-type')?.includes('json');
  const body = (isJson ? JSON.parse(text) : { message: text }) as Reply['body'];
  return { status: answer.status, headers: answer.headers, body };
}

const CREATE = 'mutation($i: CreateIssueInput!) { createIssue(input: $i) { issue { id number } } }';
const create = (emulator: GithubEmulator, title: string): Promise<Reply> =>
  ask(emulator, CREATE, { i: { repositoryId: emulator.state.repositoryId, title } });

describe('what is refused', () => {
  it.each([
    ['without a token', { authorization: '' }, 401],
    ['with a wrong token', { authorization: 'bearer nobody' }, 401],
    ['without a user agent', { 'user-agent': '' }, 403],
  ])('a request %s', async (_name, headers, status) => {
    expect((await ask(createGithubEmulator(), '{ viewer { login } }', {}, headers)).status).toBe(status);
  });

  it.each([
    ['an unknown field', '{ viewer { shoeSize } }', undefined],
    ['no document', '{ viewer', undefined],
    [
      'a page without a size',
      '{ repository(owner: "acme", name: "shop") { labels { nodes { id } } } }',
      'MISSING_PAGINATION_BOUNDARIES',
    ],
    [
      'a page that is too large',
      '{ repository(owner: "acme", name: "shop") { labels(first: 101) { nodes { id } } } }',
      'EXCESSIVE_PAGINATION',
    ],
    [
      'more nodes than a query may hold',
      '{ repository(owner: "acme", name: "shop") { issues(first: 100) { nodes { labels(first: 100) { nodes { id } } blocking(first: 100) { nodes { labels(first: 100) { nodes { id } } } } } } } }',
      'MAX_NODE_LIMIT_EXCEEDED',
    ],
  ])('%s, with 200 and without data', async (_name, query, type) => {
    const { status, body } = await ask(createGithubEmulator(), query);
    expect([status, body.data, body.errors?.[0]?.type]).toEqual([200, undefined, type]);
  });

  it('an id that nothing has, in its place', async () => {
    const emulator = createGithubEmulator();
    const { id } = emulator.state.create('ada', { title: 'one' });
    const { body } = await ask(emulator, 'query($ids: [ID!]!) { nodes(ids: $ids) { id } }', {
      ids: [id, 'I_none'],
    });
    expect(body.data?.['nodes']).toEqual([{ id }, null]);
    expect(body.errors).toMatchObject([{ type: 'NOT_FOUND', path: ['nodes', 1] }]);
  });

  it('a mutation alone, and those after it are done', async () => {
    const emulator = createGithubEmulator();
    const input = { repositoryId: emulator.state.repositoryId };
    const { body } = await ask(
      emulator,
      `mutation($a: CreateIssueInput!, $b: CreateIssueInput!, $c: CreateIssueInput!) {
        a: createIssue(input: $a) { issue { number } }
        b: createIssue(input: $b) { issue { number } }
        c: createIssue(input: $c) { issue { number } }
      }`,
      { a: { ...input, title: 'a' }, b: { ...input, title: ' ' }, c: { ...input, title: 'c', labelIds: [] } },
    );
    expect(body.data).toEqual({ a: { issue: { number: 1 } }, b: null, c: { issue: { number: 2 } } });
    expect(body.errors).toMatchObject([{ type: 'UNPROCESSABLE', path: ['b'] }]);
  });

  it.each([
    ['a title that is too long', { title: 'x'.repeat(257) }],
    ['a body that is too long', { title: 'x', body: 'x'.repeat(65_537) }],
    ['a label that is not there', { title: 'x', labelIds: ['LA_none'] }],
    ['people that are not there', { title: 'x', assigneeIds: ['U_none'] }],
    ['a parent that is not there', { title: 'x', parentIssueId: 'I_none' }],
    ['a type that is not there', { title: 'x', issueTypeId: 'IT_none' }],
  ])('%s, and nothing is made', async (_name, fields) => {
    const emulator = createGithubEmulator();
    const { body } = await ask(emulator, CREATE, {
      i: { repositoryId: emulator.state.repositoryId, ...fields },
    });
    expect([body.data?.['createIssue'], emulator.state.issues.size]).toEqual([null, 0]);
  });
});

test('a time as old as the epoch finds nothing', async () => {
  const emulator = createGithubEmulator();
  emulator.state.create('ada', { title: 'one' });
  const query = (since: string): string =>
    `{ repository(owner: "acme", name: "shop") { issues(first: 9, filterBy: { since: "${since}" }) { totalCount } } }`;
  const counts = ['1970-01-01T00:00:00Z', '2001-01-01T00:00:00Z'].map(
    async (since) => (await ask(emulator, query(since))).body.data?.['repository'],
  );
  expect(await Promise.all(counts)).toEqual([{ issues: { totalCount: 0 } }, { issues: { totalCount: 1 } }]);
});

describe('limits', () => {
  it('of what is created come as 403, and pass', async () => {
    const emulator = createGithubEmulator();
    for (let index = 0; index < 80; index += 1) await create(emulator, `issue ${index}`);
    const refused = await create(emulator, 'one too many');
    expect([refused.status, refused.body.message]).toEqual([
      403,
      expect.stringContaining('secondary rate limit'),
    ]);
    emulator.time.advance(60_000);
    expect((await create(emulator, 'later')).status).toBe(200);
  });

  it('of points come as 200 with RATE_LIMITED, and headers tell them', async () => {
    const emulator = createGithubEmulator({ latencyMs: 0 });
    const query = '{ viewer { login } }';
    for (let index = 0; index < 4999; index += 1) await ask(emulator, query);
    const last = await ask(emulator, query);
    expect([last.headers.get('x-ratelimit-remaining'), last.body.errors]).toEqual(['0', undefined]);
    const spent = await ask(emulator, query);
    expect([spent.status, spent.body.errors?.[0]?.type]).toEqual([200, 'RATE_LIMITED']);
    const reset = Number(spent.headers.get('x-ratelimit-reset')) * 1000;
    emulator.time.advance(reset - emulator.time.ms);
    expect((await ask(emulator, query)).body.errors).toBeUndefined();
  });
});

test('a delivery is signed over its bytes', () => {
  const emulator = createGithubEmulator({ webhookSecret: 'secret' });
  const issue = emulator.state.create('ada', { title: 'one' });
  const { headers, body } = emulator.deliver('issues', 'opened', issue);
  const mac = createHmac('sha256', 'secret').update(body).digest('hex');
  expect(headers['X-Hub-Signature-256']).toBe(`sha256=${mac}`);
});

test('it answers on a port of this machine as well', async () => {
  const emulator = createGithubEmulator();
  await using served = await serve(emulator);
  const answer = await fetch(`${served.url}/graphql`, {
    method: 'POST',
    headers: { authorization: `bearer ${emulator.token}`, 'user-agent': 'test' },
    body: JSON.stringify({ query: '{ viewer { login } }' }),
  });
  expect(await answer.json()).toEqual({ data: { viewer: { login: 'spec-kitty-bot' } } });
  expect(emulator.log.counts()).toEqual({ viewer: 1 });
});
