import { describe, expect, it } from 'vitest';
import { connectorOf, emulatorOf, personAt, WORKSPACE } from './fixtures.ts';

describe('a delivery', () => {
  it.each([
    ['jira:issue_created', {}, 'created'],
    ['jira:issue_updated', {}, 'updated'],
    [
      'jira:issue_updated',
      { changelog: { items: [{ field: 'summary', fromString: 'a', toString: 'b' }] } },
      'updated',
    ],
    [
      'jira:issue_updated',
      { changelog: { items: [{ field: 'status', fromString: 'a', toString: 'b' }] } },
      'transitioned',
    ],
    ['jira:issue_deleted', {}, 'deleted'],
    ['comment_created', { comment: { id: '1' } }, 'comment_added'],
    ['comment_deleted', { comment: { id: '1' } }, 'updated'],
    ['constructor', {}, 'updated'],
  ])('%s %j is %s', async (event, extra, type) => {
    const emulator = emulatorOf();
    const issue = personAt(emulator).create({ title: 'one' });
    const events = await connectorOf(emulator).parseWebhook(emulator.deliver(event, issue, extra));
    expect(events).toMatchObject([
      {
        eventType: type,
        eventId: 'delivery-000000000001',
        issueRef: { workspace: WORKSPACE, id: issue.id, key: 'SHOP-1' },
        timestamp: emulator.time.clock.now(),
      },
    ]);
  });

  it('about another project gives no event, and about one that has just left this one it does', async () => {
    const emulator = emulatorOf();
    const issue = personAt(emulator).create({ title: 'one' });
    emulator.state.move(issue.id, 'OPS');
    const connector = connectorOf(emulator);
    const left = { changelog: { items: [{ field: 'Key', fromString: 'SHOP-1', toString: 'OPS-1' }] } };
    const events = [
      await connector.parseWebhook(emulator.deliver('jira:issue_updated', issue)),
      await connector.parseWebhook(emulator.deliver('jira:issue_updated', issue, left)),
    ];
    expect(events.map((some) => some.map(({ issueRef }) => issueRef.key))).toEqual([[], ['OPS-1']]);
  });

  it('about no issue gives no event', async () => {
    const emulator = emulatorOf();
    const issue = personAt(emulator).create({ title: 'one' });
    const delivery = emulator.deliver('sprint_started', issue, { issue: undefined });
    expect(await connectorOf(emulator).parseWebhook(delivery)).toEqual([]);
  });

  it('without an identifier is told from others by what it holds', async () => {
    const emulator = emulatorOf();
    const issue = personAt(emulator).create({ title: 'one' });
    const connector = connectorOf(emulator);
    const ids: string[] = [];
    for (const title of ['a', 'a', 'b']) {
      const { headers, body } = emulator.deliver('jira:issue_updated', issue, { title });
      const { 'X-Atlassian-Webhook-Identifier': _, ...rest } = headers;
      for (const { eventId } of await connector.parseWebhook({ headers: rest, body })) ids.push(eventId);
    }
    expect([ids.length, new Set(ids).size]).toEqual([3, 2]);
  });

  it('with the signature of another secret, or of another body, is refused', async () => {
    const emulator = emulatorOf({ webhookSecret: 'another secret' });
    const delivery = emulator.deliver('jira:issue_updated', personAt(emulator).create({ title: 'one' }));
    await expect(connectorOf(emulator).parseWebhook(delivery)).rejects.toMatchObject({ statusCode: 401 });
    const right = connectorOf(emulator, { webhookSecret: 'another secret' });
    expect(await right.parseWebhook(delivery)).toHaveLength(1);
    const body = new TextEncoder().encode('{"webhookEvent":"jira:issue_deleted"}');
    await expect(right.parseWebhook({ ...delivery, body })).rejects.toMatchObject({ statusCode: 401 });
  });

  it('that is signed and none is refused as such', async () => {
    const emulator = emulatorOf();
    const issue = personAt(emulator).create({ title: 'one' });
    const delivery = emulator.deliver('jira:issue_updated', issue, { issue: { id: {} } });
    await expect(connectorOf(emulator).parseWebhook(delivery)).rejects.toMatchObject({
      code: 'tracker_contract',
      kind: 'webhook',
    });
  });
});
