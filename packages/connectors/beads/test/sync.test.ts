import {
  type CommandRunner,
  ConnectorRequestError,
  InMemoryIssueStore,
  OwnershipPolicy,
  SyncEngine,
  type SyncResult,
} from '@spec-kitty/tracker-core';
import { describe, expect, test } from 'vitest';
import { type Database, kinds } from './support/databases.ts';

const BINDING = { system: 'beads', workspace: 'beads' };
const slow = 120_000;

function syncing(held: Database, store: InMemoryIssueStore, run = held.run): Promise<SyncResult> {
  return new SyncEngine({
    connector: held.bind(run),
    store,
    policy: OwnershipPolicy.split({ fieldOwners: {}, defaultOwner: 'shared' }),
    sleep: async () => {},
  }).sync();
}

const killed = (): never => {
  throw new ConnectorRequestError('killed', { failureClass: 'transient' }, 'command_signal');
};

/** Kills the first call of `word`: before it did anything, in between, or when it was done. */
function killing(held: Database, word: string, moment: 'before' | 'between' | 'after'): CommandRunner {
  let dead = false;
  return {
    async run(call) {
      if (dead) return killed();
      if (call.args[0] !== word) return held.run.run(call);
      dead = true;
      const lines = typeof call.input === 'string' ? call.input.split(/(?<=\n)/) : [];
      if (moment === 'between') await held.run.run({ ...call, input: lines.slice(0, 2).join('') });
      if (moment === 'after') await held.run.run(call);
      return killed();
    },
  };
}

describe.each(kinds)('a sync through $name', ({ open }) => {
  test('brings both sides together, and then writes nothing', { timeout: slow }, async () => {
    using held = open();
    const store = new InMemoryIssueStore();
    const first = await store.createDraft(BINDING, { title: 'First', status: 'in_progress', priority: 1 });
    const second = await store.createDraft(BINDING, { title: 'Second', labels: ['x'], parent: first.ref });
    const third = await store.createDraft(BINDING, { title: 'Third' });
    await store.editIssue(second.ref, { links: [{ type: 'blocked_by', target: third.ref }] });
    for (let run = 0; run < 3; run += 1) await syncing(held, store);
    held.runs.length = 0;
    const quiet = await syncing(held, store);
    expect([quiet.failures, quiet.stats.pushedUpdated, quiet.stats.pulledUpdated]).toEqual([[], 0, 0]);
    expect(new Set(held.runs)).toEqual(new Set(['export']));
    const { items } = await held.connector.listIssues({ limit: 10 });
    expect(items.map(({ title }) => title).sort()).toEqual(['First', 'Second', 'Third']);
  });

  test('an edge that Beads does not take is told once, and not asked for again', {
    timeout: slow,
  }, async () => {
    using held = open();
    const store = new InMemoryIssueStore();
    const first = await store.createDraft(BINDING, { title: 'First' });
    const second = await store.createDraft(BINDING, { title: 'Second', parent: first.ref });
    await syncing(held, store);
    await store.editIssue(second.ref, { links: [{ type: 'blocked_by', target: first.ref }] });
    const told = await syncing(held, store);
    // 0.47 takes a second edge between two issues.
    const takes = /"version": *"0/.test(held.bd(['version', '--json']));
    expect(told.failures).toMatchObject(
      takes ? [] : [{ code: 'capability_not_supported', fieldPath: 'links.blocked_by' }],
    );
    held.runs.length = 0;
    const quiet = await syncing(held, store);
    expect([quiet.failures, quiet.stats.pushedUpdated]).toEqual([[], 0]);
    expect(new Set(held.runs)).toEqual(new Set(['export']));
  });

  test.each(['before', 'between', 'after'] as const)(
    'that is killed %s a create of many is finished by the next one, and nothing is doubled',
    { timeout: slow },
    async (moment) => {
      using held = open();
      const store = new InMemoryIssueStore();
      const titles = ['a', 'b', 'c', 'd'];
      for (const title of titles) await store.createDraft(BINDING, { title });
      await syncing(held, store, killing(held, 'import', moment)).catch(() => undefined);
      for (let run = 0; run < 3; run += 1) await syncing(held, store);
      const { items } = await held.connector.listIssues({ limit: 10 });
      expect(items.map(({ title }) => title).sort()).toEqual(titles);
      expect((await store.listIssues()).map(({ title }) => title).sort()).toEqual(titles);
      expect(await store.listConflicts()).toEqual([]);
    },
  );

  test.each([
    ['import', 'before'],
    ['import', 'between'],
    ['import', 'after'],
    ['label', 'before'],
    ['label', 'after'],
  ] as const)(
    'that is killed in %s, %s its effect, is finished by the next one',
    { timeout: slow },
    async (word, moment) => {
      using held = open();
      const store = new InMemoryIssueStore();
      for (const title of ['a', 'b', 'c']) await store.createDraft(BINDING, { title, labels: ['x'] });
      for (let run = 0; run < 2; run += 1) await syncing(held, store);
      for (const { ref, title } of await store.listIssues())
        await store.editIssue(ref, { title: `${title}!`, labels: ['y'] });
      await syncing(held, store, killing(held, word, moment)).catch(() => undefined);
      for (let run = 0; run < 3; run += 1) await syncing(held, store);
      const { items } = await held.connector.listIssues({ limit: 10 });
      expect(items.map(({ title, labels }) => [title, labels]).sort()).toEqual([
        ['a!', ['y']],
        ['b!', ['y']],
        ['c!', ['y']],
      ]);
      expect(await store.listConflicts()).toEqual([]);
    },
  );
});
