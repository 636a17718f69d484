import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { discoverPlugins } from '../../src/node/index.ts';
import { declaring, entry, exporting, type Files, hostWith, manifest } from './host.ts';

/*
 * The folders that package managers make, by hand; `pnpm check:install` proves the same with the managers themselves.
 */

const used = (id: string): Files => declaring(id, { 'e.js': entry(id) });

async function expectFound(from: string, ...ids: string[]): Promise<void> {
  const { found, rejected, registry } = await discoverPlugins({ from });
  expect(rejected).toEqual([]);
  expect(found.map(({ id }) => id)).toEqual(ids);
  for (const id of ids) expect((await registry.get(id)).manifest.id).toBe(id);
}

describe('layouts', () => {
  test('npm: flat, and a second version in the package that asks for it', async () => {
    const host = await hostWith({
      one: used('one'),
      tool: { 'package.json': { dependencies: { one: '2' } } },
    });
    await host.write('node_modules/tool/node_modules/one', used('one-of-tool'));
    await expectFound(host.folder, 'one');
    await expectFound(join(host.folder, 'node_modules/tool'), 'one-of-tool');
  });

  test('npm: what a dependency brought stands beside it, and is not taken', async () => {
    const host = await hostWith({ one: used('one') });
    await host.write('node_modules/brought', used('brought'));
    await expectFound(host.folder, 'one');
  });

  test('npm: under another name', async () => {
    const host = await hostWith({ alias: used('one') }, { dependencies: { alias: 'npm:one@1' } });
    await expectFound(host.folder, 'one');
  });

  test('pnpm: links into the store, of a workspace too; what the store holds besides is not taken', async () => {
    const host = await hostWith({});
    for (const [path, id] of Object.entries({ one: 'one', '@scope/two': 'two', hidden: 'hidden' })) {
      const place = `node_modules/.pnpm/${path.replace('/', '+')}@1.0.0/node_modules/${path}`;
      await host.write(place, used(id));
      await host.link(`node_modules/.pnpm/node_modules/${path}`, place);
      if (id !== 'hidden') await host.link(`app/node_modules/${path}`, place);
    }
    await host.write('lib', used('lib'));
    await host.link('app/node_modules/lib', 'lib');
    const dependencies = { one: '1', '@scope/two': '1', hidden: '1', lib: 'workspace:*' };
    await host.write('app', { 'package.json': { dependencies } });
    await expectFound(join(host.folder, 'app'), 'lib', 'one', 'two');
  });

  test('yarn: the workspaces share what stands above them, and are links there', async () => {
    const host = await hostWith({ one: used('one') }, { workspaces: ['packages/*'], dependencies: {} });
    await host.write('packages/lib', used('lib'));
    await host.link('node_modules/lib', 'packages/lib');
    const packageJson = { dependencies: { one: '1', lib: '1' } };
    await host.write('packages/app', { 'package.json': packageJson });
    await host.link('node_modules/app', 'packages/app');
    await expectFound(join(host.folder, 'packages/app'), 'lib', 'one');
    await expectFound(join(host.folder, 'node_modules/app'), 'lib', 'one');
  });

  test('yarn: a version of its own in the workspace', async () => {
    const host = await hostWith({ one: used('above') });
    await host.write('app', { 'package.json': { dependencies: { one: '1' } } });
    await host.write('app/node_modules/one', used('near'));
    await expectFound(join(host.folder, 'app'), 'near');
  });

  test('without node_modules nothing is found, and nothing is wrong', async () => {
    const host = await hostWith({ one: used('one') }, { installConfig: { pnp: true } });
    await rm(join(host.folder, 'node_modules'), { recursive: true });
    await expectFound(host.folder);
  });
});

describe('packages', () => {
  const only = (exports: unknown, files: Files = {}): Files => ({
    'package.json': { type: 'module', exports },
    'm.json': manifest('one'),
    'e.js': entry('one'),
    ...files,
  });
  const legacy = (packageJson: object, path: string): Files => ({
    'package.json': { type: 'module', ...packageJson },
    'manifest.json': manifest('one'),
    [path]: entry('one'),
  });

  test.each<[string, Files]>([
    ['for `import` alone', only({ '.': { import: './e.js' }, './manifest.json': './m.json' })],
    [
      'for `import` alone, the manifest too',
      only({ '.': { import: './e.js' }, './manifest.json': { import: './m.json' } }),
    ],
    [
      'by conditions in conditions',
      only({
        '.': { worker: './none.js', node: { require: './none.cjs', import: { default: './e.js' } } },
        './manifest.json': { node: { import: './m.json' } },
      }),
    ],
    ['by a pattern', only({ '.': './e.js', './*.json': './m.json' })],
    ['with a list of targets', only({ '.': ['./e.js'], './manifest.json': ['./m.json'] })],
    ['without `exports`, by `main` without an ending', legacy({ main: 'lib/main' }, 'lib/main.js')],
    ['without `exports`, by `main` as a folder', legacy({ main: './lib' }, 'lib/index.js')],
    ['without `exports` and `main`', legacy({}, 'index.js')],
    ['with `exports` of null', legacy({ exports: null, main: 'e.js' }, 'e.js')],
    ['with `exports` that are none', legacy({ exports: 7 }, 'index.js')],
    [
      'in CommonJS',
      {
        ...legacy({ type: 'commonjs' }, 'plugin.mjs'),
        'index.js': "module.exports = require('./plugin.mjs').default;",
      },
    ],
  ])('%s', async (_, files) => {
    const host = await hostWith({ one: files });
    await expectFound(host.folder, 'one');
  });

  test.each<[string, Files]>([
    ['that export a single entry', only('./e.js', { 'manifest.json': manifest('one') })],
    [
      'that export entries for `import` alone',
      only({ import: './e.js' }, { 'manifest.json': manifest('one') }),
    ],
    ['that do not export the manifest', only({ '.': './e.js' }, { 'manifest.json': manifest('one') })],
    ['that close the manifest off', only({ '.': './e.js', './manifest.json': null, './*': './*' })],
  ])('%s are no plugins', async (_, files) => {
    const host = await hostWith({ one: files });
    expect(await discoverPlugins({ from: host.folder })).toMatchObject({ found: [], rejected: [] });
  });

  test('what is linked brings what it needs from where it is', async () => {
    const host = await hostWith({}, { dependencies: { one: 'link:../packages/one' } });
    await host.write('work/one', declaring('one', { 'e.js': `import 'helper';\n${entry('one')}` }));
    await host.write('work/node_modules/helper', { 'package.json': {}, 'index.js': '' });
    await host.link('node_modules/one', 'work/one');
    await expectFound(host.folder, 'one');
  });

  test('a folder that an uninstalled package left behind stands before one further up, as it does for imports', async () => {
    const host = await hostWith({ one: exporting('one') });
    await host.write('app', {
      'package.json': { dependencies: { one: '1' } },
      'node_modules/one/readme': '',
    });
    await expectFound(join(host.folder, 'app'));
  });
});
