import { manifestOf, type PluginManifest, type TrackerCapabilities } from '@spec-kitty/tracker-core';
import { BeadsConfigSchema } from './config.ts';

/** What an export can give. Nothing is written, and nobody has to sign in to read a file. */
export const CAPABILITIES: TrackerCapabilities = {
  supportsWebhooks: false,
  supportsComments: false,
  supportsHierarchy: true,
  supportsDependencies: true,
  supportsCustomFields: true,
  supportsMultiAssignee: false,
  supportsSprintsOrCycles: false,
  supportsBulkRead: true,
  supportsBulkWrite: false,
  supportsDelete: false,
  supportsAssignment: true,
  supportsTerminalTransition: false,
  supportsWrite: false,
  fields: { status: 'lossy', issueType: 'lossy', links: 'lossy' },
  ordering: 'none',
  // An older export may be put in place of a newer one: what the file says holds.
  timesMayGoBackwards: true,
  limits: { pageSize: 1000 },
};

/** What `bd` can do. A status or a type that Beads has no word for is refused by name. */
export const DATABASE_CAPABILITIES: TrackerCapabilities = {
  ...CAPABILITIES,
  supportsComments: true,
  supportsCustomFields: false,
  supportsBulkWrite: true,
  supportsTerminalTransition: true,
  supportsWrite: true,
  supportsIdempotentCreate: true,
  fields: { ...CAPABILITIES.fields, priority: 'lossy' },
  limits: { pageSize: 1000, batchSize: 1000 },
};

export const manifest: PluginManifest = manifestOf({
  id: 'beads',
  displayName: 'Beads',
  category: 'local',
  capabilities: CAPABILITIES,
  configSchema: BeadsConfigSchema,
  credentials: [],
});
