import { definePlugin, type TrackerPlugin } from '@spec-kitty/tracker-core';
import { type RedmineConfig, RedmineConfigSchema } from './config.ts';
import { RedmineConnector } from './connector.ts';
import { manifest } from './manifest.ts';

export const plugin: TrackerPlugin<RedmineConfig> = definePlugin({
  manifest,
  configSchema: RedmineConfigSchema,
  create: (config, context) => new RedmineConnector(config, context),
});
