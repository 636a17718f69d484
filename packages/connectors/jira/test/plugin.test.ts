import { serve } from '@spec-kitty/tooling-emulators';
import { ConnectorRegistry, canonicalIssue } from '@spec-kitty/tracker-core';
import { expect, it } from 'vitest';
import byDefault, { JiraConnector, manifest, plugin } from '../src/index.ts';
import { BASE, emulatorOf, personAt } from './fixtures.ts';

const registry = new ConnectorRegistry();
registry.register(plugin);

it('is the default export, and its manifest is plain data', () => {
  expect(byDefault).toBe(plugin);
  expect(JSON.parse(JSON.stringify(manifest))).toEqual(manifest);
});

it('makes connectors that ask through the fetch of the host', async () => {
  const emulator = emulatorOf();
  personAt(emulator).create({ title: 'An issue' });
  const config = { ...BASE, accessToken: emulator.accessToken };
  const connector = await registry.create('jira', config, { fetch: emulator.fetch });
  expect(connector).toBeInstanceOf(JiraConnector);
  expect((await connector.listIssues({ limit: 5 })).items.map(({ title }) => title)).toEqual(['An issue']);
});

it('works over a connection', async () => {
  const emulator = emulatorOf();
  await using served = await serve(emulator);
  const { email, apiToken } = emulator;
  const connector = new JiraConnector({ baseUrl: served.url, email, apiToken, projectKey: 'SHOP' });
  const { host: workspace } = new URL(served.url);
  const created = await connector.createIssue(
    canonicalIssue({ ref: { system: 'jira', workspace, id: 'draft:1' }, title: 'Über\u{1f408}' }),
  );
  expect(created.ref).toMatchObject({ workspace, key: 'SHOP-1', url: `${served.url}/browse/SHOP-1` });
  await connector.deleteIssue(created.ref);
  expect(await connector.getIssues([created.ref])).toEqual([undefined]);
});

it('says which credentials it needs, and from which variables', () => {
  expect(manifest.credentials.map(({ name, env, secret }) => [name, env, secret])).toEqual([
    ['email', 'JIRA_EMAIL', false],
    ['apiToken', 'JIRA_API_TOKEN', true],
    ['accessToken', 'JIRA_ACCESS_TOKEN', true],
    ['webhookSecret', 'JIRA_WEBHOOK_SECRET', true],
  ]);
});
