import { definePlugin, type TrackerPlugin } from '@spec-kitty/tracker-core';
import { type AzureDevOpsConfig, AzureDevOpsConfigSchema } from './config.ts';
import { AzureDevOpsConnector } from './connector.ts';
import { manifest } from './manifest.ts';

/** Out of scope for the hosted transport in this release: it declares no `hosted`, and whoever asks for it is told. */
export const plugin: TrackerPlugin<AzureDevOpsConfig> = definePlugin({
  manifest,
  configSchema: AzureDevOpsConfigSchema,
  create: (config, context) => new AzureDevOpsConnector(config, context),
});
