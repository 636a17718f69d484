import { expect, test } from 'vitest';
import type { MissionUpdate } from '../../src/mission/mission.ts';
import { missionPayload, updateDigest } from '../../src/mission/mission-payload.ts';
import { retiredKeyPath } from '../../src/model/retired-keys.ts';

const UPDATE: MissionUpdate = {
  missionId: 'm-1',
  missionState: 'planning',
  targetStatus: 'todo',
  summary: 'S',
  missionUrl: 'https://m.example',
  decisionReferences: [
    { decisionId: 'd', blocking: true, externalRef: { system: 's', workspace: 'w', id: '1' } },
  ],
};

test.each<Partial<MissionUpdate>>([
  { missionId: 'm-2' },
  { missionState: 'done' },
  { targetStatus: 'done' },
  { targetStatus: undefined },
  { summary: 'T' },
  { missionUrl: undefined },
  { decisionReferences: [] },
  { decisionReferences: [{ decisionId: 'd', blocking: false }] },
])('the digest covers %j', (change) => {
  expect(updateDigest({ ...UPDATE, ...change })).not.toBe(updateDigest(UPDATE));
});

test('the digest knows no time, and absent is the same as undefined', () => {
  const digest = updateDigest({ missionId: 'm', missionState: 's' });
  expect(
    updateDigest({ missionId: 'm', missionState: 's', summary: undefined, decisionReferences: [] }),
  ).toBe(digest);
  const at = (time: string): string => missionPayload(UPDATE, updateDigest(UPDATE), time).update_digest;
  expect(at('2030-01-01T00:00:00.000Z')).toBe(at('2031-01-01T00:00:00.000Z'));
});

test.each([
  [{ team: { feature_slug: 1 } }, 'customFields.team.feature_slug'],
  [{ a: 1, mission_key: null }, 'customFields.mission_key'],
  [{ a: [[], [{ feature_number: 2 }]] }, 'customFields.a[1][0].feature_number'],
  [{ a: 'mission_key', b: ['feature_slug'], mission_keys: 1 }, undefined],
  [{}, undefined],
])('retired keys: %j', (customFields, path) => {
  expect(retiredKeyPath(customFields)).toBe(path);
});
