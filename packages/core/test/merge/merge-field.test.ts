import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../../src/index.ts';
import { mergeField } from '../../src/merge/merge-field.ts';
import type { FieldMerge, FieldState, Value } from '../../src/merge/merge-value.ts';
import { elementKey, SET_FIELDS, sameValue } from '../../src/model/equality.ts';
import { customKey, type FieldPath } from '../../src/model/snapshot.ts';

// The same cases every time; FC_SEED plays others.
const seed = { seed: Number(process.env.FC_SEED ?? 1) };
const RUNS = { numRuns: 2000, ...seed };
const OWNERS = ['external', 'local', 'shared'] as const;

const text = fc.constantFrom('a', 'b', 'c ', 'c', 'caf\u00e9', 'cafe\u0301', 'x\r\ny', 'x\ny\n', '');
const label = fc.constantFrom('Bug', 'bug', 'BUG', 'a', 'b', 'c');
const target = fc.constantFrom('1', '2', '3').map((id) => ({ system: 's', workspace: 'w', id }));
const link = fc.record({ type: fc.constantFrom('blocks', 'relates_to'), target });
const VALUES: Record<string, fc.Arbitrary<Value>> = {
  title: fc.constantFrom('a', 'b', 'c', 'c '),
  body: fc.option(text),
  status: fc.constantFrom('todo', 'done', 'blocked'),
  priority: fc.option(fc.constantFrom(0, 1, 2)),
  parent: fc.option(target),
  labels: fc.uniqueArray(label),
  assignees: fc.uniqueArray(label),
  links: fc.uniqueArray(link, { selector: (value) => JSON.stringify(value) }) as fc.Arbitrary<JsonValue>,
  'customFields.x': fc.option(fc.constantFrom<JsonValue>(1, 'a', null, { k: [1] }), { nil: undefined }),
};

const state = fc
  .record({
    path: fc.constantFrom(...Object.keys(VALUES)),
    folds: fc.boolean(),
    owner: fc.constantFrom(...OWNERS),
  })
  .chain(({ path, folds, owner }) => {
    const value = VALUES[path] ?? text;
    const base = fc.option(fc.record({ local: value, remote: value }), { nil: undefined });
    return fc.record({ base, local: value, remote: value }).map(
      (sides): FieldState => ({
        path: path as FieldPath,
        owner,
        local: sides.local,
        remote: sides.remote,
        ...(sides.base ? { base: sides.base } : {}),
        folding: { labels: folds, assignees: folds },
      }),
    );
  });

/** Values that the merged field may be made of. */
const list = (value: Value): JsonValue[] => (Array.isArray(value) ? value : []);
const keys = (of: FieldState, value: Value): Set<string> =>
  new Set(list(value).map((element) => elementKey(of.path, element, of.folding)));
const same = (of: FieldState, a: Value, b: Value): boolean => sameValue(of.path, a, b, of.folding);

/** What the engine stores after a merge. */
function next(of: FieldState, merge: FieldMerge): FieldState {
  if (merge.outcome === 'same' || merge.outcome === 'conflict') return of;
  if (merge.outcome === 'put_back') return { ...of, local: merge.local };
  return { ...of, local: merge.local, base: { local: merge.baseLocal, remote: of.remote } };
}

const always = (check: (of: FieldState, merge: FieldMerge) => void): void =>
  fc.assert(
    fc.property(state, (of) => {
      check(of, mergeField(of));
    }),
    RUNS,
  );

describe('merging a field', () => {
  it('never invents a value', () => {
    always((of, merge) => {
      // What the tracker held before is nobody's value any more.
      const sides = [of.local, of.remote, of.base?.local];
      const after = next(of, merge);
      for (const value of [after.local, after.base?.local]) {
        if (value === undefined) continue;
        if (SET_FIELDS.has(of.path)) {
          // A half may hold what the tracker took away, while an addition of ours brings it back.
          const known = new Set([...sides, of.base?.remote].flatMap((side) => [...keys(of, side)]));
          for (const key of keys(of, value)) expect(known.has(key)).toBe(true);
        } else {
          expect(sides.some((side) => same(of, side, value) || side === value)).toBe(true);
        }
      }
    });
  });

  it('is idempotent: what was merged merges to nothing new', () => {
    always((of, merge) => {
      const after = next(of, merge);
      const again = mergeField(after);
      if (merge.outcome === 'conflict') {
        expect(again.outcome).toBe('conflict');
      } else if (again.outcome === 'merged') {
        expect(same(after, again.local, after.local)).toBe(true);
        expect(again.kept).toBeUndefined();
      } else {
        expect(again.outcome).toBe('same');
      }
    });
  });

  it('lets no unchanged side win over a changed one, but for the owner', () => {
    always((of, merge) => {
      const { base, owner } = of;
      if (!base || SET_FIELDS.has(of.path)) return;
      const local = !same(of, of.local, base.local);
      const remote = !same(of, of.remote, base.remote);
      const now = next(of, merge).local;
      if (!local && !remote) expect(merge.outcome).toBe('same');
      if (local && !remote && owner !== 'external') expect(same(of, now, of.local)).toBe(true);
      if (remote && !local && owner !== 'local') expect(same(of, now, of.remote)).toBe(true);
      if (local && !remote && owner === 'external')
        expect(same(of, now, same(of, of.local, of.remote) ? of.local : base.local)).toBe(true);
      if (remote && owner === 'local') expect(same(of, now, of.local)).toBe(true);
    });
  });

  it('reports every value that had to yield to the owner', () => {
    always((of, merge) => {
      if (SET_FIELDS.has(of.path) || merge.outcome === 'conflict') return;
      const { base } = of;
      const now = next(of, merge).local;
      const empty = (value: Value): boolean =>
        value === undefined || value === null || String(value).trim() === '';
      // At a first meeting nothing is no value; later it is somebody's edit.
      const lost = (value: Value, before: Value): boolean =>
        !same(of, now, value) && (base ? !same(of, value, before) : !empty(value));
      const told = 'lost' in merge ? [merge.lost] : [];
      const foreign = customKey(of.path) !== undefined && of.local === undefined && base?.local === undefined;
      if (lost(of.local, base?.local)) expect(told).toEqual([of.local]);
      else if (lost(of.remote, base?.remote) && !foreign) expect(told).toEqual([of.remote]);
    });
  });

  it('reports the whole set where the owner took back an element of it', () => {
    always((of, merge) => {
      if (!SET_FIELDS.has(of.path)) return;
      const after = next(of, merge);
      const [local, remote, was, there] = [of.local, of.remote, of.base?.local, of.base?.remote].map((v) =>
        keys(of, v),
      );
      if (!local || !remote || !was || !there) return;
      const result = keys(of, after.local);
      const lost = 'lost' in merge ? keys(of, merge.lost) : new Set<string>();
      if (of.owner === 'external')
        for (const key of local) if (!was.has(key) && !result.has(key)) expect(lost).toContain(key);
      if (of.owner === 'local' && of.path !== 'links')
        for (const key of remote) if (!there.has(key) && !result.has(key)) expect(lost).toContain(key);
      if (of.owner === 'shared') expect(lost.size).toBe(0);
    });
  });

  it('never makes a conflict of a field that somebody owns, nor of a set', () => {
    always((of, merge) => {
      if (of.owner !== 'shared' || SET_FIELDS.has(of.path)) expect(merge.outcome).not.toBe('conflict');
    });
  });

  it('keeps in a shared set what either side added, and drops what either removed', () => {
    always((of, merge) => {
      const { base } = of;
      if (!base || of.owner !== 'shared' || !SET_FIELDS.has(of.path)) return;
      const result = keys(of, next(of, merge).local);
      const [local, remote, was, there] = [of.local, of.remote, base.local, base.remote].map((v) =>
        keys(of, v),
      );
      if (!local || !remote || !was || !there) return;
      for (const key of local) if (!was.has(key)) expect(result.has(key)).toBe(true);
      for (const key of remote) if (!there.has(key)) expect(result.has(key)).toBe(true);
      for (const key of was) {
        const addedThere = remote.has(key) && !there.has(key);
        if (!local.has(key) && !addedThere) expect(result.has(key)).toBe(false);
      }
      for (const key of there) {
        const addedHere = local.has(key) && !was.has(key);
        if (!remote.has(key) && !addedHere && was.has(key)) expect(result.has(key)).toBe(false);
      }
    });
  });

  it('keeps of a set that somebody owns what the owner holds', () => {
    always((of, merge) => {
      const { base, owner } = of;
      if (owner === 'shared' || !SET_FIELDS.has(of.path)) return;
      const result = [...keys(of, next(of, merge).local)].sort();
      if (owner === 'local') {
        expect(result).toEqual([...keys(of, of.local)].sort());
        return;
      }
      const [was, there, held] = [base?.local, base?.remote, of.remote].map((v) => keys(of, v));
      if (!was || !there || !held) return;
      const kept = [...was].filter((key) => held.has(key) || !there.has(key));
      const added = [...held].filter((key) => !there.has(key));
      const settled = base !== undefined && merge.outcome === 'same';
      if (!settled) expect(result).toEqual([...new Set([...kept, ...added])].sort());
      else expect(result).toEqual([...was].sort());
    });
  });

  it('commutes where both sides share a field and agreed on the same, or never met', () => {
    always((of) => {
      const { local, remote } = of;
      const base = of.base && { local: of.base.local, remote: of.base.local };
      const { base: _base, ...rest } = of;
      const one: FieldState = { ...rest, owner: 'shared', ...(base ? { base } : {}) };
      const other: FieldState = { ...one, local: remote, remote: local };
      const [left, right] = [mergeField(one), mergeField(other)];
      expect(left.outcome === 'conflict').toBe(right.outcome === 'conflict');
      if (left.outcome === 'conflict') return;
      // What is pending after the merge is the other side's own change.
      expect(same(of, next(one, left).local, next(other, right).local)).toBe(true);
    });
  });

  it('never removes a custom key that the local side never held', () => {
    always((of, merge) => {
      if (customKey(of.path) === undefined || of.local !== undefined || of.remote === undefined) return;
      if (of.base?.local !== undefined) return;
      const after = next(of, merge);
      // Nothing is pending, or the tracker's value was taken.
      expect(same(after, after.local, after.base?.local) || same(after, after.local, of.remote)).toBe(true);
    });
  });

  it('never lets go of relations that others made, where the local side owns them', () => {
    always((of, merge) => {
      if (of.path !== 'links' || of.owner !== 'local' || merge.outcome !== 'merged') return;
      const ours = new Set([...keys(of, of.local), ...keys(of, of.base?.local)]);
      const pendingRemoval = [...keys(of, merge.baseLocal)].filter((key) => !keys(of, merge.local).has(key));
      for (const key of pendingRemoval) expect(ours.has(key)).toBe(true);
    });
  });
});

describe('the table of a field that has one value', () => {
  const merge = (owner: FieldState['owner'], local: string, remote: string): FieldMerge =>
    mergeField({ path: 'title', owner, base: { local: 'base', remote: 'theirs' }, local, remote });
  const took = (local: string, baseLocal: string, more: object = {}): object => ({
    outcome: 'merged',
    local,
    baseLocal,
    ...more,
  });
  it.each([
    // owner, local, remote, result: the base is ('base', 'theirs'), as at a lossy tracker.
    ['shared', 'base', 'theirs', { outcome: 'same' }],
    ['shared', 'new', 'theirs', { outcome: 'same' }],
    ['shared', 'base', 'new', took('new', 'new')],
    ['shared', 'new', 'new', took('new', 'new')],
    ['shared', 'new', 'other', { outcome: 'conflict' }],
    ['external', 'base', 'theirs', { outcome: 'same' }],
    ['external', 'new', 'theirs', { outcome: 'put_back', local: 'base', lost: 'new' }],
    ['external', 'base', 'new', took('new', 'new')],
    ['external', 'new', 'new', took('new', 'new')],
    ['external', 'new', 'other', took('other', 'other', { kept: 'external', lost: 'new' })],
    ['local', 'base', 'theirs', { outcome: 'same' }],
    ['local', 'new', 'theirs', { outcome: 'same' }],
    ['local', 'base', 'new', took('base', 'new', { kept: 'local', lost: 'new' })],
    ['local', 'new', 'new', took('new', 'new')],
    ['local', 'new', 'other', took('new', 'other', { kept: 'local', lost: 'other' })],
  ] as const)('%s: local %s, remote %s', (owner, local, remote, expected) => {
    expect(merge(owner, local, remote)).toEqual(expected);
  });
});

describe('a value that is taken away', () => {
  it.each<[string, FieldPath, Value, Value, Value]>([
    ['a body that is cleared at the tracker', 'body', 'ours', 'ours', null],
    ['a custom key that is removed at the tracker', 'customFields.x', 1, 1, undefined],
  ])('is an edit, reported where we own the field: %s', (_name, path, before, local, remote) => {
    const base = { local: before, remote: before };
    expect(mergeField({ path, owner: 'local', base, local, remote })).toEqual({
      outcome: 'merged',
      local,
      baseLocal: remote,
      kept: 'local',
      lost: remote,
    });
  });
});

describe('a first meeting', () => {
  const meet = (path: FieldPath, owner: FieldState['owner'], local: Value, remote: Value): FieldMerge =>
    mergeField({ path, owner, local, remote });
  it.each<[string, FieldPath, Value, Value, object]>([
    ['equal values agree', 'title', 'a', 'a ', { outcome: 'merged', local: 'a', baseLocal: 'a' }],
    ['an empty local side yields', 'body', null, 'b', { outcome: 'merged', local: 'b', baseLocal: 'b' }],
    ['blank text is empty', 'body', ' \n', 'b', { outcome: 'merged', local: 'b', baseLocal: 'b' }],
    ['an empty remote side yields', 'body', 'a', null, { outcome: 'merged', local: 'a', baseLocal: null }],
    ['an empty body is null', 'body', '', null, { outcome: 'merged', local: '', baseLocal: '' }],
    ['todo is a value', 'status', 'todo', 'done', { outcome: 'conflict' }],
    ['task is a value', 'issueType', 'bug', 'task', { outcome: 'conflict' }],
    ['two values conflict', 'title', 'a', 'b', { outcome: 'conflict' }],
    ['a custom key comes', 'customFields.x', undefined, 1, { outcome: 'merged', local: 1, baseLocal: 1 }],
    ['a custom key goes', 'customFields.x', 1, undefined, { outcome: 'merged', local: 1 }],
    ['a null key stays', 'customFields.x', null, undefined, { outcome: 'merged', local: null }],
    ['sets unite', 'labels', ['a'], ['b'], { outcome: 'merged', local: ['a', 'b'], baseLocal: ['b'] }],
  ])('shared: %s', (_name, path, local, remote, expected) => {
    expect(meet(path, 'shared', local, remote)).toMatchObject(expected);
  });

  it.each<[FieldState['owner'], Value, object]>([
    ['external', 'theirs', { kept: 'external', lost: 'ours' }],
    ['local', 'ours', { kept: 'local', lost: 'theirs' }],
  ])('%s: the owner wins and the other value is reported', (owner, value, lost) => {
    expect(meet('title', owner, 'ours', 'theirs')).toMatchObject({
      outcome: 'merged',
      local: value,
      ...lost,
    });
  });
});

describe('comparing', () => {
  it.each<[string, FieldPath, Value, Value, boolean]>([
    ['Unicode forms', 'title', 'caf\u00e9', 'cafe\u0301', true],
    ['line ends', 'body', 'a\r\nb', 'a\nb', true],
    ['white space at the end of the text', 'body', 'a\n\n', 'a', true],
    ['white space at the end of a line', 'body', 'a  \nb', 'a\nb', false],
    ['white space at the beginning', 'body', ' a', 'a', false],
    ['sets in another order', 'labels', ['a', 'b'], ['b', 'a'], true],
    ['custom objects in another order', 'customFields.x', { a: 1, b: 2 }, { b: 2, a: 1 }, true],
    ['null and nothing', 'customFields.x', null, undefined, false],
    ['case without folding', 'labels', ['Bug'], ['bug'], false],
    [
      'a parent with another key',
      'parent',
      { system: 's', workspace: 'w', id: '1', key: 'A-1' },
      { system: 's', workspace: 'w', id: '1' },
      true,
    ],
  ])('%s', (_name, path, a, b, equal) => {
    expect(sameValue(path, a, b)).toBe(equal);
    expect(sameValue(path, b, a)).toBe(equal);
  });
});
