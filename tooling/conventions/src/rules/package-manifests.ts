import { isDeepStrictEqual } from 'node:util';
import type { Rule, Violation, WorkspacePackage } from '../workspace.ts';

const CORE = '@spec-kitty/tracker-core';

/** Fields that every published package states in the same way. */
const SAME_EVERYWHERE: Record<string, unknown> = {
  license: 'MIT',
  author: 'Spec Kitty contributors',
  type: 'module',
  sideEffects: false,
  files: ['dist', '!**/*.tsbuildinfo'],
  engines: { node: '>=22.13' },
  publishConfig: { access: 'public', provenance: true },
};

/** `npm create` finds an initialiser by a name of this form. */
const FAMILY = /^(?:@spec-kitty\/tracker-[a-z0-9-]+|create-spec-kitty-tracker-connector)$/;

const INSTALL_SCRIPTS = ['preinstall', 'install', 'postinstall', 'prepare'];

export const packageManifests: Rule = ({ packages, files }) => {
  const violations: Violation[] = [];
  for (const owner of packages) {
    const file = `${owner.directory}/package.json`;
    const problems = [
      ...Object.keys(owner.manifest.scripts ?? {})
        .filter((script) => INSTALL_SCRIPTS.includes(script))
        .map((script) => `has the install script "${script}"`),
      ...(owner.published ? publishedProblems(owner) : []),
      ...(files.has(`${owner.directory}/README.md`) ? [] : ['has no README.md beside it']),
    ];
    for (const message of problems) violations.push({ file, message });
  }
  return violations;
};

function publishedProblems(owner: WorkspacePackage): string[] {
  const { manifest, layer, name } = owner;
  const problems: string[] = [];
  if (!FAMILY.test(name)) problems.push(`"name" ${name} is not of this family`);
  if (!/^\d+\.\d+\.\d+/.test(String(manifest.version))) problems.push('"version" is missing');
  if (typeof manifest.description !== 'string') problems.push('"description" is missing');
  for (const [field, value] of Object.entries(SAME_EVERYWHERE)) {
    if (!isDeepStrictEqual(manifest[field], value)) {
      problems.push(`"${field}" is not ${JSON.stringify(value)}`);
    }
  }
  return [...problems, ...entryProblems(owner), ...coreProblems(layer, manifest)];
}

function entryProblems({ manifest }: WorkspacePackage): string[] {
  if (!manifest.exports && !manifest.bin) return ['has neither "exports" nor "bin"'];
  const problems: string[] = [];
  for (const [subpath, target] of Object.entries(manifest.exports ?? {})) {
    if (subpath.includes('*')) problems.push(`"exports" ${subpath} is a pattern`);
    if (subpath.endsWith('.json') && typeof target === 'string') continue;
    if (typeof target === 'string' || !isDeepStrictEqual(Object.keys(target), ['types', 'default'])) {
      problems.push(`"exports" ${subpath} is not { types, default } in this order`);
    }
  }
  return problems;
}

/** One copy of core serves the host and all its plugins: they name it as a peer. */
function coreProblems(layer: string, manifest: WorkspacePackage['manifest']): string[] {
  if (layer === 'cli') {
    return manifest.dependencies?.[CORE] === 'workspace:^' ? [] : [`${CORE} is not a dependency workspace:^`];
  }
  if (layer !== 'connectors' && layer !== 'stores') return [];
  const declared = [manifest.peerDependencies?.[CORE], manifest.devDependencies?.[CORE]];
  return isDeepStrictEqual(declared, ['workspace:^', 'workspace:^'])
    ? []
    : [`${CORE} is not both a peer and a development dependency workspace:^`];
}
