import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CanonicalIssue, fieldSupport, type JsonValue } from '../../src/index.ts';
import {
  coreField,
  customKey,
  type FieldPath,
  fieldsOf,
  valueAt,
  withValue,
} from '../../src/model/snapshot.ts';
import { agreeAsFound } from '../../src/sync/agree.ts';
import { reconcile } from '../../src/sync/reconcile.ts';
import { frozen, type PlanningCase, planningCases, reconciled } from './support/planning-case.ts';
import { contextOf, NOW, RUNS } from './support/settings.ts';
import { agreed, pendingOf, same, sidesOf } from './support/sides.ts';
import { answered, intentOf, type Planned, planned, written } from './support/written.ts';

/** What a tracker may make of a field that it holds with losses: the value, another one, or nothing. */
const LOSSES: Record<string, readonly JsonValue[]> = {
  title: ['another'],
  body: [null, 'another'],
  status: ['todo', 'in_progress'],
  issueType: ['task', 'story'],
  priority: [null, 4],
  labels: [[], ['another']],
  assignees: [[], ['t9']],
  parent: [null],
  links: [[]],
};
const loss = fc
  .record({ at: fc.nat(2), keeps: fc.boolean() })
  .map(({ at, keeps }) => (path: FieldPath, sent: JsonValue): JsonValue => {
    const made = customKey(path) === undefined ? LOSSES[path] : ['another', null];
    return keeps ? sent : (made?.[at] ?? sent);
  });

const always = (check: (of: Planned, answer: CanonicalIssue) => void, cases = planningCases()): void =>
  fc.assert(
    fc.property(cases, loss, (of, lossy) => {
      const plan = planned(of);
      check(plan, written(plan, lossy));
    }),
    RUNS,
  );

const silent = { conflicts: [], reported: [], overrides: [] };

describe('a write that was answered as it was sent', () => {
  it('is agreed: the answer is no change, also where the tracker holds the field with losses', () => {
    always((of, answer) => {
      const record = answered(of, answer);
      const merged = reconciled({ ...of, record, remote: answer });
      expect(merged).toMatchObject(silent);
      expect(fieldsOf(merged.record.issue)).toEqual(fieldsOf(of.record.issue));
      expect(merged.record.revision).toBe(of.record.revision);
    });
  });

  it('leaves nothing to send, and what was left out is left out for the same reasons', () => {
    always((of, answer) => {
      const next = planned({ ...of, record: answered(of, answer), remote: answer });
      expect(next.out).toMatchObject({ patch: {}, addLinks: [], removeLinks: [], paths: [] });
      expect(next.out.skipped).toEqual(of.out.skipped);
      expect(pendingOf(of.setting, next.record)).toEqual(
        pendingOf(of.setting, of.record).filter((path) => !of.out.paths.includes(path)),
      );
    });
  });

  it('keeps a host edit made meanwhile pending', () => {
    always((of, answer) => {
      const edited = frozen({ ...of.record, issue: { ...of.record.issue, title: 'meanwhile' } });
      const record = answered({ ...of, record: edited }, answer);
      const merged = reconciled({ ...of, record, remote: answer });
      if (contextOf(of.setting).policy.ownerFor('title') === 'external') return;
      expect(merged.record.issue.title).toBe('meanwhile');
      expect(pendingOf(of.setting, merged.record)).toContain('title');
    });
  });

  it('lets somebody else’s edit in the answer arrive, or stand in a report', () => {
    fc.assert(
      fc.property(planningCases(), fc.constantFrom('status', 'title', 'customFields.z'), (of, path) => {
        const plan = planned(of);
        const { setting, out, open } = plan;
        if (!agreed(plan.record).pair) return;
        const { policy, capabilities } = contextOf(setting);
        const lossy = fieldSupport(capabilities, coreField(path as FieldPath)) !== 'full';
        // Of a lossy field nobody can tell the tracker's loss from somebody's edit.
        if (lossy && out.paths.includes(path as FieldPath)) return;
        // A custom key that the local side never held stays at the tracker, and is nobody's loss.
        if (customKey(path) !== undefined && sidesOf(plan, path as FieldPath).local === undefined) return;
        const theirs = path === 'status' ? 'canceled' : 'theirs';
        const answer = frozen(
          withValue(
            written(plan, (_, sent) => sent),
            path as FieldPath,
            theirs,
          ),
        );
        const merged = reconciled({ ...plan, record: answered(plan, answer), remote: answer });
        const told = [...merged.overrides, ...merged.conflicts].filter(({ field }) => field === path);
        const now = valueAt(merged.record.issue, path as FieldPath);
        if (open.some(({ field }) => field === path)) {
          expect(told).toMatchObject([{ status: 'open', externalValue: theirs }]);
        } else if (policy.ownerFor(path as 'status') === 'local') {
          expect(told).toMatchObject([{ kept: 'local', lostValue: theirs }]);
        } else {
          expect(
            now === theirs || told.some((one) => 'externalValue' in one && one.externalValue === theirs),
          ).toBe(true);
        }
      }),
      RUNS,
    );
  });
});

describe('a write whose answer was lost', () => {
  const settled = (
    of: Planned,
    remote: CanonicalIssue,
  ): { record: PlanningCase['record']; unfound: FieldPath[] } => {
    const context = contextOf(of.setting);
    const { record, unfound } = agreeAsFound(of.record, intentOf(of), remote, context);
    const merged = frozen(reconcile(frozen(record), remote, of.open, context));
    return { record: merged.record, unfound: unfound.map(({ path }) => path) };
  };
  const keeps = (_: FieldPath, sent: JsonValue): JsonValue => sent;

  it('is agreed where the tracker holds it as it was sent', () => {
    always((of) => {
      const remote = written(of, keeps);
      const { record, unfound } = settled(of, remote);
      expect(unfound).toEqual([]);
      expect(fieldsOf(record.issue)).toEqual(fieldsOf(of.record.issue));
      expect(planned({ ...of, record, remote }).out.paths).toEqual([]);
    });
  });

  it('is sent again where the tracker holds what it held', () => {
    always((of) => {
      const { record, unfound } = settled(of, of.remote);
      expect(unfound).toEqual([]);
      expect(planned({ ...of, record }).out).toEqual(of.out);
    });
  });

  it('is field by field one or the other, and nobody’s work is lost', () => {
    fc.assert(
      fc.property(planningCases(), fc.infiniteStream(fc.boolean()), (of, chance) => {
        const plan = planned(of);
        const whole = written(plan, keeps);
        let partly: CanonicalIssue = { ...plan.remote, updatedAt: NOW };
        if (plan.remote.version) partly.version = '3';
        const reached = new Set<FieldPath>();
        for (const path of plan.out.paths) {
          if (chance.next().value !== true) continue;
          reached.add(path);
          partly = withValue(partly, path, valueAt(whole, path));
        }
        const { record, unfound } = settled(plan, frozen(partly));
        const next = planned({ ...plan, record, remote: frozen(partly) });
        const missing = plan.out.paths.filter((path) => !reached.has(path));
        expect(next.out.paths).toEqual(missing);
        // The issue moved meanwhile: what is not there may have been taken back, and is told.
        expect([...unfound].sort()).toEqual([...missing].sort());
        expect(fieldsOf(record.issue)).toEqual(fieldsOf(plan.record.issue));
      }),
      RUNS,
    );
  });
});

describe('a write and its field', () => {
  it('agree on both halves: the local value, and what the tracker made of it', () => {
    always((of, answer) => {
      const { pair } = agreed(answered(of, answer));
      if (!pair) return;
      const { capabilities } = contextOf(of.setting);
      for (const path of of.out.paths) {
        if (path === 'links') continue;
        expect(valueAt(pair.local, path)).toEqual(valueAt(of.out.local, path));
        const lossy = fieldSupport(capabilities, coreField(path)) === 'lossy';
        const sent =
          customKey(path) === undefined
            ? of.out.patch[coreField(path)]
            : of.out.patch.customFields?.[path.slice('customFields.'.length)];
        expect(valueAt(pair.remote, path)).toEqual(lossy ? valueAt(answer, path) : sent);
      }
      for (const path of pendingOf(of.setting, of.record)) {
        if (of.out.paths.includes(path)) continue;
        expect(
          same(
            of.setting,
            path,
            valueAt(pair.local, path),
            valueAt(agreed(of.record).pair?.local ?? pair.local, path),
          ),
        ).toBe(true);
      }
    });
  });
});
