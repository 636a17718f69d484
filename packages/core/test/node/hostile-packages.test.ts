import { chmod, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { discoverPlugins } from '../../src/node/index.ts';
import { readBounded } from '../../src/node/read-bounded.ts';
import { FULL } from '../mission/fake-connector.ts';
import { declaring, emptyFolder, entry, exportsOf, type Host, hostWith, imported, manifest } from './host.ts';
import { asNobody, endlessDevice, makePipe, writeHuge } from './special-files.ts';

const BAD = 'node_modules/bad';

beforeEach(() => {
  imported.length = 0;
});

/** The package `bad` is rejected for that, its neighbour is found, and no code of either has run. */
async function expectRejected(host: Host, code: string, words = /./): Promise<void> {
  const { found, rejected } = await discoverPlugins({ from: host.folder });
  expect(rejected).toEqual([{ package: 'bad', code, reason: expect.stringMatching(words) }]);
  expect(rejected[0]?.reason).toMatch(/^\P{C}{1,500}$/u);
  expect(found.map(({ id }) => id)).toEqual(['good']);
  expect(imported).toEqual([]);
  expect(Reflect.get({}, 'admin')).toBeUndefined();
}

const withBad = (change: Parameters<typeof declaring>[1] = {}): Promise<Host> =>
  hostWith({ bad: declaring('bad', change), good: declaring('good') });

describe('links', () => {
  test.each(['m.json', 'e.js'])('out of the package are refused: %s', async (name) => {
    const host = await withBad();
    await rename(join(host.folder, BAD, name), join(host.folder, name));
    await host.link(`${BAD}/${name}`, name);
    await expectRejected(host, 'outside_package');
  });

  test('out of the package through a folder are refused', async () => {
    const host = await withBad({ 'package.json': exportsOf('./dist/m.json', './e.js') });
    await host.write('elsewhere', { 'm.json': manifest('bad') });
    await host.link(`${BAD}/dist`, 'elsewhere');
    await expectRejected(host, 'outside_package', /manifest/);
  });

  test('to a secret of the host are refused before anything of it is read', async () => {
    const host = await withBad();
    await host.write('.', { 'secrets.json': manifest('bad', { password: 'hunter2' }) });
    await rm(join(host.folder, BAD, 'm.json'));
    await host.link(`${BAD}/m.json`, 'secrets.json');
    await expectRejected(host, 'outside_package', /^(?!.*password).*$/);
  });

  test('to a folder whose name only begins like the package are refused', async () => {
    const host = await withBad();
    await host.write('node_modules/bad-twin', { 'm.json': manifest('bad') });
    await rm(join(host.folder, BAD, 'm.json'));
    await host.link(`${BAD}/m.json`, 'node_modules/bad-twin/m.json');
    await expectRejected(host, 'outside_package');
  });

  test('to themselves are nothing', async () => {
    const host = await withBad();
    await rm(join(host.folder, BAD, 'm.json'));
    await host.link(`${BAD}/m.json`, `${BAD}/m.json`);
    await expectRejected(host, 'manifest_missing');
  });

  test('inside the package are followed', async () => {
    const host = await withBad({
      'package.json': { type: 'module', ...exportsOf('./dist/m.json', './e.js') },
    });
    await host.write(`${BAD}/lib`, { 'real.json': manifest('bad') });
    await host.link(`${BAD}/dist`, `${BAD}/lib`);
    await host.link(`${BAD}/lib/m.json`, `${BAD}/lib/real.json`);
    const { found, rejected } = await discoverPlugins({ from: host.folder });
    expect(rejected).toEqual([]);
    expect(found.map(({ id }) => id)).toEqual(['bad', 'good']);
  });

  test('inside the package to code are refused', async () => {
    const host = await withBad();
    await rm(join(host.folder, BAD, 'm.json'));
    await host.link(`${BAD}/m.json`, `${BAD}/e.js`);
    await expectRejected(host, 'manifest_not_json');
  });

  test('of the whole package, as `npm link` makes them, work', async () => {
    const elsewhere = await emptyFolder();
    await elsewhere.write('work/linked', declaring('linked', { 'e.js': entry('linked') }));
    await elsewhere.link('global/node_modules/linked', 'work/linked');
    const host = await hostWith({}, { dependencies: { linked: '1', '@scope/linked': '1' } });
    await host.link('node_modules/linked', join(elsewhere.folder, 'global/node_modules/linked'));
    const { registry, rejected } = await discoverPlugins({ from: host.folder });
    expect(rejected).toEqual([]);
    expect((await registry.get('linked')).manifest.id).toBe('linked');
    expect(imported).toEqual(['linked']);
  });
});

describe('files that are none', () => {
  test.each([10 * 2 ** 20, 8 * 2 ** 30])('a manifest of %i bytes is not read', async (bytes) => {
    const host = await withBad();
    await writeHuge(join(host.folder, BAD, 'm.json'), JSON.stringify(manifest('bad')), bytes);
    await expectRejected(host, 'manifest_too_large', /65536/);
  });

  test('the largest manifest that is read, and one byte more', async () => {
    const text = JSON.stringify(manifest('good'));
    const host = await withBad({ 'm.json': JSON.stringify(manifest('bad')).padEnd(65_537) });
    await host.write('node_modules/good', { 'm.json': text.padEnd(65_536) });
    await expectRejected(host, 'manifest_too_large');
  });

  test('a file that says nothing of its size is read within the bound', async ({ skip }) => {
    const path = '/proc/self/status';
    const whole = await readBounded(path, 1_000_000).catch(() => skip(`this system has no ${path}`));
    expect(Buffer.from(whole ?? []).toString()).toMatch(/^Name:/);
    expect(await readBounded(path, 100)).toBeUndefined();
  });

  test.for(['m.json', 'package.json'])('a pipe is not waited for: %s', async (name, { skip }) => {
    const host = await withBad();
    await rm(join(host.folder, BAD, name));
    makePipe(join(host.folder, BAD, name), skip);
    if (name === 'm.json') await expectRejected(host, 'manifest_missing');
    else
      expect(await discoverPlugins({ from: host.folder })).toMatchObject({
        found: [{ id: 'good' }],
        rejected: [],
      });
  });

  test('a device is not read: no manifest outside, no package.json', async ({ skip }) => {
    const zeros = endlessDevice(skip);
    const host = await withBad();
    await rm(join(host.folder, BAD, 'm.json'));
    await host.link(`${BAD}/m.json`, zeros);
    await expectRejected(host, 'outside_package');
    await rm(join(host.folder, BAD, 'package.json'));
    await host.link(`${BAD}/package.json`, zeros);
    expect(await discoverPlugins({ from: host.folder })).toMatchObject({
      found: [{ id: 'good' }],
      rejected: [],
    });
  });

  test.each(['m.json', 'package.json', 'e.js'])('a folder: %s', async (name) => {
    const host = await withBad();
    await rm(join(host.folder, BAD, name));
    await mkdir(join(host.folder, BAD, name));
    if (name === 'm.json') await expectRejected(host, 'manifest_missing');
    else if (name === 'e.js') await expectRejected(host, 'entry_missing');
    else
      expect(await discoverPlugins({ from: host.folder })).toMatchObject({
        found: [{ id: 'good' }],
        rejected: [],
      });
  });

  test('a huge package.json is not read, and its package no plugin', async () => {
    const host = await withBad();
    await writeHuge(join(host.folder, BAD, 'package.json'), '{"name":"bad"}', 8 * 2 ** 30);
    expect(await discoverPlugins({ from: host.folder })).toMatchObject({
      found: [{ id: 'good' }],
      rejected: [],
    });
  });

  test('a manifest that may not be read', async ({ skip }) => {
    const host = await withBad();
    await chmod(join(host.folder, BAD, 'm.json'), 0o000);
    await asNobody(host.folder, skip, () => expectRejected(host, 'manifest_missing', /cannot be read/));
  });

  test('a package that may not be read is passed over', async ({ skip }) => {
    const host = await withBad();
    await chmod(join(host.folder, BAD), 0o000);
    const discovery = await asNobody(host.folder, skip, () => discoverPlugins({ from: host.folder }));
    expect(discovery).toMatchObject({ found: [{ id: 'good' }], rejected: [] });
  });
});

describe('data that is none', () => {
  const text = JSON.stringify(manifest('bad', { configSchema: { anyOf: [{ title: 'MARK' }] } }));
  const PLACES: Record<string, (key: string) => string> = {
    'the top': (key) => text.replace('{', `{"${key}":{"admin":true},`),
    capabilities: (key) => text.replace('"capabilities":{', `"capabilities":{"${key}":{"admin":true},`),
    'an object in a list': (key) => text.replace('"title"', `"${key}":{"admin":true},"title"`),
    'the deepest object': (key) => text.replace('"MARK"', `${'['.repeat(55)}{"${key}":1}${']'.repeat(55)}`),
    'before what it says it is': (key) => `{"kind":"other","${key}":1}`,
  };
  const KEYS = ['__proto__', 'constructor', 'prototype', '\\u005f_proto__', '\\u0063onstructor'];
  test.each(Object.keys(PLACES).flatMap((place) => KEYS.map((key) => [place, key] as const)))(
    'a key in %s: %s',
    async (place, key) => {
      const host = await withBad({ 'm.json': PLACES[place]?.(key) ?? '' });
      const name = key.replace('\\u005f', '_').replace('\\u0063', 'c');
      await expectRejected(host, 'unsafe_json', new RegExp(`the key ${name}$`));
    },
  );

  test.each([
    ['lists', 30_000, 'unsafe_json', '[', ']'],
    ['objects', 9_000, 'unsafe_json', '{"a":', '}'],
    ['lists', 100_000, 'manifest_too_large', '[', ']'],
    ['lists that do not end', 60_000, 'invalid_json', '[', ''],
  ])('deep %s: %i levels, %s', async (_, depth, code, open, close) => {
    const nested = `${open.repeat(depth)}${close && `1${close.repeat(depth)}`}`;
    await expectRejected(await withBad({ 'm.json': nested }), code);
  });

  test.each<[string, string, object, RegExp]>([
    ['kind before specVersion', 'wrong_kind', { kind: 'other', specVersion: 2, id: 7 }, /kind/],
    ['kind of another type', 'wrong_kind', { kind: ['spec-kitty.tracker-connector'] }, /kind/],
    ['specVersion before the rest', 'unsupported_version', { specVersion: 2, id: 7, more: 1 }, /specVersion/],
    ['specVersion as text', 'unsupported_version', { specVersion: '1' }, /specVersion/],
    ['specVersion missing', 'unsupported_version', { specVersion: undefined }, /specVersion/],
    ['id of another type', 'invalid_manifest', { id: ['bad'] }, /^its manifest: id/],
    ['half a character as key', 'invalid_manifest', { '\ud800': 1 }, /./],
    ['half a character as id', 'invalid_manifest', { id: '\ud800' }, /id/],
  ])('%s: %s', async (_, code, change, words) => {
    await expectRejected(await withBad({ 'm.json': JSON.stringify(manifest('bad', change)) }), code, words);
  });

  test('a number beyond all bounds', async () => {
    await expectRejected(
      await withBad({ 'm.json': text.replace('"MARK"', '1e999') }),
      'unsafe_json',
      /number/,
    );
  });

  test.each<[string, Uint8Array]>([
    ['a byte that begins no character', Buffer.from(text.replace('MARK', '\xff'), 'latin1')],
    ['half a character in bytes', Buffer.from(text.replace('MARK', '\xed\xa0\x80'), 'latin1')],
    ['UTF-16', Buffer.from(`\ufeff${text}`, 'utf16le')],
    ['NUL bytes', Buffer.from(`${text}\0`)],
  ])('bytes that are no JSON in UTF-8: %s', async (_, bytes) => {
    await expectRejected(await withBad({ 'm.json': bytes }), 'invalid_json');
  });

  test.each<[string, string]>([
    ['a byte order mark', `\ufeff${JSON.stringify(manifest('odd'))}`],
    [
      'half a character in words',
      JSON.stringify(manifest('odd', { displayName: 'The odd' })).replace(
        '{"type":',
        '{"title":"\\ud800","type":',
      ),
    ],
    ['a key twice: the last counts', JSON.stringify(manifest('odd')).replace('{', '{"kind":"other",')],
  ])('what is odd and read all the same: %s', async (_, bytes) => {
    const host = await hostWith({
      odd: declaring('odd', {
        'm.json': bytes,
        'e.js': entry('odd'),
      }),
    });
    const { registry, rejected } = await discoverPlugins({ from: host.folder });
    expect(rejected).toEqual([]);
    expect((await registry.get('odd')).manifest.capabilities).toEqual(FULL);
  });

  test('a package.json that JavaScript reads and Node does not is named as what it is', async () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    const packageJson = JSON.stringify({ name: 'MARK', ...exportsOf('./m.json', './e.js') });
    const host = await withBad({ 'package.json': packageJson.replace('"MARK"', deep) });
    await expectRejected(host, 'manifest_missing', /package\.json is none that Node reads/);
  });
});

describe('two packages of one id', () => {
  const CLAIMS: [string, string, Parameters<typeof declaring>[1]][] = [
    ['another version', 'unsupported_version', { 'm.json': manifest('good', { specVersion: 2 }) }],
    ['an unknown key', 'invalid_manifest', { 'm.json': manifest('good', { more: 1 }) }],
    [
      'no code',
      'entry_missing',
      { 'package.json': exportsOf('./m.json', './none.js'), 'm.json': manifest('good') },
    ],
  ];
  test.each(CLAIMS)('neither is used where one of them is broken: %s', async (_, code, change) => {
    const host = await withBad(change);
    const discovery = await discoverPlugins({ from: host.folder });
    expect(discovery.rejected).toEqual([
      { package: 'bad', code, reason: expect.any(String) },
      { package: 'good', code: 'duplicate_id', reason: expect.stringContaining('claimed by bad too') },
    ]);
    expect(discovery.found).toEqual([]);
    expect(discovery.registry.has('good')).toBe(false);
    expect(imported).toEqual([]);
  });

  test.each([
    [{ exclude: ['bad'] }, []],
    [{ include: ['package-good'] }, ['bad']],
  ])('%j settles it', async (options, rejectedPackages) => {
    const host = await hostWith({
      bad: declaring('good', { 'm.json': manifest('good', { more: 1 }) }),
      'package-good': declaring('good'),
    });
    const { found, rejected } = await discoverPlugins({ from: host.folder, ...options });
    expect(found.map(({ id }) => id)).toEqual(['good']);
    expect(rejected.map((one) => one.package)).toEqual(rejectedPackages);
  });

  test('what does not say that it is a connector claims nothing', async () => {
    const host = await withBad({ 'm.json': manifest('good', { kind: 'other' }) });
    await expectRejected(host, 'wrong_kind');
  });

  test('three name one another', async () => {
    const host = await hostWith({ a: declaring('same'), b: declaring('same'), c: declaring('same') });
    const { rejected } = await discoverPlugins({ from: host.folder });
    expect(rejected.map(({ reason }) => reason.split(';')[0])).toEqual([
      'the id same is claimed by b, c too',
      'the id same is claimed by a, c too',
      'the id same is claimed by a, b too',
    ]);
  });
});
