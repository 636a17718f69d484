import { canonicalIssue } from '../model/canonical-issue.ts';
import { refIdentity } from '../model/external-ref.ts';
import type { CanonicalIssue } from '../model/issue.ts';
import { readDecisionReferences } from './decision-entries.ts';
import type { MissionSeed } from './mission.ts';

/**
 * What a mission starts from, as a copy: the issue's own fields and its `customFields.decision_refs`.
 * @param options.missionId not blank; default `mission:` and the issue's identity.
 * @throws IssuePayloadContractError where `issue` is none, DecisionReferenceContractError `DR-001` or `DR-002`
 * where its references are malformed, TypeError for a blank mission id.
 */
export function missionSeedFromIssue(
  issue: CanonicalIssue,
  options: { missionId?: string | undefined } = {},
): MissionSeed {
  const { ref, title, body, status, priority, assignees, labels, customFields } = canonicalIssue(issue);
  const missionId = options.missionId ?? `mission:${refIdentity(ref)}`;
  if (missionId.trim() === '') throw new TypeError('missionId is blank: give an id, or leave it out');
  const decisionReferences = readDecisionReferences(ref, customFields);
  return {
    missionId,
    sourceIssueRef: ref,
    title,
    body,
    status,
    priority,
    assignees,
    labels,
    decisionReferences,
  };
}
