import { definePlugin, type TrackerPlugin } from '@spec-kitty/tracker-core';
import { type GitLabConfig, GitLabConfigSchema } from './config.ts';
import { GitLabConnector } from './connector.ts';
import { hosted } from './hosted.ts';
import { manifest } from './manifest.ts';

/** The connector as a registry takes it; the package's default export. */
export const plugin: TrackerPlugin<GitLabConfig> = definePlugin({
  manifest,
  configSchema: GitLabConfigSchema,
  hosted,
  create: (config, context) => new GitLabConnector(config, context),
});
