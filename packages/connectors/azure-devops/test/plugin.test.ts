import { ConnectorRegistry } from '@spec-kitty/tracker-core';
import { expect, it } from 'vitest';
import byDefault, { AzureDevOpsConnector, manifest, plugin } from '../src/index.ts';
import { emulatorOf, personAt } from './fixtures.ts';

const registry = new ConnectorRegistry();
registry.register(plugin);

it('is the default export, and its manifest is plain data', () => {
  expect(byDefault).toBe(plugin);
  expect(JSON.parse(JSON.stringify(manifest))).toEqual(manifest);
});

it('makes connectors that ask through the fetch of the host', async () => {
  const emulator = emulatorOf();
  personAt(emulator).create({ title: 'An issue' });
  const config = { organization: 'acme', project: 'Shop', token: emulator.token };
  const connector = await registry.create('azure-devops', config, { fetch: emulator.fetch });
  expect(connector).toBeInstanceOf(AzureDevOpsConnector);
  expect((await connector.listIssues({ limit: 5 })).items.map(({ title }) => title)).toEqual(['An issue']);
});

it('says which secrets it needs, and from which variables', () => {
  expect(manifest.credentials.map(({ name, env, secret }) => [name, env, secret])).toEqual([
    ['token', 'AZURE_DEVOPS_TOKEN', true],
    ['webhookSecret', 'AZURE_DEVOPS_WEBHOOK_SECRET', true],
  ]);
});

it('is for direct use: it declares nothing for a hosted transport', () => {
  expect([plugin.hosted, manifest.hosted]).toEqual([undefined, undefined]);
});
