import { readFile, writeFile } from 'node:fs/promises';
import {
  type CanonicalIssue,
  type CanonicalLink,
  canonicalIssue,
  type ExternalRef,
  type JsonValue,
  type SyncResult,
} from '@spec-kitty/tracker-core';
import { openSqliteStore } from '@spec-kitty/tracker-store-sqlite';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BadLine, ImportCounts } from '../src/interchange/import-lines.ts';
import { readLines } from '../src/interchange/read-lines.ts';
import { makeWorkbench, memoryConfig, removeWorkbench, type Workbench } from './test-io.ts';
import { createAtTracker, trackerOf } from './tracker.ts';

// The same cases every time; FC_SEED plays others.
const seed = { seed: Number(process.env['FC_SEED'] ?? 1) };

let bench: Workbench;
beforeEach(async () => {
  bench = await makeWorkbench();
  await bench.configure(memoryConfig());
});
afterEach(() => removeWorkbench(bench));

interface Imported {
  written: boolean;
  counts: ImportCounts;
  bad: BadLine[];
  issues?: { issue: string; action: string; fields: string[] }[];
}

const LINE = { ref: { system: 'memory', workspace: 'app', id: '1' }, title: 'one' };
const take = (input: string, ...options: string[]): Promise<Imported> =>
  bench.json<Imported>(['import', '-', ...options], { input });
const lines = async (): Promise<string> => (await bench.cli(['export'])).stdout;
const useStore = (path: string): Promise<void> => bench.configure({ ...memoryConfig(), store: { path } });
const sync = async (...options: string[]): Promise<SyncResult> => {
  const [run] = (await bench.json<{ runs: { result: SyncResult }[] }>(['sync', ...options])).runs;
  if (!run) throw new Error('no run');
  return run.result;
};
const there = async (): Promise<CanonicalIssue[]> =>
  (await trackerOf(bench).listIssues({ limit: 100 })).items;

const ref = (workspace: string, id: string): ExternalRef => ({ system: 'memory', workspace, id });
const json = fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.parse(JSON.stringify(value)) as JsonValue);
const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).filter((some) => /\S/.test(some));
const fields = fc.record({
  title: text,
  body: fc.option(fc.string({ unit: 'binary', maxLength: 60 })),
  status: fc.constantFrom('todo' as const, 'done' as const, 'in_review' as const),
  issueType: fc.constantFrom('task' as const, 'epic' as const),
  priority: fc.constantFrom(null, 0 as const, 4 as const),
  assignees: fc.uniqueArray(text, { maxLength: 3 }),
  labels: fc.uniqueArray(text, { maxLength: 3 }),
  parent: fc.option(fc.constantFrom(ref('app', 'p'), { ...ref('else', 'q'), key: 'Q-1' })),
  links: fc.array(fc.constant<CanonicalLink>({ type: 'blocks', target: ref('app', 'x') }), { maxLength: 1 }),
  customFields: fc.dictionary(fc.string({ minLength: 1, maxLength: 8 }), json, { maxKeys: 4 }),
  createdAt: fc.constantFrom(null, '2025-01-02T03:04:05.678Z'),
  updatedAt: fc.constantFrom(null, '2025-02-02T03:04:05.678Z'),
});

describe('export and import', () => {
  it('give the same issues in an empty store, and the second import changes nothing', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ fields, draft: fc.boolean(), linked: fc.boolean() }), { maxLength: 6 }),
        fc.uuid(),
        async (issues, unique) => {
          await useStore(`${unique}-a.sqlite`);
          {
            await using store = openSqliteStore(bench.path(`${unique}-a.sqlite`));
            for (const [index, { fields: given, draft, linked }] of issues.entries()) {
              const own = draft
                ? (await store.createDraft(ref('app', ''), { ...given, title: given.title })).ref
                : ref('app', `${index}`);
              if (!draft) await store.upsertIssue(canonicalIssue({ ...given, ref: own }));
              if (linked) await store.linkRef(own, { ...ref('other', `o${index}`), key: `O-${index}` });
            }
          }
          const exported = await lines();
          await useStore(`${unique}-b.sqlite`);
          const first = await take(exported);
          expect(first).toMatchObject({ bad: [], counts: { created: issues.length } });
          expect(await lines()).toBe(exported);
          expect((await take(exported)).counts).toMatchObject({
            left: issues.length,
            created: 0,
            changed: 0,
          });
          expect(await lines()).toBe(exported);
        },
      ),
      { ...seed, numRuns: 12 },
    );
  }, 30_000);

  it('keep the ref of a draft that has become an issue, and what was enrolled', async () => {
    const { issue } = await bench.json<{ issue: CanonicalIssue }>(['issues', 'create', '--title', 'mine']);
    await sync();
    {
      await using store = openSqliteStore(bench.path('store.sqlite'));
      await store.enrol(issue.ref, { system: 'memory', workspace: 'other', scope: 'team' });
    }
    const exported = await lines();
    expect(JSON.parse(exported)).toMatchObject({ aliases: {}, refs: [{}, { scope: 'team' }] });
    await useStore('b.sqlite');
    expect(await take(exported)).toMatchObject({ counts: { created: 1 }, bad: [] });
    expect(await lines()).toBe(exported);
    await using store = openSqliteStore(bench.path('b.sqlite'));
    expect((await store.getIssue(issue.ref))?.title).toBe('mine');
    // What the store had before it was settled is the same issue.
    const draft = JSON.stringify({ ...LINE, title: 'mine', ref: issue.ref });
    expect((await take(draft)).counts).toMatchObject({ left: 1 });
  });
});

describe('import', () => {
  it('reads a file, a mark at its beginning, both ends of lines, and blank ones', async () => {
    const second = { ...LINE, ref: { ...LINE.ref, id: '2' } };
    await writeFile(bench.path('x'), `\ufeff${JSON.stringify(LINE)}\r\n\r\n  \n${JSON.stringify(second)}`);
    const { counts, written } = await bench.json<Imported>(['import', 'x']);
    expect({ counts, written }).toMatchObject({ counts: { lines: 2, created: 2, bad: 0 }, written: true });
  });

  const good = JSON.stringify({ ...LINE, ref: { ...LINE.ref, id: 'good' } });
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  it.each([
    ['no JSON', '{"ref":', undefined],
    ['no object', '[1]', undefined],
    ['a zero byte', `${JSON.stringify(LINE)}\0`, undefined],
    ['a mark in the middle', `\ufeff${JSON.stringify(LINE)}`, undefined],
    ['a wrong field', JSON.stringify({ ...LINE, status: 'open' }), 'status'],
    ['no title', JSON.stringify({ ref: LINE.ref }), 'title'],
    ['a blank id', JSON.stringify({ ...LINE, ref: { ...LINE.ref, id: ' ' } }), 'ref.id'],
    ['an unknown field', JSON.stringify({ ...LINE, titel: 'x' }), 'titel'],
    ['an unknown field inside', JSON.stringify({ ...LINE, ref: { ...LINE.ref, team: 'x' } }), 'ref.team'],
    ['a key of prototypes', '{"__proto__":{"polluted":1}}', '__proto__'],
    [
      'depth',
      `{"ref":{"system":"s","workspace":"w","id":"i"},"title":"t","customFields":{"a":${deep}}}`,
      'customFields',
    ],
    ['another ref in refs', JSON.stringify({ ...LINE, refs: [ref('app', '2')] }), 'ref'],
    ['an alias of nothing', JSON.stringify({ ...LINE, aliases: { 'a:b:c': 'a:b:d' } }), 'aliases'],
    ['two refs of one place', JSON.stringify({ ...LINE, refs: [ref('app', '1'), ref('app', '2')] }), 'refs'],
    ['the same issue again', good, 'ref.id'],
  ])('refuses %s by line and field, and writes nothing', async (_name, bad, fieldPath) => {
    const input = `${good}\n${bad}\n`;
    const { stdout, code } = await bench.cli(['import', '-', '--json'], { input });
    const answer = JSON.parse(stdout) as Imported;
    expect(code).toBe(1);
    expect(answer.written).toBe(false);
    expect(answer.bad.map((each) => [each.line, each.fieldPath])).toEqual([[2, fieldPath]]);
    expect(await lines()).toBe('');
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
    const people = await bench.cli(['import', '-'], { input });
    expect(people.stderr).toMatch(/1 bad line\n {2}line 2[\s\S]*Nothing was written/);

    expect(await take(input, '--skip-bad')).toMatchObject({ written: true, counts: { created: 1, bad: 1 } });
    expect(JSON.parse(await lines())).toMatchObject({ ref: { id: 'good' } });
  });

  it('passes over a line that is too long without holding it, and refuses what is no UTF-8', async () => {
    const chunks = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from('ab\n');
      for (let count = 0; count < 10; count++) yield Buffer.from('xxxxx');
      yield Buffer.from('\nc');
      yield Buffer.from([0xff, 0x0a, 0x64]);
    };
    const read: unknown[] = [];
    for await (const line of readLines(chunks(), 20)) read.push(line);
    expect(read).toEqual([
      { number: 1, text: 'ab' },
      { number: 2, problem: 'it is longer than 20 bytes' },
      { number: 3, problem: 'it is not UTF-8' },
      { number: 4, text: 'd' },
    ]);
  });

  it('says in a dry run what it would do', async () => {
    await take(good);
    const changed = JSON.stringify({ ...(JSON.parse(good) as object), title: 'new', labels: ['a'] });
    const input = `${changed}\n${JSON.stringify(LINE)}\n`;
    const answer = await take(input, '--dry-run');
    expect(answer).toMatchObject({ written: false, counts: { created: 1, changed: 1 } });
    expect(answer.issues).toEqual([
      { issue: 'memory:app:good', action: 'changed', fields: ['title', 'labels'], title: 'new' },
      { issue: 'memory:app:1', action: 'created', fields: [], title: 'one' },
    ]);
    expect((await lines()).trim().split('\n')).toHaveLength(1);
    expect((await bench.cli(['import', '-', '--dry-run'], { input })).stdout).toMatch(
      /good +changed +new +title, labels/,
    );
  });

  it('leaves what is newer in the store, unless forced', async () => {
    await take(good);
    const old = await lines();
    await bench.cli(['issues', 'edit', 'good', '--title', 'newer']);
    const before = await lines();
    const { updatedAt: _now, ...rest } = JSON.parse(old) as CanonicalIssue;
    const past = JSON.stringify({ ...rest, updatedAt: '2001-01-01T00:00:00Z' });
    expect((await take(past)).counts).toMatchObject({ older: 1, changed: 0 });
    expect(await lines()).toBe(before);
    expect((await take(past, '--force')).counts).toMatchObject({ changed: 1 });
    expect(JSON.parse(await lines())).toMatchObject({ title: 'one' });
  });

  it('refuses an issue that was deleted here, and a file that is none', async () => {
    await take(good);
    {
      await using store = openSqliteStore(bench.path('store.sqlite'));
      await store.deleteIssue(ref('app', 'good'));
    }
    expect((await take(good)).bad).toMatchObject([{ line: 1, code: 'import_deleted' }]);
    expect((await bench.cli(['import', 'none.jsonl'])).code).toBe(2);
    expect((await bench.cli(['import', '.'])).code).toBe(2);
  });

  it('takes what is one issue here for one, and never joins two by itself', async () => {
    await take(`${good}\n${JSON.stringify({ ...LINE, ref: ref('other', '9') })}\n`);
    const both = { ...LINE, ref: ref('app', 'good'), refs: [ref('app', 'good'), ref('other', '9')] };
    expect((await take(JSON.stringify(both))).bad).toMatchObject([
      { code: 'import_apart', fieldPath: 'refs' },
    ]);
    const added = { ...LINE, ref: ref('app', 'good'), refs: [ref('app', 'good'), ref('third', '9')] };
    expect((await take(JSON.stringify(added))).counts).toMatchObject({ changed: 1 });
    expect(JSON.parse((await lines()).split('\n')[0] ?? '')).toMatchObject({ refs: added.refs });
  });
});

describe('a sync after an import', () => {
  it('finds the issues at their tracker again: none is doubled, nothing is written where nothing differs', async () => {
    await createAtTracker(bench, 'one', { labels: ['a'], body: 'text' });
    await createAtTracker(bench, 'two');
    await sync();
    const exported = await lines();
    const before = await readFile(bench.path('tracker.json'), 'utf8');
    await useStore('b.sqlite');
    await take(exported);
    const { stats, failures, conflicts } = await sync('--full');
    expect(stats).toMatchObject({ pushedCreated: 0, pushedUpdated: 0, pulledCreated: 0 });
    expect([failures, conflicts]).toEqual([[], []]);
    expect(await readFile(bench.path('tracker.json'), 'utf8')).toBe(before);
    expect((await lines()).trim().split('\n')).toHaveLength(2);
  });

  it('keeps both edits where the tracker has changed since: a conflict, not a loss', async () => {
    const { ref: own } = await createAtTracker(bench, 'one');
    await sync();
    await bench.cli(['issues', 'edit', 'APP-1', '--title', 'ours', '--label', 'mine']);
    const exported = await lines();
    await trackerOf(bench).updateIssue(own, { title: 'theirs', labels: ['yours'] });
    await useStore('b.sqlite');
    await take(exported);
    const { openConflicts, conflicts } = await sync('--full');
    expect(openConflicts).toBe(1);
    expect(conflicts).toMatchObject([{ field: 'title', localValue: 'ours', externalValue: 'theirs' }]);
    const [issue, ...others] = await there();
    expect([issue?.title, issue?.labels.toSorted(), others.length]).toEqual(['theirs', ['mine', 'yours'], 0]);
  });

  it('creates an imported draft once, also when the export that holds it is imported again', async () => {
    await bench.cli(['issues', 'create', '--title', 'mine']);
    const exported = await lines();
    await useStore('b.sqlite');
    await take(exported);
    await sync();
    expect((await take(exported)).counts).toMatchObject({ created: 0 });
    expect((await sync('--full')).stats).toMatchObject({ pushedCreated: 0 });
    expect(await there()).toHaveLength(1);
  });

  it('sends a change that came with an import to an issue that both know', async () => {
    await createAtTracker(bench, 'one');
    await sync();
    await take((await lines()).replace('"one"', '"edited"'));
    expect((await sync()).stats).toMatchObject({ pushedUpdated: 1, pushedCreated: 0 });
    expect((await there()).map(({ title }) => title)).toEqual(['edited']);
  });

  it('asks for an issue that is not listed before it makes one, which keeps its id', async () => {
    await createAtTracker(bench, 'one', { body: 'text' });
    await sync();
    const known = JSON.parse(await lines()) as CanonicalIssue;
    await bench.cli(['issues', 'create', '--title', 'two']);
    await sync();
    // A store that has a checkpoint is told of changes alone.
    await useStore('b.sqlite');
    await createAtTracker(bench, 'three');
    await sync();
    const before = (await there()).length;
    await take(JSON.stringify({ ...known, body: 'mine' }));
    await take(JSON.stringify({ ...LINE, ref: ref('app', '77') }));
    expect((await sync()).stats).toMatchObject({ pushedCreated: 1 });
    expect((await sync('--full')).stats).toMatchObject({ pushedCreated: 0 });
    const issues = await there();
    expect(issues).toHaveLength(before + 1);
    expect(issues.filter((issue) => issue.ref.id === '77')).toHaveLength(1);
    expect((await lines()).trim().split('\n')).toHaveLength(before + 1);
  });
});
