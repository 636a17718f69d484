import { expect, test } from 'vitest';
import { sourceAliases } from '../src/source-aliases.ts';
import { MANIFESTS, workspaceWith } from './healthy-workspace.ts';

const resolve = (specifier: string): string | undefined =>
  sourceAliases(workspaceWith().packages, '/repository/').find(({ find }) => find.test(specifier))
    ?.replacement;

test.each([
  ['@spec-kitty/tracker-core', '/repository/packages/core/src/index.ts'],
  ['@spec-kitty/tracker-core/node', '/repository/packages/core/src/node/index.ts'],
  ['@spec-kitty/tracker-sun', '/repository/packages/connectors/sun/src/index.ts'],
  ['@spec-kitty/tracker-core/value', undefined],
  ['@spec-kitty/tracker-cli', undefined],
])('%s resolves to %s', (specifier, source) => {
  expect(resolve(specifier)).toBe(source);
});

test('an entry that is data stays as built', () => {
  const exports = { ...MANIFESTS.sun.exports, './manifest.json': './dist/manifest.json' };
  const changes = { 'packages/connectors/sun/package.json': JSON.stringify({ ...MANIFESTS.sun, exports }) };
  const aliases = sourceAliases(workspaceWith(changes).packages, '/repository');
  expect(aliases.some(({ find }) => find.test('@spec-kitty/tracker-sun/manifest.json'))).toBe(false);
});
