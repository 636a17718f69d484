import { manifestOf, type PluginManifest, type TrackerCapabilities } from '@spec-kitty/tracker-core';
import { BeadsConfigSchema } from './config.ts';

/** The most issues of one page. */
export const PAGE_SIZE = 1000;

/** The most that a binding can do; an instance narrows it to what its source can. Nobody has to sign in. */
export const CAPABILITIES: TrackerCapabilities = {
  supportsWebhooks: false,
  supportsComments: true,
  supportsHierarchy: true,
  supportsDependencies: true,
  supportsCustomFields: true,
  supportsMultiAssignee: false,
  supportsSprintsOrCycles: false,
  supportsBulkRead: true,
  supportsBulkWrite: true,
  supportsDelete: false,
  supportsAssignment: true,
  supportsTerminalTransition: true,
  supportsWrite: true,
  supportsIdempotentCreate: true,
  fields: { status: 'lossy', issueType: 'lossy', links: 'lossy' },
  ordering: 'none',
  // An older export may be put in place of a newer one, and so may a database: what it says holds.
  timesMayGoBackwards: true,
  limits: { pageSize: PAGE_SIZE, batchSize: 1000 },
};

/** An export is read. */
export const EXPORT_CAPABILITIES: TrackerCapabilities = {
  ...CAPABILITIES,
  supportsComments: false,
  supportsBulkWrite: false,
  supportsTerminalTransition: false,
  supportsWrite: false,
  supportsIdempotentCreate: false,
};

/** In UTF-16 units, as the canonical model counts. */
export const BODY_LENGTH = 20_000;

/** What `bd` can do. A status or a type that Beads has no word for is refused by name. */
export const DATABASE_CAPABILITIES: TrackerCapabilities = {
  ...CAPABILITIES,
  supportsCustomFields: false,
  fields: { ...CAPABILITIES.fields, priority: 'lossy' },
  // Titles in bytes: what is longer only so is refused by name. A body of this length fits into a line that bd 0.x imports.
  limits: { ...CAPABILITIES.limits, titleLength: 500, bodyLength: BODY_LENGTH },
};

/** What a host knows of the connector before its code is loaded. */
export const manifest: PluginManifest = manifestOf({
  id: 'beads',
  displayName: 'Beads',
  category: 'local',
  capabilities: CAPABILITIES,
  configSchema: BeadsConfigSchema,
  credentials: [],
});
