import { chmod, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ConnectorConfigError } from '../../src/index.ts';
import { discoverPlugins } from '../../src/node/index.ts';
import { declaring, entry, Host, hostWith } from './host.ts';
import { asNobody, endlessDevice, makePipe, writeHuge } from './special-files.ts';

const DEEP = 100_000;

async function expectRefused(from: string, words: RegExp): Promise<void> {
  const refused = discoverPlugins({ from });
  await expect(refused).rejects.toThrow(ConnectorConfigError);
  await expect(refused).rejects.toMatchObject({ fieldPath: 'from', message: expect.stringMatching(words) });
}

describe('a host that cannot be read', () => {
  test.each<[string, string, RegExp]>([
    ['{', '.', /not JSON/],
    ['', '.', /not JSON/],
    ['7', '.', /no object/],
    ['null', '.', /no object/],
    ['[]', '.', /no object/],
    ['{}', './nowhere', /no such folder/],
  ])('%s in %s', async (packageJson, from, words) => {
    const host = await hostWith({});
    await host.write('.', { 'package.json': packageJson });
    await expectRefused(join(host.folder, from), words);
  });

  test.each(['file:///%2F', 'file:///a%00b', 'file://[', 'a\0b'])('the place %j', (from) =>
    expectRefused(from, /no such folder/),
  );

  test('a huge package.json, which is not read whole', async () => {
    const host = await hostWith({ one: declaring('one') });
    await writeHuge(join(host.folder, 'package.json'), '{"dependencies":{"one":"1"}}', 8 * 2 ** 30);
    await expectRefused(host.folder, /larger than 1048576 bytes/);
  });

  test('a pipe', async ({ skip }) => {
    const host = await hostWith({});
    await rm(join(host.folder, 'package.json'));
    makePipe(join(host.folder, 'package.json'), skip);
    await expectRefused(host.folder, /cannot be read/);
  });

  test('a device without end', async ({ skip }) => {
    const host = await hostWith({});
    await rm(join(host.folder, 'package.json'));
    await host.link('package.json', endlessDevice(skip));
    await expectRefused(host.folder, /cannot be read/);
  });

  test('what cannot be looked at is not passed over for one further up', async () => {
    const host = await hostWith({ one: declaring('one') });
    await host.link('app/package.json', 'app/package.json');
    await expectRefused(join(host.folder, 'app'), /cannot be read/);
  });

  test('what may not be read is not passed over either', async ({ skip }) => {
    const host = await hostWith({ one: declaring('one') });
    const app = await host.write('app', { 'package.json': '{}' });
    await chmod(join(app, 'package.json'), 0o000);
    await asNobody(host.folder, skip, () => expectRefused(app, /cannot be read/));
  });
});

describe('a host that is odd', () => {
  test('a folder named package.json is none', async () => {
    const host = await hostWith({ one: declaring('one') });
    await mkdir(join(host.folder, 'app/package.json'), { recursive: true });
    const { found } = await discoverPlugins({ from: join(host.folder, 'app') });
    expect(found.map(({ id }) => id)).toEqual(['one']);
  });

  test.each<[string, object]>([
    ['lists and texts', { dependencies: ['one'], devDependencies: 'one' }],
    ['null and numbers', { dependencies: null, optionalDependencies: 1, peerDependencies: true }],
    ['nothing', { dependencies: {} }],
  ])('dependencies that are no object are none: %s', async (_, packageJson) => {
    const host = await hostWith({ one: declaring('one') }, packageJson);
    expect(await discoverPlugins({ from: host.folder })).toMatchObject({ found: [], rejected: [] });
  });

  test('what stands behind a name does not matter', async () => {
    const dependencies = { one: null, two: { version: '1' }, three: ['1'], four: '../../evil' };
    const plugins = ['one', 'two', 'three', 'four'].map((id) => [id, declaring(id)] as const);
    const host = await hostWith(Object.fromEntries(plugins), { dependencies });
    const { found } = await discoverPlugins({ from: host.folder });
    expect(found.map(({ id }) => id)).toEqual(['four', 'one', 'three', 'two']);
  });

  const BAD_NAMES = [
    '',
    '.',
    '..',
    '../evil',
    './evil',
    '/evil',
    'a/../../evil',
    'a/b',
    '@scope',
    '@scope/',
    '@scope/..',
    '@scope/../evil',
    '@../evil',
    'a\\..\\evil',
    'C:\\evil',
    'file:///evil',
    'node:fs',
    'data:text/javascript,1',
    '.bin',
    '_evil',
    '__proto__',
    'a\0b',
    'a b',
    'a%2f..%2fevil',
    '\u202eevil',
    '\ud800',
  ];
  test.each(BAD_NAMES)('the name %j is refused, and nothing behind it is looked at', async (name) => {
    const host = await hostWith({});
    await host.write('.', { 'package.json': `{"dependencies":{${JSON.stringify(name)}:"1"}}` });
    await host.write('evil', declaring('evil'));
    await host.write('node_modules', declaring('evil'));
    await host.write('node_modules/@scope', declaring('evil'));
    const { found, rejected } = await discoverPlugins({ from: host.folder });
    expect(found).toEqual([]);
    expect(rejected).toEqual([{ package: name, code: 'invalid_name', reason: expect.any(String) }]);
  });

  test.each(['constructor', 'toString', 'fs', 'punycode', 'Upper.Case', '~tilde', 'node_modules'])(
    'a package may be named %s',
    async (name) => {
      const host = await hostWith({ [name]: declaring('one', { 'e.js': entry('one') }) });
      const { found, registry } = await discoverPlugins({ from: host.folder });
      expect(found.map(({ id }) => id)).toEqual(['one']);
      expect((await registry.get('one')).manifest.id).toBe('one');
    },
  );

  test('names that nothing is installed under are passed over, as long as they may be', async () => {
    const host = await hostWith({}, { dependencies: { ['x'.repeat(100_000)]: '1', missing: '1' } });
    expect(await discoverPlugins({ from: host.folder })).toMatchObject({ found: [], rejected: [] });
  });

  test.each<[string, (text: string) => string | Uint8Array]>([
    ['a byte order mark', (text) => `\ufeff${text}`],
    ['bytes that are no UTF-8', (text) => Buffer.from(text.replace('host', 'host \xff'), 'latin1')],
    ['half a character', (text) => text.replace('host', '\\ud800')],
    ['more depth than any program has', (text) => text.replace('"host"', deepList(DEEP))],
  ])('does not stop discovery: %s', async (_, changed) => {
    const host = new Host((await hostWith({ one: declaring('one') })).folder);
    const text = JSON.stringify({ name: 'host', dependencies: { one: '1' } });
    await host.write('.', { 'package.json': changed(text) });
    expect(await discoverPlugins({ from: host.folder })).toMatchObject({
      found: [{ id: 'one' }],
      rejected: [],
    });
  });
});

function deepList(depth: number): string {
  return '['.repeat(depth) + ']'.repeat(depth);
}
