import { ConnectorRegistry } from '@spec-kitty/tracker-core';
import { describe, expect, it } from 'vitest';
import byDefault, { InMemoryConnector, manifest, plugin, signedDelivery } from '../src/index.ts';
import { testClock } from './fixtures.ts';

describe('the plugin', () => {
  const registry = new ConnectorRegistry();
  registry.register(plugin);

  it('is the default export, and its manifest is plain data', () => {
    expect(byDefault).toBe(plugin);
    expect(JSON.parse(JSON.stringify(manifest))).toEqual(manifest);
    expect(Object.values(manifest.capabilities)).not.toContain(false);
  });

  it('makes connectors', async () => {
    const connector = await registry.create('memory', { workspace: 'mine' }, { clock: testClock() });
    expect(connector).toBeInstanceOf(InMemoryConnector);
    expect(connector.workspace).toBe('mine');
    expect((await connector.getCapabilities()).supportsWebhooks).toBe(false);
  });

  it('takes the secret of webhooks from the environment too', async () => {
    const env = { SPEC_KITTY_MEMORY_WEBHOOK_SECRET: 'a secret of tests' };
    const connector = await registry.create('memory', {}, { env });
    expect(await connector.parseWebhook?.(await signedDelivery('a secret of tests', []))).toEqual([]);
  });

  it('refuses an unknown option by name', async () => {
    await expect(registry.create('memory', { flie: 'x' })).rejects.toMatchObject({
      code: 'connector_config',
      fieldPath: 'flie',
    });
  });
});
