import { describe, expect, it } from 'vitest';
import { LinearConnector } from '../src/index.ts';
import { rejection, type World, world } from './fixtures.ts';

function one(held: World): string {
  return held.emulator.people.createIssue({ title: 'Told' });
}

describe('a delivery', () => {
  it.each([
    ['create', undefined, 'created'],
    ['update', { title: 'Before' }, 'updated'],
    ['update', { stateId: 's' }, 'transitioned'],
    ['remove', undefined, 'deleted'],
  ] as const)('of %s of an issue with %j is %s', async (action, updatedFrom, eventType) => {
    const held = world();
    const id = one(held);
    const change = { type: 'Issue', action, id, ...(updatedFrom ? { updatedFrom } : {}) } as const;
    const request = held.emulator.delivery(change);
    expect(await held.connector.parseWebhook(request)).toMatchObject([
      {
        eventId: `${request.headers['Linear-Delivery']}-${eventType}`,
        eventType,
        issueRef: { system: 'linear', workspace: 'linear', id, key: 'ABC-1' },
        timestamp: held.emulator.time.clock.now(),
        payload: { action, type: 'Issue' },
      },
    ]);
  });

  it('of an issue that was archived or trashed is its deletion', async () => {
    const held = world();
    const { people } = held.emulator;
    const [a, b] = [one(held), one(held)];
    people.archive(a);
    people.remove(b);
    for (const id of [a, b])
      expect(
        await held.connector.parseWebhook(held.emulator.delivery({ type: 'Issue', action: 'update', id })),
      ).toMatchObject([{ eventType: 'deleted' }]);
  });

  it('of a comment concerns its issue', async () => {
    const held = world();
    const issue = one(held);
    const id = held.emulator.people.comment(issue, 'Hello');
    for (const [action, eventType] of [
      ['create', 'comment_added'],
      ['update', 'updated'],
      ['remove', 'updated'],
    ] as const) {
      const request = held.emulator.delivery({ type: 'Comment', action, id });
      expect(await held.connector.parseWebhook(request)).toMatchObject([
        { eventType, issueRef: { id: issue } },
      ]);
    }
  });

  it('about another team is left out, and one about leaving this team is not', async () => {
    const held = world();
    const { people, otherTeamId, teamId } = held.emulator;
    const id = one(held);
    const comment = people.comment(id, 'Hello');
    people.moveToTeam(id, otherTeamId);
    const parse = (change: Parameters<typeof held.emulator.delivery>[0]): Promise<unknown[]> =>
      held.connector.parseWebhook(held.emulator.delivery(change));
    expect(await parse({ type: 'Issue', action: 'update', id })).toEqual([]);
    expect(await parse({ type: 'Comment', action: 'create', id: comment })).toEqual([]);
    expect(await parse({ type: 'Issue', action: 'update', id, updatedFrom: { teamId } })).toHaveLength(1);
  });

  it('is believed for a minute', async () => {
    const held = world();
    const { time } = held.emulator;
    const request = held.emulator.delivery({ type: 'Issue', action: 'update', id: one(held) });
    time.advance(60_000);
    expect(await held.connector.parseWebhook(request)).toHaveLength(1);
    time.advance(1);
    expect(await rejection(held.connector.parseWebhook(request))).toMatchObject({
      code: 'connector_request',
      statusCode: 401,
    });
  });

  it('needs a secret', async () => {
    const held = world();
    const { teamId, apiKey } = held.emulator;
    const connector = new LinearConnector({ teamId, apiKey });
    expect(await rejection(connector.parseWebhook({ headers: {}, body: new Uint8Array() }))).toMatchObject({
      code: 'capability_not_supported',
      fieldPath: 'webhookSecret',
    });
  });
});
