import { definePlugin, type TrackerPlugin } from '@spec-kitty/tracker-core';
import { type LinearConfig, LinearConfigSchema } from './config.ts';
import { LinearConnector } from './connector.ts';
import { hosted } from './hosted.ts';
import { manifest, VARIABLES } from './manifest.ts';

/** The connector as a registry takes it; the package's default export. */
export const plugin: TrackerPlugin<LinearConfig> = definePlugin({
  manifest,
  configSchema: LinearConfigSchema,
  hosted,
  create(config, context) {
    const { env } = context;
    // A credential that is configured stands before those of the environment, which may hold the other kind.
    const configured = config.apiKey !== undefined || config.accessToken !== undefined;
    const apiKey = configured ? config.apiKey : env[VARIABLES.apiKey];
    const accessToken = configured || apiKey !== undefined ? config.accessToken : env[VARIABLES.accessToken];
    const webhookSecret = config.webhookSecret ?? env[VARIABLES.webhookSecret];
    return new LinearConnector(
      {
        ...config,
        ...(apiKey === undefined ? {} : { apiKey }),
        ...(accessToken === undefined ? {} : { accessToken }),
        ...(webhookSecret === undefined ? {} : { webhookSecret }),
      },
      context,
    );
  },
});
