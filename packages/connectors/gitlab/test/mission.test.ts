import type { GitlabEmulator } from '@spec-kitty/tooling-emulators';
import { BidirectionalIssueSync, type MissionUpdate } from '@spec-kitty/tracker-core';
import { expect, it } from 'vitest';
import { connectorOf, emulatorOf, personAt, refOf } from './fixtures.ts';

const update: MissionUpdate = {
  missionId: 'm-1',
  missionState: 'implementing',
  targetStatus: 'in_progress',
  summary: 'Half of it is done',
  missionUrl: 'https://missions.example/m-1',
};

function bridge(emulator: GitlabEmulator): BidirectionalIssueSync {
  const { clock, sleep } = emulator.time;
  return new BidirectionalIssueSync({ connector: connectorOf(emulator), clock, sleep });
}

const comments = ({ state }: GitlabEmulator): string[] =>
  [...state.notes.values()].filter(({ system }) => !system).map(({ body }) => body);

it('a mission is told in one comment, with its payload in the part that GitLab hides, and told once', async () => {
  const emulator = emulatorOf();
  const person = personAt(emulator);
  const [issue, blocker] = [person.create({ title: 'A' }), person.create({ title: 'Blocks it' })];
  const blocked = {
    ...update,
    decisionReferences: [{ decisionId: 'd-1', blocking: true, externalRef: refOf(blocker) }],
  };
  const published = await bridge(emulator).publishMissionUpdate({ issueRef: refOf(issue), update: blocked });
  expect(published).toMatchObject({
    status: 'in_progress',
    links: [{ type: 'blocked_by', target: { id: String(blocker.iid) } }],
  });
  const from = emulator.log.all.length;
  await bridge(emulator).publishMissionUpdate({ issueRef: refOf(issue), update: blocked });
  expect(emulator.log.all.slice(from).every(({ kind }) => kind === 'read')).toBe(true);
  expect(comments(emulator)).toEqual([
    expect.stringMatching(/^Spec Kitty mission update: m-1\nState: implementing\n[\s\S]*<!-- [^>]*-->\s*$/),
  ]);
});

it('a mission that goes on is told in the same comment, and is told to be done', async () => {
  const emulator = emulatorOf();
  const issue = personAt(emulator).create({ title: 'A' });
  await bridge(emulator).publishMissionUpdate({ issueRef: refOf(issue), update });
  const done = { ...update, missionState: 'done', targetStatus: 'done' as const };
  const published = await bridge(emulator).publishMissionUpdate({ issueRef: refOf(issue), update: done });
  expect(published.status).toBe('done');
  expect(comments(emulator)).toEqual([expect.stringContaining('State: done')]);
});
