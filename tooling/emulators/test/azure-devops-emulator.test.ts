import { beforeEach, describe, expect, it, test } from 'vitest';
import {
  type AzureDevOpsEmulator,
  type AzureDevOpsEmulatorOptions,
  createAzureDevOpsEmulator,
  seedAzureDevOps,
} from '../src/index.ts';

const WIT = '/acme/Shop/_apis/wit';
const PATCH = 'application/json-patch+json';
let emulator: AzureDevOpsEmulator;

beforeEach(() => {
  emulator = createAzureDevOpsEmulator();
});

interface Told {
  status: number;
  body: unknown;
  headers: Headers;
}

async function ask(
  method: string,
  path: string,
  body?: unknown,
  { type = 'application/json', token = emulator.token }: { type?: string; token?: string } = {},
): Promise<Told> {
  const authorization = `Basic ${Buffer.from(`:${token}`).toString('base64')}`;
  const answer = await emulator.fetch(`https://dev.azure.com${path}`, {
    method,
    headers: { authorization, ...(body === undefined ? {} : { 'content-type': type }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return {
    status: answer.status,
    body: text.startsWith('{') ? JSON.parse(text) : text,
    headers: answer.headers,
  };
}

const query = (where: string, precise = true): Promise<Told> =>
  ask('POST', `${WIT}/wiql?api-version=7.1${precise ? '&timePrecision=true' : ''}`, {
    query: `SELECT [System.Id] FROM WorkItems WHERE ${where} ORDER BY [System.Id]`,
  });
const change = (id: number, operations: unknown[]): Promise<Told> =>
  ask('PATCH', `${WIT}/workitems/${id}?api-version=7.1&$expand=relations`, operations, { type: PATCH });
const made = (title: string): number => emulator.state.create('ada@acme.example', 'Task', { title }).id;

test.each([
  ['page', 203, /html/],
  ['plain', 401, /text/],
] as const)('a token that is refused is answered as %s', async (refusedToken, status, type) => {
  emulator = createAzureDevOpsEmulator({ refusedToken });
  const told = await ask('GET', `${WIT}/workitemtypes?api-version=7.1`, undefined, { token: 'wrong' });
  expect([told.status, told.headers.get('content-type')]).toEqual([status, expect.stringMatching(type)]);
});

test.each([
  ['no version', `${WIT}/workitemtypes`, 400],
  ['an unknown parameter', `${WIT}/workitemtypes?api-version=7.1&x=1`, 400],
  ['another project', '/acme/Other/_apis/wit/workitemtypes?api-version=7.1', 404],
  ['another organization', '/other/Shop/_apis/wit/workitemtypes?api-version=7.1', 404],
  ['nothing', `${WIT}/nothing?api-version=7.1`, 404],
])('%s is refused', async (_what, path, status) => {
  expect((await ask('GET', path)).status).toBe(status);
});

describe('a query', () => {
  it('answers ids, and compares with what was changed', async () => {
    const [one, two] = [made('one'), made('two')];
    emulator.time.advance(60_000);
    emulator.state.change(two, { title: 'changed' });
    const since = new Date(emulator.time.ms).toISOString().replace(/\.\d+Z/, 'Z');
    expect((await query('[System.TeamProject] = @project')).body).toMatchObject({
      workItems: [{ id: one }, { id: two }],
    });
    expect((await query(`[System.ChangedDate] >= '${since}'`)).body).toMatchObject({
      workItems: [{ id: two }],
    });
    expect((await query(`([System.Id] <> ${two} OR [System.Rev] <> 2)`)).body).toMatchObject({
      workItems: [{ id: one }],
    });
  });

  it.each([
    ["[System.ChangedDate] >= '2026-01-05T09:00:00Z'", false, /date precision/],
    ["[System.Nothing] = 'x'", true, /TF51005/],
    ["[System.Title] = 'x' OR", true, /TF51005/],
    ["[System.Title] = 'x' ; DROP", true, /TF51006/],
    ['[System.Id] = one', true, /TF51006/],
  ])('%s is refused', async (where, precise, message) => {
    expect(await query(where, precise)).toMatchObject({
      status: 400,
      body: { message: expect.stringMatching(message) },
    });
  });

  it('of too many ids is refused, and one of @Me sees what that account made', async () => {
    emulator = createAzureDevOpsEmulator({ maxIds: 2 });
    for (const title of ['one', 'two', 'three']) made(title);
    expect((await query('[System.Id] > 0')).body).toMatchObject({
      message: expect.stringContaining('VS402337'),
    });
    expect((await query('[System.CreatedBy] = @Me')).body).toMatchObject({ workItems: [] });
  });
});

describe('a patch', () => {
  it('is a compare-and-set where it tests the revision', async () => {
    const id = made('one');
    const title = { op: 'add', path: '/fields/System.Title', value: 'two' };
    expect((await change(id, [{ op: 'test', path: '/rev', value: 1 }, title])).body).toMatchObject({
      rev: 2,
    });
    expect(await change(id, [{ op: 'test', path: '/rev', value: 1 }, title])).toMatchObject({
      status: 412,
      body: { typeKey: 'TestPatchOperationFailedException' },
    });
  });

  it('adds to tags, and replaces them', async () => {
    const { id } = emulator.state.create('ada@acme.example', 'Task', { title: 'one', tags: ['Bug'] });
    await change(id, [{ op: 'add', path: '/fields/System.Tags', value: 'bug; later' }]);
    expect(emulator.state.item(id).tags).toEqual(['Bug', 'later']);
    await change(id, [{ op: 'replace', path: '/fields/System.Tags', value: 'other' }]);
    expect(emulator.state.item(id).tags).toEqual(['other']);
  });

  it('removes relations by their place, and shows them at both ends without a revision', async () => {
    const [one, two, three] = [made('one'), made('two'), made('three')];
    const related = (id: number) => ({
      op: 'add',
      path: '/relations/-',
      value: { rel: 'System.LinkTypes.Related', url: `https://dev.azure.com/acme/_apis/wit/workItems/${id}` },
    });
    await change(one, [related(two), related(three)]);
    await change(one, [{ op: 'remove', path: '/relations/0' }]);
    const ends = [one, two, three].map((id) => emulator.state.item(id));
    expect(ends.map(({ relations, rev }) => [relations.map(({ target }) => target), rev])).toEqual([
      [[three], 1],
      [[], 1],
      [[one], 1],
    ]);
    expect((await change(one, [related(three)])).status).toBe(400);
  });

  it.each([
    ['/fields/System.State', 'Resolved', 'System.State'],
    ['/fields/System.Title', '', 'System.Title'],
    ['/fields/System.Title', 'x'.repeat(256), 'System.Title'],
    ['/fields/System.AssignedTo', 'nobody', 'System.AssignedTo'],
    ['/fields/Microsoft.VSTS.Common.Priority', 5, 'Microsoft.VSTS.Common.Priority'],
    ['/fields/System.Tags', 'x'.repeat(401), 'System.Tags'],
    ['/fields/Custom.Nothing', 'x', 'Custom.Nothing'],
  ])('%s = %s names its field', async (path, value, field) => {
    expect(await change(made('one'), [{ op: 'add', path, value }])).toMatchObject({
      status: 400,
      body: { customProperties: { FieldReferenceName: field } },
    });
  });
});

test('a batch answers each of its requests', async () => {
  const id = made('one');
  const item = (uri: string, title: string) => ({
    method: 'PATCH',
    uri,
    headers: { 'Content-Type': PATCH },
    body: [{ op: 'add', path: '/fields/System.Title', value: title }],
  });
  const { body } = await ask('PATCH', '/acme/_apis/wit/$batch?api-version=7.1', [
    item(`/_apis/wit/workitems/${id}?api-version=7.1`, 'changed'),
    item('/_apis/wit/workitems/99?api-version=7.1', 'nobody'),
    item('/Shop/_apis/wit/workitems/$User%20Story?api-version=7.1', 'made'),
  ]);
  expect(body).toMatchObject({ count: 3, value: [{ code: 200 }, { code: 404 }, { code: 200 }] });
  expect([...emulator.state.items.values()].map(({ title }) => title)).toEqual(['changed', 'made']);
});

test('what is deleted is in the recycle bin, and leaves a hole in a batch', async () => {
  const [one, two] = [made('one'), made('two')];
  await ask('DELETE', `${WIT}/workitems/${one}?api-version=7.1`);
  expect((await ask('GET', `${WIT}/recyclebin?api-version=7.1`)).body).toMatchObject({
    value: [{ id: one }],
  });
  const batch = { ids: [one, two], errorPolicy: 'omit', $expand: 'relations' };
  expect((await ask('POST', `${WIT}/workitemsbatch?api-version=7.1`, batch)).body).toMatchObject({
    value: [null, { id: two }],
  });
  const both = { ...batch, fields: ['System.Id'] };
  expect((await ask('POST', `${WIT}/workitemsbatch?api-version=7.1`, both)).status).toBe(400);
});

test('who asks too much is slowed down with a success at first, and refused then', async () => {
  const statuses = new Map<number, number>();
  let slowed = 0;
  for (let index = 0; index < 320; index += 1) {
    const { status, headers } = await ask('GET', `${WIT}/workitemtypes?api-version=7.1`);
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    if (status === 200 && headers.has('retry-after')) slowed += 1;
  }
  expect([statuses.get(200), slowed > 0, emulator.log.all.some(({ limited }) => limited)]).toEqual([
    expect.any(Number),
    true,
    (statuses.get(429) ?? 0) > 0,
  ]);
});

test('seeds are the same for one seed', () => {
  const seeded = (): string => {
    const one: AzureDevOpsEmulatorOptions = {};
    const emulated = createAzureDevOpsEmulator(one);
    seedAzureDevOps(emulated, 50, 3);
    return JSON.stringify([...emulated.state.items.values()]);
  };
  expect(seeded()).toBe(seeded());
});
