import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './run-program.ts';

/** A host as a manager is to find it: `dependencies` are tarballs, and so is what they need in turn. */
export interface HostProject {
  /** Its dependencies, by name; the place of each. */
  readonly dependencies: Readonly<Record<string, string>>;
  /** Every package of ours, by name: nothing of ours comes from a registry. */
  readonly overrides: Readonly<Record<string, string>>;
  /** The host is in `app`, and another package in `sibling`. */
  readonly isWorkspace: boolean;
}

export interface PackageManager {
  readonly name: string;
  /** Whether a package of a workspace has a `node_modules` of its own with links, or shares the one above it. */
  readonly isolates: boolean;
  /** How a package names another one of its workspace. */
  readonly siblingVersion: string;
  /** Settings beside those that `package.json` takes. */
  writeSettings(folder: string, project: HostProject): void;
  /** What its `package.json` takes beside the usual. */
  rootFields(project: HostProject): object;
  install(folder: string): void;
}

const WORKSPACES = ['app', 'sibling'];

export const npm: PackageManager = {
  name: 'npm',
  isolates: false,
  siblingVersion: '*',
  writeSettings() {},
  rootFields: ({ overrides, dependencies, isWorkspace }) => ({
    overrides: { ...overrides, ...(isWorkspace ? {} : dependencies) },
    ...(isWorkspace && { workspaces: WORKSPACES }),
  }),
  install: (folder) => void run('npm', ['install', '--no-audit', '--no-fund'], folder),
};

export const pnpm: PackageManager = {
  name: 'pnpm',
  isolates: true,
  siblingVersion: 'workspace:*',
  writeSettings(folder, { overrides, isWorkspace }) {
    const lines = Object.entries(overrides).map(([name, file]) => `  '${name}': '${file}'`);
    const packages = JSON.stringify(isWorkspace ? WORKSPACES : []);
    writeFileSync(
      join(folder, 'pnpm-workspace.yaml'),
      `packages: ${packages}\noverrides:\n${lines.join('\n')}\n`,
    );
  },
  rootFields: () => ({}),
  install: (folder) => void run('pnpm', ['install'], folder),
};

/** Yarn as it is now, with `node_modules`; it is installed in `tools` for the occasion. @throws where it is not to be had. */
export function installYarn(tools: string): PackageManager {
  const program = join(installTool(tools, '@yarnpkg/cli-dist@4.18.1'), 'bin/yarn.js');
  // It reads no settings of npm.
  const registry = run('npm', ['config', 'get', 'registry'], tools).trim();
  const env = { YARN_NPM_REGISTRY_SERVER: registry, YARN_ENABLE_IMMUTABLE_INSTALLS: 'false' };
  return {
    name: 'yarn',
    isolates: false,
    siblingVersion: 'workspace:*',
    writeSettings(folder) {
      const settings = ['nodeLinker: node-modules', 'enableGlobalCache: false', 'enableTelemetry: false'];
      writeFileSync(join(folder, '.yarnrc.yml'), `${settings.join('\n')}\n`);
      // Else it looks for a project further up.
      writeFileSync(join(folder, 'yarn.lock'), '');
    },
    rootFields: ({ overrides, isWorkspace }) => ({
      resolutions: overrides,
      ...(isWorkspace && { workspaces: WORKSPACES }),
    }),
    install: (folder) => void run(process.execPath, [program, 'install'], folder, env),
  };
}

/** Installs one package by npm, and runs no script of it. Answers its folder. @throws where it is not to be had. */
export function installTool(tools: string, specifier: string): string {
  const name = specifier.replace(/(?<=.)@.*$/, '');
  const folder = join(tools, name.replace('/', '+'));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true }');
  run('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', specifier], folder);
  return join(folder, 'node_modules', name);
}
