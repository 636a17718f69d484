import { defineConfig } from 'vitest/config';
import { repositorySourceAliases } from './tooling/conventions/src/source-aliases.ts';

export default defineConfig({
  resolve: { alias: repositorySourceAliases() },
  test: {
    // A database is dropped after its checkpoint, which takes as long as the disk wants.
    hookTimeout: 60_000,
    include: [
      'packages/**/test/**/*.test.ts',
      'tooling/**/test/**/*.test.ts',
      'examples/**/test/**/*.test.ts',
    ],
    exclude: ['**/node_modules/**', '**/dist/**'],
    // A test that depends on another one's leftovers shows itself.
    sequence: { shuffle: true },
  },
});
