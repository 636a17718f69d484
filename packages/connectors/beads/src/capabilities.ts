import type { TrackerCapabilities } from '@spec-kitty/tracker-core';

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
