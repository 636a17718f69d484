import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createLinearEmulator, type LinearEmulator, serve } from '../src/index.ts';

interface Answer {
  status: number;
  headers: Headers;
  data: Record<string, never> | null | undefined;
  errors: { message: string; extensions: Record<string, unknown> }[];
}

async function ask(
  emulator: Pick<LinearEmulator, 'fetch' | 'apiKey'>,
  query: string,
  variables: Record<string, unknown> = {},
  url = 'http://127.0.0.1/graphql',
): Promise<Answer> {
  const response = await emulator.fetch(url, {
    method: 'POST',
    headers: { authorization: emulator.apiKey, 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors = [] } = (await response.json()) as Pick<Answer, 'data' | 'errors'>;
  return { status: response.status, headers: response.headers, data, errors };
}

const codeOf = ({ errors }: Answer): unknown => errors[0]?.extensions['code'];
const ID = 'c0ffee00-1111-4222-8333-444455556666';
const CREATE =
  'mutation ($input: IssueCreateInput!) { issueCreate(input: $input) { issue { id identifier state { name } } } }';

describe('the Linear emulator', () => {
  it('creates an issue under the id that a client chose, and refuses the id a second time', async () => {
    const emulator = createLinearEmulator();
    const input = { id: ID, teamId: emulator.teamId, title: 'First' };
    const first = await ask(emulator, CREATE, { input });
    expect(first.data).toEqual({
      issueCreate: { issue: { id: ID, identifier: 'ABC-1', state: { name: 'Backlog' } } },
    });
    const again = await ask(emulator, CREATE, { input });
    expect([again.status, again.data, codeOf(again)]).toEqual([200, null, 'INPUT_ERROR']);
    expect(again.errors[0]?.message).toMatch(/already exists/);
  });

  it.each([
    ['stateId', { stateId: ID }],
    ['labelIds', { labelIds: [ID] }],
    ['assigneeId', { assigneeId: ID }],
    ['parentId', { parentId: ID }],
    ['teamId', { teamId: ID }],
    ['title', { title: ' ' }],
    ['id', { id: 'not-a-uuid' }],
  ])('refuses an unknown or bad %s', async (_field, bad) => {
    const emulator = createLinearEmulator();
    const input = { teamId: emulator.teamId, title: 'A title', ...bad };
    const answer = await ask(emulator, CREATE, { input });
    expect([answer.status, answer.data, codeOf(answer)]).toEqual([200, null, 'INPUT_ERROR']);
    expect(emulator.issues()).toEqual([]);
  });

  it('makes a batch wholly or not at all, and of no more than 50', async () => {
    const emulator = createLinearEmulator();
    const batch =
      'mutation ($issues: [IssueCreateInput!]!) { issueBatchCreate(input: { issues: $issues }) { issues { id } } }';
    const one = { teamId: emulator.teamId, title: 'One' };
    const mixed = await ask(emulator, batch, { issues: [one, { ...one, parentId: ID }] });
    expect([mixed.data, emulator.issues().length]).toEqual([null, 0]);
    const many = await ask(emulator, batch, { issues: Array.from({ length: 51 }, () => one) });
    expect([many.data, emulator.issues().length]).toEqual([null, 0]);
    await ask(emulator, batch, { issues: Array.from({ length: 50 }, () => one) });
    expect(emulator.issues()).toHaveLength(50);
  });

  it('has done what stands before an alias that fails, tells nothing of it, and stops there', async () => {
    const emulator = createLinearEmulator();
    const [a, b] = emulator.people.createIssues([{ title: 'A' }, { title: 'B' }]);
    const answer = await ask(
      emulator,
      `mutation ($a: String!, $b: String!) {
        first: issueUpdate(id: $a, input: { title: "A2" }) { success }
        second: issueUpdate(id: "${ID}", input: { title: "x" }) { success }
        third: issueUpdate(id: $b, input: { title: "B2" }) { success }
      }`,
      { a, b },
    );
    expect([answer.status, answer.data]).toEqual([200, null]);
    expect(emulator.issues().map(({ title }) => title)).toEqual(['A2', 'B']);
  });

  it.each([
    ['an unknown field', '{ viewer { shoeSize } }'],
    ['a page of more than 250', '{ issues(first: 251) { nodes { id } } }'],
    [
      'more than 10,000 points',
      '{ issues(first: 250) { nodes { relations(first: 50) { nodes { id type } } } } }',
    ],
  ])('refuses %s with 400', async (_what, query) => {
    const answer = await ask(createLinearEmulator(), query);
    expect([answer.status, answer.data]).toEqual([400, undefined]);
  });

  it('refuses a wrong key with 401', async () => {
    const answer = await ask({ ...createLinearEmulator(), apiKey: 'wrong' }, '{ viewer { id } }');
    expect([answer.status, codeOf(answer)]).toEqual([401, 'AUTHENTICATION_ERROR']);
  });

  it('tells its limits, and says 400 RATELIMITED beyond them until the reset', async () => {
    const emulator = createLinearEmulator({ limits: { requests: 2, endpoints: { viewer: 10 } } });
    const first = await ask(emulator, '{ viewer { id } }');
    const told = (name: string): string | null => first.headers.get(`x-ratelimit-${name}`);
    expect(told('requests-limit')).toBe('2');
    expect(told('requests-remaining')).toBe('1');
    expect(Number(told('requests-reset'))).toBeGreaterThan(emulator.time.ms);
    expect([told('complexity-limit'), told('endpoint-requests-remaining')]).toEqual(['3000000', '9']);
    await ask(emulator, '{ viewer { id } }');
    const refused = await ask(emulator, '{ viewer { id } }');
    expect([refused.status, codeOf(refused)]).toEqual([400, 'RATELIMITED']);
    emulator.time.advance(3_600_000);
    expect((await ask(emulator, '{ viewer { id } }')).status).toBe(200);
    expect(emulator.log.all.map(({ limited }) => limited)).toEqual([false, false, true, false]);
  });

  it('lists newest first, and archived issues where they are asked for', async () => {
    const emulator = createLinearEmulator();
    const [a = '', b = '', c = ''] = emulator.people.createIssues([
      { title: 'A' },
      { title: 'B' },
      { title: 'C' },
    ]);
    emulator.people.edit(a, { title: 'A2' });
    emulator.people.archive(b);
    const query = (more: string): string =>
      `{ issues(orderBy: updatedAt, first: 10${more}) { nodes { id } pageInfo { hasNextPage } } }`;
    expect((await ask(emulator, query(''))).data).toEqual({
      issues: { nodes: [{ id: a }, { id: c }], pageInfo: { hasNextPage: false } },
    });
    expect((await ask(emulator, query(', includeArchived: true'))).data).toEqual({
      issues: { nodes: [{ id: a }, { id: c }, { id: b }], pageInfo: { hasNextPage: false } },
    });
  });

  it('signs what it delivers', () => {
    const emulator = createLinearEmulator();
    const id = emulator.people.createIssue({ title: 'Told' });
    const { headers, body } = emulator.delivery({ type: 'Issue', action: 'create', id });
    const mac = createHmac('sha256', emulator.webhookSecret).update(body).digest('hex');
    expect(headers['Linear-Signature']).toBe(mac);
    expect(JSON.parse(new TextDecoder().decode(body))).toMatchObject({
      action: 'create',
      type: 'Issue',
      data: { id, identifier: 'ABC-1' },
      webhookTimestamp: emulator.time.ms,
    });
  });

  it('answers on a port, too', async () => {
    const emulator = createLinearEmulator();
    await using served = await serve(emulator);
    const answer = await ask(
      { fetch, apiKey: emulator.apiKey },
      '{ viewer { isMe } }',
      {},
      `${served.url}/graphql`,
    );
    expect(answer.data).toEqual({ viewer: { isMe: true } });
  });
});
