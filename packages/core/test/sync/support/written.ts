import type { CanonicalIssue, IssueFields, JsonValue } from '../../../src/index.ts';
import { fieldSupport, sameRef } from '../../../src/index.ts';
import { coreField, type FieldPath, fieldsOf, valueAt, withValue } from '../../../src/model/snapshot.ts';
import type { Intent, StoredRecord } from '../../../src/store/records.ts';
import { agreeAsSent, agreeElements } from '../../../src/sync/agree.ts';
import { agreementOf, type Outcome } from '../../../src/sync/agreement.ts';
import { type Outgoing, outgoing } from '../../../src/sync/outgoing.ts';
import { frozen, type PlanningCase, reconciled } from './planning-case.ts';
import { contextOf, NOW, type Setting } from './settings.ts';
import { stillOpen } from './sides.ts';

/** What a push plans: merged with what the tracker holds, then what may go out. */
export interface Planned extends PlanningCase {
  outcome: Outcome;
  out: Outgoing;
}

/** Plans as a push does. `record` and `open` are those after the merge. */
export function planned(of: PlanningCase): Planned {
  const outcome = reconciled(of);
  const { record } = outcome;
  const open = stillOpen(of.open, outcome.conflicts);
  const out = frozen(outgoing(record, of.remote, open, false, contextOf(of.setting)));
  return { ...of, outcome, out, record, open };
}

/** The tracker's state after a write: what was sent, and of fields that it holds with losses what `lossy` says. */
export function written(of: Planned, lossy: (path: FieldPath, sent: JsonValue) => JsonValue): CanonicalIssue {
  const { patch, addLinks, removeLinks, paths } = of.out;
  const { capabilities } = contextOf(of.setting);
  const gone = (link: (typeof addLinks)[number]): boolean =>
    removeLinks.some((other) => other.type === link.type && sameRef(other.target, link.target));
  let fields: IssueFields = { ...fieldsOf(of.remote), ...patch };
  fields = { ...fields, links: [...of.remote.links.filter((link) => !gone(link)), ...addLinks] };
  for (const path of paths) {
    const value = valueAt(fields, path);
    if (path === 'links' || value === undefined || fieldSupport(capabilities, coreField(path)) !== 'lossy')
      continue;
    fields = withValue(fields, path, lossy(path, value));
  }
  return frozen({ ...of.remote, ...fields, updatedAt: NOW, ...(of.remote.version ? { version: '3' } : {}) });
}

/** The record once the write was answered, before the answer is merged. */
export function answered(of: Planned, answer: CanonicalIssue): StoredRecord {
  const context = contextOf(of.setting);
  const { paths, local, patch, addLinks, removeLinks } = of.out;
  const sent = agreeAsSent(of.record, { paths, local, patch }, answer, context);
  return frozen(agreeElements(sent, 'links', linksOf({ addLinks, removeLinks }), context));
}

const linksOf = ({
  addLinks,
  removeLinks,
}: Pick<Outgoing, 'addLinks' | 'removeLinks'>): { added: JsonValue[]; removed: JsonValue[] } => ({
  added: addLinks as unknown as JsonValue[],
  removed: removeLinks as unknown as JsonValue[],
});

/** The intent of a planned write. */
export function intentOf(of: { record: StoredRecord; setting: Setting; out: Outgoing }): Intent {
  const { patch, addLinks, removeLinks, local, paths } = of.out;
  const { bindingId, target } = contextOf(of.setting);
  const { ref } = agreementOf(of.record, target);
  return frozen({
    key: 'key',
    bindingId,
    recordId: of.record.id,
    ref,
    kind: 'update',
    at: NOW,
    patch,
    addLinks,
    removeLinks,
    local,
    paths,
  });
}
