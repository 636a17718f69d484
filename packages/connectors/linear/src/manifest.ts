import { manifestOf, type PluginManifest, type TrackerCapabilities } from '@spec-kitty/tracker-core';
import { HostedParamsSchema, LinearConfigSchema } from './config.ts';

/** The environment variables that may hold what is secret. */
export const VARIABLES = {
  apiKey: 'LINEAR_API_KEY',
  accessToken: 'LINEAR_ACCESS_TOKEN',
  webhookSecret: 'LINEAR_WEBHOOK_SECRET',
} as const;

export const CAPABILITIES: TrackerCapabilities = {
  supportsWebhooks: true,
  supportsComments: true,
  supportsHierarchy: true,
  supportsDependencies: true,
  supportsCustomFields: true,
  supportsMultiAssignee: false,
  supportsSprintsOrCycles: false,
  supportsBulkRead: true,
  supportsBulkWrite: true,
  supportsDelete: true,
  supportsAssignment: true,
  supportsTerminalTransition: true,
  supportsIdempotentCreate: true,
  supportsClientIds: true,
  supportsCommentEdits: true,
  fields: {
    body: 'lossy',
    status: 'lossy',
    issueType: 'none',
    priority: 'lossy',
    customFields: 'lossy',
  },
  foldsCase: ['labels'],
  ordering: 'none',
  // With what a listing shows of an issue, 200 take two thirds of the complexity that a query may have.
  limits: { pageSize: 200, batchSize: 200 },
};

/** What a host knows of the connector before its code is loaded. */
export const manifest: PluginManifest = manifestOf({
  id: 'linear',
  displayName: 'Linear',
  category: 'saas',
  capabilities: CAPABILITIES,
  configSchema: LinearConfigSchema,
  hosted: { paramsSchema: HostedParamsSchema },
  credentials: [
    {
      name: 'apiKey',
      env: VARIABLES.apiKey,
      secret: true,
      description: 'A personal API key, from Settings, Security & access; this or accessToken',
    },
    {
      name: 'accessToken',
      env: VARIABLES.accessToken,
      secret: true,
      description: 'An OAuth access token; this or apiKey',
    },
    {
      name: 'webhookSecret',
      env: VARIABLES.webhookSecret,
      secret: true,
      description: 'Checks the signature of webhooks; without it they are refused',
    },
  ],
});
