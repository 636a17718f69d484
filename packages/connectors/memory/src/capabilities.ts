import type { TrackerCapabilities } from '@spec-kitty/tracker-core';

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
