import { isRelative, splitBare } from '../specifiers.ts';
import { isSource, type Layer, packageOf, type Rule, type Violation } from '../workspace.ts';

/** What the sources of a layer may import from other packages of the workspace. */
const MAY_IMPORT: Record<Layer, readonly Layer[]> = {
  core: [],
  transports: ['core', 'transports'],
  connectors: ['core', 'transports'],
  stores: ['core'],
  testkit: ['core'],
  worker: ['core', 'stores'],
  // Not connectors: the CLI finds them at run time.
  cli: ['core', 'transports', 'stores', 'worker'],
  // What it writes imports them; it does not.
  'create-connector': [],
  examples: ['core', 'transports', 'connectors', 'stores', 'testkit', 'worker', 'cli', 'tooling'],
  tooling: ['core', 'transports', 'connectors', 'stores', 'testkit', 'worker', 'cli', 'tooling'],
};

/** Imports run one way between layers; tests may look further, but at no example, and core at nothing built on it. */
export const importDirection: Rule = ({ packages, modules }) => {
  const violations: Violation[] = [];
  for (const [file, { imports }] of modules) {
    const importer = packageOf(packages, file);
    if (!importer) continue;
    for (const { specifier } of imports) {
      if (isRelative(specifier)) continue;
      const imported = packages.find(({ name }) => name === splitBare(specifier).name);
      if (!imported || imported === importer) continue;
      const allowed = isSource(importer, file)
        ? MAY_IMPORT[importer.layer].includes(imported.layer)
        : imported.layer !== 'examples' && (importer.layer !== 'core' || imported.layer === 'tooling');
      if (!allowed) violations.push({ file, message: `${importer.layer} must not import ${specifier}` });
    }
  }
  return violations;
};
