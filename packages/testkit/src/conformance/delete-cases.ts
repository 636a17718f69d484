import { refIdentity } from '@spec-kitty/tracker-core';
import { ConformanceError, check, equal, present, refusal } from '../support/check.ts';
import { type ConnectorCase, writes } from './case.ts';

const deletes: NonNullable<ConnectorCase['when']> = (capabilities) =>
  writes(capabilities) && capabilities.supportsDelete;

export const deleteCases: ConnectorCase[] = [
  {
    name: 'a deleted issue is neither read nor listed; the others are',
    when: deletes,
    async run(world) {
      const [a, b] = await world.seed({ title: 'Goes' }, { title: 'Stays' });
      const [gone, kept] = [present(a, 'a seed'), present(b, 'a seed')];
      if (!world.connector.deleteIssue) throw new ConformanceError('deleteIssue is promised, and not there');
      await world.connector.deleteIssue(gone);
      await world.settle();
      await refusal(() => world.connector.getIssue(gone), 'a deleted issue', ['issue_not_found']);
      await refusal(() => world.connector.updateIssue(gone, { title: 'x' }), 'a write', ['issue_not_found']);
      equal((await world.get(kept)).title, 'Stays', 'the other issue');
      const listed = (await world.list()).map(({ ref }) => refIdentity(ref));
      check(!listed.includes(refIdentity(gone)), 'the deleted issue is listed');
      check(listed.includes(refIdentity(kept)), 'the other issue is not listed');
      if (!world.capabilities.supportsBulkRead) return;
      const answers = present(await world.connector.getIssues?.([gone, kept]), 'getIssues');
      equal([answers[0] === undefined, answers[1]?.title], [true, 'Stays'], 'getIssues after the deletion');
    },
  },
  {
    name: 'deleting what is gone is a success',
    when: deletes,
    async run(world) {
      const ref = await world.seedOne();
      await world.connector.deleteIssue?.(ref);
      await world.connector.deleteIssue?.(ref);
    },
  },
  {
    name: 'an issue that a person deleted is not read',
    async run(world) {
      const ref = await world.seedOne();
      if (!world.opened.remove) return;
      await world.opened.remove(ref);
      await refusal(() => world.connector.getIssue(ref), 'a deleted issue', ['issue_not_found']);
    },
  },
];
