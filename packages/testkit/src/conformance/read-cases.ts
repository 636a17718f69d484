import { sameRef } from '@spec-kitty/tracker-core';
import { ConformanceError, check, equal, present, refusal } from '../support/check.ts';
import type { ConnectorCase } from './case.ts';

/** For a ref of another workspace: it is out of bounds, or unknown. */
const FOREIGN = ['scope_violation', 'issue_not_found'] as const;

export const readCases: ConnectorCase[] = [
  {
    name: 'an issue is read under its ref',
    async run(world) {
      const ref = await world.seedOne({ title: 'To be read', body: 'With a body', labels: ['one'] });
      const issue = await world.get(ref);
      if (world.support('title') === 'full') equal(issue.title, 'To be read', 'the title');
      if (world.support('body') === 'full') {
        check(world.same('body', issue.body, 'With a body'), 'the body is another one than the tracker’s');
      }
      if (world.support('labels') === 'full') {
        check(world.same('labels', issue.labels, ['one']), 'the labels are not the tracker’s');
      }
    },
  },
  {
    name: 'what is read is a copy',
    async run(world) {
      const ref = await world.seedOne({ title: 'A copy', labels: ['one'] });
      const first = await world.get(ref);
      const before = structuredClone(first);
      try {
        first.title = 'changed by the caller';
        first.labels.push('by the caller');
        first.customFields['by the caller'] = true;
      } catch {
        // Frozen data cannot be changed by a caller either.
      }
      equal(await world.get(ref), before, 'the issue after a caller changed its copy');
    },
  },
  {
    name: 'reading changes nothing',
    async run(world) {
      const ref = await world.seedOne();
      const first = await world.get(ref);
      await world.list();
      equal(await world.get(ref), first, 'the issue read again');
    },
  },
  {
    name: 'an unknown ref is issue_not_found',
    async run(world) {
      const ref = world.unknownRef(await world.seedOne());
      await refusal(() => world.connector.getIssue(ref), 'getIssue of an unknown ref', ['issue_not_found']);
    },
  },
  {
    name: 'a ref of another workspace or tracker is refused',
    async run(world) {
      const ref = await world.seedOne();
      for (const foreign of [
        { ...ref, workspace: `${ref.workspace}-other` },
        { ...ref, system: `${ref.system}-other` },
      ]) {
        await refusal(() => world.connector.getIssue(foreign), 'getIssue of a foreign ref', FOREIGN);
      }
    },
  },
  {
    name: 'getIssues answers in order, and undefined for what the tracker has not',
    when: (capabilities) => capabilities.supportsBulkRead,
    async run(world) {
      const [a, b] = await world.seed({ title: 'First' }, { title: 'Second' });
      const first = present(a, 'a seed');
      const second = present(b, 'a seed');
      const getIssues = world.connector.getIssues?.bind(world.connector);
      if (!getIssues) throw new ConformanceError('supportsBulkRead is promised, and getIssues is not there');
      const answers = await getIssues([second, world.unknownRef(first), first, second]);
      equal(answers.length, 4, 'the number of answers');
      check(answers[1] === undefined, 'an unknown ref is not answered with undefined');
      for (const [place, ref] of [
        [0, second],
        [2, first],
        [3, second],
      ] as const) {
        const issue = world.verify(answers[place], 'getIssues');
        check(sameRef(issue.ref, ref), `answer ${place} is another issue than the one asked for`);
        equal(issue, await world.get(ref), 'getIssues and getIssue give the same');
      }
      equal(await getIssues([]), [], 'the answer to no refs');
    },
  },
];
