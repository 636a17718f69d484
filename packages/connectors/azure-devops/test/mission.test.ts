import type { AzureDevOpsEmulator } from '@spec-kitty/tooling-emulators';
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

function bridge(emulator: AzureDevOpsEmulator): BidirectionalIssueSync {
  const { clock, sleep } = emulator.time;
  return new BidirectionalIssueSync({ connector: connectorOf(emulator), clock, sleep });
}

it('a mission is told in one comment, with its payload in a hidden part, and told once', async () => {
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
    links: [{ type: 'blocked_by', target: { id: String(blocker.id) } }],
  });
  const from = emulator.log.all.length;
  await bridge(emulator).publishMissionUpdate({ issueRef: refOf(issue), update: blocked });
  expect(emulator.log.all.slice(from).every(({ kind }) => kind === 'read')).toBe(true);
  const [comment, ...others] = [...emulator.state.comments.values()];
  expect(others).toEqual([]);
  expect(comment?.text).toMatch(
    /^Spec Kitty mission update: m-1\nState: implementing\n[\s\S]*<!-- [^>]*-->\s*$/,
  );
});

it('a mission that goes on is told in the same comment, and is told to be done', async () => {
  const emulator = emulatorOf();
  const issue = personAt(emulator).create({ title: 'A' });
  await bridge(emulator).publishMissionUpdate({ issueRef: refOf(issue), update });
  const done = { ...update, missionState: 'done', targetStatus: 'done' as const };
  const published = await bridge(emulator).publishMissionUpdate({ issueRef: refOf(issue), update: done });
  expect(published.status).toBe('done');
  const bodies = [...emulator.state.comments.values()].map(({ text }) => text);
  expect(bodies).toEqual([expect.stringContaining('State: done')]);
});

it('what another account hides in a comment is not believed', async () => {
  const emulator = emulatorOf();
  const issue = personAt(emulator).create({ title: 'A' });
  await bridge(emulator).publishMissionUpdate({ issueRef: refOf(issue), update });
  const [ours] = [...emulator.state.comments.values()];
  const other = personAt(emulator).create({ title: 'B' });
  emulator.state.comment('ada@acme.example', other.id, ours?.text ?? '');
  await bridge(emulator).publishMissionUpdate({ issueRef: refOf(other), update });
  const authors = [...emulator.state.comments.values()]
    .filter((comment) => comment.item === other.id)
    .map(({ author }) => author);
  expect(authors).toEqual(['ada@acme.example', 'spec-kitty-bot@acme.example']);
});
