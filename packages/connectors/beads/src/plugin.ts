import { definePlugin, type TrackerPlugin } from '@spec-kitty/tracker-core';
import { type BeadsConfig, BeadsConfigSchema } from './config.ts';
import { BeadsConnector } from './connector.ts';
import { manifest } from './manifest.ts';

export const plugin: TrackerPlugin<BeadsConfig> = definePlugin({
  manifest,
  configSchema: BeadsConfigSchema,
  create: (config, context) => new BeadsConnector(config, context),
});
