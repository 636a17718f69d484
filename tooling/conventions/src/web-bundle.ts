import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { repositorySourceAliases } from './source-aliases.ts';

/** The packages of this repository by their sources, as the tests meet them. */
const sources: Plugin = {
  name: 'sources',
  setup({ onResolve }) {
    const aliases = repositorySourceAliases();
    onResolve({ filter: /^@spec-kitty\// }, ({ path }) => {
      const alias = aliases.find(({ find }) => find.test(path));
      return alias && { path: alias.replacement };
    });
  },
};

/** The scenario as one script for a runtime that knows no modules; it leaves itself in the global `scenario`. */
export async function webScenarioScript(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('web-scenario.ts', import.meta.url))],
    bundle: true,
    format: 'iife',
    globalName: 'scenario',
    platform: 'browser',
    target: 'es2023',
    // What Node alone has stays outside, and fails where it is reached.
    external: ['node:*'],
    plugins: [sources],
    write: false,
    logLevel: 'silent',
  });
  const [script] = outputFiles;
  if (!script) throw new Error('nothing was bundled');
  return script.text;
}
