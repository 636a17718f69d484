import { vendorSchema } from '@spec-kitty/tooling-emulators';
import { describe, expect, it, test } from 'vitest';
import { AzureDevOpsConnector } from '../src/index.ts';
import { connectorOf, emulatorOf, personAt, SECRET, WORKSPACE } from './fixtures.ts';

type Given = Parameters<ReturnType<typeof emulatorOf>['deliver']>;

function delivered(event: Given[0], given?: Given[2]) {
  const emulator = emulatorOf();
  const item = personAt(emulator).create({ title: 'one' });
  emulator.time.advance(1000);
  personAt(emulator).edit(
    { system: 'azure-devops', workspace: WORKSPACE, id: String(item.id) },
    { title: 'changed' },
  );
  return { emulator, item, request: emulator.deliver(event, item, given) };
}

test.each([
  ['workitem.created', 'created'],
  ['workitem.updated', 'updated'],
  ['workitem.deleted', 'deleted'],
  ['workitem.restored', 'updated'],
  ['workitem.commented', 'comment_added'],
] as const)('%s is %s, of the item', async (event, type) => {
  const { emulator, item, request } = delivered(event);
  const events = await connectorOf(emulator).parseWebhook(request);
  expect(events).toMatchObject([
    {
      eventType: type,
      issueRef: { workspace: WORKSPACE, id: String(item.id), key: `${WORKSPACE}#${item.id}` },
      timestamp: '2026-01-05T09:00:01.000Z',
    },
  ]);
});

test('an update of the state is a transition', async () => {
  const { emulator, item } = delivered('workitem.updated');
  const resource = { id: 8, workItemId: item.id, rev: 8, fields: { 'System.State': { newValue: 'Active' } } };
  const request = emulator.deliver('workitem.updated', item, { extra: { resource } });
  expect(await connectorOf(emulator).parseWebhook(request)).toMatchObject([{ eventType: 'transitioned' }]);
});

describe('what proves a delivery', () => {
  it.each(['basic', 'header'] as const)('is the secret as %s', async (auth) => {
    const { emulator, request } = delivered('workitem.updated', { auth });
    expect(await connectorOf(emulator).parseWebhook(request)).toHaveLength(1);
  });

  it.each([
    ['nothing', {}],
    ['another password', { Authorization: `Basic ${btoa('hook:another')}` }],
    ['no basic authentication', { Authorization: `Bearer ${SECRET}` }],
    ['no Base64', { Authorization: 'Basic %%%' }],
    ['the secret without a name', { Authorization: `Basic ${btoa(SECRET)}` }],
    ['another header', { 'X-Webhook-Secret': `${SECRET} ` }],
    ['an empty header', { 'X-Webhook-Secret': '' }],
  ])('is not %s', async (_what, headers) => {
    const { emulator, request } = delivered('workitem.updated');
    const parsed = connectorOf(emulator).parseWebhook({ ...request, headers });
    await expect(parsed).rejects.toMatchObject({ statusCode: 401, failureClass: 'authentication' });
  });

  it('is nothing without a secret in the configuration', async () => {
    const { emulator, request } = delivered('workitem.updated');
    const config = { organization: 'acme', project: 'Shop', token: emulator.token };
    await expect(new AzureDevOpsConnector(config).parseWebhook(request)).rejects.toMatchObject({
      fieldPath: 'webhookSecret',
    });
  });

  it('is no body that is another one than its headers say, and none that is no delivery', async () => {
    const { emulator, request } = delivered('workitem.updated');
    const connector = connectorOf(emulator);
    const longer = new Uint8Array([...request.body, 0x20]);
    await expect(connector.parseWebhook({ ...request, body: longer })).rejects.toMatchObject({
      statusCode: 401,
    });
    const { 'Content-Length': _, ...headers } = request.headers;
    for (const text of ['[]', '{}', 'x', '{"id":"1","eventType":"workitem.updated","resource":7}']) {
      const parsed = connector.parseWebhook({ headers, body: new TextEncoder().encode(text) });
      await expect(parsed).rejects.toMatchObject({ code: 'tracker_contract', kind: 'webhook' });
    }
  });
});

test.each([
  ['of another project', { resource: { id: 1, fields: { 'System.TeamProject': 'Other' } } }],
  [
    'of another organization',
    { resourceContainers: { collection: { baseUrl: 'https://dev.azure.com/other/' } } },
  ],
  ['of something else', { eventType: 'build.complete' }],
  ['named as no event is', { eventType: 'constructor' }],
  ['of no item', { resource: {} }],
])('a delivery %s gives no event', async (_what, extra) => {
  const { emulator, request } = delivered('workitem.created', { extra });
  expect(await connectorOf(emulator).parseWebhook(request)).toEqual([]);
});

test.each(['https://dev.azure.com/Acme/', 'https://acme.visualstudio.com/'])(
  'an organization is known at %s',
  async (baseUrl) => {
    const extra = { resourceContainers: { collection: { baseUrl } } };
    const { emulator, request } = delivered('workitem.created', { extra });
    expect(await connectorOf(emulator).parseWebhook(request)).toHaveLength(1);
  },
);

const example = vendorSchema('azure-devops/webhook-workitem-updated.example.json');

test.skipIf(example === undefined)('a delivery as the vendor sends it is read', async () => {
  const body = new TextEncoder().encode(example ?? '');
  const headers = { 'x-webhook-secret': SECRET };
  const config = { organization: 'org', project: 'p', token: 'azdo_x', webhookSecret: SECRET };
  expect(await new AzureDevOpsConnector(config).parseWebhook({ headers, body })).toMatchObject([
    {
      eventType: 'transitioned',
      issueRef: { workspace: 'org/p', id: '615' },
      timestamp: '2025-12-04T15:24:47.449Z',
    },
  ]);
});
