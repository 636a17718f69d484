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

test('an account that may add no notes is told so', async () => {
  emulator.redmine.takesNotes = false;
  const ref = refOf(person.create({ title: 'An issue' }));
  await expect(connector.addComment(ref, 'A comment')).rejects.toMatchObject({
    code: 'capability_not_supported',
    capability: 'supportsComments',
  });
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
