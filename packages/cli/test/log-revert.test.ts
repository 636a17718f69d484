import type {
  CanonicalIssue,
  ConflictRecord,
  IssuePatch,
  OverrideRecord,
  SyncResult,
} from '@spec-kitty/tracker-core';
import { openSqliteStore } from '@spec-kitty/tracker-store-sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeWorkbench, memoryConfig, removeWorkbench, type Workbench } from './test-io.ts';
import { createAtTracker, trackerOf } from './tracker.ts';

let bench: Workbench;
beforeEach(async () => {
  bench = await makeWorkbench();
});
afterEach(() => removeWorkbench(bench));

interface Log {
  overrides: OverrideRecord[];
  conflicts: ConflictRecord[];
}
interface Failed {
  error: { code: string; message: string };
}

const localOwner = memoryConfig({ policy: 'spec_kitty_authoritative' });
const trackerOwner = memoryConfig({ policy: 'external_authoritative' });
const externalWins = memoryConfig({ strategy: 'external_wins' });

const here = async (): Promise<CanonicalIssue> =>
  (await bench.json<{ issue: CanonicalIssue }>(['issues', 'show', 'APP-1'])).issue;
const there = async ({ ref }: CanonicalIssue): Promise<CanonicalIssue> => trackerOf(bench).getIssue(ref);

async function sync(): Promise<SyncResult> {
  const { runs } = await bench.json<{ runs: { result: SyncResult }[] }>(['sync', '--full']);
  const [run] = runs;
  if (!run) throw new Error('no run');
  return run.result;
}

/** An issue that was `before` on both sides, was edited on each, and was synced. */
async function editedOnBothSides(
  config: unknown,
  edits: { before?: IssuePatch; ours?: IssuePatch; theirs?: IssuePatch },
): Promise<CanonicalIssue> {
  await bench.configure(config);
  const issue = await createAtTracker(bench, 'one', edits.before);
  await bench.cli(['sync']);
  {
    await using store = openSqliteStore(bench.path('store.sqlite'));
    if (edits.ours) await store.editIssue(issue.ref, edits.ours);
  }
  if (edits.theirs) await trackerOf(bench).updateIssue(issue.ref, edits.theirs);
  await sync();
  return issue;
}

async function idOf(field: string): Promise<string> {
  const { overrides, conflicts } = await bench.json<Log>(['log']);
  return [...overrides, ...conflicts].find((entry) => entry.field === field)?.id ?? '';
}

async function refusal(args: string[]): Promise<string> {
  const before = await here().catch(() => undefined);
  const { code, stdout } = await bench.cli([...args, '--json']);
  expect(code).toBe(2);
  expect(await here().catch(() => undefined)).toEqual(before);
  return (JSON.parse(stdout) as Failed).error.code;
}

describe('log revert', () => {
  it.each<[string, string, IssuePatch]>([
    ['a title of the tracker', 'title', { title: 'theirs' }],
    ['a set, whole', 'labels', { labels: ['x', 'y'] }],
    ['a body', 'body', { body: 'theirs' }],
    ['a custom key, and no other', 'customFields.team', { customFields: { team: { x: 1 }, size: 3 } }],
  ])('brings back %s on both sides, and is quiet after that', async (_name, field, theirs) => {
    const before = { labels: ['a'], customFields: { team: 'us', size: 3 } };
    const issue = await editedOnBothSides(localOwner, { before, theirs });
    expect(await here()).not.toMatchObject(theirs);
    const answer = await bench.json<{ changed: boolean }>(['log', 'revert', (await idOf(field)).slice(0, 8)]);
    expect(answer).toMatchObject({ field, changed: true });
    await sync();
    expect(await here()).toMatchObject(theirs);
    expect(await there(issue)).toMatchObject(theirs);
    expect((await sync()).stats).toMatchObject({ pulledUpdated: 0, pushedUpdated: 0, unchanged: 1 });
  });

  it('brings back what lost in a conflict, whichever side wrote it', async () => {
    const edits = { ours: { body: 'ours' }, theirs: { body: 'theirs' } };
    const issue = await editedOnBothSides(externalWins, edits);
    const id = await idOf('body');
    const { stdout } = await bench.cli(['log', 'revert', id]);
    expect(stdout).toBe('APP-1  body is again ours\nThe next sync sends it.\n');
    await sync();
    expect([(await here()).body, (await there(issue)).body]).toEqual(['ours', 'ours']);
    expect(await bench.json(['log', 'revert', id])).toMatchObject({ changed: false, value: 'ours' });
  });

  it('refuses what the policy would put back, until the policy is another', async () => {
    const issue = await editedOnBothSides(trackerOwner, { ours: { title: 'ours' } });
    const id = await idOf('title');
    expect(await refusal(['log', 'revert', id])).toBe('field_owned');
    expect(await refusal(['log', 'revert', id, '--force'])).toBe('field_owned');
    expect((await bench.cli(['log', 'revert', id])).stderr).toMatch(/app gives title[\s\S]*put it back/);
    await bench.configure(memoryConfig());
    expect((await bench.cli(['log', 'revert', id])).code).toBe(0);
    await sync();
    expect([(await here()).title, (await there(issue)).title]).toEqual(['ours', 'ours']);
  });

  it('removes a custom key that the side which lost did not hold', async () => {
    const before = { customFields: { team: 'us', size: 3 } };
    const ours = { customFields: { size: 3 } };
    await editedOnBothSides(externalWins, {
      before,
      ours,
      theirs: { customFields: { team: 'them', size: 3 } },
    });
    expect((await here()).customFields).toEqual({ team: 'them', size: 3 });
    expect((await bench.cli(['log', 'revert', await idOf('customFields.team')])).code).toBe(0);
    expect((await here()).customFields).toEqual({ size: 3 });
  });

  it('says that the field has changed since, and needs --force', async () => {
    await editedOnBothSides(externalWins, { ours: { title: 'ours' }, theirs: { title: 'theirs' } });
    const id = await idOf('title');
    await bench.cli(['issues', 'edit', 'APP-1', '--title', 'newer']);
    expect(await refusal(['log', 'revert', id])).toBe('field_changed');
    const { stderr } = await bench.cli(['log', 'revert', id]);
    expect(stderr).toMatch(/newer now, not theirs[\s\S]*--force/);
    expect((await bench.cli(['log', 'revert', id, '--force'])).code).toBe(0);
    expect((await here()).title).toBe('ours');
  });

  it('leaves a field alone that is in an open conflict', async () => {
    const issue = await editedOnBothSides(externalWins, {
      ours: { title: 'ours' },
      theirs: { title: 'theirs' },
    });
    const id = await idOf('title');
    await bench.configure(memoryConfig());
    await bench.cli(['issues', 'edit', 'APP-1', '--title', 'a']);
    await trackerOf(bench).updateIssue(issue.ref, { title: 'b' });
    await sync();
    expect(await refusal(['log', 'revert', id, '--force'])).toBe('conflict_open');
  });

  it('knows what cannot be taken back', async () => {
    const issue = await editedOnBothSides(memoryConfig(), {
      ours: { title: 'ours', body: 'our body' },
      theirs: { title: 'theirs', body: 'their body' },
    });
    const { conflicts } = await bench.json<Log>(['conflicts', 'list']);
    const [title, body] = ['title', 'body'].map(
      (name) => conflicts.find(({ field }) => field === name)?.id ?? '',
    );
    expect(await refusal(['log', 'revert', title ?? ''])).toBe('nothing_lost');
    await bench.cli(['conflicts', 'resolve', title ?? '', '--value', '"third"']);
    expect(await refusal(['log', 'revert', title ?? ''])).toBe('lost_two');
    const { runs } = await bench.json<{ runs: { id: string }[] }>(['log']);
    expect(await refusal(['log', 'revert', runs[0]?.id ?? ''])).toBe('log_is_run');
    await bench.cli(['conflicts', 'resolve', body ?? '', '--external']);
    {
      await using store = openSqliteStore(bench.path('store.sqlite'));
      await store.deleteIssue(issue.ref);
    }
    expect(await refusal(['log', 'revert', body ?? ''])).toBe('issue_gone');
  });
});
