import { createHmac } from 'node:crypto';
import { describe, expect, it, test } from 'vitest';
import { createGitlabEmulator, type GitlabEmulator, seedGitlab } from '../src/index.ts';

interface Reply {
  status: number;
  headers: Headers;
  body: unknown;
}

async function ask(
  { fetch, token }: GitlabEmulator,
  call: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Reply> {
  const [method = 'GET', path = ''] = call.split(' ');
  const answer = await fetch(`https://gitlab.com/api/v4${path}`, {
    method,
    headers: { 'private-token': token, 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  const isJson = answer.headers.get('content-type')?.includes('json');
  return { status: answer.status, headers: answer.headers, body: isJson ? JSON.parse(text) : text };
}

const ISSUES = '/projects/42/issues';
const filled = (count: number, options = {}): GitlabEmulator => {
  const emulator = createGitlabEmulator(options);
  for (let index = 1; index <= count; index += 1) {
    emulator.state.create('ada', { title: `issue ${index}` });
    emulator.time.advance(1000);
  }
  return emulator;
};

describe('what is refused', () => {
  it.each([
    [
      'without a token',
      'GET /user',
      undefined,
      { 'private-token': '' },
      401,
      { message: '401 Unauthorized' },
    ],
    [
      'of an unknown project',
      'GET /projects/7/issues',
      undefined,
      {},
      404,
      { message: '404 Project Not Found' },
    ],
    ['of an unknown issue', `GET ${ISSUES}/9`, undefined, {}, 404, { message: '404 Issue Not Found' }],
    ['of an unknown path', 'GET /milestones', undefined, {}, 404, { error: '404 Not Found' }],
    ['of a method that a path has not', `PATCH ${ISSUES}`, {}, {}, 405, { error: '405 Not Allowed' }],
    ['of an unknown order', `GET ${ISSUES}?sort=up`, undefined, {}, 400, { error: expect.anything() }],
    ['of an unknown parameter', `GET ${ISSUES}?since=1`, undefined, {}, 400, { error: expect.anything() }],
    [
      'of an unknown field',
      `POST ${ISSUES}`,
      { title: 'x', color: 'red' },
      {},
      400,
      { error: expect.anything() },
    ],
    [
      'of a body that is a form',
      `POST ${ISSUES}`,
      { title: 'x' },
      { 'content-type': 'text/plain' },
      415,
      expect.anything(),
    ],
    ['of no change', `PUT ${ISSUES}/1`, {}, {}, 400, { error: expect.anything() }],
    [
      'of a blank title',
      `PUT ${ISSUES}/1`,
      { title: ' ' },
      {},
      400,
      { message: { title: ["can't be blank"] } },
    ],
    [
      'of a title that is too long',
      `POST ${ISSUES}`,
      { title: 'x'.repeat(256) },
      {},
      400,
      { message: { title: [expect.stringContaining('too long')] } },
    ],
    ['of a NUL', `PUT ${ISSUES}/1`, { description: 'a\0b' }, {}, 400, { error: 'string contains null byte' }],
    [
      'that goes too deep by pages',
      `GET ${ISSUES}?per_page=100&page=502`,
      undefined,
      {},
      405,
      { error: expect.stringContaining('keyset') },
    ],
  ])('a request %s', async (_name, call, body, headers, status, expected) => {
    const reply = await ask(filled(1), call, body, headers);
    expect([reply.status, reply.body]).toEqual([status, expected]);
  });

  it('to delete, of whoever is no owner', async () => {
    expect((await ask(filled(1, { role: 'reporter' }), `DELETE ${ISSUES}/1`)).status).toBe(403);
    expect((await ask(filled(1), `DELETE ${ISSUES}/1`)).status).toBe(204);
  });

  it.each([
    ['free', 403],
    ['ce', 400],
    ['premium', 201],
  ] as const)('a relation that is paid for, at %s with %i', async (tier, status) => {
    const body = { target_project_id: 42, target_issue_iid: 2, link_type: 'blocks' };
    expect((await ask(filled(2, { tier }), `POST ${ISSUES}/1/links`, body)).status).toBe(status);
  });
});

describe('a listing', () => {
  const numbers = ({ body }: Reply): number[] => (body as { iid: number }[]).map(({ iid }) => iid);

  it('has at most a hundred on a page, and its bounds are inclusive', async () => {
    const emulator = filled(120);
    const order = 'order_by=updated_at&sort=asc';
    const first = await ask(emulator, `GET ${ISSUES}?${order}&per_page=500`);
    expect([numbers(first).length, first.headers.get('x-next-page')]).toEqual([100, '2']);
    const since = (first.body as { updated_at: string }[])[99]?.updated_at ?? '';
    const rest = await ask(emulator, `GET ${ISSUES}?${order}&per_page=100&updated_after=${since}`);
    expect([numbers(rest).length, numbers(rest)[0], rest.headers.get('x-next-page')]).toEqual([21, 100, '']);
    const others = await ask(
      emulator,
      `GET ${ISSUES}?${order}&per_page=100&updated_after=${since}&not[iids][]=100&not[iids][]=101`,
    );
    expect(numbers(others)[0]).toBe(102);
  });

  it('shifts its pages where somebody edits', async () => {
    const emulator = filled(6);
    const page = (number: number) =>
      ask(emulator, `GET ${ISSUES}?order_by=updated_at&sort=asc&per_page=2&page=${number}`);
    const first = numbers(await page(1));
    emulator.state.change(emulator.state.byNumber(emulator.state.project, 1).id, { title: 'edited' });
    expect([first, numbers(await page(2))]).toEqual([
      [1, 2],
      [4, 5],
    ]);
  });

  it('shows no created issue before its lag is over, and no confidential one to a guest', async () => {
    const late = filled(0, { listLagMs: 3000 });
    await ask(late, `POST ${ISSUES}`, { title: 'late' });
    expect(numbers(await ask(late, `GET ${ISSUES}`))).toEqual([]);
    late.time.advance(3000);
    expect(numbers(await ask(late, `GET ${ISSUES}`))).toEqual([1]);
    const guest = filled(1, { role: 'guest' });
    guest.state.create('ada', { title: 'secret', confidential: true });
    expect(numbers(await ask(guest, `GET ${ISSUES}`))).toEqual([1]);
    expect((await ask(guest, `GET ${ISSUES}/2`)).status).toBe(404);
  });
});

test('labels of one scope exclude each other where that is paid for, and unknown ones are made', async () => {
  for (const [tier, labels] of [
    ['premium', ['status::b']],
    ['free', ['status::a', 'status::b']],
  ] as const) {
    const emulator = filled(1, { tier });
    await ask(emulator, `PUT ${ISSUES}/1`, { add_labels: 'status::a' });
    const { body } = await ask(emulator, `PUT ${ISSUES}/1`, { add_labels: 'status::b' });
    expect((body as { labels: string[] }).labels).toEqual(labels);
  }
});

test('without a paid feature, of several assignees the first is taken, and nothing is said', async () => {
  const { body } = await ask(filled(1, { tier: 'free' }), `PUT ${ISSUES}/1`, { assignee_ids: [101, 102] });
  expect((body as { assignees: { id: number }[] }).assignees.map(({ id }) => id)).toEqual([101]);
});

test('lines that are commands are done, and are in no text', async () => {
  const { body } = await ask(filled(0), `POST ${ISSUES}`, {
    title: 'x',
    description: 'text\n/close\n/label ~a\n```\n/close\n```',
  });
  expect(body).toMatchObject({ state: 'closed', labels: ['a'], description: 'text\n```\n/close\n```' });
});

test('relations move the times of both ends, and two issues have one at most', async () => {
  const emulator = filled(2);
  const before = emulator.state.byNumber(emulator.state.project, 2).updatedAt;
  const body = { target_project_id: 'acme/shop', target_issue_iid: 2 };
  await ask(emulator, `POST ${ISSUES}/1/links`, body);
  expect(emulator.state.byNumber(emulator.state.project, 2).updatedAt).toBeGreaterThan(before);
  const again = await ask(emulator, `POST ${ISSUES}/2/links`, {
    ...body,
    target_issue_iid: 1,
    link_type: 'blocks',
  });
  expect([again.status, again.body]).toEqual([409, { message: 'Issue(s) already assigned' }]);
});

describe('limits', () => {
  it('of requests are told on every answer, and end in plain text', async () => {
    const emulator = createGitlabEmulator({ latencyMs: 0 });
    let reply = await ask(emulator, 'GET /user');
    expect(reply.headers.get('ratelimit-remaining')).toBe('1999');
    for (let count = 0; count < 2000; count += 1) reply = await ask(emulator, 'GET /user');
    expect([reply.status, reply.body, reply.headers.get('retry-after')]).toEqual([
      429,
      'Retry later\n',
      '60',
    ]);
    emulator.time.advance(60_000);
    expect((await ask(emulator, 'GET /user')).status).toBe(200);
  });

  it('of creations come without a time to wait', async () => {
    const emulator = createGitlabEmulator({ latencyMs: 0 });
    let reply = await ask(emulator, `POST ${ISSUES}`, { title: 'x' });
    for (let count = 0; count < 200; count += 1)
      reply = await ask(emulator, `POST ${ISSUES}`, { title: 'x' });
    expect([reply.status, reply.headers.get('retry-after')]).toEqual([429, null]);
    expect(emulator.log.all.at(-1)).toMatchObject({ limited: true, kind: 'write' });
  });
});

test('a moved issue stays closed where it was, with the id that it has now', async () => {
  const emulator = filled(1, {
    projects: [
      { id: 42, path: 'acme/shop' },
      { id: 43, path: 'acme/other' },
    ],
  });
  const there = emulator.state.move(7001, emulator.state.projectNamed('acme/other'));
  const { body } = await ask(emulator, `GET ${ISSUES}/1`);
  expect(body).toMatchObject({ state: 'closed', moved_to_id: there.id });
  expect((await ask(emulator, 'GET /projects/acme%2Fother/issues/1')).status).toBe(200);
});

test('a delivery has a token, or is signed over its id, its time and its bytes', () => {
  const emulator = filled(1);
  const issue = emulator.state.issue(7001);
  const plain = emulator.deliver('Issue Hook', 'update', issue);
  expect(plain.headers).toMatchObject({ 'X-Gitlab-Event': 'Issue Hook', 'X-Gitlab-Token': 'hook secret' });
  const { headers, body } = emulator.deliver('Note Hook', 'create', issue, { proof: 'signature' });
  const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${new TextDecoder().decode(body)}`;
  const mac = createHmac('sha256', 'hook secret').update(signed).digest('base64');
  expect([headers['webhook-signature'], headers['X-Gitlab-Token']]).toEqual([`v1,${mac}`, undefined]);
});

test('what is seeded is the same for one seed', () => {
  const [one, two] = [filled(0), filled(0)];
  for (const emulator of [one, two]) seedGitlab(emulator, 50, 3);
  expect([...one.state.issues.values()]).toEqual([...two.state.issues.values()]);
  expect(one.state.links.size).toBeGreaterThan(0);
});
