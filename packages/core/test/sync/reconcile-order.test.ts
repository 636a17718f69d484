import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CONFLICT_STRATEGIES, type StrategyOption } from '../../src/index.ts';
import { fieldsOf, valueAt } from '../../src/model/snapshot.ts';
import type { StoredRecord } from '../../src/store/records.ts';
import type { Outcome } from '../../src/sync/agreement.ts';
import { after, frozen, type PlanningCase, planningCases, reconciled } from './support/planning-case.ts';
import { PATHS, RUNS, settings } from './support/settings.ts';
import { agreed, pathsOf, same, stillOpen, withFieldsOf } from './support/sides.ts';

const mirrored: Partial<Record<string, StrategyOption>> = {
  external_wins: 'local_wins',
  local_wins: 'external_wins',
  manual_review: 'manual_review',
};

describe('the order of changes', () => {
  /** What two histories must agree on: values, halves, and what was lost. */
  const told = (outcomes: Outcome[]): string[] =>
    outcomes
      .flatMap(({ overrides, reported }) => [
        ...overrides.map(({ field, kept, lostValue }) => JSON.stringify([field, kept, lostValue])),
        ...reported.map(({ field, status, localValue, externalValue }) =>
          JSON.stringify([field, status, localValue, externalValue]),
        ),
      ])
      .sort();
  const state = (record: StoredRecord): unknown => ({
    issue: fieldsOf(record.issue),
    pair: agreed(record).pair,
  });
  const halves = fc.subarray([...PATHS]);
  const calm = planningCases({ troubled: false });

  it('does not matter for remote changes of different fields', () => {
    fc.assert(
      fc.property(calm, halves, (of, first) => {
        const held = agreed(of.record).pair?.remote;
        if (!held) return;
        // What both sides have come to hold alike is agreed first: a change after that is another one.
        const start = after(of, reconciled({ ...of, remote: frozen({ ...of.remote, ...held }) }));
        const partly = frozen(withFieldsOf({ ...of.remote, ...held }, of.remote, first));
        const one = reconciled({ ...start, remote: partly });
        const two = reconciled({ ...after(start, one), remote: of.remote });
        const once = reconciled({ ...start, remote: of.remote });
        expect(state(two.record)).toEqual(state(once.record));
        expect(told([one, two])).toEqual(told([once]));
      }),
      RUNS,
    );
  });

  it('does not matter for a local and a remote change of different fields', () => {
    fc.assert(
      fc.property(calm, halves, (of, here) => {
        const { pair } = agreed(of.record);
        if (!pair) return;
        // The local side changes the fields that are named, the remote side the others.
        const edited = (record: StoredRecord): StoredRecord =>
          frozen({ ...record, issue: withFieldsOf(record.issue, of.record.issue, here) });
        const start = frozen({ ...of.record, issue: { ...of.record.issue, ...pair.local } });
        const remote = frozen(withFieldsOf(of.remote, pair.remote, here));
        const local = reconciled({ ...of, record: edited(start), remote });
        const pulled = reconciled({ ...of, record: start, remote });
        const later = reconciled({ ...of, record: edited(pulled.record), remote });
        expect(state(later.record)).toEqual(state(local.record));
        expect(told([pulled, later])).toEqual(told([local]));
      }),
      RUNS,
    );
  });

  it('does not matter for two local edits around a pull', () => {
    fc.assert(
      fc.property(calm, halves, (of, first) => {
        const { pair } = agreed(of.record);
        if (!pair) return;
        const others = PATHS.filter((path) => !first.includes(path));
        // The remote side changes what was edited before the pull; what is edited after it is edited here alone.
        const remote = frozen(withFieldsOf(of.remote, pair.remote, others));
        const start = { ...of.record, issue: { ...of.record.issue, ...pair.local } };
        const begun = frozen({ ...start, issue: withFieldsOf(start.issue, of.record.issue, first) });
        const pulled = reconciled({ ...of, record: begun, remote });
        const more = frozen({
          ...pulled.record,
          issue: withFieldsOf(pulled.record.issue, of.record.issue, others),
        });
        const open = stillOpen(of.open, pulled.conflicts);
        const later = reconciled({ ...of, record: more, remote, open });
        const once = reconciled({ ...of, remote });
        expect(state(later.record)).toEqual(state(once.record));
        expect(told([pulled, later])).toEqual(told([once]));
      }),
      RUNS,
    );
  });

  it('does not matter which side is which, where both share all and agreed on the same', () => {
    const plain = fc.record({
      setting: settings.map((setting) => ({ ...setting, owners: {}, home: true })),
      strategy: fc.constantFrom(...CONFLICT_STRATEGIES.filter((name) => mirrored[name] !== undefined)),
    });
    const even = plain.chain(({ setting, strategy }) =>
      planningCases({ troubled: false, settings: fc.constant({ ...setting, strategy }) }),
    );
    fc.assert(
      fc.property(even, (of) => {
        const { pair } = agreed(of.record);
        if (!pair || typeof of.setting.strategy !== 'string') return;
        const withSides = (local: PlanningCase['remote'], remote: PlanningCase['remote']): PlanningCase => {
          const agreements = [{ ...agreed(of.record), pair: { local: pair.local, remote: pair.local } }];
          const issue = { ...of.record.issue, ...fieldsOf(local) };
          return frozen({
            ...of,
            record: { ...of.record, issue, agreements },
            remote: { ...of.remote, ...fieldsOf(remote) },
          });
        };
        const one = withSides(of.record.issue, of.remote);
        const strategy = mirrored[of.setting.strategy] ?? 'manual_review';
        const other = { ...withSides(of.remote, of.record.issue), setting: { ...of.setting, strategy } };
        const [left, right] = [reconciled(one), reconciled(other)];
        const open = new Set(
          left.reported.filter(({ status }) => status === 'open').map(({ field }) => field),
        );
        expect(right.reported.map(({ field, status }) => [field, status])).toEqual(
          left.reported.map(({ field, status }) => [field, status]),
        );
        for (const path of pathsOf(one)) {
          if (open.has(path)) continue;
          const [a, b] = [left, right].map(({ record }) => valueAt(record.issue, path));
          expect([path, same(of.setting, path, a, b)]).toEqual([path, true]);
        }
      }),
      RUNS,
    );
  });
});
