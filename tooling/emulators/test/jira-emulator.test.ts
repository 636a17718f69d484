import { describe, expect, it, test } from 'vitest';
import {
  adfOf,
  createJiraEmulator,
  type JiraEmulator,
  type JiraEmulatorOptions,
  seedJira,
} from '../src/index.ts';

const ORIGIN = 'https://acme.example';

function opened(options: JiraEmulatorOptions = {}) {
  const emulator = createJiraEmulator(options);
  const call = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const answer = await emulator.fetch(`${ORIGIN}/rest/api/3${path}`, {
      method,
      headers: {
        authorization: `Bearer ${emulator.accessToken}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return {
      status: answer.status,
      headers: answer.headers,
      body: text === '' ? undefined : JSON.parse(text),
    };
  };
  const person = (title: string) => emulator.state.create(emulator.people[0] ?? '', { summary: title });
  const search = async (jql: string, more: object = {}): Promise<string[]> => {
    const { body } = await call('POST', '/search/jql', { jql, fields: ['summary'], ...more });
    return body.issues.map((issue: { fields: { summary: string } }) => issue.fields.summary);
  };
  return { emulator, call, person, search };
}

const task = (fields: object) => ({
  fields: { project: { key: 'SHOP' }, issuetype: { id: '10001' }, ...fields },
});

test('credentials are basic or a bearer, and nothing else', async () => {
  const { emulator, call } = opened();
  const basic = `Basic ${btoa(`${emulator.email}:${emulator.apiToken}`)}`;
  const statuses: number[] = [];
  for (const authorization of [
    basic,
    `Bearer ${emulator.accessToken}`,
    'Bearer other',
    `Basic ${btoa('a:b')}`,
  ])
    statuses.push((await call('GET', '/myself', undefined, { authorization })).status);
  expect(statuses).toEqual([200, 200, 401, 401]);
});

describe('a query', () => {
  it.each([
    ['project = SHOP AND summary ~ "basket"', 200],
    ['order by updated', 400],
    ['project = NOWHERE', 400],
    ['project = select', 400],
    ['project = "SHOP', 400],
    ['project = SHOP AND labels = "a\\qb"', 400],
    ['project = SHOP AND labels = "a\\"b\\\\"', 200],
    ['project = SHOP AND updated >= "2026-01-05T09:00:00Z"', 400],
    ['project = SHOP AND assignee = "nobody"', 400],
    ['project = SHOP AND summary ~ "a*b"', 400],
    ['project = SHOP AND color = red', 400],
    ['project = SHOP ORDER BY updated ASC, key ASC', 200],
  ])('%s is answered %i', async (jql, status) => {
    expect((await opened().call('POST', '/search/jql', { jql })).status).toBe(status);
  });

  it.each([
    ['America/New_York', '2026-01-05 04:01'],
    ['Europe/Moscow', '2026-01-05 12:01'],
    ['Asia/Kolkata', '2026-01-05 14:31'],
  ])('reads its times in the zone of the account: %s', async (timeZone, since) => {
    const { emulator, person, search } = opened({ timeZone, latencyMs: 0 });
    person('early');
    emulator.time.advance(60_000);
    person('late');
    expect(await search(`project = SHOP AND updated >= "${since}"`)).toEqual(['late']);
  });

  it('sees what was written only after a while, unless it is named', async () => {
    const { emulator, person, search } = opened({ indexLagMs: 5000 });
    const { id } = person('new');
    expect(await search('project = SHOP')).toEqual([]);
    expect(await search('project = SHOP', { reconcileIssues: [Number(id)] })).toEqual(['new']);
    emulator.time.advance(5000);
    expect(await search('project = SHOP')).toEqual(['new']);
  });

  it('is answered by pages, some of them short, with a token that is bound to it and lives for seven days', async () => {
    const { emulator, call } = opened();
    seedJira(emulator, 300);
    const jql = 'project = SHOP ORDER BY updated ASC, key ASC';
    const sizes: number[] = [];
    let token: string | undefined;
    do {
      const page: { body: { issues: unknown[]; nextPageToken?: string } } = await call(
        'POST',
        '/search/jql',
        {
          jql,
          fields: ['summary'],
          maxResults: 60,
          ...(token === undefined ? {} : { nextPageToken: token }),
        },
      );
      sizes.push(page.body.issues.length);
      token = page.body.nextPageToken ?? undefined;
      if (sizes.length === 1) {
        const other = await call('POST', '/search/jql', { jql: 'project = OPS', nextPageToken: token });
        expect(other.status).toBe(400);
      }
    } while (token !== undefined);
    expect([sizes.reduce((sum, one) => sum + one, 0), sizes.includes(48)]).toEqual([300, true]);
    const { body } = await call('POST', '/search/jql', { jql, maxResults: 10 });
    emulator.time.advance(8 * 86_400_000);
    expect((await call('POST', '/search/jql', { jql, nextPageToken: body.nextPageToken })).status).toBe(400);
  });

  it('at the old address is gone', async () => {
    expect((await opened().call('GET', '/search')).status).toBe(410);
  });
});

describe('a create', () => {
  it.each([
    ['a summary with a line end', { summary: 'a\nb' }, 'summary'],
    ['a long summary', { summary: 'x'.repeat(256) }, 'summary'],
    ['a label with a space', { summary: 'a', labels: ['a b'] }, 'labels'],
    ['a description that is no document', { summary: 'a', description: 'text' }, 'description'],
    [
      'a list without items',
      { summary: 'a', description: { ...adfOf('x'), content: [{ type: 'bulletList' }] } },
      'description',
    ],
    ['nobody as assignee', { summary: 'a', assignee: { accountId: 'x' } }, 'assignee'],
    ['a status', { summary: 'a', status: { id: '3002' } }, 'status'],
    ['a subtask without a parent', { summary: 'a', issuetype: { id: '10005' } }, 'parent'],
  ])('with %s is refused by its field', async (_name, fields, field) => {
    const { status, body } = await opened().call('POST', '/issue', task(fields));
    expect([status, Object.keys(body.errors)]).toEqual([400, [field]]);
  });

  it('of many is answered item by item, and is 400 only where none was made', async () => {
    const { call } = opened();
    const [good, bad] = [task({ summary: 'good' }), task({ summary: '' })];
    const mixed = await call('POST', '/issue/bulk', { issueUpdates: [bad, good] });
    expect(mixed).toMatchObject({
      status: 201,
      body: { issues: [{ key: 'SHOP-1' }], errors: [{ failedElementNumber: 0 }] },
    });
    expect((await call('POST', '/issue/bulk', { issueUpdates: [bad] })).status).toBe(400);
    const many = Array.from({ length: 51 }, () => good);
    expect((await call('POST', '/issue/bulk', { issueUpdates: many })).status).toBe(400);
  });

  it('with a parent keeps to the hierarchy', async () => {
    const { call, emulator } = opened();
    const epic = emulator.state.create(emulator.viewer, { summary: 'epic', type: '10004' });
    const story = await call('POST', '/issue', task({ summary: 'below', parent: { id: epic.id } }));
    const wrong = await call('POST', '/issue', task({ summary: 'below', parent: { id: story.body.id } }));
    const subtask = task({ summary: 'sub', issuetype: { id: '10005' }, parent: { id: story.body.id } });
    expect([story.status, wrong.body.errors, (await call('POST', '/issue', subtask)).status]).toEqual([
      201,
      { parentId: expect.stringContaining('hierarchy') },
      201,
    ]);
  });
});

test('an edit writes differences of labels, and ignores transitions', async () => {
  const { call, emulator, person } = opened();
  const issue = person('one');
  emulator.state.change(issue.id, { labels: ['kept', 'gone'] });
  const edited = await call('PUT', `/issue/${issue.id}`, {
    update: { labels: [{ add: 'new' }, { remove: 'gone' }] },
    transition: { id: '41' },
  });
  expect([edited.status, issue.labels, issue.status]).toEqual([204, ['kept', 'new'], '3001']);
});

test('transitions are those of the status, and another is refused', async () => {
  const transitions = [
    { id: '1', name: 'Begin', from: ['To Do'], to: 'In Progress' },
    { id: '2', name: 'Finish', from: ['In Progress'], to: 'Done' },
  ];
  const { call, person } = opened({ site: { transitions } });
  const { key } = person('one');
  const there = await call('GET', `/issue/${key}/transitions`);
  expect(there.body.transitions).toMatchObject([{ id: '1', name: 'Begin', to: { name: 'In Progress' } }]);
  expect((await call('POST', `/issue/${key}/transitions`, { transition: { id: '2' } })).status).toBe(400);
  expect((await call('POST', `/issue/${key}/transitions`, { transition: { id: '1' } })).status).toBe(204);
});

test('of a Blocks link the inward issue blocks, and the same link again is a success that changes nothing', async () => {
  const { call, person, emulator } = opened();
  const [blocker, blocked] = [person('blocker'), person('blocked')];
  const link = {
    type: { name: 'Blocks' },
    inwardIssue: { id: blocker.id },
    outwardIssue: { id: blocked.id },
  };
  expect([
    (await call('POST', '/issueLink', link)).status,
    (await call('POST', '/issueLink', link)).status,
  ]).toEqual([201, 201]);
  const { body } = await call('POST', '/issue/bulkfetch', {
    issueIdsOrKeys: [blocked.key, blocker.key],
    fields: ['issuelinks'],
  });
  expect(body.issues.map((one: { fields: { issuelinks: object[] } }) => one.fields.issuelinks)).toMatchObject(
    [
      [{ outwardIssue: { key: blocked.key }, type: { outward: 'blocks' } }],
      [{ inwardIssue: { key: blocker.key }, type: { inward: 'is blocked by' } }],
    ],
  );
  expect(emulator.state.links.size).toBe(1);
});

test('a moved issue keeps its id, and is found by its former key', async () => {
  const { call, person, emulator } = opened();
  const issue = person('one');
  emulator.state.move(issue.id, 'OPS');
  const { body } = await call('POST', '/issue/bulkfetch', {
    issueIdsOrKeys: ['SHOP-1', '999'],
    fields: ['project'],
  });
  expect(body).toMatchObject({ issues: [{ id: issue.id, key: 'OPS-1' }], issueErrors: [{ id: '999' }] });
});

test('writes to one issue have a limit of their own, told in the words of Jira', async () => {
  const { call, person, emulator } = opened({ latencyMs: 0 });
  const { id } = person('one');
  const write = () => call('PUT', `/issue/${id}`, { fields: { summary: 'x' } });
  for (let index = 0; index < 20; index += 1) expect((await write()).status).toBe(204);
  const refused = await write();
  expect([
    refused.status,
    refused.headers.get('retry-after'),
    refused.headers.get('ratelimit-reason'),
  ]).toEqual([429, '2', 'jira-per-issue-on-write']);
  expect(refused.headers.get('x-ratelimit-reset')).toMatch(/^2026-01-05T09:00:02Z$/);
  emulator.time.advance(2000);
  expect((await write()).status).toBe(204);
});

test('a quota that is used up is a limit', async () => {
  const { call } = opened({ quota: 1 });
  await call('GET', '/myself');
  const refused = await call('GET', '/myself');
  expect([refused.status, refused.headers.get('x-ratelimit-remaining')]).toEqual([429, '0']);
});

test('a deleted issue takes its links along, and its subtasks only where that is said', async () => {
  const { call, person, emulator } = opened();
  const [a, b] = [person('a'), person('b')];
  emulator.state.link('Relates', a.id, b.id);
  emulator.state.create(emulator.viewer, { summary: 'sub', type: '10005', parent: a.id });
  expect((await call('DELETE', `/issue/${a.id}`)).status).toBe(400);
  expect((await call('DELETE', `/issue/${a.id}?deleteSubtasks=true`)).status).toBe(204);
  expect([emulator.state.issues.size, emulator.state.links.size]).toEqual([1, 0]);
});

test('the same seed makes the same issues', () => {
  const made = [1, 1, 2].map((seed) => {
    const emulator: JiraEmulator = createJiraEmulator();
    seedJira(emulator, 20, seed);
    return JSON.stringify([...emulator.state.issues.values()]);
  });
  expect([made[0] === made[1], made[0] === made[2]]).toEqual([true, false]);
});
