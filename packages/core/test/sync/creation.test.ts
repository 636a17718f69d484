import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CanonicalIssue, fieldSupport, type JsonValue } from '../../src/index.ts';
import { isEmptyValue, SET_FIELDS } from '../../src/model/equality.ts';
import {
  coreField,
  type FieldPath,
  fieldPaths,
  fieldsOf,
  valueAt,
  withValue,
} from '../../src/model/snapshot.ts';
import type { Intent, StoredRecord } from '../../src/store/records.ts';
import { agreeCreated } from '../../src/sync/agree.ts';
import { type Creation, creation, standingRefusal } from '../../src/sync/outgoing.ts';
import { reconcile } from '../../src/sync/reconcile.ts';
import { frozen, type PlanningCase, planningCases } from './support/planning-case.ts';
import { contextOf, ISSUE, NOW, RUNS, settings } from './support/settings.ts';
import { agreed, named, pendingOf, same } from './support/sides.ts';
import { planned } from './support/written.ts';

/** A record that no tracker holds yet, with fewer owners so that most of them can be created. */
const drafts = planningCases({
  settings: fc
    .tuple(settings, fc.boolean())
    .map(([setting, strict]) => (strict ? setting : { ...setting, owners: {} })),
}).map((of): PlanningCase => {
  const agreement = { ref: { ...ISSUE, id: 'draft:1' }, target: agreed(of.record).target };
  const agreements = [...of.record.agreements.slice(0, -1), agreement];
  const ref = agreements[0]?.ref ?? agreement.ref;
  return frozen({
    ...of,
    record: { ...of.record, agreements, issue: { ...of.record.issue, ref } },
    open: [],
  });
});

type Ready = Extract<Creation, { kind: 'ready' }>;
const planOf = ({ setting, record }: PlanningCase): Creation =>
  frozen(creation(record, false, contextOf(setting)));

const always = (check: (of: PlanningCase, plan: Creation) => void): void =>
  fc.assert(
    fc.property(drafts, (of) => check(of, planOf(of))),
    RUNS,
  );
const whenReady = (check: (of: PlanningCase, plan: Ready) => void): void =>
  always((of, plan) => {
    if (plan.kind === 'ready') check(of, plan);
  });

const intentOf = ({ setting, record }: PlanningCase, { issue, outgoing }: Ready): Intent => {
  const { bindingId } = contextOf(setting);
  const { local, paths } = outgoing;
  const { ref } = agreed(record);
  return { key: 'key', bindingId, recordId: record.id, ref, kind: 'create', at: NOW, issue, local, paths };
};

/** What the tracker made: lossy fields are emptied, or become the least value. */
function made({ setting }: PlanningCase, { issue, outgoing }: Ready, loses: boolean): CanonicalIssue {
  const { capabilities } = contextOf(setting);
  let result: CanonicalIssue = { ...issue, ref: ISSUE, createdAt: NOW, updatedAt: NOW, version: '1' };
  for (const path of outgoing.paths) {
    if (!loses || fieldSupport(capabilities, coreField(path)) !== 'lossy') continue;
    const least: Partial<Record<FieldPath, JsonValue>> = {
      title: 'least',
      status: 'in_progress',
      issueType: 'story',
    };
    result = withValue(result, path, least[path] ?? (SET_FIELDS.has(path) ? [] : null));
  }
  return frozen(result);
}

const takenIn = (of: PlanningCase, plan: Ready, remote: CanonicalIssue, answered: boolean): StoredRecord =>
  frozen(agreeCreated(of.record, intentOf(of, plan), remote, answered, contextOf(of.setting)));

describe('what is created', () => {
  it('holds no value of a field that the tracker owns: such a draft is refused by name', () => {
    always(({ setting, record }, plan) => {
      const { policy } = contextOf(setting);
      const forbidden = fieldPaths(record.issue).filter((path) => {
        const value = named(setting, path, valueAt(record.issue, path));
        const nothing = isEmptyValue(path, value) || value === 'todo' || value === 'task';
        return policy.ownerFor(path) === 'external' && !nothing;
      });
      if (plan.kind === 'refused') {
        const long = plan.field === 'title' && policy.ownerFor('title') !== 'external';
        if (!long) expect(forbidden).toContain(plan.field);
        return;
      }
      expect(forbidden).toEqual([]);
      for (const path of plan.outgoing.paths) expect(policy.ownerFor(path)).not.toBe('external');
    });
  });

  it('holds each value as it is here, or says why not', () => {
    whenReady(({ setting, record }, { issue, outgoing }) => {
      const context = contextOf(setting);
      for (const path of fieldPaths(record.issue)) {
        const value = named(setting, path, valueAt(record.issue, path));
        if (path === 'links' || isEmptyValue(path, value)) continue;
        if (context.policy.ownerFor(path) === 'external') continue;
        const told = [
          ...outgoing.skipped.filter(({ field }) => field === path),
          ...outgoing.refused.filter((refused) => refused.path === path),
        ];
        if (outgoing.paths.includes(path)) {
          const sent = context.translator.inbound(record, issue);
          expect([path, same(setting, path, valueAt(sent, path), value)]).toEqual([path, true]);
        } else {
          expect([path, told.length > 0]).toEqual([path, true]);
          expect(
            isEmptyValue(path, valueAt(issue, path)) ||
              ['todo', 'task'].includes(String(valueAt(issue, path))),
          ).toBe(true);
        }
        if (outgoing.refused.some((refused) => refused.path === path))
          expect(standingRefusal(record, path, context)).toBeUndefined();
      }
    });
  });

  it('has no relations yet, and nothing that the tracker has no place for', () => {
    whenReady(({ setting }, { issue, outgoing }) => {
      expect(issue.links).toEqual([]);
      const { capabilities } = contextOf(setting);
      for (const path of outgoing.paths) expect(fieldSupport(capabilities, coreField(path))).not.toBe('none');
    });
  });
});

describe('a create that is taken in', () => {
  it('is agreed as it was sent: its answer is no change, also where the tracker loses something', () => {
    whenReady((of, plan) => {
      for (const loses of [true, false]) {
        const remote = made(of, plan, loses);
        const record = takenIn(of, plan, remote, true);
        const outcome = reconcile(record, remote, [], contextOf(of.setting));
        // Nothing was sent of a field that the tracker owns, and what the tracker made of it is taken.
        expect(outcome).toMatchObject({ conflicts: [], overrides: [] });
        expect(fieldsOf(outcome.record.issue)).toEqual(fieldsOf(of.record.issue));
        const next = planned({ ...of, record: outcome.record, remote });
        const follows = next.out.paths.filter((path) => path !== 'links');
        const refused = plan.outgoing.refused.map(({ path }) => path);
        expect(follows.filter((path) => !refused.includes(path))).toEqual([]);
        const waits = pendingOf(of.setting, outcome.record).filter(
          (path) => path !== 'links' && path !== 'parent',
        );
        expect(waits.filter((path) => !refused.includes(path))).toEqual([]);
      }
    });
  });

  it('found later, loses no value of a field that the tracker holds with losses', () => {
    whenReady((of, plan) => {
      const remote = made(of, plan, true);
      const record = takenIn(of, plan, remote, false);
      const outcome = reconcile(record, remote, [], contextOf(of.setting));
      for (const path of plan.outgoing.paths) {
        const [before, now] = [of.record, outcome.record].map(({ issue }) => valueAt(issue, path));
        const told = outcome.conflicts.some(
          ({ field, localValue }) => field === path && same(of.setting, path, localValue, before),
        );
        expect([path, told || isEmptyValue(path, before) || keeps(of, path, before, now)]).toEqual([
          path,
          true,
        ]);
      }
    });
  });

  it('lets somebody else’s edit in the answer arrive, or stand in a report', () => {
    whenReady((of, plan) => {
      for (const answered of [true, false]) {
        const remote = frozen({ ...made(of, plan, false), title: 'theirs' });
        const record = takenIn(of, plan, remote, answered);
        const outcome = reconcile(record, remote, [], contextOf(of.setting));
        if (contextOf(of.setting).policy.ownerFor('title') === 'local')
          expect(outcome.overrides).toMatchObject([{ field: 'title', kept: 'local', lostValue: 'theirs' }]);
        else expect(outcome.record.issue.title).toBe('theirs');
      }
    });
  });

  it('keeps a field that was refused pending, and the others agreed', () => {
    whenReady((of, plan) => {
      const [refused] = plan.outgoing.paths.filter((path) => coreField(path) === path && path !== 'title');
      if (refused === undefined) return;
      const without = withValue(
        made(of, plan, false),
        refused,
        SET_FIELDS.has(refused)
          ? []
          : refused === 'status'
            ? 'todo'
            : refused === 'issueType'
              ? 'task'
              : null,
      );
      const intent = intentOf(of, plan);
      const record = agreeCreated(
        of.record,
        intent,
        frozen(without),
        true,
        contextOf(of.setting),
        new Set([refused]),
      );
      const outcome = reconcile(frozen(record), without, [], contextOf(of.setting));
      expect(outcome).toMatchObject({ conflicts: [], overrides: [] });
      const [value, there] = [of.record.issue, without].map((fields) =>
        named(of.setting, refused, valueAt(fields, refused)),
      );
      const differs = !same(of.setting, refused, value, there);
      expect(pendingOf(of.setting, outcome.record).includes(refused)).toBe(differs);
      expect(valueAt(outcome.record.issue, refused)).toEqual(valueAt(of.record.issue, refused));
    });
  });
});

/** Whether `now` is `before`, or a set that holds at least what it held. */
function keeps(
  { setting }: PlanningCase,
  path: FieldPath,
  before: JsonValue | undefined,
  now: JsonValue | undefined,
): boolean {
  if (!Array.isArray(before) || !Array.isArray(now)) return same(setting, path, before, now);
  return before.every((element) => same(setting, path, [...now, element], now));
}
