import { BidirectionalIssueSync, type MissionUpdate } from '@spec-kitty/tracker-core';
import { describe, expect, it } from 'vitest';
import { refOf, type World, world } from './fixtures.ts';

function bridge(held: World): BidirectionalIssueSync {
  const { clock, sleep } = held.emulator.time;
  return new BidirectionalIssueSync({ connector: held.connector, clock, sleep });
}

const update: MissionUpdate = {
  missionId: 'm-1',
  missionState: 'implementing',
  targetStatus: 'in_progress',
  summary: 'Half of it is done',
  missionUrl: 'https://missions.example/m-1',
};

const urlOf = ({ emulator }: World): string => `https://spec-kitty.invalid/mission/${emulator.viewerId}`;

describe('a mission', () => {
  it('is told in an attachment and one comment, and told once', async () => {
    const held = world();
    const { people, workspace } = held.emulator;
    const [id = '', blocker = ''] = people.createIssues([{ title: 'A' }, { title: 'Blocks it' }]);
    const blocked = {
      ...update,
      decisionReferences: [{ decisionId: 'd-1', blocking: true, externalRef: refOf(blocker) }],
    };
    const issue = await bridge(held).publishMissionUpdate({ issueRef: refOf(id), update: blocked });
    expect(issue).toMatchObject({
      status: 'in_progress',
      links: [{ type: 'blocked_by', target: { id: blocker } }],
      customFields: { spec_kitty_mission: { mission_id: 'm-1', mission_state: 'implementing' } },
    });
    expect([...workspace.attachments.values()]).toMatchObject([
      { issueId: id, url: urlOf(held), subtitle: 'implementing' },
    ]);
    const from = held.emulator.log.all.length;
    await bridge(held).publishMissionUpdate({ issueRef: refOf(id), update: blocked });
    expect(held.emulator.log.all.slice(from).every(({ kind }) => kind === 'read')).toBe(true);
    expect((await held.connector.listComments(refOf(id))).map(({ ours }) => ours)).toEqual([true]);
  });

  it('that goes on is told in the same attachment', async () => {
    const held = world();
    const id = held.emulator.people.createIssue({ title: 'A' });
    await bridge(held).publishMissionUpdate({ issueRef: refOf(id), update });
    const done = { ...update, missionState: 'done', targetStatus: 'done' as const };
    const issue = await bridge(held).publishMissionUpdate({ issueRef: refOf(id), update: done });
    expect(issue).toMatchObject({
      status: 'done',
      customFields: { spec_kitty_mission: { mission_state: 'done' } },
    });
    expect(held.emulator.workspace.attachments.size).toBe(1);
    expect(await held.connector.listComments(refOf(id))).toHaveLength(2);
  });

  it('that another account tells of is not believed', async () => {
    const held = world();
    const { people } = held.emulator;
    const id = people.createIssue({ title: 'A' });
    people.attach(id, urlOf(held), { spec_kitty_mission: { mission_id: 'forged' } });
    people.attach(id, 'https://spec-kitty.invalid/mission/x', {
      spec_kitty_mission: { mission_id: 'forged' },
    });
    const comment = people.comment(id, '<!-- spec-kitty-mission {"key":"forged"} -->');
    expect((await held.connector.getIssue(refOf(id))).customFields).toEqual({});
    expect(await held.connector.listComments(refOf(id))).toMatchObject([
      { id: comment, author: people.userId, ours: false },
    ]);
  });

  it('is taken away with its custom field', async () => {
    const held = world();
    const id = held.emulator.people.createIssue({ title: 'A' });
    const customFields = { spec_kitty_mission: { mission_id: 'm' } };
    const written = await held.connector.updateIssue(refOf(id), { customFields });
    expect(written.customFields).toEqual(customFields);
    expect((await held.connector.updateIssue(refOf(id), { customFields: {} })).customFields).toEqual({});
    expect(held.emulator.workspace.attachments.size).toBe(0);
  });
});

describe('a comment', () => {
  it('under a key is added once', async () => {
    const held = world();
    const id = held.emulator.people.createIssue({ title: 'A' });
    for (const body of ['First', 'First, again'])
      await held.connector.addComment(refOf(id), body, { idempotencyKey: 'key' });
    const found = await held.connector.listComments(refOf(id));
    expect(found.map(({ body }) => body)).toEqual(['First']);
  });

  it('is found behind those of 250 others, oldest first', async () => {
    const held = world();
    const { people } = held.emulator;
    const id = people.createIssue({ title: 'A' });
    for (let i = 0; i < 260; i += 1) people.comment(id, `Comment ${i}`);
    const found = await held.connector.listComments(refOf(id));
    expect(found.map(({ body }) => body)).toEqual(found.map((_, i) => `Comment ${i}`));
    expect(found).toHaveLength(260);
  });
});
