import { deepStrictEqual } from 'node:assert/strict';
import type { CanonicalIssue, IssueFields, StoredRecord } from '../../src/index.ts';
import { fieldsOf, OwnershipPolicy, targetKey } from '../../src/index.ts';
import type { SyncContext } from '../../src/sync/agreement.ts';
import { reconcile } from '../../src/sync/reconcile.ts';
import { Translator } from '../../src/sync/translator.ts';
import { CAPABILITIES } from '../engine/support/strict-tracker.ts';

/*
 * For `pnpm bench`: how long merges of whole issues take, planning alone, without a store or a tracker. Both sides
 * changed: each a text field of its own, both the labels and the custom fields, and one field to different values.
 */

const ISSUES = 100;
const WARM_UP = 100;
const ROUNDS = 500;
/** Per issue: the priority. */
const CONFLICTS = 1;

const binding = { system: 'bench', workspace: 'bench', scope: 'bench' };
const target = targetKey(binding);
const BODY = 'The quick store keeps every issue that a tracker holds. '.repeat(9);
const ref = (id: string): CanonicalIssue['ref'] => ({ system: 'bench', workspace: 'bench', id });

function agreed(index: number): IssueFields {
  return {
    title: `Issue ${index} as both sides knew it`,
    body: BODY,
    status: 'todo',
    issueType: 'task',
    priority: 2,
    assignees: ['ada', 'grace'],
    labels: ['backend', 'regression', `area-${index}`],
    parent: ref(`${index + 1}`),
    links: [{ type: 'blocks', target: ref(`${index + 2}`) }],
    customFields: { sprint: index, team: 'store' },
  };
}

function recordOf(index: number): StoredRecord {
  const base = agreed(index);
  const issue: CanonicalIssue = {
    ...base,
    ref: ref(`${index}`),
    createdAt: '2026-01-01T00:00:00.000Z',
    updatedAt: '2026-01-02T00:00:00.000Z',
    title: `Issue ${index} as we call it now`,
    priority: 1,
    labels: [...base.labels, 'ours'],
    customFields: { ...base.customFields, team: 'engine' },
  };
  return {
    id: index + 1,
    stamp: 1,
    revision: 2,
    issue,
    agreements: [{ ref: issue.ref, target, seen: 'before', pair: { local: base, remote: base } }],
    aliases: {},
    fieldTimes: { priority: '2026-01-02T00:00:00.000Z' },
  };
}

function remoteOf(index: number): CanonicalIssue {
  const base = agreed(index);
  return {
    ...base,
    ref: ref(`${index}`),
    createdAt: '2026-01-01T00:00:00.000Z',
    updatedAt: '2026-01-03T00:00:00.000Z',
    body: `${BODY} They added a line.`,
    status: 'in_progress',
    priority: 3,
    labels: base.labels.filter((label) => label !== 'regression'),
    customFields: { ...base.customFields, sprint: index + 1 },
  };
}

let ids = 0;
const context: SyncContext = {
  bindingId: target,
  target,
  policy: OwnershipPolicy.split({ fieldOwners: {}, defaultOwner: 'shared' }),
  strategy: 'newer_timestamp',
  capabilities: CAPABILITIES,
  mapping: '',
  configuration: '',
  translator: new Translator(binding, new Map(), []),
  ids: () => `id${++ids}`,
  now: '2026-01-04T00:00:00.000Z',
};

const pairs = Array.from({ length: ISSUES }, (_, index) => ({
  record: recordOf(index),
  remote: remoteOf(index),
}));

function mergeAll(rounds: number): number {
  let conflicts = 0;
  for (let round = 0; round < rounds; round++)
    for (const { record, remote } of pairs)
      conflicts += reconcile(record, remote, [], context).conflicts.length;
  return conflicts;
}

function requireMerged(): void {
  const [first] = pairs;
  if (!first) throw new Error('nothing to merge');
  const { issue } = reconcile(first.record, first.remote, [], context).record;
  const expected = {
    ...fieldsOf(first.remote),
    title: first.record.issue.title,
    labels: ['backend', 'area-0', 'ours'],
    customFields: { sprint: 1, team: 'engine' },
  };
  deepStrictEqual(fieldsOf(issue), expected);
}

requireMerged();
mergeAll(WARM_UP);
const start = performance.now();
const conflicts = mergeAll(ROUNDS);
const mergeMs = performance.now() - start;
const merges = ISSUES * ROUNDS;
if (conflicts !== merges * CONFLICTS) throw new Error(`${conflicts} conflicts in ${merges} merges`);
process.stdout.write(JSON.stringify({ merges, mergeMs }));
