import { ConnectorRegistry } from '@spec-kitty/tracker-core';
import { describe, expect, it } from 'vitest';
import byDefault, { BeadsConnector, manifest, plugin } from '../src/index.ts';
import { exportOf, row } from './fixtures.ts';

describe('the plugin', () => {
  const registry = new ConnectorRegistry();
  registry.register(plugin);

  it('is the default export, and its manifest is plain data', () => {
    expect(byDefault).toBe(plugin);
    expect(JSON.parse(JSON.stringify(manifest))).toEqual(manifest);
    expect(manifest.capabilities.supportsWrite).toBe(true);
  });

  it('makes connectors', async () => {
    await using folder = await exportOf([row('a')]);
    const connector = await registry.create('beads', { exportFile: folder.file });
    expect(connector).toBeInstanceOf(BeadsConnector);
    expect((await connector.listIssues({ limit: 5 })).items).toHaveLength(1);
    expect(await connector.getCapabilities()).toMatchObject({ supportsWrite: false });
    const database = await registry.create('beads', { cwd: folder.path, hostOwns: ['assignees'] });
    expect(await database.getCapabilities()).toMatchObject({
      supportsWrite: true,
      supportsAssignment: false,
    });
  });

  it.each([
    [{ exportFile: 'x', command: 'bd' }, 'command', /leave out either/],
    [{ exportFile: 'x', cwd: '.' }, 'cwd', /leave out either/],
    [{ exportFile: 'x', other: 1 }, 'other', /unknown option/],
  ])('refuses %j', async (config, fieldPath, message) => {
    await expect(registry.create('beads', config)).rejects.toMatchObject({
      code: 'connector_config',
      fieldPath,
      message: expect.stringMatching(message),
    });
  });
});
