import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { ConnectorConfigError, type TrackerCapabilities, TrackerContractError } from '../../src/index.ts';
import { ConnectorRegistry } from '../../src/registry/connector-registry.ts';
import type { TrackerPlugin } from '../../src/registry/tracker-plugin.ts';
import { FakeConnector } from '../mission/fake-connector.ts';
import { samplePlugin } from './sample-plugin.ts';

const CONFIG = { token: 'long-enough' };

function registryOf(...plugins: TrackerPlugin[]): ConnectorRegistry {
  const registry = new ConnectorRegistry();
  for (const plugin of plugins) registry.register(plugin);
  return registry;
}

describe('registering', () => {
  test('plugins are listed by id, whatever the order', async () => {
    const registry = registryOf(samplePlugin({ id: 'zeta' }).plugin, samplePlugin({ id: 'alpha' }).plugin);
    expect(registry.list().map(({ id }) => id)).toEqual(['alpha', 'zeta']);
    expect(registry.has('zeta')).toBe(true);
    expect(registry.has('toString')).toBe(false);
    expect((await registry.get('zeta')).manifest.id).toBe('zeta');
    expect(new ConnectorRegistry().list()).toEqual([]);
  });

  test('two plugins with one id: an error that names both', () => {
    const registry = registryOf(samplePlugin({ displayName: 'First' }).plugin);
    const second = samplePlugin({ displayName: 'Second' }).plugin;
    expect(() => registry.register(second)).toThrow(ConnectorConfigError);
    expect(() => registry.register(second)).toThrow(/sample: "First" and "Second"/);
    expect(() => registry.registerLazy(second.manifest, async () => second)).toThrow(/"First" and "Second"/);
    expect(registry.list().map(({ displayName }) => displayName)).toEqual(['First']);
  });

  test('what is no plugin is a mistake of the programmer', () => {
    const { plugin } = samplePlugin();
    const registry = new ConnectorRegistry();
    expect(() => registry.register({ ...plugin, manifest: { ...plugin.manifest, id: 'Not Kebab' } })).toThrow(
      TypeError,
    );
    const manifest = { ...plugin.manifest, displayName: '' };
    expect(() => registry.registerLazy(manifest, async () => plugin)).toThrow(TypeError);
    expect(registry.list()).toEqual([]);
  });

  test('an unknown id names the install command and what is installed', async () => {
    const registry = registryOf(samplePlugin().plugin);
    await expect(registry.get('other')).rejects.toThrow(ConnectorConfigError);
    await expect(registry.create('other', {})).rejects.toThrow(
      'no connector "other" is installed; run npm install @spec-kitty/tracker-other (installed: sample)',
    );
    await expect(new ConnectorRegistry().get('x')).rejects.toThrow('(installed: none)');
  });

  test('a configuration that cannot be read, or has an endless option, is refused in bounded words', async () => {
    const registry = registryOf(samplePlugin().plugin);
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    for (const config of [proxy, { ['x'.repeat(1_000_000)]: 1 }]) {
      const error: unknown = await registry.create('sample', config).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'connector_config' });
      expect(String(error).length).toBeLessThan(1000);
    }
  });

  test('no install command is made of an id that could be a command', async () => {
    const message: unknown = await registryOf().get('x; rm -rf ~').catch(String);
    expect(message).toContain('"x; rm -rf ~" is installed (installed: none)');
    expect(message).not.toContain('npm install');
  });
});

describe('creating', () => {
  test('gives the connector its parsed config and a context', async () => {
    const { plugin, created, connectors } = samplePlugin();
    const connector = await registryOf(plugin).create('sample', CONFIG);
    expect(connector).toBe(connectors[0]);
    expect(created[0]?.config).toEqual(CONFIG);
    const { context } = created[0] ?? {};
    expect(context?.clock.now()).toMatch(/^\d{4}-.*\.\d{3}Z$/);
    expect(typeof context?.fetch).toBe('function');
    expect(context).not.toHaveProperty('run');
    context?.logger.warn('heard by nobody');
  });

  test('the environment holds only what the manifest declares', async () => {
    const { plugin, created } = samplePlugin();
    const registry = registryOf(plugin);
    const run = { run: async () => ({ exitCode: 0, stdout: '', stderr: '' }) };
    await registry.create('sample', CONFIG, { env: { SAMPLE_TOKEN: 's', OTHER_TOKEN: 'o', PATH: 'p' }, run });
    expect(created[0]?.context.env).toEqual({ SAMPLE_TOKEN: 's' });
    expect(created[0]?.context.run).toBe(run);
    await registry.create('sample', CONFIG, { env: { OTHER_TOKEN: 'o' } });
    expect(Object.keys(created[1]?.context.env ?? {})).toEqual([]);
    await registry.create('sample', CONFIG);
    expect(created[2]?.context.env).toEqual({});
  });

  test.each([
    [{}, 'token', /token: /],
    [{ token: 4 }, 'token', /expected string/],
    [{ ...CONFIG, tokn: 'secret-value' }, 'tokn', /unknown option "tokn"; its options are token, board/],
    [{ ...CONFIG, board: { column: 1, colour: 2 } }, 'board.colour', /colour/],
    [undefined, '', /expected object/],
    ['secret-value', '', /expected object/],
  ])('refuses the config %j', async (config, fieldPath, words) => {
    const { plugin, created } = samplePlugin();
    const refused = registryOf(plugin).create('sample', config);
    await expect(refused).rejects.toThrow(ConnectorConfigError);
    await expect(refused).rejects.toMatchObject({ fieldPath, message: expect.stringMatching(words) });
    await expect(refused).rejects.not.toMatchObject({ message: expect.stringContaining('secret-value') });
    expect(created).toEqual([]);
  });

  test.each([
    ['an object that drops what it does not know', z.object({ a: z.string() }), { a: '', b: '' }, 'b'],
    [
      'a union',
      z.union([z.strictObject({ a: z.string() }), z.strictObject({ b: z.string() })]),
      { c: '' },
      'c',
    ],
    [
      'an intersection',
      z.object({ a: z.string() }).and(z.object({ b: z.string() })),
      { a: '', b: '', c: '' },
      'c',
    ],
    ['a transform', z.object({ a: z.string() }).transform(({ a }) => ({ b: a })), { a: '', b: '' }, 'b'],
  ])('unknown options are refused by name: %s', async (_, configSchema, config, fieldPath) => {
    const plugin = { ...samplePlugin().plugin, configSchema, create: () => new FakeConnector() };
    await expect(registryOf(plugin).create('sample', config)).rejects.toMatchObject({ fieldPath });
  });

  test('a schema that takes any option gets any', async () => {
    for (const configSchema of [z.looseObject({ a: z.string() }), z.record(z.string(), z.string())]) {
      const plugin = { ...samplePlugin().plugin, configSchema, create: () => new FakeConnector() };
      await expect(registryOf(plugin).create('sample', { a: '', b: '' })).resolves.toBeDefined();
    }
  });

  test.each<[string, Partial<TrackerCapabilities>]>([
    ['supportsBulkRead', { supportsBulkRead: true }],
    ['supportsClientIds', { supportsClientIds: true }],
  ])(
    'a connector that claims more than its manifest is refused, and disposed: %s',
    async (fieldPath, actual) => {
      const { plugin, connectors } = samplePlugin({ actual });
      const create = plugin.create;
      let disposed = 0;
      plugin.create = async (config, context) => {
        const connector = await create(config, context);
        return Object.assign(connector, {
          [Symbol.asyncDispose]: async () => {
            disposed++;
            throw new Error('cannot end either');
          },
        });
      };
      const refused = registryOf(plugin).create('sample', CONFIG);
      await expect(refused).rejects.toThrow(TrackerContractError);
      await expect(refused).rejects.toMatchObject({
        provider: 'sample',
        fieldPath,
        reason: 'wider_than_manifest',
      });
      expect(connectors).toHaveLength(1);
      expect(disposed).toBe(1);
    },
  );

  test('it may claim less', async () => {
    const { plugin } = samplePlugin({ actual: { supportsWrite: false, supportsComments: false } });
    await expect(registryOf(plugin).create('sample', CONFIG)).resolves.toBeDefined();
  });

  test.each(['name', 'workspace', 'mapping', 'scope'])('a blank %s is refused', async (field) => {
    const { plugin } = samplePlugin();
    plugin.create = () => Object.assign(new FakeConnector(), { [field]: ' ' });
    await expect(registryOf(plugin).create('sample', CONFIG)).rejects.toMatchObject({
      code: 'tracker_contract',
      fieldPath: field,
    });
  });

  test('capabilities that are none are refused', async () => {
    const { plugin } = samplePlugin({ actual: { lagMs: -1 } });
    await expect(registryOf(plugin).create('sample', CONFIG)).rejects.toMatchObject({
      kind: 'capabilities',
      fieldPath: 'lagMs',
    });
  });
});

describe('loading when used', () => {
  test('code is loaded by the first use, once', async () => {
    const { plugin } = samplePlugin();
    const registry = new ConnectorRegistry();
    let loads = 0;
    registry.registerLazy(structuredClone(plugin.manifest), async () => {
      loads++;
      return plugin;
    });
    expect(registry.list()).toEqual([plugin.manifest]);
    expect(loads).toBe(0);
    const [one, two] = await Promise.all([registry.get('sample'), registry.get('sample')]);
    await registry.create('sample', CONFIG);
    expect(one).toBe(two);
    expect(loads).toBe(1);
  });

  test('a load that failed is tried again', async () => {
    const { plugin } = samplePlugin();
    const registry = new ConnectorRegistry();
    const cause = new Error('no such module');
    const loads = [async () => Promise.reject(cause), async () => plugin];
    registry.registerLazy(
      plugin.manifest,
      () => loads.shift()?.() ?? Promise.reject(new Error('loaded too often')),
    );
    const failed = registry.get('sample');
    await expect(failed).rejects.toThrow(ConnectorConfigError);
    await expect(failed).rejects.toMatchObject({ cause });
    await expect(registry.get('sample')).resolves.toBe(plugin);
    await expect(registry.get('sample')).resolves.toBe(plugin);
  });

  const MANIFEST = samplePlugin().plugin.manifest;
  const [CREDENTIAL] = MANIFEST.credentials;
  const limits = { pageSize: 5 };
  test.each([
    ['manifest.id', { id: 'other' }],
    ['manifest.displayName', { displayName: 'Other' }],
    ['manifest.category', { category: 'saas' as const }],
    ['manifest.credentials[0]', { credentials: [] }],
    ['manifest.credentials[0].secret', { credentials: [{ ...CREDENTIAL, secret: false }] }],
    ['manifest.credentials[1]', { credentials: [CREDENTIAL, CREDENTIAL] }],
    ['manifest.hosted', { hosted: { paramsSchema: {} } }],
    ['manifest.capabilities.lagMs', { capabilities: { ...MANIFEST.capabilities, lagMs: 5 } }],
    ['manifest.capabilities.limits', { capabilities: { ...MANIFEST.capabilities, limits } }],
    [
      'manifest.capabilities.supportsDelete',
      {
        capabilities: {
          ...MANIFEST.capabilities,
          supportsDelete: !MANIFEST.capabilities.supportsDelete,
        },
      },
    ],
    ['manifest.configSchema', { configSchema: { type: 'object', properties: { token: {} } } }],
  ])('code that is not what was announced is refused: %s', async (fieldPath, change) => {
    const { plugin } = samplePlugin();
    const registry = new ConnectorRegistry();
    const announced = JSON.parse(JSON.stringify({ ...plugin.manifest, ...change }));
    registry.registerLazy(announced, async () => plugin);
    const refused = registry.get(announced.id);
    await expect(refused).rejects.toThrow(TrackerContractError);
    await expect(refused).rejects.toMatchObject({
      kind: 'manifest',
      fieldPath,
      reason: 'differs',
      message: expect.stringContaining(fieldPath),
    });
  });

  test('a schema of the same options in other words is the same', async () => {
    const { plugin } = samplePlugin();
    const registry = new ConnectorRegistry();
    const configSchema = { properties: { board: {}, token: { type: 'string' } }, description: 'In words' };
    registry.registerLazy({ ...plugin.manifest, configSchema }, async () => plugin);
    await expect(registry.get('sample')).resolves.toBe(plugin);
  });

  test('code that is no plugin is refused', async () => {
    const { plugin } = samplePlugin();
    const registry = new ConnectorRegistry();
    registry.registerLazy(plugin.manifest, async () => JSON.parse('{"manifest":{}}'));
    await expect(registry.get('sample')).rejects.toMatchObject({
      code: 'tracker_contract',
      fieldPath: 'plugin',
    });
  });
});
