import { manifestOf, type PluginManifest, type TrackerCapabilities } from '@spec-kitty/tracker-core';
import { InMemoryConfigSchema } from './config.ts';

/** The environment variable that may hold the secret of webhooks. */
export const WEBHOOK_SECRET_VARIABLE = 'SPEC_KITTY_MEMORY_WEBHOOK_SECRET';

/** The reference connector can do everything. */
export const CAPABILITIES: TrackerCapabilities = {
  supportsWebhooks: true,
  supportsComments: true,
  supportsHierarchy: true,
  supportsDependencies: true,
  supportsCustomFields: true,
  supportsMultiAssignee: true,
  supportsSprintsOrCycles: true,
  supportsBulkRead: true,
  supportsBulkWrite: true,
  supportsDelete: true,
  supportsAssignment: true,
  supportsTerminalTransition: true,
  supportsWrite: true,
  supportsOptimisticConcurrency: true,
  supportsIdempotentCreate: true,
  supportsLookupByKey: true,
  supportsClientIds: true,
  supportsCommentEdits: true,
  ordering: 'oldest_first',
  limits: { pageSize: 1000, batchSize: 1000 },
};

/** What a host knows of the connector before its code is loaded. */
export const manifest: PluginManifest = manifestOf({
  id: 'memory',
  displayName: 'Memory',
  category: 'reference',
  capabilities: CAPABILITIES,
  configSchema: InMemoryConfigSchema,
  credentials: [
    {
      name: 'webhookSecret',
      env: WEBHOOK_SECRET_VARIABLE,
      secret: true,
      description: 'Checks the signature of webhooks; without it they are refused',
    },
  ],
});
