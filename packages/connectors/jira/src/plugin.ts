import { definePlugin, type TrackerPlugin } from '@spec-kitty/tracker-core';
import { type JiraConfig, JiraConfigSchema } from './config.ts';
import { JiraConnector } from './connector.ts';
import { hosted } from './hosted.ts';
import { manifest } from './manifest.ts';

/** The connector as a registry takes it; the package's default export. */
export const plugin: TrackerPlugin<JiraConfig> = definePlugin({
  manifest,
  configSchema: JiraConfigSchema,
  hosted,
  create: (config, context) => new JiraConnector(config, context),
});
