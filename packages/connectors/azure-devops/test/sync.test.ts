import type { AzureDevOpsEmulator } from '@spec-kitty/tooling-emulators';
import { InMemoryIssueStore, OwnershipPolicy, SyncEngine, type SyncResult } from '@spec-kitty/tracker-core';
import { describe, expect, it, test } from 'vitest';
import { connectorOf, emulatorOf, personAt, refOf, WORKSPACE } from './fixtures.ts';

const BINDING = { system: 'azure-devops', workspace: WORKSPACE };
const SET_UP = ['GET workitemtypes', 'GET connectionData'];

interface World {
  emulator: AzureDevOpsEmulator;
  store: InMemoryIssueStore;
  sync(operation?: 'sync' | 'pull' | 'push'): Promise<SyncResult>;
}

function worldOf(emulator = emulatorOf(), fetch = emulator.fetch): World {
  const { time } = emulator;
  const store = new InMemoryIssueStore({ clock: time.clock });
  const engine = new SyncEngine({
    connector: connectorOf({ ...emulator, fetch }),
    store,
    policy: OwnershipPolicy.split({ fieldOwners: {}, defaultOwner: 'shared' }),
    strategy: 'newer_timestamp',
    clock: time.clock,
    sleep: time.sleep,
  });
  return { emulator, store, sync: (operation = 'sync') => engine[operation]() };
}

const written = ({ stats }: SyncResult): number =>
  stats.pulledCreated + stats.pulledUpdated + stats.pushedCreated + stats.pushedUpdated;

/** What was asked since then, without the look-ups at the beginning. */
function askedOf({ log }: AzureDevOpsEmulator, from = 0): Record<string, number> {
  return Object.fromEntries(Object.entries(log.counts(from)).filter(([name]) => !SET_UP.includes(name)));
}

test('both sides are brought together, and another run asks once and writes nothing', async () => {
  const { emulator, store, sync } = worldOf();
  const theirs = personAt(emulator).create({
    title: 'theirs',
    body: '<p>text</p>',
    labels: ['bug'],
    status: 'in_progress',
    priority: 1,
  });
  const first = await store.createDraft(BINDING, { title: 'first', status: 'in_progress', priority: 2 });
  const second = await store.createDraft(BINDING, { title: 'second', parent: first.ref, labels: ['new'] });
  await sync();
  await store.editIssue(second.ref, { links: [{ type: 'blocked_by', target: refOf(theirs) }] });
  await store.editIssue(refOf(theirs), { status: 'done', assignees: ['grace@acme.example'] });
  const result = await sync();
  expect([result.failures, result.conflicts]).toEqual([[], []]);
  for (let run = 0; run < 2; run += 1) {
    emulator.time.advance(600_000);
    await sync();
  }
  emulator.time.advance(600_000);
  const from = emulator.log.all.length;
  const quiet = await sync();
  expect([written(quiet), emulator.log.counts(from)]).toEqual([0, { 'POST wiql': 1 }]);
  expect(emulator.state.item(theirs.id)).toMatchObject({ state: 'Closed', assignedTo: 'grace@acme.example' });
  expect(await store.getIssue(second.ref)).toMatchObject({
    title: 'second',
    labels: ['new'],
    links: [{ type: 'blocked_by', target: { id: String(theirs.id) } }],
  });
  const titled = (title: string) => [...emulator.state.items.values()].find((item) => item.title === title);
  expect(titled('second')?.relations).toContainEqual({
    rel: 'System.LinkTypes.Hierarchy-Reverse',
    target: titled('first')?.id,
  });
  expect(emulator.state.items.size).toBe(3);
});

test('what somebody writes between the reading and the write is merged, and nothing of it is lost', async () => {
  const emulator = emulatorOf();
  const person = personAt(emulator);
  const item = person.create({ title: 'theirs', labels: ['bug'] });
  let edits = true;
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    if (edits && request.method === 'PATCH') {
      edits = false;
      person.edit(refOf(item), { title: 'their title', labels: ['bug', 'theirs'] });
    }
    return emulator.fetch(request);
  };
  const { store, sync } = worldOf(emulator, fetch);
  await sync();
  await store.editIssue(refOf(item), { body: 'our text', labels: ['bug', 'ours'] });
  emulator.time.advance(600_000);
  const result = await sync();
  expect([result.failures, result.conflicts]).toEqual([[], []]);
  expect(emulator.state.item(item.id)).toMatchObject({
    title: 'their title',
    description: '<p>our text</p>',
    tags: ['bug', 'ours', 'theirs'],
  });
});

test('a text that comes back in other words is not written again', async () => {
  const { emulator, store, sync } = worldOf();
  const made = await store.createDraft(BINDING, { title: 'ours', body: '_it_\n* one\n* two\n\n1 * 2' });
  const theirs = personAt(emulator).create({ title: 'theirs', body: '<i>red</i><font color="red">x</font>' });
  await sync();
  emulator.time.advance(600_000);
  await sync();
  await store.editIssue(made.ref, { title: 'changed' });
  await store.editIssue(refOf(theirs), { priority: 3 });
  emulator.time.advance(600_000);
  await sync();
  emulator.time.advance(600_000);
  const quiet = await sync();
  expect([
    written(quiet),
    emulator.state.item(theirs.id).description,
    emulator.state.item(theirs.id).rev,
  ]).toEqual([0, '<i>red</i><font color="red">x</font>', 2]);
  expect([...emulator.state.items.values()].find(({ title }) => title === 'changed')?.rev).toBe(2);
});

test('a comment that people leave is no change, and none is written', async () => {
  const { emulator, sync } = worldOf();
  const item = personAt(emulator).create({ title: 'theirs' });
  await sync();
  emulator.time.advance(600_000);
  emulator.state.comment('ada@acme.example', item.id, 'hello');
  const from = emulator.log.all.length;
  await sync();
  expect([
    emulator.log.all.slice(from).some(({ kind }) => kind === 'write'),
    emulator.state.comments.size,
  ]).toEqual([false, 1]);
});

test('what people delete is found in the recycle bin, within an hour', async () => {
  const { emulator, store, sync } = worldOf();
  const item = personAt(emulator).create({ title: 'theirs' });
  personAt(emulator).create({ title: 'stays' });
  await sync();
  emulator.state.delete(item.id);
  emulator.time.advance(3_700_000);
  const { stats } = await sync();
  expect([stats.pulledDeleted, (await store.listIssues()).map(({ title }) => title)]).toEqual([1, ['stays']]);
});

describe('requests', () => {
  async function filled(count: number): Promise<World> {
    const world = worldOf(emulatorOf({ limits: true }));
    const person = personAt(world.emulator);
    for (let index = 0; index < count; index += 1) {
      person.create({ title: `issue ${index}`, body: `<p>text ${index}</p>`, labels: ['bug'] });
      world.emulator.time.advance(60_000);
    }
    return world;
  }

  it('of a first pull of 1,000 are 6, and of a quiet one 1', async () => {
    const { emulator, store, sync } = await filled(1000);
    await sync('pull');
    expect([askedOf(emulator), (await store.listIssues()).length]).toEqual([
      { 'POST wiql': 1, 'POST workitemsbatch': 5 },
      1000,
    ]);
    expect(emulator.log.all.length - 6).toBeLessThanOrEqual(3);
    emulator.time.advance(600_000);
    const from = emulator.log.all.length;
    await sync('pull');
    expect(emulator.log.counts(from)).toEqual({ 'POST wiql': 1 });
  });

  it('of 1,000 updates are 20 at most, those that read included', async () => {
    const { emulator, store, sync } = await filled(1000);
    await sync('pull');
    for (const [index, { ref }] of (await store.listIssues()).entries())
      await store.editIssue(ref, { title: `changed ${index}`, body: `text of ours ${index}` });
    emulator.time.advance(600_000);
    const from = emulator.log.all.length;
    const { stats, failures } = await sync('push');
    expect([stats.pushedUpdated, failures, askedOf(emulator, from)]).toEqual([
      1000,
      [],
      { 'POST workitemsbatch': expect.any(Number), 'PATCH $batch': 10 },
    ]);
    const counts = Object.values(askedOf(emulator, from));
    expect(counts.reduce((sum, one) => sum + one, 0)).toBeLessThanOrEqual(20);
    emulator.time.advance(600_000);
    expect(written(await sync())).toBe(0);
  });

  it('of 1,000 creates are 10, and 5 for the half of them that begin in another state', async () => {
    const { emulator, store, sync } = worldOf();
    for (let index = 0; index < 1000; index += 1)
      await store.createDraft(BINDING, {
        title: `issue ${index}`,
        status: index % 2 === 0 ? 'in_progress' : 'todo',
      });
    const { stats, failures } = await sync('push');
    expect([stats.pushedCreated, failures]).toEqual([1000, []]);
    const counts = askedOf(emulator);
    expect(counts['PATCH $batch']).toBeLessThanOrEqual(20);
    expect(emulator.log.all.filter(({ limited }) => limited)).toEqual([]);
  });
});
