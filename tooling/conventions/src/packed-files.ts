/** What is wrong with the files of a packed package; paths as in the tarball, under `package/`. */
export function packedFileProblems(paths: readonly string[]): string[] {
  const problems: string[] = [];
  for (const required of ['package/package.json', 'package/README.md', 'package/LICENSE']) {
    if (!paths.includes(required)) problems.push(`${required} is missing`);
  }
  for (const path of paths) {
    const isBuilt = path.startsWith('package/dist/') && !path.endsWith('.tsbuildinfo');
    const isStated = /^package\/(?:package\.json|README\.md|LICENSE|CHANGELOG\.md)$/.test(path);
    if (!isBuilt && !isStated) problems.push(`${path} does not belong into the package`);
  }
  return problems;
}
