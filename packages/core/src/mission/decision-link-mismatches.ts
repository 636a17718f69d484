import { DecisionReferenceContractError } from '../errors/contract-errors.ts';
import { sameRef } from '../model/external-ref.ts';
import type { CanonicalIssue } from '../model/issue.ts';
import { isPlainObject, type JsonValue, stableStringify } from '../model/json.ts';
import { decisionEntry } from './decision-entries.ts';
import type { MissionUpdate } from './mission.ts';
import { MISSION_FIELD, payloadOf } from './mission-payload.ts';

const idOf = (entry: JsonValue): JsonValue | undefined =>
  isPlainObject(entry) ? entry['decision_id'] : undefined;

/**
 * Where the issue does not show what the update says of its decisions; changes nothing, throws nothing.
 * `DR-003`: the published set differs; `DR-004`: a blocking reference with an external ref has no `blocked_by` link;
 * `DR-005`: a published entry differs. Only custom fields are looked at: a tracker without them shows nothing here.
 */
export function decisionLinkMismatches(
  issue: CanonicalIssue,
  update: MissionUpdate,
): DecisionReferenceContractError[] {
  const where = `customFields.${MISSION_FIELD}.decision_refs`;
  const label = issue.ref.key ?? issue.ref.id;
  const references = update.decisionReferences ?? [];
  const stored = payloadOf(update.missionId, issue.customFields[MISSION_FIELD])?.['decision_refs'];
  const published = Array.isArray(stored) ? stored : [];
  const found: DecisionReferenceContractError[] = [];
  const report = (reason: string, fieldPath: string, problem: string): void => {
    const details = { provider: issue.ref.system, fieldPath, reason };
    found.push(new DecisionReferenceContractError(`${label}: ${problem}`, details));
  };

  const missing = references.filter(
    ({ decisionId }) => !published.some((entry) => idOf(entry) === decisionId),
  );
  const extra = published.filter((entry) => !references.some(({ decisionId }) => idOf(entry) === decisionId));
  if (missing.length + extra.length > 0) {
    const names = [
      ...missing.map(({ decisionId }) => `${decisionId} is not published`),
      ...extra.map((entry) => `${String(idOf(entry) ?? 'a malformed entry')} is published only`),
    ];
    report('DR-003', where, `the published decisions differ: ${names.join(', ')}`);
  }
  for (const reference of references) {
    const { decisionId, blocking, externalRef } = reference;
    const linked = issue.links.some(
      ({ type, target }) =>
        type === 'blocked_by' && externalRef !== undefined && sameRef(target, externalRef),
    );
    if (blocking && externalRef && !linked) {
      report('DR-004', 'links', `decision ${decisionId} blocks, and no blocked_by link says so`);
    }
    const entries = published.filter((entry) => idOf(entry) === decisionId).map(stableStringify);
    if (entries.length > 0 && !entries.includes(stableStringify(decisionEntry(reference)))) {
      report('DR-005', where, `decision ${decisionId} is published with other values`);
    }
  }
  return found;
}
