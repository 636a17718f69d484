import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fieldSupport, type JsonValue } from '../../src/index.ts';
import { elementKey, SET_FIELDS } from '../../src/model/equality.ts';
import { coreField, customKey, type FieldPath, valueAt } from '../../src/model/snapshot.ts';
import { type Outgoing, outgoing, standingRefusal } from '../../src/sync/outgoing.ts';
import { frozen, type PlanningCase, planningCases } from './support/planning-case.ts';
import { contextOf, foldingFor, RUNS } from './support/settings.ts';
import { agreed, named, pendingOf, sidesOf } from './support/sides.ts';
import { planned } from './support/written.ts';

interface Case extends PlanningCase {
  merged: boolean;
  out: Outgoing;
}

/** Of any record, whether it was merged with what the tracker holds or not. */
const any = fc.tuple(planningCases(), fc.boolean()).map(([of, merged]): Case => {
  if (merged) return { ...planned(of), merged };
  const { setting, record, remote, open } = of;
  return { ...of, merged, out: frozen(outgoing(record, remote, open, false, contextOf(setting))) };
});

const always = (check: (of: Case) => void): void => fc.assert(fc.property(any, check), RUNS);

const reasonOf = ({ skipped }: Outgoing, path: FieldPath): string[] =>
  skipped.filter(({ field }) => field === path).map(({ reason }) => reason);

describe('what goes out', () => {
  it('is pending, allowed, held, not guarded by an open conflict, and not refused before', () => {
    always(({ setting, record, open, out }) => {
      const context = contextOf(setting);
      const pending = pendingOf(setting, record);
      for (const path of out.paths) {
        expect(pending).toContain(path);
        expect(context.policy.ownerFor(path)).not.toBe('external');
        expect(fieldSupport(context.capabilities, coreField(path))).not.toBe('none');
        expect(open.map(({ field }) => field)).not.toContain(path);
        expect(standingRefusal(record, path, context)).toBeUndefined();
      }
    });
  });

  it('leaves out no pending field without saying why', () => {
    always(({ setting, record, open, out, merged }) => {
      const { policy, capabilities } = contextOf(setting);
      for (const path of pendingOf(setting, record)) {
        const refused = out.refused.some((one) => one.path === path);
        const reasons = reasonOf(out, path).filter((reason) => reason !== 'waits' || path === 'parent');
        const told = refused ? ['refused'] : reasons;
        // Relations that the tracker holds already: merging would have agreed on them.
        if (!merged && path === 'links' && out.addLinks.length + out.removeLinks.length === 0) continue;
        expect([path, out.paths.includes(path) || told.length === 1]).toEqual([path, true]);
        expect([path, out.paths.includes(path) && told.length > 0]).toEqual([path, false]);
        const [reason] = told;
        if (reason === 'conflict_open') expect(open.map(({ field }) => field)).toContain(path);
        if (reason === 'owned_by_tracker') expect(policy.ownerFor(path)).toBe('external');
        if (reason === 'not_held') expect(fieldSupport(capabilities, coreField(path))).toBe('none');
        if (reason === 'not_held') expect(out.settled).toContain(path);
      }
    });
  });

  it('names nothing that is not pending', () => {
    always(({ setting, record, out }) => {
      const pending = new Set(pendingOf(setting, record));
      const told = out.skipped
        .filter(({ reason }) => reason !== 'waits')
        .map(({ field }) => field as FieldPath);
      const all = [...out.paths, ...out.settled, ...out.refused.map(({ path }) => path), ...told];
      expect(all.filter((path) => !pending.has(path))).toEqual([]);
    });
  });

  it('is in the patch as it is here, each field of it named in the paths; relations never are', () => {
    always(({ record, out }) => {
      const sent = new Set<string>(out.paths.map(coreField));
      sent.delete('links');
      expect(new Set(Object.keys(out.patch))).toEqual(sent);
      for (const path of out.paths) {
        if (SET_FIELDS.has(path) || path === 'parent' || customKey(path) !== undefined) continue;
        expect(out.patch[coreField(path)]).toEqual(valueAt(record.issue, path));
      }
    });
  });

  it('holds no value of the tracker but as the tracker holds it: a map is whole, and only our keys in it change', () => {
    always(({ setting, record, remote, out }) => {
      const { customFields } = out.patch;
      if (!customFields) return;
      const ours = new Set(out.paths.flatMap((path) => customKey(path) ?? []));
      for (const key of new Set([...Object.keys(customFields), ...Object.keys(remote.customFields)])) {
        const source = ours.has(key) ? record.issue : remote;
        expect([key, customFields[key]]).toEqual([key, source.customFields[key]]);
      }
      const { policy } = contextOf(setting);
      for (const key of ours) expect(policy.ownerFor(`customFields.${key}`)).not.toBe('external');
    });
  });

  it('changes a set by what we added and removed, and keeps everybody else', () => {
    always((of) => {
      const { setting, remote, out } = of;
      const folding = foldingFor(setting);
      for (const path of ['labels', 'assignees'] as const) {
        const sent = out.patch[path];
        if (!sent) continue;
        const { local } = sidesOf(of, path);
        const key = (element: JsonValue): string =>
          // In the record's terms: `t1` is `e1` there.
          elementKey(path, setting.home ? element : String(element).replace(/^t([12])$/, 'e$1'), folding);
        const keys = (elements: unknown): Set<string> => new Set((elements as JsonValue[]).map(key));
        const before = named(
          setting,
          path,
          agreed(of.record).pair && valueAt(agreed(of.record).pair?.local ?? remote, path),
        );
        const [was, here, held, result] = [keys(before), keys(local), keys(remote[path]), keys(sent)];
        for (const element of new Set([...was, ...here, ...held, ...result])) {
          const added = here.has(element) && !was.has(element);
          const removed = was.has(element) && !here.has(element);
          expect([element, result.has(element)]).toEqual([element, added || (held.has(element) && !removed)]);
        }
      }
    });
  });

  it('makes and removes only relations that the local side made or removed', () => {
    always(({ setting, record, remote, out }) => {
      const { pair } = agreed(record);
      if (!pair) return;
      const name = (link: unknown): string => {
        const { type, target } = link as { type: string; target: { system: string; id: string } };
        const known = !setting.home && ['1', '2'].includes(target.id);
        return `${type} ${known ? 'elsewhere' : target.system} ${target.id}`;
      };
      const names = (links: unknown): Set<string> => new Set((links as unknown[]).map(name));
      const [was, here] = [
        names(named(setting, 'links', valueAt(pair.local, 'links'))),
        names(record.issue.links),
      ];
      for (const link of out.addLinks) {
        expect([here.has(name(link)), was.has(name(link))]).toEqual([true, false]);
        expect(link.target.system).toBe('tracker');
      }
      for (const link of out.removeLinks) {
        expect([here.has(name(link)), was.has(name(link))]).toEqual([false, true]);
        expect(remote.links).toContainEqual(link);
      }
    });
  });

  it('is nothing for a record that has not met its issue', () => {
    always(({ record, out }) => {
      if (agreed(record).pair) return;
      expect(out).toMatchObject({ patch: {}, addLinks: [], removeLinks: [], paths: [], skipped: [] });
    });
  });

  it('names a parent that is below the issue as a cycle, and sends the rest', () => {
    always(({ setting, record, remote, open, out }) => {
      const cyclic = outgoing(record, remote, open, true, contextOf(setting));
      const rest = out.paths.filter((path) => path !== 'parent');
      expect(cyclic.paths).toEqual(rest);
      if (out.paths.includes('parent')) expect(reasonOf(cyclic, 'parent')).toEqual(['cycle']);
    });
  });
});
