import {
  type CanonicalIssue,
  type IssuePatch,
  isTrackerError,
  type WriteResult,
} from '@spec-kitty/tracker-core';
import { ConformanceError, check, equal, present } from '../support/check.ts';
import { type ConnectorCase, writes } from './case.ts';
import type { World } from './world.ts';

const bulk: NonNullable<ConnectorCase['when']> = (capabilities) =>
  writes(capabilities) && capabilities.supportsBulkWrite;

/** The titles answered, in order; for a refused item the code of its error. */
function told(world: World, results: WriteResult[], what: string): string[] {
  return results.map((result, place) => {
    if (result.ok) return world.verify(result.issue, `${what}[${place}]`).title;
    check(isTrackerError(result.error), `${what}[${place}]: the error is none of this project`);
    return result.error.code;
  });
}

export const bulkCases: ConnectorCase[] = [
  {
    name: 'createIssues answers item by item, in order, past a bad one',
    when: bulk,
    async run(world) {
      const create = world.connector.createIssues?.bind(world.connector);
      if (!create) throw new ConformanceError('supportsBulkWrite is promised, createIssues is not there');
      const bad: CanonicalIssue = { ...world.draft({ title: 'x' }, 'draft:bad'), title: '' };
      const results = await create([
        { issue: world.draft({ title: 'First' }, 'draft:1'), options: { idempotencyKey: 'bulk-1' } },
        { issue: bad, options: { idempotencyKey: 'bulk-2' } },
        { issue: world.draft({ title: 'Third' }, 'draft:3'), options: { idempotencyKey: 'bulk-3' } },
      ]);
      const [first, second, third, ...more] = told(world, results, 'createIssues');
      equal([first, third, more.length], ['First', 'Third', 0], 'the answers around the bad item');
      check(results[1]?.ok === false, `an issue without a title was created (${second})`);
      await world.settle();
      equal((await world.list()).map(({ title }) => title).sort(), ['First', 'Third'], 'the issues made');
      equal(await create([]), [], 'the answer to no items');
    },
  },
  {
    name: 'updateIssues answers item by item, in order, past bad ones',
    when: bulk,
    async run(world) {
      const update = world.connector.updateIssues?.bind(world.connector);
      if (!update) throw new ConformanceError('supportsBulkWrite is promised, updateIssues is not there');
      const [a, b] = (await world.seed({ title: 'A' }, { title: 'B' })).map((ref) => present(ref, 'a seed'));
      const [first, second] = [present(a, 'a seed'), present(b, 'a seed')];
      const unknownKey: IssuePatch = { title: 'Half done', ...{ sprint: 'x' } };
      const results = await update([
        { ref: second, patch: { title: 'B2' }, options: {} },
        { ref: world.unknownRef(first), patch: { title: 'x' }, options: {} },
        { ref: second, patch: unknownKey, options: {} },
        { ref: first, patch: { title: 'A2' }, options: {} },
      ]);
      equal(
        told(world, results, 'updateIssues'),
        ['B2', 'issue_not_found', 'issue_payload_contract', 'A2'],
        'the answers',
      );
      equal((await world.get(first)).title, 'A2', 'the first issue');
      equal((await world.get(second)).title, 'B2', 'the second issue');
    },
  },
  {
    name: 'createIssues is idempotent, item by item',
    when: (capabilities) => bulk(capabilities) && capabilities.supportsIdempotentCreate === true,
    async run(world) {
      const items = ['1', '2'].map((n) => ({
        issue: world.draft({ title: `Item ${n}` }, `draft:${n}`),
        options: { idempotencyKey: `bulk-${n}` },
      }));
      await world.connector.createIssues?.(items.slice(0, 1));
      const results = present(await world.connector.createIssues?.(items), 'createIssues');
      equal(told(world, results, 'createIssues'), ['Item 1', 'Item 2'], 'the answers');
      await world.settle();
      equal((await world.list()).length, 2, 'the number of issues');
    },
  },
];
