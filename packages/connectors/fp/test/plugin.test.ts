import { ConnectorRegistry } from '@spec-kitty/tracker-core';
import { describe, expect, it } from 'vitest';
import byDefault, { FPConnector, manifest, plugin } from '../src/index.ts';
import { project, rejection, seed } from './fixtures.ts';

describe('the plugin', () => {
  const registry = new ConnectorRegistry();
  registry.register(plugin);

  it('is the default export, and its manifest is plain data', () => {
    expect(byDefault).toBe(plugin);
    expect(JSON.parse(JSON.stringify(manifest))).toEqual(manifest);
  });

  it('makes connectors that run commands through the runner of the host', async () => {
    using held = project();
    const id = seed(held, 'An issue');
    const connector = await registry.create('fp', { cwd: held.cwd }, { run: held.inside });
    expect(connector).toBeInstanceOf(FPConnector);
    expect((await connector.listIssues({ limit: 5 })).items.map(({ ref }) => ref.id)).toEqual([id]);
  });

  it.each([
    [{ other: 1 }, 'other'],
    [{ command: '' }, 'command'],
    [{ cwd: '' }, 'cwd'],
    [{ workspace: ' ' }, 'workspace'],
    [{ defaultIssueType: 'ticket' }, 'defaultIssueType'],
    [{ scope: { team: 'x' } }, 'scope.team'],
    [{ scope: 'here' }, 'scope'],
  ])('refuses %j', async (config, fieldPath) => {
    expect(await rejection(registry.create('fp', config))).toMatchObject({
      code: 'connector_config',
      fieldPath,
    });
  });

  it('demands a runner of the host for a scope, and keeps to it', async () => {
    using held = project();
    seed(held, 'An issue');
    expect(() => new FPConnector({ scope: { actor: 'ada' } })).toThrow(
      expect.objectContaining({ code: 'connector_config', fieldPath: 'scope' }),
    );
    const scope = { actor: 'ada', repository: held.cwd };
    const inside = new FPConnector({ scope }, { run: held.inside });
    expect(inside.scope).toBe(`actor=ada repository=${held.cwd}`);
    expect((await inside.listIssues({ limit: 1 })).items).toHaveLength(1);
    const outside = new FPConnector({ scope, cwd: `${held.cwd}/..` }, { run: held.inside });
    expect(await rejection(outside.listIssues({ limit: 1 }))).toMatchObject({ code: 'scope_violation' });
  });
});
