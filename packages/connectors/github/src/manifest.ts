import { manifestOf, type PluginManifest, type TrackerCapabilities } from '@spec-kitty/tracker-core';
import { GitHubConfigSchema, HostedParamsSchema } from './config.ts';

/** GitHub takes 65,536 characters; the marker of a create needs some of them. */
const BODY_LENGTH = 65_000;

export const CAPABILITIES: TrackerCapabilities = {
  supportsWebhooks: true,
  supportsComments: true,
  supportsHierarchy: true,
  supportsDependencies: true,
  supportsCustomFields: false,
  supportsMultiAssignee: true,
  supportsSprintsOrCycles: false,
  supportsBulkRead: true,
  supportsBulkWrite: true,
  supportsDelete: false,
  supportsAssignment: true,
  supportsTerminalTransition: true,
  supportsLookupByKey: true,
  supportsCommentEdits: true,
  fields: { issueType: 'lossy', links: 'lossy' },
  // What is created is open: it is closed by a second request.
  fieldsAfterCreate: ['status'],
  foldsCase: ['labels', 'assignees'],
  ordering: 'oldest_first',
  timeGranularityMs: 1000,
  // Nothing is published about how soon a listing shows a create; reads may come from a replica.
  lagMs: 5000,
  limits: { pageSize: 100, batchSize: 100, titleLength: 256, bodyLength: BODY_LENGTH, labelLength: 50 },
};

/** What a host knows of the connector before its code is loaded. */
export const manifest: PluginManifest = manifestOf({
  id: 'github',
  displayName: 'GitHub',
  category: 'saas',
  capabilities: CAPABILITIES,
  configSchema: GitHubConfigSchema,
  hosted: { paramsSchema: HostedParamsSchema },
  credentials: [
    {
      name: 'token',
      env: 'GITHUB_TOKEN',
      secret: true,
      description: 'A personal access token, or that of an app, that may read and write issues',
    },
    {
      name: 'webhookSecret',
      env: 'GITHUB_WEBHOOK_SECRET',
      secret: true,
      description: 'Checks the signature of webhooks; without it they are refused',
    },
  ],
});
