import { ConnectorRegistry } from '@spec-kitty/tracker-core';
import { describe, expect, it } from 'vitest';
import byDefault, { LinearConnector, manifest, plugin } from '../src/index.ts';
import { BASE_URL, rejection, world } from './fixtures.ts';

const teamId = 'c0ffee00-1111-4222-8333-444455556666';

describe('the plugin', () => {
  const registry = new ConnectorRegistry();
  registry.register(plugin);

  it('is the default export, and its manifest is plain data', () => {
    expect(byDefault).toBe(plugin);
    expect(JSON.parse(JSON.stringify(manifest))).toEqual(manifest);
  });

  it.each([['LINEAR_API_KEY'], ['LINEAR_ACCESS_TOKEN']])('takes its credential from %s', async (variable) => {
    const { emulator } = world();
    const config = { teamId: emulator.teamId, baseUrl: BASE_URL };
    const context = {
      fetch: emulator.fetch,
      clock: emulator.time.clock,
      env: { [variable]: emulator.apiKey },
    };
    const connector = await registry.create('linear', config, context);
    expect(connector).toBeInstanceOf(LinearConnector);
    expect(await connector.listIssues({ limit: 1 })).toEqual({ items: [] });
  });

  it('names its binding by the team, and its mapping by the configured states', () => {
    const plain = new LinearConnector({ apiKey: 'key', teamId });
    const mapped = new LinearConnector({ apiKey: 'key', teamId, statusToStateId: { done: teamId } });
    expect([plain.scope, plain.workspace]).toEqual([`team=${teamId}`, 'linear']);
    expect(mapped.mapping).not.toBe(plain.mapping);
  });

  it.each([
    [{}, 'apiKey'],
    [{ apiKey: 'a', accessToken: 'b' }, 'accessToken'],
    [{ apiKey: 'with space' }, 'apiKey'],
    [{ apiKey: 'a', teamId: 'ABC' }, 'teamId'],
    [{ apiKey: 'a', baseUrl: 'ftp://linear.example' }, 'baseUrl'],
    [{ apiKey: 'a', workspace: ' ' }, 'workspace'],
    [{ apiKey: 'a', statusToStateId: { open: teamId } }, 'statusToStateId.open'],
    [{ apiKey: 'a', webhookSecret: 'short' }, 'webhookSecret'],
    [{ apiKey: 'a', team: 'x' }, 'team'],
  ])('refuses %j', async (config, fieldPath) => {
    expect(await rejection(registry.create('linear', { teamId, ...config }))).toMatchObject({
      code: 'connector_config',
      fieldPath,
    });
  });
});
