import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { discoverPlugins } from '@spec-kitty/tracker-core/node';
import { afterEach, expect, test } from 'vitest';
import plugin, { manifest, RedmineConnector } from '../src/index.ts';
import { Emulator } from './emulator.ts';

const PACKAGE = resolve(import.meta.dirname, '..');
const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

test('a host that names the package finds the plugin by its built manifest, and uses it', async () => {
  const host = mkdtempSync(join(tmpdir(), 'host-'));
  folders.push(host);
  const name = 'redmine-tracker-connector';
  writeFileSync(
    join(host, 'package.json'),
    JSON.stringify({ name: 'host', type: 'module', dependencies: { [name]: '*' } }),
  );
  mkdirSync(join(host, 'node_modules'));
  symlinkSync(PACKAGE, join(host, 'node_modules', name), 'dir');
  const { found, registry, rejected } = await discoverPlugins({ from: host });
  expect([found.map(({ id }) => id), rejected]).toEqual([['redmine'], []]);

  await using emulator = await Emulator.start();
  emulator.redmine.create({ subject: 'Found' }, 6);
  await using connector = await registry.create('redmine', {
    baseUrl: emulator.url,
    apiKey: 'the key of the bot',
    project: 'shop',
  });
  expect((await connector.listIssues({ limit: 5 })).items.map(({ title }) => title)).toEqual(['Found']);
});

test('the built manifest is what the code says', () => {
  const built: unknown = JSON.parse(readFileSync(join(PACKAGE, 'dist/manifest.json'), 'utf8'));
  expect(built).toEqual(manifest);
  expect(plugin.manifest).toBe(manifest);
});

test.each([
  [{ baseUrl: 'no address' }, 'baseUrl'],
  [{ project: 'Not An Identifier' }, 'project'],
  [{ apiKey: '' }, 'apiKey'],
  [{ keyFieldId: 0 }, 'keyFieldId'],
  [{ statuses: { todo: ['New'], done: ['new'] } }, 'statuses'],
  [{ nonsense: true }, 'nonsense'],
])('the configuration %j is refused by the name of its option', (change, fieldPath) => {
  const config = { baseUrl: 'https://redmine.example', apiKey: 'x', project: 'shop', ...change };
  expect(() => new RedmineConnector(config)).toThrow(
    expect.objectContaining({ code: 'connector_config', fieldPath }),
  );
});

test('the address of the server is the workspace of its issues, whatever its scheme', () => {
  const config = { apiKey: 'x', project: 'shop' };
  const of = (baseUrl: string): string => new RedmineConnector({ ...config, baseUrl }).workspace;
  expect([of('https://example.com/redmine/'), of('http://example.com:3000')]).toEqual([
    'example.com/redmine',
    'example.com:3000',
  ]);
});
