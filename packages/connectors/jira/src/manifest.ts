import { manifestOf, type PluginManifest, type TrackerCapabilities } from '@spec-kitty/tracker-core';
import { HostedParamsSchema, JiraConfigSchema } from './config.ts';

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
  supportsLookupByKey: true,
  supportsCommentEdits: true,
  fields: { status: 'lossy', issueType: 'lossy', priority: 'lossy', parent: 'lossy' },
  // An issue begins where its workflow does, and is moved by a transition of its own.
  fieldsAfterCreate: ['status'],
  ordering: 'oldest_first',
  // Atlassian says that searches lag, and not for how long: https://developer.atlassian.com/cloud/jira/platform/search-and-reconcile/
  lagMs: 30_000,
  limits: { pageSize: 100, batchSize: 100, titleLength: 255, bodyLength: 30_000, labelLength: 255 },
};

/** What a host knows of the connector before its code is loaded. */
export const manifest: PluginManifest = manifestOf({
  id: 'jira',
  displayName: 'Jira Cloud',
  category: 'saas',
  capabilities: CAPABILITIES,
  configSchema: JiraConfigSchema,
  hosted: { paramsSchema: HostedParamsSchema },
  credentials: [
    {
      name: 'email',
      env: 'JIRA_EMAIL',
      secret: false,
      description: 'The address of the account that the API token is of',
    },
    {
      name: 'apiToken',
      env: 'JIRA_API_TOKEN',
      secret: true,
      description: 'An API token of an account that may read and write issues of the project',
    },
    {
      name: 'accessToken',
      env: 'JIRA_ACCESS_TOKEN',
      secret: true,
      description: 'A token of OAuth with read:jira-work, write:jira-work and read:jira-user, instead',
    },
    {
      name: 'webhookSecret',
      env: 'JIRA_WEBHOOK_SECRET',
      secret: true,
      description: 'Checks the signature of webhooks; without it they are refused',
    },
  ],
});
