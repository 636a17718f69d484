import {
  ConnectorRegistry,
  definePlugin,
  PluginManifestSchema,
  parseDiscoveredResources,
  parseDiscoveredWorkspaces,
} from '@spec-kitty/tracker-core';
import { InMemoryConfigSchema, InMemoryConnector, manifest } from '@spec-kitty/tracker-memory';
import { realised } from '../hostile/exotic.ts';
import type { Recipe } from '../hostile/json.ts';
import { mutationOf } from '../hostile/mutated.ts';
import { expectTyped, jsonOf, outcomeNow, outcomeOf } from '../properties/outcome.ts';
import { expectParser } from '../properties/parser.ts';
import { CAPABILITIES, MANIFEST, RESOURCES, WORKSPACES } from '../samples.ts';
import { type FuzzTarget, target } from '../target.ts';

function expectManifest(recipe: Recipe): void {
  const input = realised(recipe);
  const registry = new ConnectorRegistry();
  const outcome = outcomeNow(() => registry.registerLazy(input as never, () => Promise.reject(new Error())));
  if (!outcome.ok) {
    expectTyped(outcome.error, { typeError: /^not a plugin manifest: / });
    return;
  }
  const [listed] = registry.list();
  if (jsonOf(PluginManifestSchema.parse(listed)) !== jsonOf(listed))
    throw new Error('the manifest is read as another one');
}

const CONFIGS: readonly Recipe[] = [
  {},
  { name: 'memory', workspace: 'app', webhookSecret: 'a long secret of tests' },
];

async function expectConfig(recipe: Recipe): Promise<void> {
  const registry = new ConnectorRegistry();
  registry.register(
    definePlugin({
      manifest,
      configSchema: InMemoryConfigSchema,
      create: ({ file: _file, ...config }) => new InMemoryConnector(config),
    }),
  );
  const outcome = await outcomeOf(() => registry.create('memory', realised(recipe)));
  if (!outcome.ok) expectTyped(outcome.error);
}

async function expectCapabilities(recipe: Recipe): Promise<void> {
  const registry = new ConnectorRegistry();
  const connector = Object.assign(new InMemoryConnector({}), {
    getCapabilities: async () => realised(recipe) as never,
  });
  registry.register({ manifest, configSchema: InMemoryConfigSchema, create: () => connector });
  const outcome = await outcomeOf(() => registry.create('memory', {}));
  // What the plugin itself throws is passed on: a value that cannot even be awaited.
  const answered = await outcomeOf(async () => realised(recipe));
  if (!outcome.ok && answered.ok) expectTyped(outcome.error);
}

function expectPlugin(recipe: Recipe): void {
  const plugin = realised(recipe) as never;
  const outcome = outcomeNow(() => new ConnectorRegistry().register(plugin));
  if (!outcome.ok) expectTyped(outcome.error, { typeError: /^not a tracker plugin: / });
}

export const pluginTargets: readonly FuzzTarget[] = [
  target({ name: 'manifest', runs: 1000, input: mutationOf([MANIFEST], 'program'), check: expectManifest }),
  target({
    name: 'plugin',
    runs: 700,
    input: mutationOf([{ manifest: MANIFEST, configSchema: {}, create: {}, hosted: {} }], 'program'),
    check: expectPlugin,
  }),
  target({
    name: 'connector-config',
    runs: 700,
    input: mutationOf(CONFIGS, 'program'),
    check: expectConfig,
  }),
  target({
    name: 'capabilities',
    runs: 1000,
    input: mutationOf([CAPABILITIES], 'program'),
    check: expectCapabilities,
  }),
  target({
    name: 'workspaces',
    runs: 800,
    input: mutationOf([WORKSPACES], 'program'),
    check: (recipe) => expectParser(recipe, (input) => parseDiscoveredWorkspaces(input, 'sample')),
  }),
  target({
    name: 'resources',
    runs: 800,
    input: mutationOf([RESOURCES], 'program'),
    check: (recipe) => expectParser(recipe, (input) => parseDiscoveredResources(input, 'sample')),
  }),
];
