import { definePlugin, type TrackerPlugin } from '@spec-kitty/tracker-core';
import { type GitHubConfig, GitHubConfigSchema } from './config.ts';
import { GitHubConnector } from './connector.ts';
import { hosted } from './hosted.ts';
import { manifest } from './manifest.ts';

/** The connector as a registry takes it; the package's default export. */
export const plugin: TrackerPlugin<GitHubConfig> = definePlugin({
  manifest,
  configSchema: GitHubConfigSchema,
  hosted,
  create: (config, context) => new GitHubConnector(config, context),
});
