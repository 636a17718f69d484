import { describe, expect, it } from 'vitest';
import { ConnectorRequestError, type TrackerCapabilities } from '../../src/index.ts';
import { BidirectionalIssueSync } from '../../src/mission/bidirectional-issue-sync.ts';
import type { MissionUpdate } from '../../src/mission/mission.ts';
import { Crash, FakeConnector, ISSUE_REF } from './fake-connector.ts';

// Those of the list in ../engine/reported-failures.test.ts that are of comments.

const UPDATE: MissionUpdate = { missionId: 'm-1', missionState: 'implementing', targetStatus: 'in_progress' };
const HOLDERS: [string, Partial<TrackerCapabilities>][] = [
  ['custom fields', {}],
  ['comments only', { supportsCustomFields: false }],
];

/** As a process does it after each start. */
async function publish(connector: FakeConnector): Promise<void> {
  const clock = { now: () => '2030-01-01T00:00:00.000Z' };
  const sync = new BidirectionalIssueSync({ connector, clock, sleep: async () => {}, maxRetryAttempts: 2 });
  await sync.publishMissionUpdate({ issueRef: ISSUE_REF, update: UPDATE });
}

async function callOfComment(capabilities: Partial<TrackerCapabilities>): Promise<number> {
  const whole = new FakeConnector(capabilities);
  await publish(whole);
  return whole.calls.indexOf('addComment');
}

describe('reported failures of comments', () => {
  it.each(HOLDERS)(
    '3. a push followed by a pull doubles comments: a tracker with %s',
    async (_name, capabilities) => {
      const connector = new FakeConnector(capabilities);
      for (let i = 0; i < 3; i++) await publish(connector);
      expect(connector.comments).toHaveLength(1);
    },
  );

  it.each(HOLDERS)(
    '28. a comment is posted twice after a crash: a tracker with %s',
    async (_name, capabilities) => {
      const at = await callOfComment(capabilities);
      for (const when of ['before', 'after'] as const) {
        const connector = new FakeConnector(capabilities);
        connector.faults = [{ at, when, error: new Crash() }];
        await expect(publish(connector)).rejects.toThrow(Crash);
        connector.faults = [];
        await publish(connector);
        expect(connector.comments).toHaveLength(1);
        expect(connector.issue.status).toBe('in_progress');
      }
    },
  );

  it.each(HOLDERS)(
    '28. a comment is posted twice after a lost answer: a tracker with %s',
    async (_name, capabilities) => {
      const at = await callOfComment(capabilities);
      const connector = new FakeConnector(capabilities);
      const error = new ConnectorRequestError('connection reset', { failureClass: 'transient' });
      connector.faults = [{ at, when: 'after', error }];
      await publish(connector);
      expect(connector.comments).toHaveLength(1);
    },
  );
});
