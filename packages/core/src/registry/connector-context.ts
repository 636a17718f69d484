import { type ConnectorContext, silentLogger, systemClock } from '../protocol/context.ts';
import type { PluginManifest } from './plugin-manifest.ts';

/**
 * What a plugin may use of the world outside: what is given, over the global `fetch`, no log, the system's clock and
 * an empty environment. Of the environment it sees only what its manifest declares.
 */
export function connectorContext(
  manifest: PluginManifest,
  given: Partial<ConnectorContext> = {},
): ConnectorContext {
  const env: Record<string, string | undefined> = {};
  for (const { env: variable } of manifest.credentials) {
    const value = given.env?.[variable];
    if (value !== undefined) env[variable] = value;
  }
  return {
    ...given,
    // The global is looked up when used, so that a host may still replace it.
    fetch: given.fetch ?? ((input, init) => globalThis.fetch(input, init)),
    logger: given.logger ?? silentLogger,
    clock: given.clock ?? systemClock,
    env,
  };
}
