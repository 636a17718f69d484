import type { TrackerCapabilities } from '@spec-kitty/tracker-core';
import { type InMemoryOptions, manifest } from '@spec-kitty/tracker-memory';
import { describe, test } from 'vitest';
import { connectorConformance } from '../../src/index.ts';
import { openMemory } from '../support/memory.ts';

/** The memory connector as a tracker that can do less, and says so. */
function lesser(options: InMemoryOptions & { capabilities: Partial<TrackerCapabilities> }): void {
  const capabilities = { ...manifest.capabilities, ...options.capabilities };
  const plugin = { manifest: { ...manifest, capabilities } };
  connectorConformance({ test, plugin, open: () => openMemory(options) });
}

describe('the memory connector', () => {
  connectorConformance({ test, plugin: { manifest }, open: () => openMemory() });
});

describe('a tracker that only reads', () => {
  lesser({ capabilities: { supportsWrite: false, supportsWebhooks: false } });
});

describe('a tracker of few capabilities', () => {
  lesser({
    capabilities: {
      supportsWebhooks: false,
      supportsComments: false,
      supportsCommentEdits: false,
      supportsHierarchy: false,
      supportsDependencies: false,
      supportsCustomFields: false,
      supportsAssignment: false,
      supportsMultiAssignee: false,
      supportsBulkRead: false,
      supportsBulkWrite: false,
      supportsDelete: false,
      supportsTerminalTransition: false,
      supportsOptimisticConcurrency: false,
      supportsIdempotentCreate: false,
      supportsLookupByKey: false,
      supportsClientIds: false,
    },
  });
});

describe('a tracker with limits, a lag, coarse times and two statuses', () => {
  lesser({
    statuses: { in_progress: 'todo', in_review: 'todo', blocked: 'todo', canceled: 'done' },
    capabilities: {
      fields: { status: 'lossy', priority: 'none' },
      foldsCase: ['labels'],
      lagMs: 5000,
      timeGranularityMs: 1000,
      limits: { pageSize: 20, batchSize: 10, titleLength: 255, bodyLength: 65_536, labelLength: 50 },
    },
  });
});
