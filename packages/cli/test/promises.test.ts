import { readFile } from 'node:fs/promises';
import type {
  CanonicalIssue,
  ConflictRecord,
  ExternalRef,
  IssuePatch,
  JsonValue,
  SyncPlan,
  SyncResult,
} from '@spec-kitty/tracker-core';
import { openSqliteStore } from '@spec-kitty/tracker-store-sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeWorkbench, memoryConfig, removeWorkbench, type Workbench } from './test-io.ts';
import { createAtTracker, trackerOf } from './tracker.ts';

let bench: Workbench;
beforeEach(async () => {
  bench = await makeWorkbench();
  await bench.configure(memoryConfig({ deletions: 'delete' }));
});
afterEach(() => removeWorkbench(bench));

interface Runs {
  runs: { result: SyncResult; error?: { code: string; message: string } }[];
}
interface Plans {
  plans: { plan: SyncPlan }[];
}

const trackerFile = (): Promise<string> => readFile(bench.path('tracker.json'), 'utf8');

async function inStore<T>(work: (store: ReturnType<typeof openSqliteStore>) => Promise<T>): Promise<T> {
  await using store = openSqliteStore(bench.path('store.sqlite'));
  return await work(store);
}

/** Everything that a run could have written. */
const bothSides = async (): Promise<unknown> => [
  await trackerFile(),
  await inStore(async ({ backend }) => [
    await backend.query({}, { after: 0, limit: 100 }),
    await backend.query({ deleted: true }, { after: 0, limit: 100 }),
    await backend.bindings(),
    await backend.conflicts({}),
    await backend.runs({}),
    await backend.overrides({}),
    await backend.intents('memory:app:app'),
  ]),
];

/** Issues on both sides, of which a sync would create, update and delete some on each. */
async function mixedWork(): Promise<void> {
  const refs: ExternalRef[] = [];
  for (const title of ['edited there', 'edited here', 'deleted here', 'contested'])
    refs.push((await createAtTracker(bench, title)).ref);
  await bench.cli(['sync']);
  const [there, here, deleted, contested] = refs;
  if (!there || !here || !deleted || !contested) throw new Error('four issues');
  await trackerOf(bench).updateIssue(there, { body: 'theirs' });
  await trackerOf(bench).updateIssue(contested, { title: 'theirs' });
  await createAtTracker(bench, 'new there');
  await inStore(async (store) => {
    await store.editIssue(here, { body: 'ours' });
    await store.editIssue(contested, { title: 'ours' });
    await store.deleteIssue(deleted);
  });
  await bench.cli(['issues', 'create', '--title', 'new here']);
}

const syncOnce = async (): Promise<SyncResult> => {
  const [run] = (await bench.json<Runs>(['sync', '--full'])).runs;
  if (!run) throw new Error('no run');
  return run.result;
};

describe('a plan', () => {
  it('changes nothing on either side, and a sync does what it said', async () => {
    await mixedWork();
    const before = await bothSides();
    const [entry] = (await bench.json<Plans>(['plan'])).plans;
    expect((await bench.cli(['plan'])).code).toBe(3);
    expect(await bothSides()).toEqual(before);
    expect(entry?.plan.counts).toEqual({ creates: 1, updates: 1, deletes: 1 });
    expect(entry?.plan.changes.map(({ change }) => change).sort()).toEqual(['create', 'update']);

    const { stats, conflicts, openConflicts } = await syncOnce();
    expect(stats).toMatchObject({ pushedCreated: 1, pushedUpdated: 1, pushedDeleted: 1 });
    expect(stats).toMatchObject({ pulledCreated: 1, pulledUpdated: 1, pulledDeleted: 0 });
    expect(stats).toEqual(entry?.plan.result.stats);
    expect([conflicts.length, openConflicts]).toEqual([1, 1]);
  });

  it('that a person agreed to is what is done, or what moved is named and nothing is written', async () => {
    await createAtTracker(bench, 'one');
    await bench.cli(['pull']);
    await bench.cli(['issues', 'edit', 'APP-1', '--title', 'ours']);
    const terminal = { columns: 80, answers: ['y', 'y'] };
    let moved: unknown;
    const answer = await bench.cli(['sync', '--no-color'], {
      ...terminal,
      onAsk: async () => {
        await bench.cli(['issues', 'edit', 'APP-1', '--title', 'ours, again']);
        moved = await bothSides();
      },
    });
    expect(answer.code).toBe(1);
    expect(answer.stderr).toMatch(/1 issues moved since the plan was made \(APP-1\)/);
    expect(await bothSides()).toEqual(moved);
    const again = await bench.cli(['sync', '--no-color'], terminal);
    expect([again.code, again.stderr.includes('title: ours, again')]).toEqual([0, true]);
    expect((await trackerOf(bench).listIssues({ limit: 5 })).items).toMatchObject([{ title: 'ours, again' }]);
  });
});

describe('limits', () => {
  it.each(['maxCreates', 'maxUpdates', 'maxDeletes'])(
    'stop a run with 1 and the counts before its first write: %s',
    async (limit) => {
      await mixedWork();
      await bench.configure(memoryConfig({ deletions: 'delete', limits: { [limit]: 0 } }));
      const before = await bothSides();
      for (const command of ['sync', 'push']) {
        const { code, stdout } = await bench.cli([command, '--json']);
        const [run] = (JSON.parse(stdout) as Runs).runs;
        expect([code, run?.error?.code]).toEqual([1, 'sync_guard']);
        expect(run?.error?.message).toContain('1 creates, 1 updates and 1 deletes');
      }
      expect(await bothSides()).toEqual(before);
      await bench.configure(memoryConfig({ deletions: 'delete', limits: { [limit]: 1 } }));
      expect((await syncOnce()).stats).toMatchObject({
        pushedCreated: 1,
        pushedUpdated: 1,
        pushedDeleted: 1,
      });
    },
  );
});

describe('a conflict that is resolved', () => {
  const ways: [string, string[], 'ours' | 'theirs' | 'third'][] = [
    ['as it is here', ['--local'], 'ours'],
    ["as the tracker's", ['--external'], 'theirs'],
    ['otherwise', ['--value'], 'third'],
  ];
  const fields: [string, IssuePatch, IssuePatch, IssuePatch][] = [
    ['title', { title: 'ours' }, { title: 'theirs' }, { title: 'third' }],
    ['body', { body: null }, { body: 'theirs' }, { body: 'third\n\nwith lines' }],
    ['status', { status: 'done' }, { status: 'blocked' }, { status: 'in_review' }],
    [
      'customFields.team',
      { customFields: { team: { x: [1] } } },
      { customFields: { team: 'them' } },
      { customFields: { team: 7 } },
    ],
  ];
  const cases = fields.flatMap(([field, ours, theirs, third]) =>
    ways.map(([how, args, key]) => ({ field, how, args, patches: { ours, theirs, third }, key })),
  );

  it.each(cases)(
    '$how: both sides hold that $field after a sync, and the next one writes nothing',
    async (given) => {
      const { field, args, patches, key } = given;
      const before: IssuePatch = { body: 'before', customFields: { team: 'before', size: 3 } };
      const { ref } = await createAtTracker(bench, 'one', before);
      await bench.cli(['pull']);
      const withSize = (patch: IssuePatch): IssuePatch =>
        patch.customFields ? { customFields: { size: 3, ...patch.customFields } } : patch;
      await inStore((store) => store.editIssue(ref, withSize(patches.ours)));
      await trackerOf(bench).updateIssue(ref, withSize(patches.theirs));
      expect((await bench.cli(['sync'])).code).toBe(3);
      const { conflicts } = await bench.json<{ conflicts: ConflictRecord[] }>(['conflicts', 'list']);
      const heldIn = (patch: IssuePatch): JsonValue => {
        const [value] = Object.values(patch.customFields ?? patch);
        return value as JsonValue;
      };
      expect(conflicts).toMatchObject([
        { field, localValue: heldIn(patches.ours), externalValue: heldIn(patches.theirs), status: 'open' },
      ]);
      const [conflict] = conflicts;
      const value = key === 'third' ? [JSON.stringify(heldIn(patches.third))] : [];
      const resolved = await bench.cli(['conflicts', 'resolve', conflict?.id ?? '', ...args, ...value]);
      expect(resolved.code).toBe(0);
      expect((await bench.cli(['sync'])).code).toBe(0);

      const here = (await bench.json<{ issue: CanonicalIssue }>(['issues', 'show', 'APP-1'])).issue;
      const expected = withSize(patches[key]);
      expect(here).toMatchObject(expected);
      expect(await trackerOf(bench).getIssue(ref)).toMatchObject(expected);

      const file = await trackerFile();
      const { stats } = await syncOnce();
      expect(Object.entries(stats).filter(([name, count]) => name !== 'unchanged' && count > 0)).toEqual([]);
      expect(await trackerFile()).toBe(file);
      expect((await bench.json<{ issue: CanonicalIssue }>(['issues', 'show', 'APP-1'])).issue).toEqual(here);
    },
  );
});
