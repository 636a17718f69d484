import {
  ConnectorConfigError,
  type ConnectorContext,
  type ConnectorRegistry,
  type DiscoveredResource,
  type DiscoveredWorkspace,
  type DiscoveryResult,
  describeZodError,
  type HostedSupport,
  type JsonObject,
  parseDiscoveredResources,
  parseDiscoveredWorkspaces,
  type SharedState,
  silentLogger,
  systemClock,
  type TaskTrackerConnector,
} from '@spec-kitty/tracker-core';
import { type NangoContext, parseNangoContext } from './nango-context.ts';
import { createProxyFetch } from './proxy-fetch.ts';

/** A connector that is wanted: of whom, through which connection, and for what of it. */
export interface HostedRequest {
  provider: string;
  nangoContext: NangoContext;
  /** What tells one resource of the connection from the others, as the provider's plugin documents. */
  params: JsonObject;
}

/** Which connectors there are, and what the host gives them. */
export interface HostedOptions {
  registry: ConnectorRegistry;
  /** What the host gives to connectors; its `fetch` reaches the proxy. */
  context?: Partial<ConnectorContext>;
}

/**
 * The same connector as a direct construction would make, over a `fetch` that sends every request through the proxy.
 * @throws ConnectorConfigError for a provider that is not installed or not hosted, and for params that are none.
 */
export async function createHostedConnector(
  { provider, nangoContext, params }: HostedRequest,
  options: HostedOptions,
): Promise<TaskTrackerConnector> {
  const { registry } = options;
  const hosted = await hostedOf(provider, registry);
  const parsed = hosted.paramsSchema.safeParse(params);
  if (!parsed.success) {
    const { fieldPath, message } = describeZodError(parsed.error);
    throw new ConnectorConfigError(`not what ${provider} needs to be hosted: ${message}`, {
      fieldPath: `params${fieldPath === '' ? '' : `.${fieldPath}`}`,
    });
  }
  return registry.create(
    provider,
    hosted.configFrom(parsed.data),
    contextOf(provider, nangoContext, options),
  );
}

/** The organisations, sites or groups that a connection reaches. @throws ConnectorConfigError, DiscoveryContractError */
export async function discoverWorkspaces(
  provider: string,
  nangoContext: NangoContext,
  options: HostedOptions,
): Promise<DiscoveryResult<DiscoveredWorkspace>> {
  const { discoverWorkspaces: discover } = await hostedOf(provider, options.registry);
  if (!discover) throw notDiscovered(provider);
  const found = await discover(contextOf(provider, nangoContext, options));
  return parseDiscoveredWorkspaces(found, provider);
}

/** The teams, projects or repositories of a workspace. @throws ConnectorConfigError, DiscoveryContractError */
export async function discoverResources(
  provider: string,
  workspace: DiscoveredWorkspace,
  nangoContext: NangoContext,
  options: HostedOptions,
): Promise<DiscoveryResult<DiscoveredResource>> {
  const { discoverResources: discover } = await hostedOf(provider, options.registry);
  if (!discover) throw notDiscovered(provider);
  const found = await discover(workspace, contextOf(provider, nangoContext, options));
  return parseDiscoveredResources(found, provider);
}

async function hostedOf(provider: string, registry: ConnectorRegistry): Promise<HostedSupport> {
  if (!registry.has(provider))
    throw new ConnectorConfigError(
      `no connector for ${JSON.stringify(provider.slice(0, 100))} is installed; for one of this project, run: npm install @spec-kitty/tracker-${provider.replaceAll(/[^a-z0-9-]/g, '')}`,
      { fieldPath: 'provider' },
    );
  const { hosted } = await registry.get(provider);
  if (hosted) return hosted;
  throw new ConnectorConfigError(
    `the ${provider} connector does not work over a hosted connection in this release; construct it with credentials of its own`,
    { fieldPath: 'provider' },
  );
}

function notDiscovered(provider: string): ConnectorConfigError {
  return new ConnectorConfigError(`the ${provider} connector discovers nothing; give it its params by hand`, {
    fieldPath: 'provider',
  });
}

function contextOf(
  provider: string,
  nangoContext: NangoContext,
  { context = {} }: HostedOptions,
): ConnectorContext {
  return {
    logger: silentLogger,
    clock: systemClock,
    ...context,
    ...(context.shared ? { shared: sharedOf(context.shared, nangoContext) } : {}),
    ...(context.sharedState ? { sharedState: sharedStateOf(context.sharedState, nangoContext) } : {}),
    // No secret of the provider is the host's to give.
    env: {},
    fetch: createProxyFetch(provider, parseNangoContext(nangoContext), context.fetch),
  };
}

/** What the connectors of one connection share: all stand under the same name of a credential that they have not. */
function sharedOf(shared: Map<string, unknown>, { connectionId, providerConfigKey }: NangoContext) {
  const key = connectionKey({ connectionId, providerConfigKey });
  const held = shared.get(key);
  if (held instanceof Map) return held as Map<string, unknown>;
  const own = new Map<string, unknown>();
  shared.set(key, own);
  return own;
}

function sharedStateOf(
  shared: SharedState,
  connection: Pick<NangoContext, 'connectionId' | 'providerConfigKey'>,
): SharedState {
  return { update: (name, change) => shared.update(`${connectionKey(connection)} ${name}`, change) };
}

function connectionKey({
  connectionId,
  providerConfigKey,
}: Pick<NangoContext, 'connectionId' | 'providerConfigKey'>): string {
  return JSON.stringify(['nango', providerConfigKey, connectionId]);
}
