import { type Workspace, workspaceFrom } from '../src/workspace.ts';

const entry = { types: './dist/index.d.ts', default: './dist/index.js' };
const published = {
  version: '0.1.0',
  description: 'A package',
  license: 'MIT',
  author: 'Spec Kitty contributors',
  type: 'module',
  sideEffects: false,
  files: ['dist', '!**/*.tsbuildinfo'],
  engines: { node: '>=22.13' },
  publishConfig: { access: 'public', provenance: true },
};
const coreAsPeer = {
  peerDependencies: { '@spec-kitty/tracker-core': 'workspace:^' },
  devDependencies: { '@spec-kitty/tracker-core': 'workspace:^' },
};

/** The manifests of the healthy workspace, for tests that break one field. */
export const MANIFESTS = {
  core: {
    ...published,
    name: '@spec-kitty/tracker-core',
    exports: { '.': entry, './node': { types: './dist/node/index.d.ts', default: './dist/node/index.js' } },
    dependencies: { zod: '^4.0.0' },
  },
  sun: { ...published, ...coreAsPeer, name: '@spec-kitty/tracker-sun', exports: { '.': entry } },
  store: { ...published, ...coreAsPeer, name: '@spec-kitty/tracker-store-moon', exports: { '.': entry } },
  cli: {
    ...published,
    name: '@spec-kitty/tracker-cli',
    bin: { tracker: 'dist/main.js' },
    dependencies: { '@spec-kitty/tracker-core': 'workspace:^' },
  },
};

const library = JSON.stringify({ extends: '../../tooling/tsconfig/library.json' });
const fromCore = "import { value } from '@spec-kitty/tracker-core';\nexport const copy = value;\n";
const rooms = ['manifest', 'config', 'connector', 'client', 'to-canonical', 'from-canonical'];

function healthyFiles(): Record<string, string> {
  const files: Record<string, string> = {
    'pnpm-lock.yaml': "lockfileVersion: '9.0'\n",
    'packages/core/src/index.ts':
      "import { z } from 'zod';\nexport { value } from './value.ts';\nexport const schema = z.string();\n",
    'packages/core/src/value.ts': 'export const value = 1;\n',
    'packages/core/src/node/index.ts':
      "import { readFile } from 'node:fs/promises';\nexport const read = readFile;\n",
    'packages/core/test/value.test.ts':
      "import { value } from '../src/value.ts';\nexport const seen = value;\n",
    'packages/connectors/sun/src/index.ts': fromCore,
    'packages/stores/moon/src/index.ts': fromCore,
    'packages/cli/src/main.ts': fromCore,
  };
  for (const room of rooms) files[`packages/connectors/sun/src/${room}.ts`] = 'export const room = 1;\n';
  const directories = {
    'packages/core': MANIFESTS.core,
    'packages/connectors/sun': MANIFESTS.sun,
    'packages/stores/moon': MANIFESTS.store,
    'packages/cli': MANIFESTS.cli,
  };
  for (const [directory, manifest] of Object.entries(directories)) {
    files[`${directory}/package.json`] = JSON.stringify(manifest);
    files[`${directory}/README.md`] = `# ${manifest.name}\n`;
    files[`${directory}/tsconfig.json`] = library;
    files[`${directory}/tsconfig.test.json`] = '{}';
  }
  const references = Object.keys(directories).map((path) => ({ path }));
  const tests = references.map(({ path }) => ({ path: `${path}/tsconfig.test.json` }));
  files['tsconfig.json'] = JSON.stringify({ references });
  files['tsconfig.check.json'] = JSON.stringify({ references: [{ path: 'tsconfig.json' }, ...tests] });
  return files;
}

/** A small workspace that keeps every rule, with some files replaced, added, or (null) taken away. */
export function workspaceWith(changes: Record<string, string | null> = {}): Workspace {
  const files = new Map(Object.entries(healthyFiles()));
  for (const [path, text] of Object.entries(changes)) {
    if (text === null) files.delete(path);
    else files.set(path, text);
  }
  return workspaceFrom(files);
}
