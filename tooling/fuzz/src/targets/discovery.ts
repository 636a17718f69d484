import { mkdir, writeFile } from 'node:fs/promises';
import { discoverPlugins } from '@spec-kitty/tracker-core/node';
import fc from 'fast-check';
import { textOf } from '../hostile/exotic.ts';
import type { Recipe } from '../hostile/json.ts';
import { mutationOf } from '../hostile/mutated.ts';
import { type DamagedText, damage, damagedText } from '../hostile/text.ts';
import { expectTyped, expectWords, jsonOf, outcomeOf } from '../properties/outcome.ts';
import { MANIFEST } from '../samples.ts';
import { type FuzzTarget, target } from '../target.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const HOST: Recipe = {
  name: 'host',
  dependencies: { sample: '1', other: '1' },
  devDependencies: { third: '1' },
};
const PACKAGE: Recipe = {
  name: 'sample',
  version: '1.0.0',
  type: 'module',
  main: './entry.js',
  exports: { '.': { types: './entry.d.ts', default: './entry.js' }, './manifest.json': './manifest.json' },
};

interface HostilePackages {
  host: Recipe;
  package: Recipe;
  manifest: Recipe;
  /** Of the manifest's text, after that. */
  text: DamagedText;
}

const MARK = 'trackerFuzzEntryWasRun';

/** Discovery lists what it can use, names what it rejects, and runs nothing. */
async function expectDiscovery({ host, package: plugin, manifest, text }: HostilePackages): Promise<void> {
  await using folder = await temporaryFolder();
  const root = folder.file('node_modules/sample');
  await mkdir(root, { recursive: true });
  await writeFile(folder.file('package.json'), textOf(host));
  await writeFile(`${root}/package.json`, textOf(plugin));
  await writeFile(`${root}/manifest.json`, damage(Buffer.from(textOf(manifest)), text));
  await writeFile(`${root}/entry.js`, `globalThis.${MARK} = true; throw new Error('it was run');`);
  const outcome = await outcomeOf(() => discoverPlugins({ from: folder.path }));
  if (Reflect.deleteProperty(globalThis, MARK) && Reflect.has(globalThis, MARK))
    throw new Error('it ran code');
  if (!outcome.ok) return expectTyped(outcome.error);
  const { found, rejected } = outcome.value;
  jsonOf(found);
  for (const { reason, code, package: name } of rejected) {
    expectWords('a reason', reason);
    expectWords('a code', code);
    if (/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u.test(reason) || reason.length > 500)
      throw new Error(`the reason for ${name} is not one line of plain text`);
  }
}

export const discoveryTargets: readonly FuzzTarget[] = [
  target({
    name: 'discovery',
    runs: 300,
    input: fc.record({
      host: fc.oneof(fc.constant(HOST), mutationOf([HOST], 'json')),
      package: fc.oneof(fc.constant(PACKAGE), mutationOf([PACKAGE], 'json')),
      manifest: mutationOf([MANIFEST], 'json'),
      text: damagedText(1, 2),
    }),
    check: expectDiscovery,
  }),
];
