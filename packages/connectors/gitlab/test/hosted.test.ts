import { type ConnectorContext, silentLogger } from '@spec-kitty/tracker-core';
import { expect, it, test } from 'vitest';
import { plugin } from '../src/index.ts';
import { emulatorOf, personAt } from './fixtures.ts';

const projects = [
  { id: 42, path: 'acme/shop' },
  { id: 43, path: 'acme/tools/hammer' },
  { id: 44, path: 'spec-kitty-bot/notes' },
] as const;

/** As a hosted transport does it: the connection's own token takes the place of the one that stands there. */
function hostedAt(emulator = emulatorOf({ projects, pageHeaders: false })): ConnectorContext {
  const { time, token } = emulator;
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    request.headers.set('private-token', token);
    return emulator.fetch(request);
  };
  return { fetch, clock: time.clock, logger: silentLogger, env: {} };
}

test('the account of a connection and its groups are found, and the projects of each', async () => {
  const { discoverWorkspaces, discoverResources } = plugin.hosted ?? {};
  const context = hostedAt();
  const found = await discoverWorkspaces?.(context);
  expect(found?.truncated).toBe(false);
  expect(found?.items.map(({ kind, name }) => [kind, name])).toEqual([
    ['user', 'spec-kitty-bot'],
    ['group', 'acme'],
    ['group', 'acme/tools'],
  ]);
  const resources = await Promise.all(
    (found?.items ?? []).map(
      async (workspace) => (await discoverResources?.(workspace, context))?.items ?? [],
    ),
  );
  expect(resources.flat().map(({ displayName, connectorParams }) => [displayName, connectorParams])).toEqual([
    ['spec-kitty-bot/notes', { projectId: 44 }],
    ['acme/shop', { projectId: 42 }],
    ['acme/tools/hammer', { projectId: 43 }],
  ]);
});

it('works with what was found', async () => {
  const emulator = emulatorOf({ projects, pageHeaders: false });
  personAt(emulator).create({ title: 'An issue' });
  const config = plugin.hosted?.configFrom({ projectId: 42 });
  if (!config) throw new TypeError('it is hosted');
  const connector = await plugin.create(config, hostedAt(emulator));
  expect((await connector.listIssues({ limit: 5 })).items.map(({ title }) => title)).toEqual(['An issue']);
});

it.each([[{}], [{ projectId: 42, token: 'x' }], [{ projectId: 42, baseUrl: 'https://git.example.com' }]])(
  '%j is not what tells its resources apart',
  (params) => {
    expect(plugin.hosted?.paramsSchema.safeParse(params).success).toBe(false);
  },
);
