import type { JiraEmulator } from '@spec-kitty/tooling-emulators';
import { BidirectionalIssueSync, type MissionUpdate } from '@spec-kitty/tracker-core';
import { expect, it, test } from 'vitest';
import { JiraConnector } from '../src/index.ts';
import { BASE, connectorOf, emulatorOf, MISSION_FIELD_ID, personAt, refOf } from './fixtures.ts';

const update: MissionUpdate = {
  missionId: 'm-1',
  missionState: 'implementing',
  targetStatus: 'in_progress',
  summary: 'Half of it is done',
  missionUrl: 'https://missions.example/m-1',
};

/** With a field for the payload, or without. */
function bridge(emulator: JiraEmulator, hasField: boolean): BidirectionalIssueSync {
  const { clock, sleep } = emulator.time;
  const { fetch, email, apiToken } = emulator;
  const connector = hasField
    ? connectorOf(emulator)
    : new JiraConnector({ ...BASE, email, apiToken }, { fetch, clock, sleep });
  return new BidirectionalIssueSync({ connector, clock, sleep });
}

test.each([true, false])(
  'a mission is told once, and goes on (with a field of its own: %s)',
  async (hasField) => {
    const emulator = emulatorOf();
    const person = personAt(emulator);
    const [issue, blocker] = [person.create({ title: 'A' }), person.create({ title: 'Blocks it' })];
    const blocked = {
      ...update,
      decisionReferences: [{ decisionId: 'd-1', blocking: true, externalRef: refOf(blocker) }],
    };
    const publish = (given: MissionUpdate) =>
      bridge(emulator, hasField).publishMissionUpdate({ issueRef: refOf(issue), update: given });
    expect(await publish(blocked)).toMatchObject({
      status: 'in_progress',
      links: [{ type: 'blocked_by', target: { id: blocker.id } }],
    });
    const from = emulator.log.all.length;
    await publish(blocked);
    expect(emulator.log.all.slice(from).every(({ kind }) => kind === 'read')).toBe(true);
    const bodies = [...emulator.state.comments.values()].map(({ body }) => JSON.stringify(body));
    expect(bodies).toHaveLength(1);
    expect(bodies[0]).toContain('Spec Kitty mission update: m-1');
    expect(bodies[0]).not.toContain('<!--');
    expect(Boolean(emulator.state.issue(issue.id).custom[MISSION_FIELD_ID])).toBe(hasField);
    expect((await publish({ ...blocked, missionState: 'done', targetStatus: 'done' })).status).toBe('done');
    expect(emulator.state.comments.size).toBe(hasField ? 2 : 1);
  },
);

it('what another account keeps beside a comment is not believed', async () => {
  const emulator = emulatorOf();
  const person = personAt(emulator);
  const [one, two] = [person.create({ title: 'A' }), person.create({ title: 'B' })];
  await bridge(emulator, false).publishMissionUpdate({ issueRef: refOf(one), update });
  const [ours] = [...emulator.state.comments.values()];
  const [ada = ''] = emulator.people;
  if (ours) emulator.state.comment(ada, two.id, ours.body, ours.properties);
  await bridge(emulator, false).publishMissionUpdate({ issueRef: refOf(two), update });
  const authors = [...emulator.state.comments.values()]
    .filter((comment) => comment.issue === two.id)
    .map(({ author }) => author);
  expect(authors).toEqual([ada, emulator.viewer]);
});
