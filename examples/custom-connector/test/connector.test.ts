import type { Logger } from '@spec-kitty/tracker-core';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { RedmineConnector } from '../src/index.ts';
import { BOT, Emulator, methodOf } from './emulator.ts';
import { type Person, personAt } from './person.ts';

let emulator: Emulator;
let person: Person;
let connector: RedmineConnector;
beforeEach(async () => {
  emulator = await Emulator.start();
  person = personAt(emulator.redmine);
  connector = emulator.connector();
});
afterEach(() => emulator[Symbol.asyncDispose]());

const refOf = (id: number) => ({ system: 'redmine', workspace: connector.workspace, id: String(id) });
const titlesOf = async (page: ReturnType<RedmineConnector['listIssues']>): Promise<string[]> =>
  (await page).items.map(({ title }) => title);

test('an issue that cannot be read spoils no other', async () => {
  const [, bad = 0] = ['good', 'bad', 'good too'].map((title) => person.create({ title }));
  const issue = emulator.redmine.issues.get(bad);
  if (issue) issue.subject = ' ';
  const { items, failures } = await connector.listIssues({ limit: 10 });
  expect(items.map(({ title }) => title)).toEqual(['good', 'good too']);
  expect(failures).toMatchObject([{ location: 'issues.1' }]);
});

test('names of the server are read as configured, others by whether they close an issue', async () => {
  const ids = [1, 2, 5].map((status_id) => {
    const id = person.create({ title: 'An issue' });
    emulator.redmine.update(id, { status_id }, BOT);
    return id;
  });
  const words = { statuses: { blocked: ['IN progress'] }, trackers: { epic: ['Bug'] }, priorities: {} };
  const config = { baseUrl: emulator.url, apiKey: 'the key of the bot', project: 'shop' };
  const other = new RedmineConnector({ ...config, ...words });
  const issues = await other.getIssues(ids.map(refOf));
  expect(issues.map((issue) => issue?.status)).toEqual(['in_progress', 'blocked', 'done']);
  expect(issues[0]).toMatchObject({ issueType: 'epic', priority: null });
  expect(other.mapping).not.toBe(connector.mapping);
  await expect(other.updateIssue(refOf(ids[0] ?? 0), { status: 'canceled' })).rejects.toMatchObject({
    code: 'capability_not_supported',
    capability: 'status',
    message: expect.stringContaining('New, In Progress, Resolved'),
  });
});

test('an issue that waits for another one is not closed, and that is told', async () => {
  const [blocked, blocking] = [person.create({ title: 'Blocked' }), person.create({ title: 'Blocking' })];
  await connector.upsertLink(refOf(blocked), { type: 'blocked_by', target: refOf(blocking) });
  await expect(
    connector.updateIssue(refOf(blocked), { title: 'Renamed', status: 'done' }),
  ).rejects.toMatchObject({
    code: 'fields_refused',
    refused: [{ field: 'status' }],
    issue: { title: 'Renamed', status: 'todo' },
  });
  await connector.transitionIssue(refOf(blocking), 'done');
  expect(await connector.transitionIssue(refOf(blocked), 'done')).toMatchObject({ status: 'done' });
});

test('the priority of an issue with subtasks is theirs, and that is told', async () => {
  const parent = refOf(person.create({ title: 'Parent' }));
  person.create({ title: 'Child', parent, priority: 1 });
  await expect(connector.updateIssue(parent, { priority: 4 })).rejects.toMatchObject({
    code: 'fields_refused',
    refused: [{ field: 'priority' }],
    issue: { priority: 1 },
  });
});

test('a second relation between two issues is refused where Redmine holds one', async () => {
  const [a, b] = [refOf(person.create({ title: 'A' })), refOf(person.create({ title: 'B' }))];
  await connector.upsertLink(a, { type: 'blocks', target: b });
  await connector.upsertLink(b, { type: 'blocked_by', target: a });
  await expect(connector.upsertLink(a, { type: 'relates_to', target: b })).rejects.toMatchObject({
    code: 'capability_not_supported',
    capability: 'links',
    message: expect.stringContaining('beside blocks'),
  });
  expect(emulator.redmine.relations.size).toBe(1);
  await connector.removeLink(b, { type: 'blocked_by', target: a });
  expect(emulator.redmine.relations.size).toBe(0);
});

test('an issue with subtasks is not deleted: Redmine would delete them as well', async () => {
  const parent = refOf(person.create({ title: 'Parent' }));
  const child = refOf(person.create({ title: 'Child', parent }));
  await expect(connector.deleteIssue(parent)).rejects.toMatchObject({ capability: 'supportsDelete' });
  await connector.removeLink(parent, { type: 'parent_of', target: child });
  await connector.deleteIssue(parent);
  expect([...emulator.redmine.issues.values()]).toMatchObject([{ subject: 'Child', parentId: null }]);
});

test('an account that may add no notes is told so', async () => {
  emulator.redmine.takesNotes = false;
  const ref = refOf(person.create({ title: 'An issue' }));
  await expect(connector.addComment(ref, 'A comment')).rejects.toMatchObject({
    code: 'capability_not_supported',
    capability: 'supportsComments',
  });
});

test('private notes are no comments', async () => {
  const id = person.create({ title: 'An issue' });
  await connector.addComment(refOf(id), 'For all');
  const journals = emulator.redmine.issues.get(id)?.journals;
  journals?.push({ id: 990, userId: BOT, notes: 'For some', at: 0, isPrivate: true });
  expect((await connector.listComments(refOf(id))).map(({ body }) => body)).toEqual(['For all']);
});

test('a key is believed of an issue of our own alone', async () => {
  const [, theirs] = [
    await connector.createIssue(draft('Ours'), { idempotencyKey: 'k-1' }),
    person.create({ title: 'Theirs' }),
  ];
  emulator.redmine.update(theirs, { custom_fields: [{ id: 7, value: 'k-2' }] }, BOT);
  expect([...(await connector.findByIdempotencyKeys(['k-1', 'k-2'])).keys()]).toEqual(['k-1']);
  expect(await connector.getIssue(refOf(theirs))).not.toHaveProperty('correlationKey');
});

test('where an issue has no field for keys, nothing is said to be missing', async () => {
  emulator.redmine.hasKeyField = false;
  const warn = vi.fn<Logger['warn']>();
  const quiet = { debug() {}, info() {}, error() {} };
  await emulator
    .connector({ logger: { ...quiet, warn } })
    .createIssue(draft('Unmarked'), { idempotencyKey: 'k' });
  expect(warn).toHaveBeenCalledWith(expect.stringContaining('cannot be looked up'));
  await expect(connector.findByIdempotencyKeys(['k'])).rejects.toMatchObject({
    code: 'connector_config',
    fieldPath: 'keyFieldId',
  });
});

test('without a field for keys no look-up is promised', async () => {
  const plain = emulator.connector({}, {});
  expect((await plain.getCapabilities()).supportsLookupByKey).toBe(false);
  await expect(plain.findByIdempotencyKeys(['k'])).rejects.toMatchObject({
    code: 'capability_not_supported',
  });
});

test('an issue in another project keeps its ref, and is in no listing of this one', async () => {
  const id = person.create({ title: 'Moved', status: 'in_progress' });
  const issue = emulator.redmine.issues.get(id);
  if (issue) issue.projectId = 2;
  expect(await connector.getIssue(refOf(id))).toMatchObject({ title: 'Moved' });
  expect(await titlesOf(connector.listIssues({ limit: 5 }))).toEqual([]);
  expect(await titlesOf(connector.listIssues({ limit: 5, filters: { queryKey: `#${id}` } }))).toEqual([]);
});

test('what follows a create is tried again: it does the same however often it is done', async () => {
  let failures = 2;
  const failing: typeof fetch = async (input, init) => {
    if (methodOf(input, init) !== 'PUT' || failures === 0) return fetch(input, init);
    failures -= 1;
    return new Response('', { status: 503, headers: { 'retry-after': '0' } });
  };
  const made = await emulator.connector({ fetch: failing }).createIssue(draft('Made', 'done'));
  expect([made.status, failures, emulator.redmine.issues.size]).toEqual(['done', 0, 1]);
});

function draft(
  title: string,
  status: 'todo' | 'done' = 'todo',
): Parameters<RedmineConnector['createIssue']>[0] {
  return {
    ref: { system: 'redmine', workspace: connector.workspace, id: 'draft:1' },
    title,
    body: null,
    status,
    issueType: 'task',
    priority: null,
    assignees: [],
    labels: [],
    parent: null,
    links: [],
    customFields: {},
    createdAt: null,
    updatedAt: null,
  };
}
