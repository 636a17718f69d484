import { expect, test } from 'vitest';
import { type CanonicalIssue, type CanonicalLink, canonicalIssue } from '../../src/index.ts';
import { decisionLinkMismatches } from '../../src/mission/decision-link-mismatches.ts';
import type { DecisionReference, MissionUpdate } from '../../src/mission/mission.ts';
import { missionPayload } from '../../src/mission/mission-payload.ts';

const REF = { system: 'fake', workspace: 'w', id: '1' };
const TARGET = { ...REF, id: '7' };
const BLOCKED_BY: CanonicalLink = { type: 'blocked_by', target: TARGET };
const d1: DecisionReference = { decisionId: 'd-1', blocking: true, externalRef: TARGET };
const d2: DecisionReference = { decisionId: 'd-2', blocking: true };

const updateOf = (...decisionReferences: DecisionReference[]): MissionUpdate => ({
  missionId: 'm-1',
  missionState: 's',
  decisionReferences,
});

function issueWith(published: unknown, links: CanonicalLink[] = [BLOCKED_BY]): CanonicalIssue {
  return canonicalIssue({ ref: REF, title: 'T', links, customFields: { spec_kitty_mission: published } });
}

const publishedOf = (...references: DecisionReference[]): unknown =>
  missionPayload(updateOf(...references), 'x', 't');

test.each([
  ['all as it should be', publishedOf(d2, d1), [BLOCKED_BY], updateOf(d1, d2), []],
  ['nothing published, nothing to publish', null, [], updateOf(), []],
  ['one too few', publishedOf(d1), [BLOCKED_BY], updateOf(d1, d2), ['DR-003']],
  ['one too many', publishedOf(d1, d2), [BLOCKED_BY], updateOf(d1), ['DR-003']],
  ['no link', publishedOf(d1), [], updateOf(d1), ['DR-004']],
  ['another kind of link', publishedOf(d1), [{ type: 'blocks', target: TARGET }], updateOf(d1), ['DR-004']],
  ['another summary', publishedOf({ ...d1, summary: 'x' }), [BLOCKED_BY], updateOf(d1), ['DR-005']],
  ['nothing published', null, [], updateOf(d1), ['DR-003', 'DR-004']],
  ["another mission's", { mission_id: 'm-2', decision_refs: [] }, [BLOCKED_BY], updateOf(d1), ['DR-003']],
  ['malformed', { mission_id: 'm-1', decision_refs: [null, 'x'] }, [BLOCKED_BY], updateOf(d1), ['DR-003']],
  ['no list', { mission_id: 'm-1', decision_refs: 'x' }, [BLOCKED_BY], updateOf(d1), ['DR-003']],
] as const)('%s', (_, published, links, update, reasons) => {
  const issue = issueWith(published, [...links]);
  const before = structuredClone(issue);
  const found = decisionLinkMismatches(issue, update);
  expect(found.map(({ reason }) => reason)).toEqual(reasons);
  for (const error of found) {
    expect(error).toMatchObject({ code: 'decision_reference_contract', provider: 'fake' });
    expect(error.fieldPath).toBe(
      error.reason === 'DR-004' ? 'links' : 'customFields.spec_kitty_mission.decision_refs',
    );
  }
  expect(issue).toEqual(before);
});
