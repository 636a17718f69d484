import { serve } from '@spec-kitty/tooling-emulators';
import { ConnectorRegistry } from '@spec-kitty/tracker-core';
import { expect, it } from 'vitest';
import byDefault, { GitLabConnector, manifest, plugin } from '../src/index.ts';
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
  const config = { projectId: 'acme/shop', token: emulator.token };
  const connector = await registry.create('gitlab', config, { fetch: emulator.fetch });
  expect(connector).toBeInstanceOf(GitLabConnector);
  expect((await connector.listIssues({ limit: 5 })).items.map(({ title }) => title)).toEqual(['An issue']);
});

it('works over a connection, at a server with a path', async () => {
  const emulator = emulatorOf({ url: 'http://127.0.0.1/gitlab' });
  const { iid } = personAt(emulator).create({ title: 'An issue' });
  await using served = await serve(emulator);
  const baseUrl = `${served.url}/gitlab`;
  const connector = new GitLabConnector({ projectId: 'acme/shop', token: emulator.token, baseUrl });
  const ref = { system: 'gitlab', workspace: connector.workspace, id: String(iid) };
  expect(await connector.updateIssue(ref, { title: 'Grüße', status: 'done' })).toMatchObject({
    title: 'Grüße',
  });
  expect(await connector.getIssue(ref)).toMatchObject({ status: 'done', ref: { key: 'acme/shop#1' } });
});

it('says which secrets it needs, and from which variables', () => {
  expect(manifest.credentials.map(({ name, env, secret }) => [name, env, secret])).toEqual([
    ['token', 'GITLAB_TOKEN', true],
    ['webhookSecret', 'GITLAB_WEBHOOK_SECRET', true],
  ]);
});
