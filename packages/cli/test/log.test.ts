import type {
  ConflictRecord,
  JsonValue,
  OverrideRecord,
  RunRecord,
  SyncResult,
} from '@spec-kitty/tracker-core';
import { openSqliteStore } from '@spec-kitty/tracker-store-sqlite';
import stringWidth from 'string-width';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeWorkbench, memoryConfig, removeWorkbench, type Workbench } from './test-io.ts';
import { createAtTracker, trackerOf } from './tracker.ts';

let bench: Workbench;
beforeEach(async () => {
  bench = await makeWorkbench();
});
afterEach(() => removeWorkbench(bench));

interface Log {
  runs: (RunRecord & { binding: string | null })[];
  overrides: (OverrideRecord & { binding: string | null; title: string | null })[];
  conflicts: ConflictRecord[];
  more: { runs: boolean; overrides: boolean; conflicts: boolean };
}

const logOf = (...args: string[]): Promise<Log> => bench.json<Log>(['log', ...args]);

async function sync(...args: string[]): Promise<SyncResult> {
  const { runs } = await bench.json<{ runs: { result: SyncResult }[] }>(['sync', '--full', ...args]);
  const [run] = runs;
  if (!run) throw new Error('no run');
  return run.result;
}

const overrideOf = (id: string, changes: Partial<OverrideRecord> = {}): OverrideRecord => ({
  id,
  bindingId: 'memory:app:app',
  issueRef: { system: 'memory', workspace: 'app', id: '1' },
  field: 'title',
  kept: 'external',
  keptValue: 'theirs',
  lostValue: `lost in ${id}`,
  at: '2030-01-01T00:00:00.000Z',
  ...changes,
});

async function putOverrides(overrides: OverrideRecord[]): Promise<void> {
  await using store = openSqliteStore(bench.path('store.sqlite'));
  await store.backend.commit({ overrides });
}

const UNSAFE = /[^\P{Cc}\n]|[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c\u2028]/u;

describe('an empty log', () => {
  it('says so', async () => {
    await bench.configure(memoryConfig());
    expect(await logOf()).toEqual({
      runs: [],
      overrides: [],
      conflicts: [],
      more: { runs: false, overrides: false, conflicts: false },
    });
    const { code, stdout } = await bench.cli(['log']);
    expect([code, stdout.trim().split('\n').length]).toEqual([0, 1]);
  });
});

describe('the log of runs', () => {
  it('tells them newest first, with what each did', async () => {
    await bench.configure(memoryConfig());
    await createAtTracker(bench, 'one');
    await bench.cli(['pull']);
    await bench.cli(['pull']);
    await bench.cli(['issues', 'create', '--title', 'two']);
    await bench.cli(['push']);
    const { runs } = await logOf();
    expect(runs.map(({ operation, binding }) => [operation, binding])).toEqual([
      ['push', 'app'],
      ['pull', 'app'],
    ]);
    expect(runs.map(({ stats }) => [stats['pulledCreated'], stats['pushedCreated']])).toEqual([
      [0, 1],
      [1, 0],
    ]);
    expect((await bench.cli(['log'])).stdout).toMatch(/app +push +1 created[\s\S]*app +pull +1 created/);
  });

  it('tells the failures of one, and finds those of an issue', async () => {
    await bench.configure(memoryConfig());
    await bench.cli(['issues', 'create', '--title', 'x', '--field', 'mission_key=1']);
    await bench.cli(['issues', 'create', '--title', 'good']);
    await bench.cli(['push']);
    await createAtTracker(bench, 'later');
    await bench.cli(['pull']);
    const { issues } = await bench.json<{ issues: { title: string; ref: { id: string } }[] }>([
      'issues',
      'list',
    ]);
    const failed = issues.find(({ title }) => title === 'x')?.ref.id ?? '';
    const { runs } = await logOf('--issue', failed);
    expect(runs.map(({ operation }) => operation)).toEqual(['push']);
    expect((await logOf('--issue', 'later')).runs).toEqual([]);
    const { stdout } = await bench.cli(['log', 'show', runs[0]?.id ?? '']);
    expect(stdout).toMatch(
      /app {2}push\n[\s\S]*sent +1 created[\s\S]*failed +draft:.*mission_key.*\[create_refused\]/,
    );
  });
});

describe('the log of values that lost', () => {
  it('has every override of a run with its lost value, whichever side lost', async () => {
    const policy = {
      mode: 'split_ownership',
      fieldOwners: { title: 'external', labels: 'external', body: 'local', 'customFields.team': 'local' },
    };
    await bench.configure(memoryConfig({ policy }));
    const { ref } = await createAtTracker(bench, 'one', { labels: ['a'], body: 'b' });
    await createAtTracker(bench, 'two');
    await bench.cli(['sync']);
    await bench.cli([
      'issues',
      'edit',
      'APP-1',
      '--title',
      'my title',
      '--label',
      'mine',
      '--field',
      'team=us',
    ]);
    await bench.cli(['issues', 'edit', 'APP-2', '--title', 'my other title']);
    await trackerOf(bench).updateIssue(ref, { body: 'their body', customFields: { team: 'them' } });
    const { overrides } = await sync();

    const lost: [string, string, JsonValue, string][] = [
      ['APP-1', 'body', 'their body', 'local'],
      ['APP-1', 'customFields.team', 'them', 'local'],
      ['APP-1', 'labels', ['a', 'mine'], 'external'],
      ['APP-1', 'title', 'my title', 'external'],
      ['APP-2', 'title', 'my other title', 'external'],
    ];
    const log = await logOf();
    expect(
      log.overrides
        .map(({ issueRef, field, lostValue, kept }) => [issueRef.key, field, lostValue, kept])
        .sort(),
    ).toEqual(lost);
    expect(log.overrides.map(({ id }) => id).sort()).toEqual(overrides.map(({ id }) => id).sort());
    expect(log.overrides.map(({ title }) => title).sort()).toEqual(['one', 'one', 'one', 'one', 'two']);
    expect(log.runs[0]).toMatchObject({ operation: 'sync', overrides: 5 });

    const [run] = log.runs;
    const shown = await bench.json<{ overrides: OverrideRecord[] }>(['log', 'show', run?.id ?? '']);
    expect(shown.overrides).toEqual(log.overrides);
    for (const args of [['log'], ['log', 'show', run?.id ?? '']]) {
      const { stdout } = await bench.cli(args);
      for (const [key, field, value] of lost)
        expect(stdout).toMatch(new RegExp(`${key} +${field} +${[value].flat().join(', ')} `));
    }
    expect((await logOf('--issue', 'APP-2')).overrides).toMatchObject([{ lostValue: 'my other title' }]);
  });

  it('shows the whole of a long value', async () => {
    await bench.configure(memoryConfig({ policy: 'external_authoritative' }));
    await createAtTracker(bench, 'one', { body: 'short' });
    await bench.cli(['pull']);
    const words = Array.from({ length: 2000 }, (_, index) => `word${index}`);
    await bench.cli(['issues', 'edit', 'APP-1', '--body-file', '-'], { input: words.join(' ') });
    await sync();
    const table = await bench.cli(['log']);
    expect(table.stdout).toContain('word0');
    expect(table.stdout).not.toContain('word20 ');
    const [override] = (await logOf()).overrides;
    expect(override?.lostValue).toBe(words.join(' '));
    const { stdout } = await bench.cli(['log', 'show', override?.id.slice(0, 8) ?? '']);
    expect(stdout.split(/\s+/).filter((word) => /^word\d+$/.test(word))).toEqual(words);
    expect(await bench.json(['log', 'show', override?.id ?? ''])).toEqual({ override });
  });

  it('has the conflicts that a strategy settled, with both values', async () => {
    await bench.configure(memoryConfig({ strategy: 'external_wins' }));
    const { ref } = await createAtTracker(bench, 'one');
    await bench.cli(['pull']);
    await trackerOf(bench).updateIssue(ref, { title: 'theirs' });
    await bench.cli(['issues', 'edit', 'APP-1', '--title', 'ours']);
    expect((await bench.cli(['sync', '--full'])).stdout).toContain('log --binding app');
    const { conflicts, runs } = await logOf();
    expect(conflicts).toMatchObject([
      {
        field: 'title',
        localValue: 'ours',
        externalValue: 'theirs',
        resolvedValue: 'theirs',
        strategy: 'external_wins',
      },
    ]);
    expect((await bench.cli(['log'])).stdout).toMatch(
      /1 conflict settled\n[\s\S]*APP-1 +title +ours +theirs/,
    );
    const shown = await bench.cli(['log', 'show', conflicts[0]?.id.slice(0, 8) ?? '']);
    expect(shown.stdout).toContain('ours');
    expect((await bench.json<Log>(['log', 'show', runs[0]?.id ?? ''])).conflicts).toEqual(conflicts);
    expect((await logOf('--issue', 'APP-1')).conflicts).toEqual(conflicts);
  });

  it('keeps an open conflict for itself until it is settled', async () => {
    await bench.configure(memoryConfig());
    const { ref } = await createAtTracker(bench, 'one');
    await bench.cli(['pull']);
    await trackerOf(bench).updateIssue(ref, { title: 'theirs' });
    await bench.cli(['issues', 'edit', 'APP-1', '--title', 'ours']);
    const [open] = (await sync()).conflicts;
    expect((await logOf()).conflicts).toEqual([]);
    expect((await bench.cli(['log', '--issue', 'APP-1'])).stdout).toContain('1 conflict of it open');
    await bench.cli(['conflicts', 'resolve', open?.id ?? '', '--external']);
    expect((await logOf()).conflicts).toMatchObject([{ localValue: 'ours', strategy: 'host:external' }]);
  });

  it('is told of one binding, and of an issue that is gone', async () => {
    const config = memoryConfig();
    const other = {
      connector: 'memory',
      options: { file: 'other.json', name: 'second', workspace: 'other' },
    };
    await bench.configure({ ...config, bindings: { ...(config['bindings'] as object), other } });
    await createAtTracker(bench, 'one');
    await bench.cli(['sync']);
    const there = {
      bindingId: 'second:other:other',
      issueRef: { system: 'second', workspace: 'other', id: '9' },
    };
    await putOverrides([
      overrideOf('a'.repeat(8), { issueRef: { system: 'memory', workspace: 'app', id: 'one' } }),
    ]);
    await putOverrides([
      overrideOf('b'.repeat(8), there),
      overrideOf('c'.repeat(8), { bindingId: 'gone:x:x' }),
    ]);
    const idsOf = async (...args: string[]): Promise<string> =>
      (await logOf(...args)).overrides.map(({ id }) => id.slice(0, 1)).join('');
    expect(await idsOf()).toBe('cba');
    expect(await idsOf('--binding', 'other')).toBe('b');
    expect((await logOf()).overrides.map(({ binding, title }) => [binding, title])).toEqual([
      [null, null],
      ['other', null],
      ['app', 'one'],
    ]);
    {
      await using store = openSqliteStore(bench.path('store.sqlite'));
      await store.deleteIssue({ system: 'memory', workspace: 'app', id: 'one' });
    }
    expect(await idsOf('--issue', 'one')).toBe('a');
    expect(await idsOf('--issue', 'APP-1', '--binding', 'other')).toBe('');
  });

  it('knows an issue by the draft that it was', async () => {
    await bench.configure(memoryConfig());
    const { issue } = await bench.json<{ issue: { ref: OverrideRecord['issueRef'] } }>([
      'issues',
      'create',
      '--title',
      'one',
    ]);
    await putOverrides([overrideOf('a'.repeat(8), { issueRef: issue.ref })]);
    await bench.cli(['push']);
    expect((await logOf('--issue', 'APP-1')).overrides).toMatchObject([
      { issueRef: { key: 'APP-1' }, title: 'one' },
    ]);
  });

  it('can be read to its end, and says when there is more', async () => {
    await bench.configure(memoryConfig());
    await bench.cli(['status']);
    const ids = Array.from({ length: 1201 }, (_, index) => `id-${String(index).padStart(6, '0')}`);
    await putOverrides(ids.map((id) => overrideOf(id)));
    const some = await logOf('--limit', '3');
    expect(some.overrides.map(({ id }) => id)).toEqual(['id-001200', 'id-001199', 'id-001198']);
    expect(some.more).toEqual({ runs: false, overrides: true, conflicts: false });
    expect((await bench.cli(['log'])).stdout).toContain('--all shows');
    const all = await logOf('--all');
    expect(all.overrides.map(({ id }) => id)).toEqual(ids.toReversed());
    expect(all.more.overrides).toBe(false);
    const { stdout } = await bench.cli(['log', '--all']);
    for (const id of ids) expect(stdout).toContain(`lost in ${id} `);
    expect(stdout).not.toContain('--all shows');
    expect(await bench.json(['log', 'show', 'id-000000'])).toMatchObject({
      override: { lostValue: 'lost in id-000000' },
    });
  });

  it('can be read where a connector is missing', async () => {
    await bench.configure(memoryConfig());
    await bench.cli(['status']);
    await putOverrides([overrideOf('a'.repeat(8))]);
    await bench.configure({ store: { path: 'store.sqlite' }, bindings: { app: { connector: 'nowhere' } } });
    expect((await bench.cli(['log'])).stdout).toContain('lost in aaaaaaaa');
    expect((await bench.cli(['log', 'show', 'aaaaaaaa'])).code).toBe(0);
  });
});

describe('what the log shows', () => {
  const hostile = 'a\u001b]0;x\u0007\u001b[2Jb\u202ec\u009b31md\u200fe\u061cf\r\ng';

  it('is harmless on a terminal, and whole in JSON', async () => {
    await bench.configure(memoryConfig({ policy: 'external_authoritative' }));
    await createAtTracker(bench, hostile);
    await bench.cli(['pull']);
    await bench.cli(['issues', 'edit', 'APP-1', '--title', `${hostile} mine`]);
    await sync();
    await putOverrides([
      overrideOf('z'.repeat(8), {
        field: `customFields.${hostile}`,
        lostValue: { [hostile]: hostile },
        bindingId: hostile,
        issueRef: { system: 'x', workspace: 'y', id: hostile },
        at: hostile,
      }),
    ]);
    const { overrides, runs } = await logOf();
    expect(overrides.map(({ lostValue }) => lostValue)).toEqual([{ [hostile]: hostile }, `${hostile} mine`]);
    const shows = [...overrides, ...runs].map(({ id }) => ['log', 'show', id]);
    for (const args of [['log'], ...shows]) {
      for (const form of [[], ['--json']]) {
        const { code, stdout } = await bench.cli([...args, ...form, '--no-color'], { columns: 80 });
        expect([code, UNSAFE.test(stdout)]).toEqual([0, false]);
      }
    }
  });

  it.each([60, 80, 200])('fits into %i columns', async (columns) => {
    await bench.configure(memoryConfig({ policy: 'external_authoritative' }));
    await createAtTracker(bench, 'A title that is rather long, '.repeat(6), {
      body: '日本語の本文 '.repeat(10),
    });
    await bench.cli(['pull']);
    const title = 'Another title that is rather long, '.repeat(6);
    await bench.cli(['issues', 'edit', 'APP-1', '--title', title, '--body', '別の本文 '.repeat(10)]);
    await sync();
    const { overrides, runs } = await logOf();
    expect(overrides).toHaveLength(2);
    for (const args of [['log'], ...[...overrides, ...runs].map(({ id }) => ['log', 'show', id])]) {
      const { stdout } = await bench.cli([...args, '--no-color'], { columns });
      expect(Math.max(...stdout.split('\n').map((line) => stringWidth(line)))).toBeLessThanOrEqual(columns);
    }
  });
});

describe('an entry that is not there ends with 2', () => {
  it.each([
    ['an unknown one', ['log', 'show', 'nothing'], 'log_unknown', 'ID'],
    ['an unknown one to take back', ['log', 'revert', 'nothing'], 'log_unknown', 'ID'],
    ['too little of an id', ['log', 'show', 'a'], 'log_unknown', 'ID'],
    ['one of several', ['log', 'show', 'aaaa'], 'log_ambiguous', 'ID'],
    ['an unknown binding', ['log', '--binding', 'other'], 'binding_unknown', 'bindings.other'],
    ['an unknown issue', ['log', '--issue', 'X-1'], 'issue_unknown', 'ID'],
  ])('%s', async (_name, args, code, fieldPath) => {
    await bench.configure(memoryConfig());
    await bench.cli(['status']);
    await putOverrides([overrideOf('aaaa0'), overrideOf('aaaa1')]);
    const { code: exit, stdout } = await bench.cli([...args, '--json']);
    expect(exit).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code, fieldPath } });
  });

  it.each([[['log', 'nonsense']], [['log', '--limit', '0']], [['log', 'show']], [['log', 'revert']]])(
    'a command line that is wrong: %j',
    async (args) => {
      await bench.configure(memoryConfig());
      const { code, stdout, stderr } = await bench.cli(args);
      expect([code, stdout, stderr === '']).toEqual([2, '', false]);
    },
  );
});
