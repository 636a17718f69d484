import {
  type CommandRunner,
  ConnectorRequestError,
  InMemoryIssueStore,
  OwnershipPolicy,
  SyncEngine,
  type SyncResult,
} from '@spec-kitty/tracker-core';
import { describe, expect, it } from 'vitest';
import { type Project, project, refOf, seed } from './fixtures.ts';

const WRITES = ['create', 'update', 'add'];
const writesOf = ({ calls }: Project): string[][] => calls.filter((args) => WRITES.includes(args[1] ?? ''));

function syncing(
  held: Project,
  store: InMemoryIssueStore,
  runner: CommandRunner = held.inside,
): () => Promise<SyncResult> {
  return () =>
    new SyncEngine({
      connector: held.connector({}, runner),
      store,
      policy: OwnershipPolicy.split({ fieldOwners: {}, defaultOwner: 'shared' }),
      sleep: async () => {},
    }).sync();
}

const BINDING = { system: 'fp', workspace: 'fp' };

describe.each([
  ['JSON', {}],
  ['text', { version: '0.22.1' }],
] as const)('a sync with fp that prints %s', (form, settings) => {
  it('brings both sides together, and then writes nothing', async () => {
    using held = project(settings);
    const theirs = seed(held, 'Theirs', { status: 'waiting', priority: 'urgent' });
    const store = new InMemoryIssueStore();
    const sync = syncing(held, store);
    const first = await store.createDraft(BINDING, { title: 'First', status: 'in_progress', priority: 2 });
    const second = await store.createDraft(BINDING, {
      title: 'Second',
      body: 'A body',
      labels: ['x', 'y'],
      parent: first.ref,
    });
    await store.editIssue(second.ref, { links: [{ type: 'blocked_by', target: first.ref }] });
    expect((await sync()).failures).toEqual([]);
    expect(await sync()).toMatchObject({ failures: [], conflicts: [], stats: { pushedCreated: 0 } });

    const [, one, two] = held.read().issues;
    expect(one).toMatchObject({ title: 'First', status: 'in-progress', priority: 'medium' });
    expect(two).toMatchObject({ title: 'Second', parent: one?.id });
    if (form === 'JSON') {
      expect(two).toMatchObject({ dependencies: [one?.id], properties: { labels: ['x', 'y'] } });
      expect((await store.getIssue(second.ref))?.body).toBe('A body');
    }
    held.calls.length = 0;
    const quiet = await sync();
    expect([quiet.stats.pushedUpdated, quiet.stats.pulledUpdated, quiet.openConflicts]).toEqual([0, 0, 0]);
    expect(writesOf(held)).toEqual([]);

    const ref = refOf(form === 'JSON' ? theirs : 'FP-1');
    await store.editIssue(ref, { title: 'Ours' });
    held.change(({ issues }) =>
      Object.assign(issues[1] ?? {}, { title: 'Edited there', updatedAt: '2027-01-01T00:00:00.000Z' }),
    );
    expect((await sync()).failures).toEqual([]);
    expect(held.read().issues[0]).toMatchObject({ title: 'Ours', status: 'waiting', priority: 'urgent' });
    expect((await store.getIssue(first.ref))?.title).toBe('Edited there');
  });
});

describe('a sync whose create is answered by nobody', () => {
  it('makes the issue once', async () => {
    using held = project();
    const store = new InMemoryIssueStore();
    await store.createDraft(BINDING, { title: 'Once', body: 'A body', status: 'done' });
    const losing: CommandRunner = {
      async run(command) {
        const result = await held.inside.run(command);
        if (command.args[1] !== 'create') return result;
        throw new ConnectorRequestError('stopped', { failureClass: 'transient' }, 'command_timeout');
      },
    };
    expect((await syncing(held, store, losing)()).failures).toMatchObject([{ operation: 'create' }]);
    for (let run = 0; run < 3; run += 1) expect((await syncing(held, store)()).failures).toEqual([]);
    expect(held.read().issues).toMatchObject([{ title: 'Once', status: 'done' }]);
    expect(await store.listIssues()).toMatchObject([{ title: 'Once', body: 'A body', status: 'done' }]);
    expect(await store.listConflicts()).toEqual([]);
  });
});
