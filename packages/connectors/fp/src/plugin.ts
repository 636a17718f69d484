import { definePlugin, type TrackerPlugin } from '@spec-kitty/tracker-core';
import { type FPConfig, FPConfigSchema } from './config.ts';
import { FPConnector } from './connector.ts';
import { manifest } from './manifest.ts';

/** The connector as a registry takes it; the package's default export. */
export const plugin: TrackerPlugin<FPConfig> = definePlugin({
  manifest,
  configSchema: FPConfigSchema,
  create: (config, context) => new FPConnector(config, context),
});
