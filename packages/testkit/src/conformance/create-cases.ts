import { refIdentity } from '@spec-kitty/tracker-core';
import { ConformanceError, check, equal, present, refusal } from '../support/check.ts';
import { type ConnectorCase, writes } from './case.ts';
import { outcome } from './world.ts';

export const createCases: ConnectorCase[] = [
  {
    name: 'a created issue is read and listed',
    when: writes,
    async run(world) {
      const created = world.verify(
        await world.connector.createIssue(world.draft({ title: 'New' })),
        'createIssue',
      );
      await world.settle();
      equal((await world.get(created.ref)).title, created.title, 'the title read');
      const listed = (await world.list()).map(({ ref }) => refIdentity(ref));
      check(listed.includes(refIdentity(created.ref)), 'the created issue is not listed');
    },
  },
  {
    name: 'two creates without a key are two issues',
    when: writes,
    async run(world) {
      const draft = world.draft({ title: 'Twice' });
      const first = await world.connector.createIssue(draft);
      const second = await world.connector.createIssue({
        ...draft,
        ref: { ...draft.ref, id: 'draft:second' },
      });
      check(refIdentity(first.ref) !== refIdentity(second.ref), 'both creates answered the same issue');
    },
  },
  {
    name: 'a create under the same key is the first issue',
    when: (capabilities) => writes(capabilities) && capabilities.supportsIdempotentCreate === true,
    async run(world) {
      const draft = world.draft({ title: 'Once' });
      const options = { idempotencyKey: 'key-1' };
      const first = await world.connector.createIssue(draft, options);
      const again = await world.connector.createIssue(draft, options);
      equal(refIdentity(again.ref), refIdentity(first.ref), 'the ref under the same key');
      const other = await world.connector.createIssue(draft, { idempotencyKey: 'key-2' });
      check(refIdentity(other.ref) !== refIdentity(first.ref), 'another key answered the first issue');
      await world.settle();
      equal((await world.list()).filter(({ title }) => title === 'Once').length, 2, 'the issues made');
    },
  },
  {
    name: 'another create under the same key makes nothing',
    when: (capabilities) => writes(capabilities) && capabilities.supportsIdempotentCreate === true,
    async run(world) {
      const options = { idempotencyKey: 'key-1' };
      const first = await world.connector.createIssue(world.draft({ title: 'Once' }), options);
      const done = await outcome(() =>
        world.connector.createIssue(world.draft({ title: 'Another' }), options),
      );
      if ('answer' in done) {
        equal(refIdentity(done.answer.ref), refIdentity(first.ref), 'the ref under the same key');
      }
      equal((await world.get(first.ref)).title, 'Once', 'the title of the first issue');
      await world.settle();
      equal((await world.list()).length, 1, 'the number of issues');
    },
  },
  {
    name: 'an issue is found by the key of its create',
    when: (capabilities) => writes(capabilities) && capabilities.supportsLookupByKey === true,
    async run(world) {
      const find = world.connector.findByIdempotencyKeys?.bind(world.connector);
      if (!find) throw new ConformanceError('supportsLookupByKey is promised, the method is not there');
      const made = await world.connector.createIssue(world.draft({ title: 'Marked' }), {
        idempotencyKey: 'key-1',
      });
      await world.connector.createIssue(world.draft({ title: 'Other' }), { idempotencyKey: 'key-2' });
      await world.settle();
      const found = await find(['key-1', 'key-none'], {});
      equal([...found.keys()], ['key-1'], 'the keys found');
      const issue = world.verify(present(found.get('key-1'), 'the issue'), 'findByIdempotencyKeys');
      equal(refIdentity(issue.ref), refIdentity(made.ref), 'the issue found');
      const since = made.createdAt ?? undefined;
      const later = await find(['key-1'], since === undefined ? {} : { since });
      equal([...later.keys()], ['key-1'], 'the keys found since the create');
      equal((await find([], {})).size, 0, 'what is found for no keys');
    },
  },
  {
    name: 'a key in another issue’s text is not found',
    when: (capabilities) => writes(capabilities) && capabilities.supportsLookupByKey === true,
    async run(world) {
      await world.seed({ title: 'forged-key', body: 'key: forged-key', labels: ['forged-key'] });
      const found = await world.connector.findByIdempotencyKeys?.(['forged-key'], {});
      equal(found?.size, 0, 'what is found for a key that nobody created under');
    },
  },
  {
    name: 'a create keeps the id of its ref',
    when: (capabilities) => writes(capabilities) && capabilities.supportsClientIds === true,
    async run(world) {
      const id = 'c0ffee00-1111-4222-8333-444455556666';
      const draft = world.draft({ title: 'Our id' }, id);
      equal((await world.connector.createIssue(draft)).ref.id, id, 'the id');
      await refusal(
        () => world.connector.createIssue({ ...draft, title: 'The same id' }),
        'a create under an id that is taken',
      );
      equal((await world.get(draft.ref)).title, 'Our id', 'the title of the first issue');
    },
  },
];
