import { ConnectorConfigError } from '../errors/connector-config-error.ts';
import { TrackerContractError } from '../errors/contract-errors.ts';
import { describeZodError, parseOrThrow, safeParseAsync } from '../errors/from-zod.ts';
import { isPlainObject } from '../model/json.ts';
import { TrackerCapabilitiesSchema } from '../protocol/capabilities.ts';
import type { TaskTrackerConnector } from '../protocol/connector.ts';
import type { ConnectorContext } from '../protocol/context.ts';
import { connectorContext } from './connector-context.ts';
import { jsonSchemaOf } from './manifest-of.ts';
import { optionNames } from './option-names.ts';
import type { PluginManifest } from './plugin-manifest.ts';
import type { TrackerPlugin } from './tracker-plugin.ts';
import { widerCapability } from './wider-capability.ts';

/** A name may be as long as its author likes; a message is not. */
const MAX_NAME = 200;

/** None where it cannot be read: the schema says so then. */
function keysOf(config: unknown): string[] {
  try {
    return isPlainObject(config) ? Object.keys(config) : [];
  } catch {
    return [];
  }
}

/** @throws ConnectorConfigError naming the option; its message never repeats a value. */
async function parseConfig<C>({ manifest, configSchema }: TrackerPlugin<C>, config: unknown): Promise<C> {
  const names = optionNames(jsonSchemaOf(configSchema));
  const unknown =
    names &&
    keysOf(config)
      .find((key) => !names.includes(key))
      ?.slice(0, MAX_NAME);
  if (names && unknown !== undefined) {
    const message = `${manifest.id}: unknown option ${JSON.stringify(unknown)}; its options are ${names.join(', ')}`;
    throw new ConnectorConfigError(message, { fieldPath: unknown });
  }
  const parsed = await safeParseAsync(configSchema, config);
  if (parsed.success) return parsed.data;
  const { fieldPath, message } = describeZodError(parsed.error);
  throw new ConnectorConfigError(`${manifest.id} is configured wrongly: ${message}`, { fieldPath });
}

/** @throws TrackerContractError where the connector is not what the manifest announced. */
async function checkConnector(manifest: PluginManifest, connector: TaskTrackerConnector): Promise<void> {
  const fail = (kind: string, fieldPath: string, reason: string, problem: string): never => {
    const details = { provider: manifest.id, kind, fieldPath, reason };
    throw new TrackerContractError(`the connector of plugin ${manifest.id} ${problem}`, details);
  };
  for (const field of ['name', 'workspace', 'mapping', 'scope'] as const) {
    const value: unknown = connector[field];
    const optional = field === 'mapping' || field === 'scope';
    if (optional && value === undefined) continue;
    if (typeof value !== 'string' || value.trim() === '')
      fail('connector', field, 'blank', `has a blank ${field}`);
  }
  const stated = parseOrThrow(
    TrackerCapabilitiesSchema,
    await connector.getCapabilities(),
    (message, fieldPath) =>
      fail('capabilities', fieldPath, 'invalid', `states capabilities that are none: ${message}`),
  );
  const wider = widerCapability(manifest.capabilities, stated);
  if (wider) fail('capabilities', wider, 'wider_than_manifest', `claims more than its manifest: ${wider}`);
}

/** @throws ConnectorConfigError, TrackerContractError, and what the plugin's own `create` throws. */
export async function createConnector<C>(
  plugin: TrackerPlugin<C>,
  config: unknown,
  context?: Partial<ConnectorContext>,
): Promise<TaskTrackerConnector> {
  const { manifest } = plugin;
  const connector = await plugin.create(
    await parseConfig(plugin, config),
    connectorContext(manifest, context),
  );
  try {
    await checkConnector(manifest, connector);
  } catch (error) {
    try {
      await connector[Symbol.asyncDispose]();
    } catch {
      // Nobody will ever hold it; what stopped it matters more than how it ended.
    }
    throw error;
  }
  return connector;
}
