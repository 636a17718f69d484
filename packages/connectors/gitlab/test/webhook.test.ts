import { describe, expect, it, test } from 'vitest';
import { GitLabConnector } from '../src/index.ts';
import { connectorOf, emulatorOf, personAt, SIGNING_SECRET, TOKEN } from './fixtures.ts';

type Hook = 'Issue Hook' | 'Note Hook';

async function typesOf(event: Hook, action: string, extra: Record<string, unknown> = {}) {
  const emulator = emulatorOf();
  const issue = personAt(emulator).create({ title: 'one' });
  const delivery = emulator.deliver(event, action, issue, { proof: 'signature', extra });
  const events = await connectorOf(emulator).parseWebhook(delivery);
  return events.map(({ eventType, issueRef, timestamp }) => [
    eventType,
    issueRef.workspace,
    issueRef.id,
    timestamp,
  ]);
}

describe('a delivery', () => {
  it.each([
    ['Issue Hook', 'open', 'created'],
    ['Issue Hook', 'update', 'updated'],
    ['Issue Hook', 'close', 'transitioned'],
    ['Issue Hook', 'reopen', 'transitioned'],
    ['Issue Hook', 'constructor', 'updated'],
    ['Note Hook', 'create', 'comment_added'],
    ['Note Hook', 'update', 'updated'],
  ] as const)('%s %s is %s', async (event, action, type) => {
    expect(await typesOf(event, action)).toEqual([[type, '42', '1', '2026-01-05T09:00:00.000Z']]);
  });

  it.each([
    ['of another project', { project: { id: 43, path_with_namespace: 'acme/shop' } }],
    ['of something else', { object_kind: 'push' }],
    ['of a note that is of no issue', { object_kind: 'note', issue: undefined }],
  ])('%s gives no event', async (_name, extra) => {
    expect(await typesOf('Issue Hook', 'update', extra)).toEqual([]);
  });

  it('of a confidential issue is one of it', async () => {
    const emulator = emulatorOf();
    const issue = emulator.state.create('ada', { title: 'secret', confidential: true });
    const delivery = emulator.deliver('Issue Hook', 'open', issue, { proof: 'signature' });
    expect(delivery.headers['X-Gitlab-Event']).toBe('Confidential Issue Hook');
    expect(await connectorOf(emulator).parseWebhook(delivery)).toMatchObject([{ issueRef: { id: '1' } }]);
  });

  it('is known by the id that its repeats have', async () => {
    const emulator = emulatorOf();
    const issue = personAt(emulator).create({ title: 'one' });
    const connector = connectorOf(emulator, { webhookSecret: TOKEN });
    const { headers, body } = emulator.deliver('Issue Hook', 'update', issue);
    const id = async (given: Record<string, string>) =>
      (await connector.parseWebhook({ headers: given, body }))[0]?.eventId;
    expect(await id(headers)).toBe(headers['Idempotency-Key']);
    const { 'Idempotency-Key': _, ...older } = headers;
    expect(await id(older)).toBe(headers['X-Gitlab-Event-UUID']);
    const oldest = { 'X-Gitlab-Token': TOKEN };
    expect(await id(oldest)).toBe(await id(oldest));
  });

  it('of a project that is configured by its path is found by that', async () => {
    const emulator = emulatorOf();
    const issue = personAt(emulator).create({ title: 'one' });
    const connector = connectorOf(emulator, { projectId: 'Acme/shop' });
    const deliver = (extra = {}) =>
      connector.parseWebhook(emulator.deliver('Issue Hook', 'update', issue, { proof: 'signature', extra }));
    expect(await deliver()).toMatchObject([{ issueRef: { workspace: 'Acme/shop', id: '1' } }]);
    expect(await deliver({ project: { id: 43, path_with_namespace: 'acme/other' } })).toEqual([]);
  });
});

describe('a delivery is believed', () => {
  const cases = [
    [TOKEN, 'token', {}, true],
    [TOKEN, 'both', {}, true],
    [TOKEN, 'token', { 'X-Gitlab-Token': 'another one' }, false],
    [TOKEN, 'signature', {}, false],
    [SIGNING_SECRET, 'signature', {}, true],
    [SIGNING_SECRET, 'both', {}, true],
    // A token that is right is no signature.
    [SIGNING_SECRET, 'token', {}, false],
    [SIGNING_SECRET, 'token', { 'X-Gitlab-Token': SIGNING_SECRET }, false],
    [SIGNING_SECRET, 'signature', { 'webhook-id': 'another one' }, false],
    [SIGNING_SECRET, 'signature', { 'webhook-timestamp': '1767603601' }, false],
    [SIGNING_SECRET, 'signature', { 'webhook-signature': 'v1,AAAA' }, false],
    ['whsec_another=', 'signature', {}, false],
    ['whsec_b3RoZXI=', 'signature', {}, false],
  ] as const;

  it.each(cases)(
    'under the secret %s with a %s and %j: %s',
    async (webhookSecret, proof, changed, isBelieved) => {
      const emulator = emulatorOf();
      const issue = personAt(emulator).create({ title: 'one' });
      const { headers, body } = emulator.deliver('Issue Hook', 'update', issue, { proof });
      const parsed = connectorOf(emulator, { webhookSecret }).parseWebhook({
        headers: { ...headers, ...changed },
        body,
      });
      if (isBelieved) expect(await parsed).toHaveLength(1);
      else await expect(parsed).rejects.toMatchObject({ failureClass: 'authentication', statusCode: 401 });
    },
  );

  it('where one of several signatures is right, as while a secret is changed', async () => {
    const emulator = emulatorOf();
    const issue = personAt(emulator).create({ title: 'one' });
    const { headers, body } = emulator.deliver('Issue Hook', 'update', issue, { proof: 'signature' });
    const both = { ...headers, 'webhook-signature': `v1,AAAA ${headers['webhook-signature']}` };
    expect(await connectorOf(emulator).parseWebhook({ headers: both, body })).toHaveLength(1);
  });

  it.each([
    [299_000, true],
    [301_000, false],
  ])('%i ms after it was signed: %s', async (ms, isBelieved) => {
    const emulator = emulatorOf();
    const issue = personAt(emulator).create({ title: 'one' });
    const delivery = emulator.deliver('Issue Hook', 'update', issue, { proof: 'signature' });
    emulator.time.advance(ms);
    const parsed = connectorOf(emulator).parseWebhook(delivery);
    if (isBelieved) expect(await parsed).toHaveLength(1);
    else await expect(parsed).rejects.toMatchObject({ statusCode: 401 });
  });
});

test('without a secret in the configuration, webhooks are a capability that is not there', async () => {
  const emulator = emulatorOf();
  const delivery = emulator.deliver('Issue Hook', 'update', personAt(emulator).create({ title: 'one' }));
  const parsed = new GitLabConnector({ projectId: 42, token: emulator.token }).parseWebhook(delivery);
  await expect(parsed).rejects.toMatchObject({
    code: 'capability_not_supported',
    fieldPath: 'webhookSecret',
  });
});
