import { manifestOf, type PluginManifest, type TrackerCapabilities } from '@spec-kitty/tracker-core';
import { AzureDevOpsConfigSchema } from './config.ts';

/** A text may have 1,048,576 characters as HTML, which is longer than the Markdown that it stands for. */
const BODY_LENGTH = 500_000;

export const CAPABILITIES: TrackerCapabilities = {
  supportsWebhooks: true,
  supportsComments: true,
  supportsHierarchy: true,
  supportsDependencies: true,
  supportsCustomFields: false,
  supportsMultiAssignee: false,
  supportsSprintsOrCycles: false,
  supportsBulkRead: true,
  supportsBulkWrite: true,
  supportsDelete: true,
  supportsAssignment: true,
  supportsTerminalTransition: true,
  supportsOptimisticConcurrency: true,
  supportsLookupByKey: true,
  supportsCommentEdits: true,
  fields: { body: 'lossy', status: 'lossy', issueType: 'lossy', priority: 'lossy' },
  // An item begins in its type's first state; another one is set by a second request.
  fieldsAfterCreate: ['status'],
  foldsCase: ['labels', 'assignees'],
  ordering: 'none',
  // Nothing is published about how soon a query shows a change.
  lagMs: 5000,
  limits: { pageSize: 200, batchSize: 200, titleLength: 255, bodyLength: BODY_LENGTH, labelLength: 400 },
};

/** What a host knows of the connector before its code is loaded. */
export const manifest: PluginManifest = manifestOf({
  id: 'azure-devops',
  displayName: 'Azure DevOps',
  category: 'saas',
  capabilities: CAPABILITIES,
  configSchema: AzureDevOpsConfigSchema,
  credentials: [
    {
      name: 'token',
      env: 'AZURE_DEVOPS_TOKEN',
      secret: true,
      description: 'A personal access token that may read and write work items',
    },
    {
      name: 'webhookSecret',
      env: 'AZURE_DEVOPS_WEBHOOK_SECRET',
      secret: true,
      description: 'The password, or the header, of service hooks; without it they are refused',
    },
  ],
});
