import { describe, expect, test } from 'vitest';
import {
  CapabilityNotSupportedError,
  ConnectorRequestError,
  DecisionReferenceContractError,
  FieldsRefusedError,
  IssuePayloadContractError,
  type TrackerCapabilities,
} from '../../src/index.ts';
import { BidirectionalIssueSync } from '../../src/mission/bidirectional-issue-sync.ts';
import { decisionLinkMismatches } from '../../src/mission/decision-link-mismatches.ts';
import type { MissionUpdate } from '../../src/mission/mission.ts';
import { hiddenPart } from '../../src/mission/mission-comment.ts';
import { Crash, FakeConnector, ISSUE_REF } from './fake-connector.ts';

const BLOCKER = { system: 'fake', workspace: 'w', id: '7' };
const UPDATE: MissionUpdate = {
  missionId: 'm-1',
  missionState: 'implementing',
  targetStatus: 'in_progress',
  summary: 'Half of it\nis done',
  missionUrl: 'https://missions.example/m-1',
  decisionReferences: [
    { decisionId: 'd-1', blocking: true, externalRef: BLOCKER },
    { decisionId: 'd-2', blocking: false, summary: 'Colours', url: 'https://decisions.example/2' },
  ],
};
const LATER: MissionUpdate = { missionId: 'm-1', missionState: 'reviewing', targetStatus: 'in_review' };

const IN_FIELDS = {};
const IN_COMMENT: Partial<TrackerCapabilities> = { supportsCustomFields: false };
const UNREADABLE: Partial<TrackerCapabilities> = { supportsCommentEdits: false };

/** A bridge as a process has it after each start; time passes with every look at the clock. */
function bridge(
  connector: FakeConnector,
  maxRetryAttempts = 0,
): { sync: BidirectionalIssueSync; waits: number[] } {
  const waits: number[] = [];
  const sleep = async (ms: number): Promise<void> => {
    waits.push(ms);
  };
  const clock = { now: () => new Date(Date.UTC(2030, 0, 1) + seconds++ * 1000).toISOString() };
  return { sync: new BidirectionalIssueSync({ connector, clock, sleep, maxRetryAttempts }), waits };
}
let seconds = 0;

const publish = (connector: FakeConnector, update: MissionUpdate = UPDATE): Promise<unknown> =>
  bridge(connector).sync.publishMissionUpdate({ issueRef: ISSUE_REF, update });

const payloadIn = (connector: FakeConnector): unknown =>
  connector.issue.customFields['spec_kitty_mission'] ?? hiddenPart(connector.commentBodies[0] ?? '')?.payload;

describe('publishing', () => {
  test('writes payload, status, link and comment', async () => {
    const connector = new FakeConnector({}, { customFields: { team: 'red' } });
    const issue = await bridge(connector).sync.publishMissionUpdate({ issueRef: ISSUE_REF, update: UPDATE });
    expect(issue).toEqual(connector.issue);
    expect(issue.status).toBe('in_progress');
    expect(issue.links).toEqual([{ type: 'blocked_by', target: BLOCKER }]);
    expect(issue.customFields).toEqual({
      team: 'red',
      spec_kitty_mission: {
        mission_id: 'm-1',
        mission_state: 'implementing',
        mission_url: 'https://missions.example/m-1',
        tracker_sync_pushed_at: expect.stringMatching(/^2030-.*Z$/),
        update_digest: expect.any(String),
        decision_refs: [
          { decision_id: 'd-1', summary: null, blocking: true, url: null, external_ref: BLOCKER },
          { decision_id: 'd-2', summary: 'Colours', blocking: false, url: 'https://decisions.example/2' },
        ],
      },
    });
    expect(connector.commentBodies[0]?.split('\n').slice(0, 5)).toEqual([
      'Spec Kitty mission update: m-1',
      'State: implementing',
      'Summary: Half of it is done',
      'Mission: https://missions.example/m-1',
      'Decision refs: d-1, d-2',
    ]);
    expect(decisionLinkMismatches(issue, UPDATE)).toEqual([]);
  });

  test.each<[string, Partial<TrackerCapabilities>]>([
    ['custom fields', IN_FIELDS],
    ['comments only', IN_COMMENT],
    ['comments that cannot be read', UNREADABLE],
    ['a lossy status', { fields: { status: 'lossy' } }],
  ])('the same update again writes nothing: %s', async (_, capabilities) => {
    const connector = new FakeConnector(capabilities);
    await publish(connector);
    const { length } = connector.writes;
    if (capabilities.fields) connector.issue.status = 'todo'; // what such a tracker answers
    await publish(connector, structuredClone(UPDATE));
    expect(connector.writes).toHaveLength(length);
    expect(connector.comments).toHaveLength(1);
  });

  test('two at once leave one comment', async () => {
    const connector = new FakeConnector(IN_COMMENT);
    const { sync } = bridge(connector);
    const one = (): Promise<unknown> => sync.publishMissionUpdate({ issueRef: ISSUE_REF, update: UPDATE });
    await Promise.all([one(), one(), one()]);
    expect(connector.comments).toHaveLength(1);
  });

  test('each news is a comment of its own, also a return to an earlier state', async () => {
    const connector = new FakeConnector();
    for (const update of [UPDATE, LATER, UPDATE, UPDATE, LATER]) await publish(connector, update);
    const states = connector.commentBodies.map((body) => body.split('\n')[1]);
    expect(states).toEqual([
      'State: implementing',
      'State: reviewing',
      'State: implementing',
      'State: reviewing',
    ]);
    expect(connector.issue.status).toBe('in_review');
  });

  test('without custom fields, later updates edit the one comment of their mission', async () => {
    const connector = new FakeConnector(IN_COMMENT);
    await publish(connector);
    await publish(connector, { ...LATER, missionId: 'm-2' });
    await publish(connector, LATER);
    expect(connector.comments).toHaveLength(2);
    expect(connector.commentBodies[0]).toMatch(/^Spec Kitty mission update: m-1\nState: reviewing\n/);
    expect(payloadIn(connector)).toMatchObject({
      mission_id: 'm-1',
      mission_state: 'reviewing',
      decision_refs: [],
    });
    expect(connector.commentBodies[1]).toMatch(/^Spec Kitty mission update: m-2\n/);
  });

  test("another account's comment is not believed, whatever it says", async () => {
    const first = new FakeConnector(IN_COMMENT);
    await publish(first);
    const forged = first.commentBodies[0] ?? '';
    for (const capabilities of [IN_COMMENT, IN_FIELDS]) {
      const connector = new FakeConnector(capabilities);
      connector.comment(forged, false);
      await publish(connector);
      expect(connector.comments.map(({ ours }) => ours)).toEqual([false, true]);
      expect(connector.commentBodies[0]).toBe(forged);
    }
  });

  test("a custom field that a person sets meanwhile stays, by the tracker's version", async () => {
    const connector = new FakeConnector();
    connector.beforeUpdate = () => {
      connector.beforeUpdate = undefined;
      connector.issue = { ...connector.issue, version: '99', customFields: { team: 'blue' } };
    };
    await bridge(connector, 1).sync.publishMissionUpdate({ issueRef: ISSUE_REF, update: UPDATE });
    expect(connector.issue.customFields).toMatchObject({
      team: 'blue',
      spec_kitty_mission: { mission_id: 'm-1' },
    });
    expect(connector.comments).toHaveLength(1);
  });
});

describe('after a crash at any await, publishing again completes what is missing', () => {
  test.each([
    ['custom fields', IN_FIELDS],
    ['comments only', IN_COMMENT],
    ['comments that cannot be read', UNREADABLE],
  ])('%s', async (_, capabilities) => {
    const whole = new FakeConnector(capabilities);
    await publish(whole);
    expect(whole.calls.length).toBeGreaterThan(5);
    for (let at = 0; at < whole.calls.length; at++) {
      for (const when of ['before', 'after'] as const) {
        const connector = new FakeConnector(capabilities);
        connector.faults = [{ at, when, error: new Crash() }];
        await expect(publish(connector)).rejects.toThrow(Crash);
        connector.faults = [];
        await publish(connector);
        const place = `${when} call ${at}: ${whole.calls[at]}`;
        expect(connector.issue.status, place).toBe('in_progress');
        expect(connector.issue.links, place).toEqual([{ type: 'blocked_by', target: BLOCKER }]);
        const digest = (holder: FakeConnector): unknown =>
          JSON.stringify(payloadIn(holder))?.match(/digest":"\w+"/)?.[0];
        expect(digest(connector), place).toBe(digest(whole));

        // What cannot be read cannot be found: only there, a stop between comment and payload repeats it.
        const posted = whole.calls.indexOf('addComment');
        const sent = at > posted || (at === posted && when === 'after');
        const stored = at === whole.calls.length - 1 && when === 'after';
        const repeated = capabilities === UNREADABLE && sent && !stored;
        expect(connector.comments.length, place).toBe(repeated ? 2 : 1);
        const { length } = connector.writes;
        await publish(connector);
        expect(connector.writes.length, place).toBe(length);
      }
    }
  });

  test.each([
    ['custom fields', IN_FIELDS],
    ['comments only', IN_COMMENT],
  ])('also a second update: %s', async (_, capabilities) => {
    const prepared = new FakeConnector(capabilities);
    await publish(prepared);
    const begun = prepared.calls.length;
    await publish(prepared, LATER);
    for (let at = begun; at < prepared.calls.length; at++) {
      for (const when of ['before', 'after'] as const) {
        const connector = new FakeConnector(capabilities);
        await publish(connector);
        connector.faults = [{ at, when, error: new Crash() }];
        await expect(publish(connector, LATER)).rejects.toThrow(Crash);
        connector.faults = [];
        await publish(connector, LATER);
        expect(connector.issue.status).toBe('in_review');
        expect(connector.comments).toHaveLength(prepared.comments.length);
        expect(payloadIn(connector)).toMatchObject({ mission_state: 'reviewing' });
      }
    }
  });

  test('keys are the same over restarts, and new for the next update', async () => {
    const keysOf = (connector: FakeConnector): Record<string, string | undefined> =>
      Object.fromEntries(connector.writes.map(({ call, options }) => [call, options.idempotencyKey]));
    const whole = new FakeConnector();
    await publish(whole);
    const connector = new FakeConnector();
    connector.faults = [{ at: whole.calls.indexOf('updateIssue'), when: 'before', error: new Crash() }];
    await expect(publish(connector)).rejects.toThrow(Crash);
    await publish(connector);
    expect(keysOf(connector)).toEqual(keysOf(whole));
    const before = new Set(Object.values(keysOf(whole)));
    whole.writes = [];
    await publish(whole, LATER);
    for (const key of Object.values(keysOf(whole))) expect(before).not.toContain(key);
  });
});

describe('a refused status', () => {
  const refusals = {
    capability: new CapabilityNotSupportedError('no such transition', { capability: 'status' }),
    fields: new FieldsRefusedError('no such transition', {
      refused: [{ field: 'status', reason: 'workflow' }],
      issue: new FakeConnector().issue,
    }),
  };

  test.each([
    ['capability', IN_FIELDS],
    ['fields', IN_FIELDS],
    ['capability', IN_COMMENT],
    ['fields', UNREADABLE],
  ] as const)('writes the rest, then throws (%s)', async (kind, capabilities) => {
    const connector = new FakeConnector(capabilities);
    connector.refuseStatus = refusals[kind];
    await expect(publish(connector)).rejects.toBe(refusals[kind]);
    expect(connector.issue.status).toBe('todo');
    expect(connector.issue.links).toHaveLength(1);
    expect(connector.comments).toHaveLength(1);
    expect(payloadIn(connector)).toMatchObject({ mission_state: 'implementing' });

    const effects = (): unknown => [connector.comments, connector.issue];
    const before = structuredClone(effects());
    await expect(publish(connector)).rejects.toBe(refusals[kind]);
    expect(effects()).toEqual(before);

    connector.refuseStatus = undefined;
    await publish(connector);
    expect(connector.issue.status).toBe('in_progress');
    expect(connector.comments).toHaveLength(1);
    const { length } = connector.writes;
    await publish(connector);
    expect(connector.writes).toHaveLength(length);
  });

  test.each([
    [{ fields: { status: 'none' } }, 'in_progress'],
    [{ supportsTerminalTransition: false }, 'done'],
  ] as const)('is known from the capabilities %j', async (capabilities, targetStatus) => {
    const connector = new FakeConnector(capabilities);
    const refused = publish(connector, { ...UPDATE, targetStatus });
    await expect(refused).rejects.toMatchObject({ code: 'capability_not_supported', capability: 'status' });
    expect(connector.calls).not.toContain('transitionIssue');
    expect(connector.comments).toHaveLength(1);
    expect(payloadIn(connector)).toMatchObject({ mission_id: 'm-1' });
  });
});

describe('every other refusal comes before a side effect', () => {
  test.each([
    ['supportsWrite', { supportsWrite: false }],
    ['supportsComments', { supportsComments: false }],
    ['links', { supportsDependencies: false }],
    ['customFields', { supportsCustomFields: false, supportsCommentEdits: false }],
  ])('%s', async (capability, capabilities) => {
    const connector = new FakeConnector(capabilities);
    await expect(publish(connector)).rejects.toMatchObject({ code: 'capability_not_supported', capability });
    expect(connector.calls).toEqual(['getCapabilities']);
  });

  test('a tracker without links takes an update that needs none', async () => {
    const connector = new FakeConnector({ supportsDependencies: false });
    await publish(connector, LATER);
    expect(connector.comments).toHaveLength(1);
  });

  test.each(['feature_slug', 'feature_number', 'mission_key'])('the retired key %s', async (key) => {
    const connector = new FakeConnector({}, { customFields: { team: [{ deep: { [key]: null } }] } });
    const refused = publish(connector);
    await expect(refused).rejects.toThrow(IssuePayloadContractError);
    await expect(refused).rejects.toMatchObject({
      fieldPath: `customFields.team[0].deep.${key}`,
      reason: 'retired_key',
    });
    expect(connector.writes).toEqual([]);
  });

  test.each([
    [{ missionId: ' ' }, IssuePayloadContractError, { fieldPath: 'update.missionId' }],
    [{ missionState: '' }, IssuePayloadContractError, { fieldPath: 'update.missionState' }],
    [{ mission_key: 'x' }, IssuePayloadContractError, { fieldPath: 'update.mission_key' }],
    [
      { decisionReferences: [{ decisionId: '', blocking: true }] },
      DecisionReferenceContractError,
      { reason: 'DR-001', fieldPath: 'update.decisionReferences[0].decisionId' },
    ],
    [
      { decisionReferences: [{ decisionId: 'd', blocking: true, externalRef: { ...BLOCKER, id: ' ' } }] },
      DecisionReferenceContractError,
      { reason: 'DR-002', fieldPath: 'update.decisionReferences[0].externalRef.id' },
    ],
  ])('a malformed update: %j', async (change, kind, details) => {
    const connector = new FakeConnector();
    const refused = publish(connector, { ...UPDATE, ...change });
    await expect(refused).rejects.toThrow(kind);
    await expect(refused).rejects.toMatchObject(details);
    expect(connector.calls).toEqual([]);
  });
});

describe('retries', () => {
  const transient = new ConnectorRequestError('gateway', { statusCode: 502 });
  const limited = new ConnectorRequestError('slow down', { statusCode: 429, retryAfterMs: 7000 });

  test.each([
    ['custom fields', IN_FIELDS],
    ['comments only', IN_COMMENT],
  ])('a lost answer at any call is tried again, with one comment: %s', async (_, capabilities) => {
    const whole = new FakeConnector(capabilities);
    await publish(whole);
    for (let at = 0; at < whole.calls.length; at++) {
      const connector = new FakeConnector(capabilities);
      connector.faults = [{ at, when: 'after', error: transient }];
      const { sync, waits } = bridge(connector, 2);
      await sync.publishMissionUpdate({ issueRef: ISSUE_REF, update: UPDATE });
      expect(waits).toEqual([500]);
      expect(connector.comments).toHaveLength(1);
      const payloads = connector.writes.filter(({ call }) => call === 'updateIssue');
      expect(payloads).toHaveLength(capabilities === IN_FIELDS ? 1 : 0);
    }
  });

  test('waits as told, and doubles its own waits', async () => {
    const connector = new FakeConnector();
    connector.faults = [limited, transient, transient].map((error, at) => ({
      at,
      when: 'before' as const,
      error,
    }));
    const { sync, waits } = bridge(connector, 3);
    await sync.publishMissionUpdate({ issueRef: ISSUE_REF, update: UPDATE });
    expect(waits).toEqual([7000, 1000, 2000]);
  });

  test.each([
    ['after the attempts that are allowed', transient, 2, 3],
    ['at once with none allowed', transient, 0, 1],
    [
      'at once for a wait of more than a minute',
      new ConnectorRequestError('', { statusCode: 429, retryAfterMs: 60_001 }),
      2,
      1,
    ],
    ['at once for what no retry mends', new ConnectorRequestError('', { statusCode: 403 }), 2, 1],
  ])('gives up %s', async (_, error, attempts, calls) => {
    const connector = new FakeConnector();
    connector.faults = [0, 1, 2, 3].map((at) => ({ at, when: 'before' as const, error }));
    const { sync } = bridge(connector, attempts);
    await expect(sync.publishMissionUpdate({ issueRef: ISSUE_REF, update: UPDATE })).rejects.toBe(error);
    expect(connector.calls).toHaveLength(calls);
  });

  test.each([-1, 1.5, Number.NaN])('%s attempts are a mistake', (maxRetryAttempts) => {
    expect(() => bridge(new FakeConnector(), maxRetryAttempts)).toThrow(TypeError);
  });
});

test('a mission starts from what the tracker holds', async () => {
  const connector = new FakeConnector({}, { labels: ['ui'] });
  const seed = await bridge(connector).sync.missionFromIssue(ISSUE_REF, { missionId: 'm-9' });
  expect(seed).toMatchObject({ missionId: 'm-9', sourceIssueRef: ISSUE_REF, labels: ['ui'] });
});
