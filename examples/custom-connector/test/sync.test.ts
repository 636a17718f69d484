import {
  BidirectionalIssueSync,
  InMemoryIssueStore,
  OwnershipPolicy,
  SyncEngine,
  type SyncEngineOptions,
} from '@spec-kitty/tracker-core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RedmineConnector } from '../src/index.ts';
import { Emulator, methodOf } from './emulator.ts';
import { type Person, personAt, STATUS_IDS } from './person.ts';

let emulator: Emulator;
let person: Person;
let connector: RedmineConnector;
let store: InMemoryIssueStore;
beforeEach(async () => {
  emulator = await Emulator.start();
  person = personAt(emulator.redmine);
  connector = emulator.connector();
  store = new InMemoryIssueStore({ clock });
});
afterEach(() => emulator[Symbol.asyncDispose]());

const sleep = async (ms: number): Promise<void> => emulator.redmine.advance(ms);
const clock = { now: (): string => new Date(emulator.redmine.now).toISOString() };
const refOf = (id: number) => ({ system: 'redmine', workspace: connector.workspace, id: String(id) });
const binding = () => ({ system: 'redmine', workspace: connector.workspace, scope: connector.scope });

function engine(options: Partial<SyncEngineOptions> = {}): SyncEngine {
  const policy = OwnershipPolicy.split({ fieldOwners: {}, defaultOwner: 'shared' });
  return new SyncEngine({ connector, store, policy, strategy: 'manual_review', clock, sleep, ...options });
}

describe('a sync of a project', () => {
  test('brings what is there, carries edits both ways, and is quiet then', async () => {
    const ids = Array.from({ length: 230 }, (_, index) => person.create({ title: `Issue ${index}` }));
    const [first = 0, second = 0] = ids;
    expect(await engine().sync()).toMatchObject({ failures: [], stats: { pulledCreated: 230 } });
    expect(emulator.requests).toEqual([
      'GET /users/current.json',
      'GET /issues.json',
      'GET /issues.json',
      'GET /issues.json',
    ]);

    emulator.redmine.advance(300_000);
    await store.editIssue(refOf(first), { title: 'Ours', status: 'in_review', priority: 0 });
    person.edit(second, { title: 'Theirs', assignees: ['6'] });
    person.edit(first, { body: 'Theirs, too' });
    const draft = await store.createDraft(binding(), {
      title: 'Made here',
      status: 'done',
      issueType: 'bug',
    });
    const result = await engine().sync();
    expect(result).toMatchObject({
      failures: [],
      conflicts: [],
      stats: { pushedUpdated: 1, pushedCreated: 1 },
    });
    expect(emulator.redmine.issues.get(first)).toMatchObject({
      subject: 'Ours',
      description: 'Theirs, too',
      statusId: STATUS_IDS.in_review,
      priorityId: 5,
    });
    expect(await store.getIssue(refOf(second))).toMatchObject({ title: 'Theirs', assignees: ['6'] });
    expect(await store.getIssue(draft.ref)).toMatchObject({
      status: 'done',
      ref: { key: expect.stringMatching(/^#/) },
    });

    emulator.redmine.advance(300_000);
    emulator.requests.length = 0;
    const quiet = await engine().sync();
    expect([quiet.failures, quiet.stats.pulledUpdated, quiet.stats.pushedUpdated]).toEqual([[], 0, 0]);
    expect(emulator.requests).toEqual(['GET /users/current.json', 'GET /issues.json']);
  });

  test('a status that the workflow forbids is told, and the rest is written', async () => {
    const id = person.create({ title: 'Closed', status: 'done' });
    await engine().sync();
    await store.editIssue(refOf(id), { title: 'Renamed', status: 'canceled' });
    const { failures } = await engine().sync();
    expect(failures).toMatchObject([{ code: 'field_refused', fieldPath: 'status' }]);
    expect(emulator.redmine.issues.get(id)).toMatchObject({ subject: 'Renamed', statusId: STATUS_IDS.done });
    const again = await engine().sync();
    expect([again.failures, again.stats.pushedUpdated]).toEqual([[], 0]);
  });

  test('an assignee who is no member is refused alone', async () => {
    const draft = await store.createDraft(binding(), { title: 'Made here', assignees: ['99'] });
    const { failures } = await engine().sync();
    expect(failures).toMatchObject([{ fieldPath: 'assignees' }]);
    expect(await store.getIssue(draft.ref)).toMatchObject({
      title: 'Made here',
      ref: { key: expect.any(String) },
    });
    expect([...emulator.redmine.issues.values()]).toMatchObject([{ subject: 'Made here', assigneeId: null }]);
  });

  test('a create whose answer is lost is found by its key', async () => {
    const draft = await store.createDraft(binding(), { title: 'Made once', status: 'in_progress' });
    let isLost = true;
    const losing: typeof fetch = async (input, init) => {
      const answer = await fetch(input, init);
      if (!isLost || methodOf(input, init) !== 'POST') return answer;
      throw new TypeError('the connection is gone');
    };
    const retry = { maxAttempts: 1 };
    await engine({ connector: emulator.connector({ fetch: losing, clock }), retry }).sync();
    expect(emulator.redmine.issues.size).toBe(1);
    isLost = false;
    emulator.redmine.advance(300_000);
    expect((await engine({ strategy: 'local_wins' }).sync()).failures).toEqual([]);
    await engine({ strategy: 'local_wins' }).sync();
    const all = [...emulator.redmine.issues.values()];
    expect(all).toMatchObject([{ subject: 'Made once', statusId: STATUS_IDS.in_progress }]);
    expect(await store.getIssue(draft.ref)).toMatchObject({ ref: { id: String(all[0]?.id) } });
  });

  test('without a field for keys, one exact match made since is taken for it', async () => {
    person.create({ title: 'Older' });
    const plain = () => emulator.connector({ clock }, {});
    await engine({ connector: plain() }).sync();
    emulator.redmine.advance(300_000);
    await store.createDraft(binding(), { title: 'Made once' });
    const losing: typeof fetch = async (input, init) => {
      const answer = await fetch(input, init);
      if (methodOf(input, init) !== 'POST') return answer;
      throw new TypeError('the connection is gone');
    };
    const retry = { maxAttempts: 1 };
    await engine({ connector: emulator.connector({ fetch: losing, clock }, {}), retry }).sync();
    emulator.redmine.advance(300_000);
    expect((await engine({ connector: plain() }).sync()).failures).toEqual([]);
    expect(emulator.redmine.issues.size).toBe(2);
    expect(await store.listIssues()).toHaveLength(2);
  });

  test('what a person deletes is found by a full sync', async () => {
    const [gone, kept] = [person.create({ title: 'Goes' }), person.create({ title: 'Stays' })];
    await engine().sync();
    emulator.redmine.remove(gone);
    emulator.redmine.advance(300_000);
    const { stats } = await engine().sync({ full: true });
    expect(stats.pulledDeleted).toBe(1);
    expect((await store.listIssues()).map(({ ref }) => ref.id)).toEqual([String(kept)]);
  });

  test('a key that is not valid any more stops the run, though the project is public', async () => {
    person.create({ title: 'Public' });
    const { failures, stats } = await engine({
      connector: emulator.connector({}, { apiKey: 'revoked' }),
    }).sync();
    expect(failures).toMatchObject([{ failureClass: 'authentication' }]);
    expect(stats.pulledCreated).toBe(0);
  });
});

test('a mission is told in one comment, which later updates edit', async () => {
  const issueRef = refOf(person.create({ title: 'With a mission' }));
  const bridge = new BidirectionalIssueSync({ connector, clock });
  const update = { missionId: 'm-1', missionState: 'running', targetStatus: 'in_progress' as const };
  await bridge.publishMissionUpdate({ issueRef, update });
  await bridge.publishMissionUpdate({ issueRef, update });
  await bridge.publishMissionUpdate({
    issueRef,
    update: { ...update, missionState: 'done', targetStatus: 'done' },
  });
  const comments = await connector.listComments(issueRef);
  expect(comments.map(({ body }) => body.split('\n')[1]).sort()).toEqual(
    expect.arrayContaining(['State: done']),
  );
  expect(await connector.getIssue(issueRef)).toMatchObject({ status: 'done' });
});
