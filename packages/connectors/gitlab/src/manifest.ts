import { manifestOf, type PluginManifest, type TrackerCapabilities } from '@spec-kitty/tracker-core';
import { GitLabConfigSchema, HostedParamsSchema } from './config.ts';

/** GitLab takes 1,048,576 characters; the marker of a create needs some of them. */
const BODY_LENGTH = 1_048_000;

export const CAPABILITIES: TrackerCapabilities = {
  supportsWebhooks: true,
  supportsComments: true,
  supportsHierarchy: false,
  supportsDependencies: true,
  supportsCustomFields: false,
  supportsMultiAssignee: true,
  supportsSprintsOrCycles: false,
  supportsBulkRead: true,
  supportsBulkWrite: false,
  supportsDelete: true,
  supportsAssignment: true,
  supportsTerminalTransition: true,
  supportsLookupByKey: true,
  supportsCommentEdits: true,
  // Several assignees are paid for, and so are relations that block.
  fields: { assignees: 'lossy', links: 'lossy' },
  unlistedFields: ['links'],
  // What is created is open: it is closed by a second request.
  fieldsAfterCreate: ['status'],
  foldsCase: ['assignees'],
  ordering: 'oldest_first',
  // Nothing is published about how soon a listing shows a create; reads may come from a replica.
  lagMs: 5000,
  limits: { pageSize: 100, batchSize: 100, titleLength: 255, bodyLength: BODY_LENGTH, labelLength: 255 },
};

/** What a host knows of the connector before its code is loaded. */
export const manifest: PluginManifest = manifestOf({
  id: 'gitlab',
  displayName: 'GitLab',
  category: 'saas',
  capabilities: CAPABILITIES,
  configSchema: GitLabConfigSchema,
  hosted: { paramsSchema: HostedParamsSchema },
  credentials: [
    {
      name: 'token',
      env: 'GITLAB_TOKEN',
      secret: true,
      description: 'A personal, project or group access token with the scope api, or an OAuth token',
    },
    {
      name: 'webhookSecret',
      env: 'GITLAB_WEBHOOK_SECRET',
      secret: true,
      description:
        'Checks webhooks: a secret token, or whsec_ and a signing key; without it they are refused',
    },
  ],
});
