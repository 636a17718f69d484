import { exportedFiles, type Rule, sourceOfBuilt, type Violation } from '../workspace.ts';

/** What is public is listed by name: a wildcard makes internals public by accident. */
export const publicRoots: Rule = ({ packages, modules }) => {
  const violations: Violation[] = [];
  for (const { directory, manifest } of packages) {
    for (const built of exportedFiles(manifest).values()) {
      const file = `${directory}/${sourceOfBuilt(built) ?? built.replace(/^\.\//, '')}`;
      for (const { specifier, wildcard } of modules.get(file)?.imports ?? []) {
        if (wildcard) violations.push({ file, message: `export * from ${specifier} at a public root` });
      }
    }
  }
  return violations;
};
