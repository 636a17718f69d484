import { manifestOf, type PluginManifest, type TrackerCapabilities } from '@spec-kitty/tracker-core';
import { RedmineConfigSchema } from './config.ts';
import { credentials } from './credentials.ts';

/** What the connector promises; conformance tests that it keeps this, and refuses the rest. */
export const CAPABILITIES: TrackerCapabilities = {
  supportsWebhooks: false,
  supportsComments: true,
  supportsHierarchy: true,
  supportsDependencies: true,
  supportsCustomFields: false,
  supportsMultiAssignee: false,
  supportsSprintsOrCycles: false,
  supportsBulkRead: true,
  supportsBulkWrite: false,
  supportsDelete: true,
  supportsAssignment: true,
  supportsTerminalTransition: true,
  // With a field to keep the key in; without one the instance narrows it.
  supportsLookupByKey: true,
  supportsCommentEdits: true,
  // A workflow decides which status may follow.
  fields: { status: 'lossy', issueType: 'lossy', priority: 'lossy', links: 'lossy', labels: 'none' },
  // A new issue begins where the workflow says: a second request takes it on.
  fieldsAfterCreate: ['status'],
  // By number: times tell whole seconds alone, in which many issues may change.
  ordering: 'none',
  timeGranularityMs: 1000,
  limits: { pageSize: 100, batchSize: 100, titleLength: 255 },
};

export const manifest: PluginManifest = manifestOf({
  id: 'redmine',
  displayName: 'Redmine',
  category: 'saas',
  capabilities: CAPABILITIES,
  configSchema: RedmineConfigSchema,
  credentials,
});
