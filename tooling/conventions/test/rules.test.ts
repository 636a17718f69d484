import { describe, expect, it, test } from 'vitest';
import { fileLength } from '../src/rules/file-length.ts';
import { RULES } from '../src/rules.ts';
import { MANIFESTS, workspaceWith } from './healthy-workspace.ts';

interface Break {
  readonly what: string;
  readonly changes: Record<string, string | null>;
  readonly file: string;
  readonly message: RegExp;
}

const importing = (specifier: string): string => `import { x } from '${specifier}';\nexport const y = x;\n`;
const manifest = (base: object, changes: object): string => JSON.stringify({ ...base, ...changes });
const sun = 'packages/connectors/sun';
const moon = 'packages/stores/moon';
const outside = 'examples/custom-connector';
const outsideManifest = (changes: object = {}): Record<string, string> => ({
  [`${outside}/package.json`]: JSON.stringify({
    name: 'sun-connector',
    private: true,
    dependencies: { '@spec-kitty/tracker-core': 'workspace:^' },
    ...changes,
  }),
  [`${outside}/README.md`]: '# sun-connector\n',
});
const tool = {
  'tooling/emulators/package.json': JSON.stringify({
    name: '@spec-kitty/tooling-emulators',
    private: true,
    exports: { '.': './src/index.ts' },
  }),
  'tooling/emulators/README.md': '# Emulators\n',
};

const BREAKS: Record<string, readonly Break[]> = {
  'import-direction': [
    {
      what: 'core imports a connector',
      changes: { 'packages/core/src/value.ts': importing('@spec-kitty/tracker-sun') },
      file: 'packages/core/src/value.ts',
      message: /core must not import @spec-kitty\/tracker-sun/,
    },
    {
      what: 'a connector imports a store',
      changes: { [`${sun}/src/client.ts`]: importing('@spec-kitty/tracker-store-moon') },
      file: `${sun}/src/client.ts`,
      message: /connectors must not import/,
    },
    {
      what: 'a store imports a connector for its types',
      changes: { [`${moon}/src/index.ts`]: "import type { X } from '@spec-kitty/tracker-sun';\n" },
      file: `${moon}/src/index.ts`,
      message: /stores must not import/,
    },
    {
      what: 'the CLI loads a connector by name',
      changes: {
        'packages/cli/src/main.ts': "export const load = () => import('@spec-kitty/tracker-sun');\n",
      },
      file: 'packages/cli/src/main.ts',
      message: /cli must not import/,
    },
    {
      what: 'a test of core uses a store',
      changes: { 'packages/core/test/value.test.ts': importing('@spec-kitty/tracker-store-moon') },
      file: 'packages/core/test/value.test.ts',
      message: /core must not import/,
    },
  ],
  'outside-packages': [
    {
      what: 'an example for third parties tests with the tooling of this repository',
      changes: {
        ...tool,
        ...outsideManifest({ devDependencies: { '@spec-kitty/tooling-emulators': '^0.1.0' } }),
        [`${outside}/test/connector.test.ts`]: importing('@spec-kitty/tooling-emulators'),
      },
      file: `${outside}/test/connector.test.ts`,
      message: /tooling-emulators is not published/,
    },
    {
      what: 'it depends on what is not published',
      changes: {
        ...tool,
        ...outsideManifest({ devDependencies: { '@spec-kitty/tooling-emulators': 'workspace:^' } }),
      },
      file: `${outside}/package.json`,
      message: /depends on @spec-kitty\/tooling-emulators, which is not published/,
    },
    {
      what: 'it depends on a package by its path',
      changes: outsideManifest({
        dependencies: { '@spec-kitty/tracker-core': 'workspace:../../packages/core' },
      }),
      file: `${outside}/package.json`,
      message: /by a path/,
    },
    {
      what: 'it takes a setting of this repository',
      changes: {
        ...outsideManifest(),
        [`${outside}/tsconfig.json`]: '{ "extends": "../../tooling/tsconfig/tool.json" }',
      },
      file: `${outside}/tsconfig.json`,
      message: /by its path/,
    },
    {
      what: 'it uses a package that it does not declare',
      changes: {
        ...outsideManifest(),
        [`${outside}/src/index.ts`]: importing('@spec-kitty/tracker-sun'),
      },
      file: `${outside}/src/index.ts`,
      message: /tracker-sun is not declared/,
    },
  ],
  'package-boundaries': [
    {
      what: "a connector reaches into core's sources by path",
      changes: { [`${sun}/src/client.ts`]: importing('../../../core/src/value.ts') },
      file: `${sun}/src/client.ts`,
      message: /leaves the package/,
    },
    {
      what: "a test reaches into another package's sources by path",
      changes: { [`${sun}/test/client.test.ts`]: importing('../../../core/src/value.ts') },
      file: `${sun}/test/client.test.ts`,
      message: /leaves the package/,
    },
    {
      what: 'an entry is used that is not exported',
      changes: { [`${sun}/src/client.ts`]: importing('@spec-kitty/tracker-core/dist/value.js') },
      file: `${sun}/src/client.ts`,
      message: /no public entry of @spec-kitty\/tracker-core/,
    },
    {
      what: 'a dependency is not declared',
      changes: { [`${moon}/src/index.ts`]: importing('better-sqlite3') },
      file: `${moon}/src/index.ts`,
      message: /better-sqlite3 is not among the dependencies/,
    },
    {
      what: 'a dependency is re-exported that is only there for development',
      changes: { [`${moon}/src/index.ts`]: "export { test } from 'vitest';\n" },
      file: `${moon}/src/index.ts`,
      message: /vitest is not among the dependencies/,
    },
    {
      what: 'a Node module is imported without its prefix',
      changes: { 'packages/cli/src/main.ts': importing('fs') },
      file: 'packages/cli/src/main.ts',
      message: /node:fs/,
    },
  ],
  'core-purity': [
    {
      what: 'core imports a second package',
      changes: { 'packages/core/src/value.ts': importing('ky') },
      file: 'packages/core/src/value.ts',
      message: /core must not import ky/,
    },
    {
      what: 'core uses Node outside its Node folder',
      changes: { 'packages/core/src/value.ts': importing('node:crypto') },
      file: 'packages/core/src/value.ts',
      message: /core must not import node:crypto/,
    },
    {
      what: 'the main entry reaches the Node folder over a detour',
      changes: { 'packages/core/src/value.ts': "export { read as value } from './node/index.ts';\n" },
      file: 'packages/core/src/node/index.ts',
      message: /main entry must not reach/,
    },
  ],
  'connector-rooms': [
    ...['manifest', 'config', 'connector', 'client', 'to-canonical', 'from-canonical'].map((room) => ({
      what: `${room}.ts is missing`,
      changes: { [`${sun}/src/${room}.ts`]: null },
      file: `${sun}/src/${room}.ts`,
      message: /is missing/,
    })),
  ],
  'public-roots': [
    {
      what: 'a wildcard at the main entry',
      changes: { 'packages/core/src/index.ts': "export * from './value.ts';\n" },
      file: 'packages/core/src/index.ts',
      message: /export \* from \.\/value\.ts/,
    },
    {
      what: 'a named wildcard at another entry',
      changes: { 'packages/core/src/node/index.ts': "export * as all from '../value.ts';\n" },
      file: 'packages/core/src/node/index.ts',
      message: /export \*/,
    },
  ],
  'package-manifests': [
    ...[
      { what: 'another licence', change: { license: 'ISC' }, message: /"license"/ },
      { what: 'no author', change: { author: undefined }, message: /"author"/ },
      { what: 'CommonJS', change: { type: 'commonjs' }, message: /"type"/ },
      { what: 'side effects', change: { sideEffects: true }, message: /"sideEffects"/ },
      { what: 'more files', change: { files: ['dist', 'src'] }, message: /"files"/ },
      { what: 'another engine', change: { engines: { node: '>=20' } }, message: /"engines"/ },
      { what: 'no provenance', change: { publishConfig: { access: 'public' } }, message: /"publishConfig"/ },
      { what: 'no version', change: { version: undefined }, message: /"version"/ },
      { what: 'no description', change: { description: undefined }, message: /"description"/ },
      { what: 'a foreign name', change: { name: 'moon' }, message: /"name"/ },
      { what: 'nothing public', change: { exports: undefined }, message: /neither "exports" nor "bin"/ },
      {
        what: 'types last',
        change: { exports: { '.': { default: './dist/index.js', types: './dist/index.d.ts' } } },
        message: /types, default/,
      },
      {
        what: 'a pattern',
        change: { exports: { './*': { types: './dist/*.d.ts', default: './dist/*.js' } } },
        message: /is a pattern/,
      },
      {
        what: 'an install script',
        change: { scripts: { postinstall: 'node setup.js' } },
        message: /install script "postinstall"/,
      },
      {
        what: 'core as a plain dependency',
        change: { peerDependencies: {}, dependencies: { '@spec-kitty/tracker-core': 'workspace:^' } },
        message: /both a peer and a development/,
      },
    ].map(({ what, change, message }) => ({
      what,
      changes: { [`${moon}/package.json`]: manifest(MANIFESTS.store, change) },
      file: `${moon}/package.json`,
      message,
    })),
    {
      what: 'a CLI without core',
      changes: { 'packages/cli/package.json': manifest(MANIFESTS.cli, { dependencies: {} }) },
      file: 'packages/cli/package.json',
      message: /not a dependency workspace/,
    },
    {
      what: 'a package without README',
      changes: { [`${moon}/README.md`]: null },
      file: `${moon}/package.json`,
      message: /no README/,
    },
  ],
  'project-lists': [
    {
      what: 'a library that is not built',
      changes: { 'packages/testkit/tsconfig.json': '{ "extends": "../../tooling/tsconfig/library.json" }' },
      file: 'packages/testkit/tsconfig.json',
      message: /not listed in tsconfig\.json/,
    },
    {
      what: 'tests that are not checked',
      changes: { 'packages/testkit/tsconfig.test.json': '{}' },
      file: 'packages/testkit/tsconfig.test.json',
      message: /not listed in tsconfig\.check\.json/,
    },
    {
      what: 'a library with rules of its own',
      changes: { 'packages/core/tsconfig.json': '{ "compilerOptions": { "strict": false } }' },
      file: 'packages/core/tsconfig.json',
      message: /does not extend/,
    },
    {
      what: 'a check that leaves the libraries out',
      changes: { 'tsconfig.check.json': '{"references":[]}' },
      file: 'tsconfig.check.json',
      message: /does not list tsconfig\.json/,
    },
  ],
  'portable-text': [
    ...[
      { what: 'a registry host', text: `see https://${['registry', 'example', 'org'].join('.')}/x` },
      { what: 'a registry setting', text: `first\n${['registry', '=//host'].join('')}` },
      { what: 'a scoped registry setting', text: `@spec-kitty:${['registry', '=//host'].join('')}` },
    ].map(({ what, text }) => ({
      what,
      changes: { 'docs.md': text },
      file: 'docs.md',
      message: /names a package registry/,
    })),
    ...['root', 'work', 'home', 'Users', 'tmp'].map((top) => ({
      what: `a path under the machine's ${top} folder`,
      changes: { 'docs.md': `fine\nrun it in /${top}/tracker` },
      file: 'docs.md',
      message: /line 2 names a path of one machine/,
    })),
    {
      what: 'a lockfile that records where a package was fetched',
      changes: { 'pnpm-lock.yaml': 'resolution: {tarball: https://host.example/a.tgz}\n' },
      file: 'pnpm-lock.yaml',
      message: /records where it was fetched/,
    },
  ],
  'file-names': [
    {
      what: 'camel case',
      changes: { [`${sun}/src/fromWire.ts`]: 'export const a = 1;\n' },
      file: `${sun}/src/fromWire.ts`,
      message: /"fromWire\.ts" is not in kebab-case/,
    },
    {
      what: 'a folder with an underscore',
      changes: { [`${sun}/test/two_words/a.test.ts`]: 'export const a = 1;\n' },
      file: `${sun}/test/two_words/a.test.ts`,
      message: /"two_words"/,
    },
  ],
  'file-length': [
    {
      what: 'a source of 401 lines',
      changes: { 'packages/core/src/long.ts': '// line\n'.repeat(401) },
      file: 'packages/core/src/long.ts',
      message: /has 401 lines/,
    },
  ],
};

test('every rule has a case that breaks it', () => {
  expect(Object.keys(BREAKS)).toEqual(Object.keys(RULES));
});

describe.each(Object.entries(RULES))('%s', (name, rule) => {
  it('finds nothing in a healthy workspace', () => {
    expect(rule(workspaceWith())).toEqual([]);
  });

  it.each(BREAKS[name] ?? [])('finds: $what', ({ changes, file, message }) => {
    const violations = rule(workspaceWith(changes));
    expect(violations).toContainEqual({ file, message: expect.stringMatching(message) });
  });
});

describe('what the rules leave alone', () => {
  it.each([
    {
      what: 'a connector that has not begun',
      changes: { 'packages/connectors/sun/src/index.ts': 'export {};\n', [`${sun}/src/client.ts`]: null },
    },
    {
      what: 'a read-only connector without from-canonical.ts',
      changes: {
        [`${sun}/src/manifest.ts`]: 'export const capabilities = { supportsWrite: false };\n',
        [`${sun}/src/from-canonical.ts`]: null,
      },
    },
    {
      what: 'a test that uses what is declared for development',
      changes: { [`${sun}/test/client.test.ts`]: importing('vitest') },
    },
    {
      what: 'a data entry beside the code',
      changes: {
        [`${moon}/package.json`]: manifest(MANIFESTS.store, {
          exports: { '.': MANIFESTS.store.exports['.'], './manifest.json': './dist/manifest.json' },
        }),
      },
    },
    {
      what: 'a web address with a path that looks like a folder',
      changes: { 'docs.md': ['https://site.example/work/items', '`$', '{origin}/home/page`'].join('') },
    },
    {
      what: 'names from elsewhere in fixtures',
      changes: { [`${sun}/test/fixtures/Issue_Export.json`]: '{}' },
    },
    { what: 'a source of 400 lines', changes: { 'packages/core/src/long.ts': '// line\n'.repeat(400) } },
    { what: 'a long test', changes: { 'packages/core/test/long.test.ts': '// line\n'.repeat(900) } },
  ])('$what', ({ changes }) => {
    const workspace = workspaceWith(changes);
    for (const rule of Object.values(RULES)) expect(rule(workspace)).toEqual([]);
  });
});

describe('exceptions to the length of a file', () => {
  const file = 'packages/core/src/long.ts';
  const rule = fileLength({ [file]: 'a table' });

  it('spares a file that is listed', () => {
    expect(rule(workspaceWith({ [file]: '// line\n'.repeat(500) }))).toEqual([]);
  });

  it.each([{ text: 'export const a = 1;\n' }, { text: null }])(
    'must go when they are not needed',
    ({ text }) => {
      expect(rule(workspaceWith({ [file]: text }))).toEqual([
        { file, message: expect.stringMatching(/drop/) },
      ]);
    },
  );
});
