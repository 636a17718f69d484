import { definePlugin, type TrackerPlugin } from '@spec-kitty/tracker-core';
import { type BeadsConfig, BeadsConfigSchema } from './config.ts';
import { BeadsConnector } from './connector.ts';
import { manifest } from './manifest.ts';

/** The connector as a registry takes it; the package's default export. */
export const plugin: TrackerPlugin<BeadsConfig> = definePlugin({
  manifest,
  configSchema: BeadsConfigSchema,
  create: (config, context) => new BeadsConnector(config, context),
});
