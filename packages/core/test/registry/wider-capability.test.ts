import { expect, test } from 'vitest';
import type { TrackerCapabilities } from '../../src/index.ts';
import { widerCapability } from '../../src/registry/wider-capability.ts';
import { FULL } from '../mission/fake-connector.ts';

test.each<[string | undefined, Partial<TrackerCapabilities>, Partial<TrackerCapabilities>]>([
  [undefined, {}, {}],
  [undefined, {}, { supportsWebhooks: false, supportsComments: false, supportsWrite: false }],
  ['supportsWebhooks', {}, { supportsWebhooks: true }],
  ['supportsIdempotentCreate', {}, { supportsIdempotentCreate: true }],
  ['supportsWrite', { supportsWrite: false }, {}],
  [undefined, { supportsWrite: true }, {}],
  [undefined, {}, { fields: { labels: 'lossy', links: 'none' } }],
  ['fields.labels', { fields: { labels: 'none' } }, { fields: { labels: 'lossy' } }],
  ['fields.body', { fields: { body: 'lossy' } }, {}],
  ['fields.parent', { supportsHierarchy: false }, { supportsHierarchy: false, fields: { parent: 'full' } }],
  [undefined, { fieldsAfterCreate: ['status'] }, { fieldsAfterCreate: ['labels', 'status'] }],
  [undefined, {}, { fieldsAfterCreate: ['status'] }],
  ['fieldsAfterCreate', { fieldsAfterCreate: ['labels', 'status'] }, { fieldsAfterCreate: ['status'] }],
  ['ordering', {}, { ordering: 'oldest_first' }],
  [undefined, { ordering: 'oldest_first' }, { ordering: 'none' }],
  [undefined, {}, { limits: { pageSize: 5 } }],
  [undefined, { limits: { pageSize: 9 } }, { limits: { pageSize: 5, titleLength: 10 } }],
  ['limits.pageSize', { limits: { pageSize: 9 } }, { limits: { pageSize: 10 } }],
  ['limits.bodyLength', { limits: { bodyLength: 9 } }, {}],
  [undefined, { lagMs: 9, timesMayGoBackwards: true, foldsCase: ['labels'] }, { lagMs: 1, foldsCase: [] }],
])('%s: declared %j, actual %j', (wider, declared, actual) => {
  expect(widerCapability({ ...FULL, ...declared }, { ...FULL, ...actual })).toBe(wider);
});
