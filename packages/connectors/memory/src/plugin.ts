import { definePlugin, type TrackerPlugin } from '@spec-kitty/tracker-core';
import { type InMemoryConfig, InMemoryConfigSchema } from './config.ts';
import { InMemoryConnector } from './connector.ts';
import { manifest, WEBHOOK_SECRET_VARIABLE } from './manifest.ts';

/** The connector as a registry takes it; the package's default export. */
export const plugin: TrackerPlugin<InMemoryConfig> = definePlugin({
  manifest,
  configSchema: InMemoryConfigSchema,
  create(config, context) {
    const webhookSecret = config.webhookSecret ?? context.env[WEBHOOK_SECRET_VARIABLE];
    return new InMemoryConnector(
      { ...config, ...(webhookSecret === undefined ? {} : { webhookSecret }) },
      context,
    );
  },
});
