import { isTrackerError } from '@spec-kitty/tracker-core';
import { check, equal, rejection } from '../support/check.ts';
import { type ConnectorCase, writes } from './case.ts';

async function aborted(call: (signal: AbortSignal) => unknown, what: string): Promise<void> {
  const reason = new DOMException('stopped by the test', 'AbortError');
  const error = await rejection(() => call(AbortSignal.abort(reason)), what);
  const named = error instanceof Error && error.name === 'AbortError';
  check(error === reason || named || isTrackerError(error), `${what}: it failed with ${String(error)}`);
}

export const abortCases: ConnectorCase[] = [
  {
    name: 'an aborted signal ends a read',
    async run(world) {
      const { connector } = world;
      const ref = await world.seedOne();
      await aborted((signal) => connector.listIssues({ limit: 1, signal }), 'listIssues');
      await aborted((signal) => connector.getIssue(ref, { signal }), 'getIssue');
      if (!world.capabilities.supportsBulkRead) return;
      await aborted((signal) => connector.getIssues?.([ref], { signal }), 'getIssues');
    },
  },
  {
    name: 'an aborted signal ends a write before its effect',
    when: writes,
    async run(world) {
      const { connector, capabilities } = world;
      const ref = await world.seedOne({ title: 'As it was' });
      const before = await world.get(ref);
      const count = (await world.list()).length;
      await aborted((signal) => connector.createIssue(world.draft({ title: 'Never' }), { signal }), 'create');
      await aborted((signal) => connector.updateIssue(ref, { title: 'Never' }, { signal }), 'update');
      await aborted((signal) => connector.transitionIssue(ref, 'done', { signal }), 'transition');
      if (capabilities.supportsDelete)
        await aborted((signal) => connector.deleteIssue?.(ref, { signal }), 'delete');
      if (capabilities.supportsComments)
        await aborted((signal) => connector.addComment(ref, 'Never', { signal }), 'addComment');
      await world.settle();
      equal(await world.get(ref), before, 'the issue after writes that were aborted before they began');
      equal((await world.list()).length, count, 'the number of issues');
    },
  },
];
