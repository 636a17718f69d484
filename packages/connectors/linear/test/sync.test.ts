import { seededRandom } from '@spec-kitty/tooling-emulators';
import {
  type CanonicalIssue,
  InMemoryIssueStore,
  OwnershipPolicy,
  SyncEngine,
  type SyncResult,
} from '@spec-kitty/tracker-core';
import { describe, expect, it } from 'vitest';
import { type World, world } from './fixtures.ts';

const place = { system: 'linear', workspace: 'linear' };

function syncing(
  { emulator, connector }: World,
  store: InMemoryIssueStore,
): (with_?: World['connector']) => Promise<SyncResult> {
  const { clock, sleep } = emulator.time;
  const policy = OwnershipPolicy.split({ fieldOwners: {} });
  return (given = connector) => new SyncEngine({ connector: given, store, policy, clock, sleep }).sync();
}

describe('a sync', () => {
  it('brings both sides together, and then writes nothing', async () => {
    const held = world();
    const { people, time, log, memberIds } = held.emulator;
    const theirs = people.createIssue({ title: 'Theirs', description: '- one\n- two', state: 'In Review' });
    const store = new InMemoryIssueStore({ clock: time.clock });
    const sync = syncing(held, store);
    const binding = { ...place, scope: held.connector.scope };
    const first = await store.createDraft(binding, { title: 'First', status: 'in_progress', priority: 1 });
    const second = await store.createDraft(binding, {
      title: 'Second',
      body: '- a\n- b',
      labels: ['x', 'y'],
      assignees: [memberIds[1] ?? ''],
      parent: first.ref,
    });
    await store.editIssue(second.ref, { links: [{ type: 'blocked_by', target: first.ref }] });
    expect(await sync()).toMatchObject({ failures: [], conflicts: [] });
    const read = async (title: string): Promise<CanonicalIssue | undefined> =>
      (await store.listIssues()).find((issue) => issue.title === title);
    const [one, two] = [await read('First'), await read('Second')];
    const madeOf = people.issue(two?.ref.id ?? '');
    expect(madeOf).toMatchObject({
      description: '* a\n* b',
      parentId: one?.ref.id,
      assigneeId: memberIds[1],
    });
    expect((await held.connector.getIssue({ ...place, id: madeOf.id })).links).toMatchObject([
      { type: 'blocked_by', target: { id: one?.ref.id } },
    ]);
    expect(two).toMatchObject({ body: '- a\n- b', labels: ['x', 'y'] });

    const before = log.all.length;
    for (let run = 0; run < 3; run += 1) {
      time.advance(300_000);
      expect(await sync()).toMatchObject({ failures: [], conflicts: [], openConflicts: 0 });
    }
    expect(log.all.slice(before).filter(({ kind }) => kind === 'write')).toEqual([]);

    people.edit(theirs, { title: 'Theirs, edited', state: 'Done' });
    await store.editIssue({ ...place, id: theirs }, { priority: 0 });
    people.archive(one?.ref.id ?? '');
    expect((await sync()).failures).toEqual([]);
    expect(people.issue(theirs)).toMatchObject({ title: 'Theirs, edited', priority: 1 });
    expect(await read('Theirs, edited')).toMatchObject({ status: 'done', priority: 0 });
  });

  it('makes an issue once whose create is answered by nobody', async () => {
    const held = world();
    const { emulator } = held;
    let lost = true;
    const losing = held.open(
      {},
      {
        fetch: async (input, init) => {
          const request = new Request(input, init);
          const create = (await request.clone().text()).includes('issueCreate');
          const answer = await emulator.fetch(request);
          if (create && lost) throw new TypeError('the connection was closed');
          return answer;
        },
      },
    );
    const store = new InMemoryIssueStore({ clock: emulator.time.clock });
    const sync = syncing(held, store);
    const binding = { ...place, scope: held.connector.scope };
    await store.createDraft(binding, { title: 'Once', body: 'A body', labels: ['x'] });
    await sync(losing);
    lost = false;
    for (let run = 0; run < 3; run += 1) expect((await sync()).failures).toEqual([]);
    expect(emulator.issues()).toMatchObject([{ title: 'Once' }]);
    expect(await store.listIssues()).toMatchObject([{ title: 'Once', body: 'A body', labels: ['x'] }]);
    expect(await store.listConflicts()).toEqual([]);
  });
});

const STATES = ['Backlog', 'Todo', 'In Progress', 'In Review', 'Done', 'Canceled'];
const LABELS = ['alpha', 'beta', 'gamma', 'delta'];

describe('a sync while people work', () => {
  it.each([1, 2, 3, 4, 5, 6])('misses nothing (seed %i)', { timeout: 60_000 }, async (seed) => {
    const held = world({ seed });
    const { emulator } = held;
    const { people, time } = emulator;
    const random = seededRandom(seed);
    const pick = <T>(all: readonly T[], otherwise: T): T =>
      all[Math.floor(random() * all.length)] ?? otherwise;
    const ids = people.createIssues(
      Array.from({ length: 120 }, (_, i) => ({ title: `Issue ${i}`, labels: [pick(LABELS, 'alpha')] })),
    );
    let busy = true;
    const work = (): void => {
      const id = pick(ids, '');
      if (people.issue(id).archivedAt !== null) return;
      const turn = random();
      if (turn < 0.4) people.edit(id, { title: `Edited at ${time.ms}` });
      else if (turn < 0.6) people.edit(id, { state: pick(STATES, 'Todo') });
      else if (turn < 0.8) people.edit(id, { labels: LABELS.filter(() => random() < 0.5) });
      else if (turn < 0.85) people.archive(id);
      else ids.push(people.createIssue({ title: `Came at ${time.ms}` }));
    };
    const connector = held.open(
      {},
      {
        fetch: async (input, init) => {
          for (let i = 0; busy && i < 3; i += 1) work();
          return emulator.fetch(input, init);
        },
      },
    );
    const store = new InMemoryIssueStore({ clock: time.clock });
    const { clock, sleep } = time;
    const policy = OwnershipPolicy.split({ fieldOwners: { priority: 'local' }, defaultOwner: 'external' });
    const engine = new SyncEngine({ connector, store, policy, clock, sleep, pageSize: 7 });
    for (let run = 0; run < 4; run += 1) {
      expect((await engine.sync()).failures).toEqual([]);
      for (const { ref } of await store.listIssues())
        if (random() < 0.3) await store.editIssue(ref, { priority: pick([0, 1, 2, 3] as const, 0) });
      time.advance(400_000);
    }
    busy = false;
    for (let run = 0; run < 2; run += 1) {
      await engine.sync();
      time.advance(300_000);
    }
    expect(await engine.sync()).toMatchObject({ failures: [], openConflicts: 0 });

    const shown = (issue: CanonicalIssue): unknown[] => [
      issue.ref.id,
      issue.title,
      issue.status,
      [...issue.labels].sort(),
      issue.priority,
    ];
    const there = emulator.issues().filter(({ archivedAt }) => archivedAt === null);
    const theirs = await held.connector.getIssues(there.map(({ id }) => ({ ...place, id })));
    const ours = await store.listIssues({ deleted: false });
    const sorted = (all: readonly (CanonicalIssue | undefined)[]): unknown[] =>
      all.flatMap((issue) => (issue ? [JSON.stringify(shown(issue))] : [])).sort();
    expect(sorted(ours)).toEqual(sorted(theirs));
  });
});
