import { fieldSupport, type TrackerCapabilities, type WriteResult } from '@spec-kitty/tracker-core';
import { equal, refusal } from '../support/check.ts';
import { type ConnectorCase, writes } from './case.ts';

const CODES = ['capability_not_supported'] as const;

type Call = [name: string, call: (() => unknown) | undefined];

/** That each of these refuses, and that none of it left a trace. An optional method that is not there refuses too. */
async function allRefuse(calls: Call[]): Promise<void> {
  for (const [name, call] of calls) if (call) await refusal(() => refusedItem(call), name, CODES);
}

/** A bulk call may refuse each of its items instead. */
async function refusedItem(call: () => unknown): Promise<void> {
  const answer = await call();
  if (!Array.isArray(answer)) return;
  for (const item of answer as unknown[]) {
    if (isPlainResult(item) && !item.ok) throw item.error;
  }
}

function isPlainResult(item: unknown): item is WriteResult {
  return typeof item === 'object' && item !== null && 'ok' in item;
}

const lacks =
  (capability: keyof TrackerCapabilities): NonNullable<ConnectorCase['when']> =>
  (capabilities) =>
    writes(capabilities) && capabilities[capability] !== true;

const unknown = { headers: {}, body: new Uint8Array() };

/** What is not promised is refused by name, and not half done. */
export const refusalCases: ConnectorCase[] = [
  {
    name: 'it does not write, and says so',
    when: (capabilities) => !writes(capabilities),
    async run(world) {
      const { connector } = world;
      const ref = await world.seedOne({ title: 'As it was' });
      const before = await world.get(ref);
      const draft = world.draft({ title: 'Never' });
      const link = { type: 'relates_to', target: ref } as const;
      await allRefuse([
        ['createIssue', () => connector.createIssue(draft)],
        ['updateIssue', () => connector.updateIssue(ref, { title: 'Never' })],
        ['transitionIssue', () => connector.transitionIssue(ref, 'done')],
        ['upsertLink', () => connector.upsertLink(ref, link)],
        ['addComment', () => connector.addComment(ref, 'Never')],
        ['deleteIssue', connector.deleteIssue && (() => connector.deleteIssue?.(ref))],
        ['removeLink', connector.removeLink && (() => connector.removeLink?.(ref, link))],
        [
          'createIssues',
          connector.createIssues && (() => connector.createIssues?.([{ issue: draft, options: {} }])),
        ],
        [
          'updateIssues',
          connector.updateIssues && (() => connector.updateIssues?.([{ ref, patch: {}, options: {} }])),
        ],
        ['updateComment', connector.updateComment && (() => connector.updateComment?.(ref, '1', 'Never'))],
      ]);
      equal(await world.get(ref), before, 'the issue after refused writes');
    },
  },
  {
    name: 'it has no bulk reads, and says so',
    when: (capabilities) => !capabilities.supportsBulkRead,
    async run(world) {
      const { connector } = world;
      const ref = await world.seedOne();
      await allRefuse([['getIssues', connector.getIssues && (() => connector.getIssues?.([ref]))]]);
    },
  },
  {
    name: 'it has no webhooks, and says so',
    when: (capabilities) => !capabilities.supportsWebhooks,
    async run(world) {
      const { connector } = world;
      const call = connector.parseWebhook && (() => connector.parseWebhook?.(unknown));
      await allRefuse([['parseWebhook', call]]);
    },
  },
  {
    name: 'it has no bulk writes, and says so',
    when: lacks('supportsBulkWrite'),
    async run(world) {
      const { connector } = world;
      const ref = await world.seedOne();
      const issue = world.draft({ title: 'Never' });
      await allRefuse([
        [
          'createIssues',
          connector.createIssues && (() => connector.createIssues?.([{ issue, options: {} }])),
        ],
        [
          'updateIssues',
          connector.updateIssues && (() => connector.updateIssues?.([{ ref, patch: {}, options: {} }])),
        ],
      ]);
    },
  },
  {
    name: 'it does not delete, and says so',
    when: lacks('supportsDelete'),
    async run(world) {
      const { connector } = world;
      const ref = await world.seedOne();
      await allRefuse([['deleteIssue', connector.deleteIssue && (() => connector.deleteIssue?.(ref))]]);
      await world.get(ref);
    },
  },
  {
    name: 'it has no comments, and says so',
    when: lacks('supportsComments'),
    async run(world) {
      const ref = await world.seedOne();
      await allRefuse([['addComment', () => world.connector.addComment(ref, 'Never')]]);
    },
  },
  {
    name: 'it has no edits of comments, and says so',
    when: (capabilities) => capabilities.supportsCommentEdits !== true,
    async run(world) {
      const { connector } = world;
      const ref = await world.seedOne();
      await allRefuse([
        ['listComments', connector.listComments && (() => connector.listComments?.(ref))],
        ['updateComment', connector.updateComment && (() => connector.updateComment?.(ref, '1', 'Never'))],
      ]);
    },
  },
  {
    name: 'it has no look-up by key, and says so',
    when: (capabilities) => capabilities.supportsLookupByKey !== true,
    async run(world) {
      const { connector } = world;
      const call = connector.findByIdempotencyKeys && (() => connector.findByIdempotencyKeys?.(['key'], {}));
      await allRefuse([['findByIdempotencyKeys', call]]);
    },
  },
  {
    name: 'it has no compare-and-set, and says so',
    when: lacks('supportsOptimisticConcurrency'),
    async run(world) {
      const ref = await world.seedOne({ title: 'As it was' });
      const before = await world.get(ref);
      const options = { ifVersion: before.version ?? '1' };
      await allRefuse([
        ['updateIssue with ifVersion', () => world.connector.updateIssue(ref, { title: 'Never' }, options)],
      ]);
      equal(await world.get(ref), before, 'the issue after a refused write');
    },
  },
  {
    name: 'it has no terminal transitions, and says so',
    when: (capabilities) =>
      lacks('supportsTerminalTransition')(capabilities) && fieldSupport(capabilities, 'status') !== 'none',
    async run(world) {
      const ref = await world.seedOne();
      const { status } = await world.get(ref);
      await allRefuse([['transitionIssue to done', () => world.connector.transitionIssue(ref, 'done')]]);
      equal((await world.get(ref)).status, status, 'the status after a refused transition');
    },
  },
];
