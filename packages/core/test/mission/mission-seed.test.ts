import { describe, expect, test } from 'vitest';
import { type CanonicalIssue, canonicalIssue, DecisionReferenceContractError } from '../../src/index.ts';
import { missionSeedFromIssue } from '../../src/mission/mission-seed.ts';

const REF = { system: 'fake', workspace: 'a:b', id: '1' };
const TARGET = { system: 'fake', workspace: 'w', id: '7', key: 'F-7' };

function issueWith(decision_refs: unknown): CanonicalIssue {
  return canonicalIssue({ ref: REF, title: 'T', customFields: { decision_refs } });
}

test('a seed holds what a mission starts from, as a copy', () => {
  const issue = canonicalIssue({
    ref: REF,
    title: 'T',
    body: 'B',
    priority: 1,
    status: 'blocked',
    assignees: ['ann'],
    labels: ['ui'],
  });
  const seed = missionSeedFromIssue(issue);
  expect(seed).toEqual({
    missionId: 'mission:fake:a%3Ab:1',
    sourceIssueRef: REF,
    title: 'T',
    body: 'B',
    priority: 1,
    status: 'blocked',
    assignees: ['ann'],
    labels: ['ui'],
    decisionReferences: [],
  });
  expect(seed.labels).not.toBe(issue.labels);
  expect(() => missionSeedFromIssue(issue, { missionId: ' ' })).toThrow(TypeError);
});

describe('decision references are read strictly', () => {
  test('whole entries', () => {
    const entries = [
      { decision_id: 'd-1', summary: 'Why', blocking: true, url: 'https://d.example', external_ref: TARGET },
      { decision_id: 'd-2', summary: null, url: null, external_ref: null, noted_by: 'somebody' },
    ];
    expect(missionSeedFromIssue(issueWith(entries)).decisionReferences).toEqual([
      { decisionId: 'd-1', summary: 'Why', blocking: true, url: 'https://d.example', externalRef: TARGET },
      { decisionId: 'd-2', blocking: false },
    ]);
  });

  test.each([[null], [[]]])('%j is none', (entries) => {
    expect(missionSeedFromIssue(issueWith(entries)).decisionReferences).toEqual([]);
  });

  test.each([
    ['DR-001', '', {}],
    ['DR-001', '', 'd-1'],
    ['DR-001', '[0]', ['d-1']],
    ['DR-001', '[1]', [{ decision_id: 'd-1' }, null]],
    ['DR-001', '[0]', [[]]],
    ['DR-001', '[0].decision_id', [{}]],
    ['DR-001', '[0].decision_id', [{ decision_id: ' \n' }]],
    ['DR-001', '[0].decision_id', [{ decision_id: 4 }]],
    ['DR-001', '[0].blocking', [{ decision_id: 'd', blocking: 'yes' }]],
    ['DR-001', '[0].summary', [{ decision_id: 'd', summary: 1 }]],
    ['DR-002', '[0].external_ref', [{ decision_id: 'd', external_ref: 'F-7' }]],
    ['DR-002', '[0].external_ref.id', [{ decision_id: 'd', external_ref: { ...TARGET, id: '' } }]],
  ])('%s at %s for %j', (reason, path, entries) => {
    const read = (): unknown => missionSeedFromIssue(issueWith(entries));
    expect(read).toThrow(DecisionReferenceContractError);
    expect(read).toThrow(
      expect.objectContaining({ reason, fieldPath: `customFields.decision_refs${path}`, provider: 'fake' }),
    );
  });
});
