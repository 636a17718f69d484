import { definePlugin, type TrackerPlugin } from '@spec-kitty/tracker-core';
import { type FPConfig, FPConfigSchema } from './config.ts';
import { FPConnector } from './connector.ts';
import { manifest } from './manifest.ts';

export const plugin: TrackerPlugin<FPConfig> = definePlugin({
  manifest,
  configSchema: FPConfigSchema,
  create: (config, context) => new FPConnector(config, context),
});
