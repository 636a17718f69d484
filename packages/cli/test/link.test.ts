import {
  type CanonicalIssue,
  canonicalIssue,
  type IssuePatch,
  type OverrideRecord,
} from '@spec-kitty/tracker-core';
import { InMemoryConnector } from '@spec-kitty/tracker-memory';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findPairs, namesOf } from '../src/interchange/find-pairs.ts';
import { makeWorkbench, removeWorkbench, type Workbench } from './test-io.ts';

let bench: Workbench;
beforeEach(async () => {
  bench = await makeWorkbench();
  await configure();
});
afterEach(() => removeWorkbench(bench));

const binding = (workspace: string, more: object = {}): object => ({
  connector: 'memory',
  options: { file: `${workspace}.json`, workspace },
  strategy: 'manual_review',
  ...more,
});
const configure = (more: object = {}): Promise<void> =>
  bench.configure({
    store: { path: 'store.sqlite' },
    bindings: { one: binding('one'), two: binding('two', more) },
  });

const at = (workspace: string): InMemoryConnector =>
  new InMemoryConnector({ file: bench.path(`${workspace}.json`), workspace }, {}, undefined, {
    account: 'person',
  });
const make = (workspace: string, title: string, patch: IssuePatch = {}): Promise<CanonicalIssue> =>
  at(workspace).createIssue(
    canonicalIssue({ ...patch, title, ref: { system: 'memory', workspace, id: title } }),
  );
const titles = async (workspace: string): Promise<string[]> =>
  (await at(workspace).listIssues({ limit: 100 })).items.map(({ title }) => title).toSorted();
const held = async (): Promise<string[]> =>
  (await bench.json<{ issues: CanonicalIssue[] }>(['issues', 'list'])).issues.map(({ title }) => title);

interface Linked {
  certain: { first: { name: string }; second: { name: string }; reason: string }[];
  ambiguous: unknown[];
  hints: unknown[];
  linked: number;
}

describe('link', () => {
  it('shows certain pairs, ambiguous ones and hints, and takes the certain ones alone', async () => {
    await make('one', 'by key', { customFields: { was: 'TWO-1' } });
    await make('two', 'of key');
    await make('one', 'alike');
    await make('two', 'Alike');
    await make('one', 'several', { customFields: { was: ['TWO-3', 'TWO-4'] } });
    await make('two', 'c');
    await make('two', 'd');
    await bench.cli(['pull']);
    const shown = await bench.json<Linked>(['link']);
    expect(shown.certain).toMatchObject([
      { first: { name: 'ONE-1' }, second: { name: 'TWO-1' }, reason: 'key' },
    ]);
    expect([shown.ambiguous.length, shown.hints.length, shown.linked]).toEqual([2, 1, 0]);
    expect(await bench.json(['link', 'one', 'two', '--all'])).toMatchObject({ linked: 0 });
    const declined = await bench.cli(['link', '--all'], { answers: ['n'], columns: 60 });
    expect(declined.stdout).toContain('Nothing was linked');
    for (const each of declined.stdout.split('\n').filter((row) => /ONE-\d/.test(row)))
      expect(each.length).toBeLessThanOrEqual(60);
    expect((await bench.cli(['link', '--all'], { answers: ['y'], columns: 60 })).stdout).toContain(
      '1 pair linked',
    );
    expect((await bench.json<Linked>(['link', '--yes'])).certain).toEqual([]);
    expect(await held()).toHaveLength(6);
    await bench.cli(['sync', '--yes', '--full']);
    expect([(await titles('one')).length, (await titles('two')).length]).toEqual([3, 4]);
  });

  it('takes no pair because one issue mentions another, but where each names the other', async () => {
    await make('one', 'first', { body: 'see TWO-1' });
    await make('two', 'second', { body: 'nothing' });
    await make('one', 'third', { body: 'this is TWO-2' });
    await make('two', 'fourth', { body: 'once ONE-2' });
    await bench.cli(['pull']);
    const found = await bench.json<Linked>(['link', '--yes']);
    expect(found.certain).toMatchObject([{ first: { name: 'ONE-2' }, second: { name: 'TWO-2' } }]);
    expect(found.hints).toMatchObject([{ first: { name: 'ONE-1' }, reason: 'mention' }]);
    expect(found.linked).toBe(1);
    expect(await held()).toHaveLength(3);
  });

  it('says what two issues will be, joins them when told, and loses no value', async () => {
    await make('one', 'mine', { labels: ['a'], customFields: { x: 1 } });
    await make('two', 'theirs', { labels: ['b'], body: 'text', customFields: { x: 2 } });
    await bench.cli(['pull']);
    await bench.cli(['issues', 'edit', 'TWO-1', '--priority', '1', '--title', 'edited']);
    await bench.cli(['issues', 'edit', 'ONE-1', '--priority', '2']);
    const dry = await bench.cli(['link', 'ONE-1', 'TWO-1']);
    expect(dry.stdout).toMatch(/priority +2 +1[\s\S]*title +mine +edited[\s\S]*customFields.x +1 +2/);
    expect(dry.stdout).toContain('Nothing was linked');
    expect(await held()).toHaveLength(2);
    expect(await bench.json(['link', 'ONE-1', 'TWO-1', '--yes'])).toMatchObject({
      linked: true,
      issue: { title: 'mine', body: 'text', labels: ['a', 'b'], priority: 2 },
      refs: [{ key: 'ONE-1' }, { key: 'TWO-1' }],
    });
    expect(await bench.json(['link', 'ONE-1', 'TWO-1'])).toMatchObject({ already: true });
    const { overrides } = await bench.json<{ overrides: OverrideRecord[] }>(['log']);
    expect(overrides.map(({ field, lostValue }) => [field, lostValue])).toEqual(
      expect.arrayContaining([
        ['title', 'edited'],
        ['priority', 1],
      ]),
    );
    const shown = await bench.cli(['log', 'show', overrides[0]?.id ?? '']);
    expect(shown.stdout).toContain('lost: the value of the issue that was linked');
    await bench.cli(['sync', '--yes']);
    expect(await held()).toEqual(['mine']);
    expect([await titles('one'), await titles('two')]).toEqual([['mine'], ['theirs']]);
  });

  it('refuses two issues of one binding, one alone, and what is unknown', async () => {
    await make('one', 'a');
    await make('one', 'b');
    await bench.cli(['pull']);
    for (const args of [['ONE-1', 'ONE-2'], ['ONE-1'], ['ONE-1', 'x']])
      expect((await bench.cli(['link', ...args, '--yes'])).code, args.join(' ')).toBe(2);
    expect(await held()).toHaveLength(2);
  });

  it('finds pairs among tens of thousands without comparing each with each', () => {
    const many = (workspace: string, other: string): NonNullable<ReturnType<typeof namesOf>>[] =>
      Array.from({ length: 20_000 }, (_, index) => {
        const ref = { system: 'memory', workspace, id: `${index}`, key: `${workspace}-${index}` };
        const issue = canonicalIssue({ ref, title: 'same', body: `see ${other}-${index}` });
        const record = { id: 1, stamp: 1, revision: 1, aliases: {}, fieldTimes: {} };
        return namesOf({ ...record, issue, agreements: [{ ref, target: '' }] }, () => true) ?? [];
      }).flat();
    const { certain, ambiguous, hints } = findPairs(many('ONE', 'TWO'), many('TWO', 'ONE'));
    expect([certain.length, ambiguous.length, hints.length]).toEqual([20_000, 0, 0]);
  });
});

describe('unlink', () => {
  it('does not pass over a binding that enrols and cannot be opened', async () => {
    await make('one', 'same');
    await make('two', 'same');
    await bench.cli(['pull']);
    await bench.cli(['link', 'ONE-1', 'TWO-1', '--yes']);
    await configure({ enrol: {}, options: { file: 'two.json', workspace: 'two', nonsense: true } });
    const { code, stderr } = await bench.cli(['unlink', 'TWO-1']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('nonsense')]);
    expect(await held()).toHaveLength(1);
  });

  it('lets both issues live on: the next sync neither deletes nor doubles', async () => {
    await make('one', 'same', { labels: ['a'] });
    await make('two', 'same', { labels: ['b'] });
    await bench.cli(['pull']);
    await bench.cli(['link', 'ONE-1', 'TWO-1', '--yes']);
    await bench.cli(['sync', '--yes']);
    expect(await held()).toHaveLength(1);
    const { stdout } = await bench.cli(['unlink', 'TWO-1']);
    expect(stdout).toMatch(/TWO-1 is unlinked from ONE-1\n {2}ONE-1 stays here[^\n]*\n {2}TWO-1 stays/);
    for (const args of [['sync'], ['sync', '--full'], ['sync']])
      expect((await bench.cli([...args, '--yes'])).code).toBe(0);
    expect([await titles('one'), await titles('two')]).toEqual([['same'], ['same']]);
    expect(await held()).toEqual(['same', 'same']);
    // From here on they are two.
    await bench.cli(['issues', 'edit', 'ONE-1', '--title', 'mine']);
    await bench.cli(['sync', '--yes']);
    expect([await titles('one'), await titles('two')]).toEqual([['mine'], ['same']]);
  });

  it('refuses where its binding would create the issue once more, and what is not linked', async () => {
    await make('one', 'same');
    await make('two', 'same');
    await bench.cli(['pull']);
    expect((await bench.cli(['unlink', 'ONE-1'])).code).toBe(2);
    await bench.cli(['link', 'ONE-1', 'TWO-1', '--yes']);
    await configure({ enrol: { system: 'memory' } });
    expect(await bench.json(['unlink', 'TWO-1'])).toMatchObject({ error: { code: 'enrolled_again' } });
    expect((await bench.cli(['unlink', 'TWO-1', '--force'])).code).toBe(0);
  });

  it('knows an issue by every key that it has, also where no run was yet', async () => {
    const one = canonicalIssue({
      title: 'a',
      ref: { system: 'memory', workspace: 'one', id: '1', key: 'ONE-1' },
    });
    const refs = [one.ref, { system: 'memory', workspace: 'two', id: '2', key: 'TWO-2' }];
    await bench.cli(['import', '-'], { input: JSON.stringify({ ...one, refs }) });
    expect((await bench.cli(['unlink', 'TWO-2'])).code).toBe(0);
    expect(await bench.json(['issues', 'show', 'ONE-1'])).toMatchObject({ refs: [{ key: 'ONE-1' }] });
  });

  it('takes an enrolment back before it is made', async () => {
    await make('one', 'mine');
    await bench.cli(['pull']);
    await bench.cli(['enrol', 'two', 'ONE-1']);
    const { refs } = await bench.json<{ refs: { id: string }[] }>(['issues', 'show', 'ONE-1']);
    await bench.cli(['unlink', `memory:two:${refs[1]?.id.replace(':', '%3A')}`]);
    await bench.cli(['sync', '--yes']);
    expect(await titles('two')).toEqual([]);
  });
});
