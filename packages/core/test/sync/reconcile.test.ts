import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../../src/index.ts';
import type { Value } from '../../src/merge/merge-value.ts';
import { elementKey, isEmptyValue, SET_FIELDS } from '../../src/model/equality.ts';
import { customKey, type FieldPath, valueAt, withValue } from '../../src/model/snapshot.ts';
import { type Outcome, rawRemote } from '../../src/sync/agreement.ts';
import { reconcile } from '../../src/sync/reconcile.ts';
import { after, frozen, type PlanningCase, planningCases, reconciled } from './support/planning-case.ts';
import { contextOf, foldingFor, isInvented, PATHS, RUNS, type Setting } from './support/settings.ts';
import { agreed, named, pathsOf, pendingOf, type Sides, same, sidesOf, stillOpen } from './support/sides.ts';

const always = (
  check: (of: PlanningCase, outcome: Outcome) => void,
  cases: fc.Arbitrary<PlanningCase> = planningCases(),
): void =>
  fc.assert(
    fc.property(cases, (of) => check(of, reconciled(of))),
    RUNS,
  );

const list = (value: Value): JsonValue[] => (Array.isArray(value) ? value : []);

interface Field extends Sides {
  path: FieldPath;
  /** The local value after the step. */
  now: Value;
  localChanged: boolean;
  remoteChanged: boolean;
}

/** Every field that no open conflict guards, with what became of it. */
function fields(of: PlanningCase, outcome: Outcome): Field[] {
  const guarded = new Set(of.open.map(({ field }) => field));
  const paths = pathsOf(of).filter((path) => !guarded.has(path));
  return paths.map((path): Field => {
    const sides = sidesOf(of, path);
    const { base, local, remote } = sides;
    const now = named(of.setting, path, valueAt(outcome.record.issue, path));
    const changed = (value: Value, before: Value): boolean => !same(of.setting, path, value, before);
    return {
      ...sides,
      path,
      now,
      localChanged: base === undefined || changed(local, base.local),
      remoteChanged: base === undefined || changed(remote, base.remote),
    };
  });
}

/** Whether a value stands in what the step reported of a field. */
function isTold(setting: Setting, outcome: Outcome, path: FieldPath, value: Value): boolean {
  const told = [
    ...outcome.overrides.filter(({ field }) => field === path).map(({ lostValue }) => lostValue),
    ...outcome.reported
      .filter(({ field }) => field === path)
      .flatMap(({ localValue, externalValue }) => [localValue, externalValue]),
  ];
  return told.some((shown) => same(setting, path, shown, value ?? null));
}

function keysOf(setting: Setting, path: FieldPath): (value: Value) => Set<string> {
  const folding = foldingFor(setting);
  return (value) => new Set(list(value).map((element) => elementKey(path, element, folding)));
}

describe('reconciling', () => {
  it('is idempotent: the same remote state changes nothing more', () => {
    always((of, outcome) => {
      const again = reconciled(after(of, outcome));
      expect(again).toEqual({
        record: outcome.record,
        conflicts: [],
        reported: [],
        overrides: [],
        skipped: [],
      });
    });
  });

  it('leaves nothing that the local side alone would change again', () => {
    always((of, outcome) => {
      const { record, open } = after(of, outcome);
      const again = reconcile(record, undefined, open, contextOf(of.setting));
      expect(again).toEqual({ record, conflicts: [], reported: [], overrides: [], skipped: [] });
    });
  });

  it('never invents a value', () => {
    always((of, outcome) => {
      for (const { path, now, base, local, remote } of fields(of, outcome)) {
        const known = [local, remote, base?.local];
        if (SET_FIELDS.has(path)) {
          const keys = keysOf(of.setting, path);
          const all = new Set(known.flatMap((value) => [...keys(value)]));
          expect([...keys(now)].filter((key) => !all.has(key))).toEqual([]);
        } else if (isInvented(now)) {
          // The host's own words, which stand in the conflict that they settle.
          expect(outcome.reported).toContainEqual(
            expect.objectContaining({ field: path, resolvedValue: now, status: 'resolved' }),
          );
        } else {
          expect([path, known.some((value) => value === now || same(of.setting, path, value, now))]).toEqual([
            path,
            true,
          ]);
        }
      }
    });
  });

  it('keeps in the remote half what the tracker holds, or what it held', () => {
    always((of, outcome) => {
      const { translator } = contextOf(of.setting);
      const raw = rawRemote(of.record, of.remote, translator);
      for (const path of pathsOf(of)) {
        const half = valueAt(agreed(outcome.record).pair?.remote ?? raw, path);
        const before = agreed(of.record).pair?.remote;
        expect([valueAt(raw, path), before && valueAt(before, path)]).toContainEqual(half);
      }
    });
  });

  it('lets no unchanged side win over a changed one, but for the owner', () => {
    always((of, outcome) => {
      for (const field of fields(of, outcome)) {
        const { path, owner, base, local, remote, now, localChanged, remoteChanged } = field;
        if (!base || SET_FIELDS.has(path)) continue;
        const is = (value: Value): void =>
          expect([path, now, same(of.setting, path, now, value)]).toEqual([path, now, true]);
        if (!localChanged && !remoteChanged) expect(now).toEqual(local);
        if (localChanged && !remoteChanged && owner !== 'external') is(local);
        if (remoteChanged && !localChanged && owner !== 'local') is(remote);
        if (
          localChanged &&
          !remoteChanged &&
          owner === 'external' &&
          !same(of.setting, path, local, remote)
        ) {
          is(base.local);
          expect(isTold(of.setting, outcome, path, local)).toBe(true);
        }
      }
    });
  });

  it('applies to a set what each side added and removed against its own half, as the owner lets it', () => {
    always((of, outcome) => {
      for (const { path, owner, base, local, remote, now } of fields(of, outcome)) {
        if (!base || !SET_FIELDS.has(path)) continue;
        const keys = keysOf(of.setting, path);
        const [was, there] = [keys(base.local), keys(base.remote)];
        const [here, held, result] = [keys(local), keys(remote), keys(now)];
        const writesHere = owner !== 'external';
        const writesThere = owner !== 'local';
        for (const key of new Set([...was, ...there, ...here, ...held])) {
          const added =
            (writesHere && here.has(key) && !was.has(key)) ||
            (writesThere && held.has(key) && !there.has(key));
          const removed =
            (writesHere && was.has(key) && !here.has(key)) ||
            (writesThere && there.has(key) && !held.has(key));
          const unchanged = writesHere ? here.has(key) : was.has(key);
          // What the local side added to a set that it does not own stays where the tracker has come to hold it too.
          expect([path, key, result.has(key)]).toEqual([path, key, added || (unchanged && !removed)]);
        }
      }
    });
  });

  it('reports every value that lost', () => {
    always((of, outcome) => {
      for (const { path, base, local, remote, now, localChanged, remoteChanged } of fields(of, outcome)) {
        if (SET_FIELDS.has(path)) continue;
        // At a first meeting an empty side says nothing.
        const says = (value: Value): boolean => base !== undefined || !isEmptyValue(path, value);
        const lost = (changed: boolean, value: Value): boolean =>
          changed && says(value) && !same(of.setting, path, now, value);
        const foreign = customKey(path) !== undefined && local === undefined && base?.local === undefined;
        if (lost(localChanged, local))
          expect([path, local, isTold(of.setting, outcome, path, local)]).toEqual([path, local, true]);
        if (lost(remoteChanged, remote) && !foreign)
          expect([path, remote, isTold(of.setting, outcome, path, remote)]).toEqual([path, remote, true]);
      }
    });
  });

  it('reports every element that the owner of a set took back', () => {
    always((of, outcome) => {
      for (const { path, owner, base, local, remote, now } of fields(of, outcome)) {
        if (!SET_FIELDS.has(path)) continue;
        const keys = keysOf(of.setting, path);
        const [was, there] = [keys(base?.local), keys(base?.remote)];
        const [here, held, result] = [keys(local), keys(remote), keys(now)];
        const told = new Set(
          outcome.overrides
            .filter(({ field }) => field === path)
            .flatMap(({ lostValue }) => [...keys(lostValue)]),
        );
        if (owner === 'external')
          for (const key of here) if (!was.has(key) && !result.has(key)) expect(told).toContain(key);
        // Relations that others made stay at the tracker, and so are not lost.
        if (owner === 'local' && path !== 'links')
          for (const key of held) if (!there.has(key) && !result.has(key)) expect(told).toContain(key);
        if (owner === 'shared') expect(told).toEqual(new Set());
      }
    });
  });

  it('records a decision: nothing is decided twice, and what differs is pending', () => {
    always((of, outcome) => {
      const pending = pendingOf(of.setting, outcome.record);
      const { pair } = agreed(outcome.record);
      const raw = rawRemote(of.record, of.remote, contextOf(of.setting).translator);
      for (const { field, status, strategy, resolvedValue } of outcome.reported) {
        if (status === 'open' || strategy === 'equal') continue;
        const path = field as FieldPath;
        const { remote, local } = sidesOf(of, path);
        expect(pair && valueAt(pair.remote, path)).toEqual(valueAt(raw, path));
        expect(same(of.setting, path, pair && valueAt(pair.local, path), remote)).toBe(true);
        expect(valueAt(outcome.record.issue, path) ?? null).toEqual(resolvedValue);
        const differs = !same(of.setting, path, valueAt(outcome.record.issue, path), remote);
        expect(pending.includes(path)).toBe(differs);
        if (strategy === 'local_wins') expect(resolvedValue).toEqual(local ?? null);
        if (strategy === 'external_wins') expect(resolvedValue).toEqual(remote ?? null);
      }
    });
  });

  it('leaves a field under an open conflict as it is, until both sides are equal', () => {
    always((of, outcome) => {
      const open = stillOpen(of.open, outcome.conflicts);
      for (const { field } of open) {
        const path = field as FieldPath;
        expect(valueAt(outcome.record.issue, path)).toEqual(valueAt(of.record.issue, path));
        const [before, now] = [of.record, outcome.record].map((record) => agreed(record).pair);
        if (before && now)
          expect([valueAt(now.local, path), valueAt(now.remote, path)]).toEqual([
            valueAt(before.local, path),
            valueAt(before.remote, path),
          ]);
      }
      for (const { field } of of.open) {
        const path = field as FieldPath;
        const { local, remote } = sidesOf(of, path);
        expect(open.some((conflict) => conflict.field === field)).toBe(
          !same(of.setting, path, local, remote),
        );
      }
    });
  });

  it('never unassigns or unlinks what has no name at the tracker', () => {
    always((of, outcome) => {
      for (const path of ['assignees', 'links'] as const) {
        const [before, now] = [of.record, outcome.record].map(({ issue }) => list(valueAt(issue, path)));
        const kept = new Set(list(named(of.setting, path, before)));
        for (const element of before ?? []) if (!kept.has(element)) expect(now).toContainEqual(element);
      }
    });
  });

  it('changes revision and time where a field changes, and nowhere else', () => {
    always((of, outcome) => {
      const changed = pathsOf(of).some(
        (path) =>
          !same(of.setting, path, valueAt(of.record.issue, path), valueAt(outcome.record.issue, path)),
      );
      expect(outcome.record.revision - of.record.revision).toBe(changed ? 1 : 0);
      if (!changed) expect(outcome.record.issue.updatedAt).toBe(of.record.issue.updatedAt);
    });
  });

  it('does not touch a field that it is told to leave', () => {
    fc.assert(
      fc.property(planningCases(), fc.constantFrom(...PATHS), (of, path) => {
        const { record, remote, open, setting } = of;
        const outcome = reconcile(record, remote, open, contextOf(setting), new Set([path]));
        expect(valueAt(outcome.record.issue, path)).toEqual(valueAt(record.issue, path));
        expect([...outcome.conflicts, ...outcome.overrides].filter(({ field }) => field === path)).toEqual(
          [],
        );
      }),
      RUNS,
    );
  });

  it('rebases a remote version that is read under another mapping, and merges nothing', () => {
    always((of) => {
      const { record, remote, open, setting } = of;
      const { version, remoteUpdatedAt, pair } = agreed(record);
      if (!pair) return;
      const context = { ...contextOf(setting), mapping: 'another' };
      const as = { ...remote, updatedAt: remoteUpdatedAt ?? null };
      if (version !== undefined) as.version = version;
      const outcome = reconcile(record, as, open, context);
      expect(outcome).toMatchObject({ conflicts: [], overrides: [] });
      expect(outcome.record.issue).toEqual(record.issue);
      expect(agreed(outcome.record).pair).toEqual({
        local: pair.local,
        remote: rawRemote(record, remote, context.translator),
      });
    });
  });
});

describe('a record and a tracker that say the same as before', () => {
  it('are left as they are, whoever owns what', () => {
    always(
      (of) => {
        const { pair } = agreed(of.record);
        if (!pair) return;
        const record = frozen({ ...of.record, issue: { ...of.record.issue, ...pair.local } });
        const remote = frozen({ ...of.remote, ...pair.remote });
        const outcome = reconciled({ ...of, record, remote });
        expect(outcome).toMatchObject({ conflicts: [], overrides: [], skipped: [] });
        expect(outcome.record.issue).toEqual(record.issue);
        expect(agreed(outcome.record).pair).toEqual(pair);
      },
      planningCases({ troubled: false }),
    );
  });

  it('differ by what only the local side changed, which stays pending', () => {
    always(
      (of) => {
        const { pair } = agreed(of.record);
        if (!pair) return;
        const outcome = reconciled({ ...of, remote: frozen({ ...of.remote, ...pair.remote }) });
        const { policy } = contextOf(of.setting);
        for (const path of pendingOf(of.setting, of.record)) {
          if (policy.ownerFor(path) === 'external') continue;
          const settled = same(of.setting, path, valueAt(of.record.issue, path), valueAt(pair.remote, path));
          const value = valueAt(outcome.record.issue, path);
          expect(value).toEqual(valueAt(withValue(of.record.issue, path, value), path));
          if (!settled && of.setting.home && !SET_FIELDS.has(path))
            expect(pendingOf(of.setting, outcome.record)).toContain(path);
        }
      },
      planningCases({ troubled: false }),
    );
  });
});
