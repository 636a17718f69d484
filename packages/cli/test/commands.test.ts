import { readFile, writeFile } from 'node:fs/promises';
import {
  CANONICAL_ISSUE_TYPES,
  CANONICAL_STATUSES,
  type CanonicalIssue,
  canonicalIssue,
  type IssuePatch,
  type SyncResult,
} from '@spec-kitty/tracker-core';
import type { InMemoryConnector } from '@spec-kitty/tracker-memory';
import { openSqliteStore } from '@spec-kitty/tracker-store-sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ISSUE_TYPES, STATUSES } from '../src/define-commands.ts';
import { makeWorkbench, memoryConfig, removeWorkbench, type Workbench } from './test-io.ts';
import { createAtTracker, trackerOf } from './tracker.ts';

let bench: Workbench;
beforeEach(async () => {
  bench = await makeWorkbench();
  await bench.configure(memoryConfig());
});
afterEach(() => removeWorkbench(bench));

interface Runs {
  runs: { binding: string; result: SyncResult; error?: { code: string }; declined?: boolean }[];
}
interface Issues {
  issues: CanonicalIssue[];
}

/** A person at the tracker. */
const tracker = (): InMemoryConnector => trackerOf(bench);
const createThere = (title: string, patch: IssuePatch = {}): Promise<CanonicalIssue> =>
  createAtTracker(bench, title, patch);

const resultOf = async (args: string[]): Promise<SyncResult> => {
  const [entry] = (await bench.json<Runs>(args)).runs;
  if (!entry) throw new Error('no run');
  return entry.result;
};

describe('pull, push and sync', () => {
  it('bring, send, and then have nothing to do', async () => {
    await createThere('one');
    expect((await resultOf(['pull'])).stats).toMatchObject({ pulledCreated: 1 });
    await bench.cli([
      'issues',
      'create',
      '--title',
      'two',
      '--label',
      'a',
      '--priority',
      '1',
      '--field',
      'team={"x":1}',
    ]);
    await bench.cli(['issues', 'edit', 'APP-1', '--status', 'done', '--body-file', '-'], { input: 'text' });
    expect((await resultOf(['push'])).stats).toMatchObject({ pushedCreated: 1, pushedUpdated: 1 });
    const before = await readFile(bench.path('tracker.json'), 'utf8');
    const { stats } = await resultOf(['sync']);
    expect(Object.entries(stats).filter(([name, count]) => name !== 'unchanged' && count > 0)).toEqual([]);
    expect(await readFile(bench.path('tracker.json'), 'utf8')).toBe(before);
    const { items } = await tracker().listIssues({ limit: 10 });
    items.sort((a, b) => (a.title < b.title ? -1 : 1));
    expect(
      items.map(({ title, status, body, labels, customFields }) => ({
        title,
        status,
        body,
        labels,
        customFields,
      })),
    ).toEqual([
      { title: 'one', status: 'done', body: 'text', labels: [], customFields: {} },
      { title: 'two', status: 'todo', body: null, labels: ['a'], customFields: { team: { x: 1 } } },
    ]);
  });

  it('leave a conflict open, with 3, until it is resolved', async () => {
    const { ref } = await createThere('one');
    await bench.cli(['pull']);
    await tracker().updateIssue(ref, { title: 'theirs' });
    await bench.cli(['issues', 'edit', 'APP-1', '--title', 'ours']);
    const answer = await bench.cli(['sync']);
    expect(answer.code).toBe(3);
    expect(answer.stdout).toContain('conflicts resolve');
    const { conflicts } = await bench.json<{ conflicts: { id: string }[] }>(['conflicts', 'list']);
    const id = conflicts[0]?.id ?? '';
    expect((await bench.cli(['conflicts', 'show', id.slice(0, 8)])).stdout).toContain('theirs');
    expect((await bench.cli(['conflicts', 'resolve', id.slice(0, 8), '--value', '"both"'])).code).toBe(0);
    expect((await bench.cli(['conflicts', 'resolve', id, '--local'])).code).toBe(2);
    expect((await bench.cli(['sync'])).code).toBe(0);
    expect((await tracker().getIssue(ref)).title).toBe('both');
  });

  it('report a value that was put back, with what was lost', async () => {
    await bench.configure(memoryConfig({ policy: 'external_authoritative' }));
    await createThere('one');
    await bench.cli(['pull']);
    const edit = await bench.cli(['issues', 'edit', 'APP-1', '--title', 'ours']);
    expect(edit.stderr).toContain('gives title to the tracker');
    const { stdout, code } = await bench.cli(['sync', '--full']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/1 value put back here[\s\S]*APP-1 +title +ours +one/);
  });

  it('end with 1 for a failure, naming the issue and what to do', async () => {
    await bench.cli(['issues', 'create', '--title', 'x', '--field', 'mission_key=1']);
    const { code, stdout } = await bench.cli(['push']);
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /1 failure\n {2}draft:[0-9a-f]{8} customFields\.\S*mission_key: .*retired[\s\S]*Change that field here/,
    );
  });

  it('end with 1 where a limit would be broken, before anything is written', async () => {
    await bench.configure(memoryConfig({ limits: { maxCreates: 0 } }));
    await bench.cli(['issues', 'create', '--title', 'x']);
    const { code, stderr } = await bench.cli(['push']);
    expect(code).toBe(1);
    expect(stderr).toContain('[sync_guard]');
    expect((await tracker().listIssues({ limit: 1 })).items).toEqual([]);
  });

  it('end with 4 while another run has the binding', async () => {
    await bench.cli(['pull']);
    await using store = openSqliteStore(bench.path('store.sqlite'));
    const [row] = await store.backend.bindings();
    await store.backend.acquireLease(row?.id ?? '', 'somebody', 60_000);
    const { code, stdout } = await bench.cli(['sync', '--json']);
    expect(code).toBe(4);
    expect((JSON.parse(stdout) as Runs).runs[0]?.error?.code).toBe('sync_busy');
  });

  it('stop between two steps at the first Ctrl-C, and at once at the second', async () => {
    const many = Array.from({ length: 250 }, (_, index) => ({
      issue: canonicalIssue({
        title: `${index}`,
        ref: { system: 'memory', workspace: 'app', id: `${index}` },
      }),
      options: {},
    }));
    await tracker().createIssues(many);
    let press = (): void => {};
    let pressed = 0;
    const { code, stdout, stderr } = await bench.cli(['pull'], {
      columns: 80,
      interrupt: (given) => {
        press = given;
      },
      onStderr: (text) => {
        if (!text.includes('100 read') || pressed > 0) return;
        pressed += 1;
        press();
        press();
      },
    });
    expect(code).toBe(1);
    expect(stdout).toContain('stopped');
    expect(stdout).toContain('100 created');
    expect(stderr).toContain('Stopping after this step');
    expect(stderr).toContain('exit 130');
    expect((await resultOf(['pull'])).stats.pulledCreated).toBe(150);
  });

  it('ask before the first sync on a terminal, once', async () => {
    await bench.cli(['issues', 'create', '--title', 'x']);
    const no = await bench.cli(['sync'], { columns: 80, answers: ['n'], env: { NO_COLOR: '1' } });
    expect(no.code).toBe(1);
    expect(no.stderr).toMatch(/create +new +x[\s\S]*Go on\? \[y\/N\] Nothing was done/);
    expect((await tracker().listIssues({ limit: 1 })).items).toEqual([]);
    expect((await bench.cli(['sync'], { columns: 80, answers: ['y'] })).code).toBe(0);
    expect((await tracker().listIssues({ limit: 5 })).items).toHaveLength(1);
    await bench.cli(['issues', 'create', '--title', 'y']);
    const again = await bench.cli(['sync'], { columns: 80, answers: [] });
    expect(again.stderr).not.toContain('Go on?');
    expect(again.code).toBe(0);
  });

  it('hold to the limits also where a person said yes', async () => {
    await bench.configure(memoryConfig({ limits: { maxCreates: 0 } }));
    await bench.cli(['issues', 'create', '--title', 'x']);
    const { code, stderr } = await bench.cli(['sync'], { columns: 80, answers: ['y'] });
    expect([code, stderr.includes('sync_guard')]).toEqual([1, true]);
    expect((await tracker().listIssues({ limit: 1 })).items).toEqual([]);
  });

  it.each([
    ['with --yes', ['push', '--yes'], ['n']],
    ['without a terminal', ['push'], undefined],
  ])('do not ask %s', async (_name, args, answers) => {
    await bench.cli(['issues', 'create', '--title', 'x']);
    const { stderr, code } = await bench.cli(args, answers ? { answers, columns: 80 } : {});
    expect(code).toBe(0);
    expect(stderr).not.toContain('Go on?');
    expect((await tracker().listIssues({ limit: 5 })).items).toHaveLength(1);
  });
});

describe('plan and status', () => {
  it('change nothing', async () => {
    await createThere('one');
    await bench.cli(['issues', 'create', '--title', 'two']);
    const { plans } = await bench.json<{ plans: { plan: { counts: unknown; changes: unknown[] } }[] }>([
      'plan',
    ]);
    expect(plans[0]?.plan.counts).toEqual({ creates: 1, updates: 0, deletes: 0 });
    expect(plans[0]?.plan.changes).toHaveLength(1);
    expect((await bench.json<Issues>(['issues', 'list'])).issues).toHaveLength(1);
    const status = await bench.json<{ bindings: unknown[] }>(['status']);
    expect(status.bindings).toMatchObject([
      { name: 'app', issues: 0, pending: 1, openConflicts: 0, lastRunAt: null },
    ]);
  });
});

describe('enrol and export', () => {
  it('take an issue to a second tracker, and write what the store holds', async () => {
    const config = memoryConfig();
    const other = {
      connector: 'memory',
      options: { file: 'other.json', name: 'second', workspace: 'other' },
    };
    await bench.configure({ ...config, bindings: { ...(config['bindings'] as object), other } });
    await createThere('one', { labels: ['x'] });
    await createThere('two');
    await bench.cli(['pull', 'app']);
    expect(await bench.json(['enrol', 'other', '--from', 'app', '--label', 'x'])).toMatchObject({
      enrolled: [{ key: 'APP-1' }],
      already: 0,
    });
    expect(await bench.json(['enrol', 'other', 'APP-1'])).toMatchObject({ enrolled: [], already: 1 });
    expect((await resultOf(['push', 'other'])).stats.pushedCreated).toBe(1);
    const { refs } = await bench.json<{ refs: { workspace: string }[] }>(['issues', 'show', 'APP-1']);
    expect(refs.map(({ workspace }) => workspace)).toEqual(['app', 'other']);
    expect(await bench.json(['issues', 'show', 'OTHER-1'])).toMatchObject({ issue: { title: 'one' } });

    const { stdout } = await bench.cli(['export']);
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as CanonicalIssue);
    expect(lines.map(({ title }) => title)).toEqual(['one', 'two']);
    expect(lines[0]).not.toHaveProperty('localRevision');
    expect((await bench.json<Issues>(['export'])).issues).toEqual(lines);
    expect(await bench.json(['export', '--output', 'x.jsonl', '--binding', 'other'])).toMatchObject({
      issues: 1,
    });
    expect(JSON.parse(await readFile(bench.path('x.jsonl'), 'utf8'))).toMatchObject({
      ref: { workspace: 'other' },
      title: 'one',
    });
  });
});

describe('what is shown', () => {
  const hostile = 'a\u001b]0;x\u0007\u001b[2Jb\u202ec\u009b31md\u200fe\u061cf\r\ng';

  it('is harmless on a terminal, and whole in JSON', async () => {
    await createThere(hostile, { body: `${hostile}\u2028\ttab` });
    await bench.cli(['pull']);
    for (const args of [
      ['issues', 'list'],
      ['issues', 'show', 'APP-1'],
      ['issues', 'list', '--json'],
      ['export'],
      ['export', '--json'],
    ]) {
      const { stdout } = await bench.cli([...args, '--no-color'], { columns: 80 });
      expect(stdout).not.toMatch(/[^\P{Cc}\n]|[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c\u2028]/u);
    }
    expect((await bench.json<Issues>(['issues', 'list'])).issues[0]?.title).toBe(hostile);
  });

  it.each([60, 200])('fits into %i columns', async (columns) => {
    await createThere('A title that is rather long, '.repeat(6), {
      labels: ['one', 'two', 'three'],
      assignees: ['person'],
    });
    await createThere('日本語のタイトル'.repeat(10));
    await bench.cli(['pull']);
    const { stdout } = await bench.cli(['issues', 'list', '--no-color'], { columns });
    const { default: width } = await import('string-width');
    expect(Math.max(...stdout.split('\n').map((line) => width(line)))).toBeLessThanOrEqual(columns);
  });

  it.each([
    ['a terminal', { columns: 80 }, [], true],
    ['a terminal with NO_COLOR', { columns: 80, env: { NO_COLOR: '1' } }, [], false],
    ['a terminal with --no-color', { columns: 80 }, ['--no-color'], false],
    ['a pipe', {}, [], false],
    ['a pipe with --color', {}, ['--color'], true],
  ])('has colours as it should: %s', async (_name, options, args, expected) => {
    const { stdout } = await bench.cli(['status', ...args], options);
    expect(stdout.includes('\u001b[')).toBe(expected);
  });

  it('rewrites one line of progress on a terminal, and writes plain lines elsewhere', async () => {
    await createThere('one');
    const live = await bench.cli(['pull', '--no-color'], { columns: 80 });
    expect(live.stderr).toContain('\r\u001b[2Kapp pull  1 read, 0 unchanged');
    expect(live.stderr.endsWith('\r\u001b[2K')).toBe(true);
    expect((await bench.cli(['pull'])).stderr).toBe('');
  });

  it('never holds a secret', async () => {
    const env = { SPEC_KITTY_MEMORY_WEBHOOK_SECRET: 'kept-to-ourselves' };
    const options = {
      file: 'tracker.json',
      workspace: 'app',
      webhookSecret: `\${env:SPEC_KITTY_MEMORY_WEBHOOK_SECRET}`,
    };
    await bench.configure(memoryConfig({ options }));
    await createThere('kept-to-ourselves');
    expect((await bench.cli(['pull'], { env })).code).toBe(0);
    await writeFile(bench.path('tracker.json'), 'kept-to-ourselves');
    const { stdout, stderr } = await bench.cli(['pull', '--json'], { env });
    expect(stdout + stderr).not.toContain('kept-to-ourselves');
  });

  it('says which connectors are installed', async () => {
    const { connectors } = await bench.json<{ connectors: { id: string }[] }>(['connectors']);
    expect(connectors.map(({ id }) => id)).toEqual(['beads', 'memory']);
    expect((await bench.cli(['connectors'])).stdout).toContain('read, write');
  });
});

it('knows the statuses and types of core', () => {
  expect(STATUSES).toEqual(CANONICAL_STATUSES);
  expect(ISSUE_TYPES).toEqual(CANONICAL_ISSUE_TYPES);
});
