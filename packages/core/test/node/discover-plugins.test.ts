import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeEach, describe, expect, test } from 'vitest';
import { discoverPlugins, type PluginDiscovery } from '../../src/node/index.ts';
import { FULL } from '../mission/fake-connector.ts';
import {
  declaring,
  entry,
  exporting,
  exportsOf,
  type Files,
  hostWith,
  imported,
  manifest,
  TRAP,
} from './host.ts';

beforeEach(() => {
  imported.length = 0;
});

const idsOf = ({ found }: PluginDiscovery): string[] => found.map(({ id }) => id);

describe('what is found', () => {
  test('plugins of all kinds of dependencies, in the order of their ids, and nothing is imported', async () => {
    const host = await hostWith(
      {
        zeta: exporting('zeta'),
        '@scope/alpha': declaring('alpha'),
        plain: { 'package.json': { name: 'plain' } },
      },
      {
        dependencies: { zeta: '1', plain: '1', absent: '1' },
        optionalDependencies: { optional: '1' },
        peerDependencies: { peer: '1', zeta: '1' },
        devDependencies: { '@scope/alpha': '1' },
      },
    );
    await host.write('node_modules/optional', declaring('optional'));
    await host.write('node_modules/peer', declaring('peer'));
    await host.write('node_modules/not-named', declaring('not-named'));
    const discovery = await discoverPlugins({ from: host.folder });
    expect(idsOf(discovery)).toEqual(['alpha', 'optional', 'peer', 'zeta']);
    expect(discovery.rejected).toEqual([]);
    expect(discovery.registry.list()).toEqual(discovery.found);
    expect(imported).toEqual([]);
  });

  test('`from` is a folder, a file, or a file URL inside the host', async () => {
    const host = await hostWith({ one: declaring('one') });
    const source = await host.write('src/deep', { 'main.js': '' });
    const places = [source, join(source, 'main.js'), pathToFileURL(join(source, 'main.js')).href];
    for (const from of [...places, join(host.folder, 'package.json')]) {
      expect(idsOf(await discoverPlugins({ from }))).toEqual(['one']);
    }
  });

  test('packages that lie above the host, and links into a store', async () => {
    const host = await hostWith({ above: declaring('above') });
    const app = await host.write('packages/app', {
      'package.json': {
        dependencies: { above: '1', linked: '1', '@scope/linked': '1', sibling: 'workspace:*' },
      },
    });
    await host.write('node_modules/.pnpm/linked@1/node_modules/linked', exporting('linked'));
    await host.link('packages/app/node_modules/linked', 'node_modules/.pnpm/linked@1/node_modules/linked');
    await host.write('node_modules/.pnpm/s@1/node_modules/@scope/linked', declaring('scoped'));
    await host.link(
      'packages/app/node_modules/@scope/linked',
      'node_modules/.pnpm/s@1/node_modules/@scope/linked',
    );
    await host.write('packages/sibling', exporting('sibling'));
    await host.link('packages/app/node_modules/sibling', 'packages/sibling');
    expect(idsOf(await discoverPlugins({ from: app }))).toEqual(['above', 'linked', 'scoped', 'sibling']);
  });

  test('a host that is itself a link finds what lies beside the real one', async () => {
    const host = await hostWith({});
    const place = 'node_modules/.pnpm/tool@1/node_modules';
    await host.write(`${place}/tool`, { 'package.json': { dependencies: { one: '1' } } });
    await host.write(`${place}/one`, declaring('one'));
    await host.link('node_modules/tool', `${place}/tool`);
    expect(idsOf(await discoverPlugins({ from: join(host.folder, 'node_modules/tool') }))).toEqual(['one']);
  });

  test('the nearest of two versions counts', async () => {
    const host = await hostWith({ one: declaring('far') });
    const app = await host.write('app', { 'package.json': { dependencies: { one: '1' } } });
    await host.write('app/node_modules/one', declaring('near'));
    expect(idsOf(await discoverPlugins({ from: app }))).toEqual(['near']);
  });

  test.each([
    [{ include: ['pkg-one'] }, ['one']],
    [{ include: ['two', 'pkg-one'] }, ['one', 'two']],
    [{ include: [] }, []],
    [{ exclude: ['one', 'pkg-two'] }, ['three']],
    [{ include: ['one', 'two'], exclude: ['pkg-one'] }, ['two']],
  ])('%j leaves %j', async (options, ids) => {
    const host = await hostWith({
      'pkg-one': declaring('one'),
      'pkg-two': declaring('two'),
      'pkg-three': exporting('three'),
    });
    const discovery = await discoverPlugins({ from: host.folder, ...options });
    expect(idsOf(discovery)).toEqual(ids);
    expect(discovery.rejected).toEqual([]);
  });
});

describe('what is used', () => {
  test.each<[string, Files]>([
    ['exported by string', declaring('used', { 'e.js': entry('used') })],
    ['exported by condition', exporting('used', { 'dist/index.js': entry('used') })],
    [
      'main entry of a package without exports',
      {
        'package.json': { type: 'module', main: 'lib/main.js' },
        'manifest.json': manifest('used'),
        'lib/main.js': entry('used'),
      },
    ],
    [
      'conditional exports, the manifest by condition too',
      {
        'package.json': {
          type: 'module',
          exports: {
            './manifest.json': { types: './x.d.ts', default: './m.json' },
            '.': { browser: './b.js', node: { import: './e.js' }, default: './b.js' },
          },
        },
        'm.json': manifest('used'),
        'e.js': entry('used'),
        'b.js': TRAP,
      },
    ],
  ])('is imported by `get`, once, and alone: %s', async (_, files) => {
    const host = await hostWith({ used: files, unused: declaring('unused') });
    const { registry } = await discoverPlugins({ from: host.folder });
    expect(imported).toEqual([]);
    const plugin = await registry.get('used');
    expect(plugin.manifest.id).toBe('used');
    expect(await registry.get('used')).toBe(plugin);
    expect(imported).toEqual(['used']);
  });

  test.each<[string, string, object]>([
    ['another id', entry('other'), { code: 'tracker_contract', fieldPath: 'manifest.id' }],
    [
      'a capability more',
      entry('used', undefined, { capabilities: { ...FULL, lagMs: 5 } }),
      { code: 'tracker_contract', fieldPath: 'manifest.capabilities.lagMs', reason: 'differs' },
    ],
    [
      'a capability that is none',
      entry('used', undefined, { capabilities: { ...FULL, flies: true } }),
      { code: 'tracker_contract', fieldPath: 'plugin', message: expect.stringContaining('flies') },
    ],
    [
      'no plugin',
      'export const plugin = 1; export default {};',
      { code: 'tracker_contract', fieldPath: 'plugin', message: expect.stringContaining('by default') },
    ],
    ['no default export', 'export const plugin = 1;', { code: 'tracker_contract', fieldPath: 'plugin' }],
    [
      'an error',
      TRAP,
      { code: 'connector_config', message: expect.stringContaining('used cannot be loaded (imported)') },
    ],
    ['no JavaScript', 'export {', { code: 'connector_config', cause: expect.any(SyntaxError) }],
    [
      'an import that is not installed',
      "import 'not-installed-anywhere';",
      { code: 'connector_config', message: expect.stringContaining('not-installed-anywhere') },
    ],
  ])('code that is not what the manifest announced is an error: %s', async (_, code, expected) => {
    const host = await hostWith({ used: declaring('used', { 'e.js': code }) });
    const { registry } = await discoverPlugins({ from: host.folder });
    expect(imported).toEqual([]);
    await expect(registry.get('used')).rejects.toMatchObject(expected);
    await expect(registry.create('used', {})).rejects.toMatchObject(expected);
  });

  test.each<[string, RegExp]>([
    [
      "new Error('no\\u001b[2J\\u202e such module' + 'x'.repeat(9000) + '\\nRequire stack')",
      /loaded \(no \[2J +such modulex{9}/,
    ],
    ["new Error('')", /loaded; install its package again/],
    [
      "Object.defineProperty(new Error(), 'message', { value: { toString: () => 'odd' } })",
      /loaded \(odd\);/,
    ],
    ['null', /loaded; install its package again/],
  ])('what stopped an import is told in few and harmless words: %s', async (thrown, words) => {
    const host = await hostWith({ used: declaring('used', { 'e.js': `throw ${thrown};` }) });
    const { registry } = await discoverPlugins({ from: host.folder });
    const error: unknown = await registry.get('used').catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'connector_config', message: expect.stringMatching(words) });
    expect(String(error)).toMatch(/^\P{C}{1,400}$/u);
  });

  test('a connector that claims more than the manifest, and one that claims less', async () => {
    const create = (claims: object): string => `({
      name: 'used', workspace: 'w', async getCapabilities() { return ${JSON.stringify({ ...FULL, ...claims })}; },
      async [Symbol.asyncDispose]() {},
    })`;
    const capabilities = { ...FULL, supportsDelete: false };
    const host = await hostWith({
      used: declaring('used', {
        'm.json': manifest('used', { capabilities }),
        'e.js': entry(
          'used',
          `export default { ...plugin, create: () => ${create({ supportsDelete: true })} };`,
          { capabilities },
        ),
      }),
      meek: declaring('meek', {
        'e.js': entry(
          'meek',
          `export default { ...plugin, create: () => ${create({ supportsWrite: false })} };`,
        ),
      }),
    });
    const { registry } = await discoverPlugins({ from: host.folder });
    await expect(registry.create('used', {})).rejects.toMatchObject({
      code: 'tracker_contract',
      fieldPath: 'supportsDelete',
      reason: 'wider_than_manifest',
    });
    expect(await (await registry.create('meek', {})).getCapabilities()).toMatchObject({
      supportsWrite: false,
    });
  });

  test('what is not installed is named with its install command', async () => {
    const host = await hostWith({ used: declaring('used') });
    const { registry } = await discoverPlugins({ from: host.folder });
    await expect(registry.get('github')).rejects.toThrow(
      /npm install @spec-kitty\/tracker-github \(installed: used\)/,
    );
  });
});

describe('what is rejected, and never imported', () => {
  const deep = `${'{"a":'.repeat(70)}1${'}'.repeat(70)}`;
  const withKey = (key: string): string =>
    JSON.stringify(manifest('bad')).replace(
      '"configSchema":{',
      `"configSchema":{"x":{"${key}":{"admin":true}},`,
    );
  const declared = (manifestPath: string, entryPath: string): Files =>
    declaring('bad', { 'package.json': { type: 'module', ...exportsOf(manifestPath, entryPath) } });

  test.each<[string, string, Files, RegExp?]>([
    ['a manifest above', 'outside_package', declared('./../good/m.json', './e.js'), /manifest/],
    ['an entry above', 'outside_package', declared('./m.json', './x/../../good/e.js'), /entry/],
    ['a manifest that is code', 'manifest_not_json', declared('./e.js', './e.js')],
    ['no manifest', 'manifest_missing', declared('./none.json', './e.js')],
    [
      'a folder as manifest',
      'manifest_missing',
      declaring('bad', {
        'd.json/x': '',
        'package.json': exportsOf('./d.json', './e.js'),
      }),
    ],
    ['no entry', 'entry_missing', declared('./m.json', './none.js')],
    [
      'a manifest that was not built',
      'manifest_missing',
      { 'package.json': { exports: { './manifest.json': './dist/manifest.json' } } },
    ],
    [
      'an export above',
      'outside_package',
      { 'package.json': { exports: { './manifest.json': '../good/m.json' } } },
    ],
    [
      'a main entry above',
      'outside_package',
      { 'package.json': { main: '../good/e.js' }, 'manifest.json': manifest('bad') },
    ],
    [
      'a large manifest',
      'manifest_too_large',
      declaring('bad', { 'm.json': JSON.stringify(manifest('bad')) + ' '.repeat(65_536) }),
    ],
    ['no JSON', 'invalid_json', declaring('bad', { 'm.json': 'module.exports = {}' })],
    ['an empty manifest', 'invalid_json', declaring('bad', { 'm.json': '' })],
    ['a key __proto__', 'unsafe_json', declaring('bad', { 'm.json': withKey('__proto__') }), /__proto__/],
    [
      'a key constructor',
      'unsafe_json',
      declaring('bad', { 'm.json': withKey('constructor') }),
      /constructor/,
    ],
    ['a key __proto__ in escapes', 'unsafe_json', declaring('bad', { 'm.json': withKey('\\u005f_proto__') })],
    ['deep objects', 'unsafe_json', declaring('bad', { 'm.json': deep })],
    [
      'very deep lists',
      'unsafe_json',
      declaring('bad', { 'm.json': '['.repeat(30_000) + ']'.repeat(30_000) }),
    ],
    ['a list', 'wrong_kind', declaring('bad', { 'm.json': '[]' })],
    [
      "a web application's manifest",
      'wrong_kind',
      { 'package.json': {}, 'index.js': '', 'manifest.json': { start_url: '/' } },
    ],
    [
      'a later version',
      'unsupported_version',
      declaring('bad', { 'm.json': manifest('bad', { specVersion: 2, other: 1 }) }),
    ],
    [
      'an unknown key',
      'invalid_manifest',
      declaring('bad', { 'm.json': manifest('bad', { module: './e.js' }) }),
      /module/,
    ],
    ['a bad id', 'invalid_manifest', declaring('bad', { 'm.json': manifest('../bad') }), /id/],
    [
      'a key that paints terminals',
      'invalid_manifest',
      declaring('bad', { 'm.json': manifest('bad', { '\u001b[2J\u202e': 1 }) }),
      /^[^\p{C}]+$/u,
    ],
  ])('%s: %s', async (_, code, files, words = /./) => {
    const host = await hostWith({
      bad: { 'e.js': TRAP, 'index.js': TRAP, ...files },
      good: declaring('good'),
    });
    const discovery = await discoverPlugins({ from: host.folder });
    expect(discovery.rejected).toEqual([{ package: 'bad', code, reason: expect.stringMatching(words) }]);
    expect(discovery.rejected[0]?.reason.length).toBeLessThanOrEqual(500);
    expect(idsOf(discovery)).toEqual(['good']);
    expect(imported).toEqual([]);
    expect(Reflect.get({}, 'admin')).toBeUndefined();
  });

  test('both packages that claim one id, each naming the other; leaving one out settles it', async () => {
    const host = await hostWith({
      first: declaring('same', { 'e.js': entry('same') }),
      second: exporting('same'),
      third: declaring('third'),
    });
    const discovery = await discoverPlugins({ from: host.folder });
    expect(discovery.rejected).toEqual([
      { package: 'first', code: 'duplicate_id', reason: expect.stringContaining('second') },
      { package: 'second', code: 'duplicate_id', reason: expect.stringContaining('first') },
    ]);
    expect(idsOf(discovery)).toEqual(['third']);
    expect(discovery.registry.has('same')).toBe(false);
    const settled = await discoverPlugins({ from: host.folder, exclude: ['second'] });
    expect(settled.rejected).toEqual([]);
    expect(idsOf(settled)).toEqual(['same', 'third']);
    expect(imported).toEqual([]);
  });

  test('what says nothing of being a plugin is passed over in silence', async () => {
    const host = await hostWith({
      plain: { 'package.json': { name: 'plain' }, 'index.js': TRAP },
      broken: { 'package.json': '{' },
      listed: { 'package.json': '[]' },
      exporting: {
        'package.json': { exports: './index.js' },
        'index.js': TRAP,
        'manifest.json': manifest('x'),
      },
      empty: {},
    });
    await mkdir(join(host.folder, 'node_modules/empty'), { recursive: true });
    const discovery = await discoverPlugins({ from: host.folder });
    expect(discovery).toMatchObject({ found: [], rejected: [] });
    expect(imported).toEqual([]);
  });
});
