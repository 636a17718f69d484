import * as z from 'zod';
import { describeZodError, safeParse } from '../errors/from-zod.ts';
import type { TaskTrackerConnector } from '../protocol/connector.ts';
import type { ConnectorContext } from '../protocol/context.ts';
import type { DiscoveredResource, DiscoveredWorkspace, DiscoveryResult } from './discovered.ts';
import { type PluginManifest, PluginManifestSchema } from './plugin-manifest.ts';

/** How a plugin works over a hosted transport, where the host holds no credentials of the provider. */
export interface HostedSupport<C = unknown> {
  /** Of what tells one connection's resources apart: a team, a project, a repository. */
  paramsSchema: z.ZodType;
  /** A configuration for `create`, from params that the schema took. */
  configFrom(params: unknown): C;
  /** The organisations, sites or groups that the connection reaches. */
  discoverWorkspaces?(context: ConnectorContext): Promise<DiscoveryResult<DiscoveredWorkspace>>;
  /** The teams, projects or repositories of one of them. */
  discoverResources?(
    workspace: DiscoveredWorkspace,
    context: ConnectorContext,
  ): Promise<DiscoveryResult<DiscoveredResource>>;
}

/** A connector as a registry knows it. */
export interface TrackerPlugin<C = unknown> {
  manifest: PluginManifest;
  /** A zod 4 schema; strict, since a misspelt option must not be dropped. */
  configSchema: z.ZodType<C>;
  /** `config` is what the schema made of the host's options. */
  create(config: C, context: ConnectorContext): TaskTrackerConnector | Promise<TaskTrackerConnector>;
  /** Present just where the manifest has `hosted`. */
  hosted?: HostedSupport<C>;
}

const callable = z.custom((value) => typeof value === 'function', 'expected a function');
const zodSchema = z.custom((value) => value instanceof Object && '_zod' in value, 'expected a zod 4 schema');

const TrackerPluginSchema = z
  .object({
    manifest: PluginManifestSchema,
    configSchema: zodSchema,
    create: callable,
    hosted: z.exactOptional(
      z.object({
        paramsSchema: zodSchema,
        configFrom: callable,
        discoverWorkspaces: z.exactOptional(callable),
        discoverResources: z.exactOptional(callable),
      }),
    ),
  })
  .refine(({ manifest, hosted }) => !manifest.hosted === !hosted, {
    path: ['hosted'],
    message: 'expected in the manifest and in the plugin, or in neither',
  });

/** Why `value` is no plugin; undefined where it is one. */
export function pluginProblem(value: unknown): string | undefined {
  const parsed = safeParse(TrackerPluginSchema, value);
  return parsed.success ? undefined : describeZodError(parsed.error).message;
}

/** Whether a registry can use it: a manifest, a zod 4 schema, and `create`. */
export function isTrackerPlugin(value: unknown): value is TrackerPlugin {
  return pluginProblem(value) === undefined;
}

export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    for (const item of Object.values(Object.freeze(value))) deepFreeze(item);
  }
  return value;
}

/**
 * The plugin, checked and frozen.
 * @throws TypeError where its manifest, schema or functions are not what a registry needs.
 */
export function definePlugin<C>(plugin: TrackerPlugin<C>): TrackerPlugin<C> {
  const problem = pluginProblem(plugin);
  if (problem !== undefined) throw new TypeError(`not a tracker plugin: ${problem}`);
  deepFreeze(plugin.manifest);
  return Object.freeze(plugin);
}
