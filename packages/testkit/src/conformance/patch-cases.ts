import type { IssuePatch, TrackerContractError } from '@spec-kitty/tracker-core';
import { check, equal, present, refusal } from '../support/check.ts';
import { type ConnectorCase, writes } from './case.ts';

export const patchCases: ConnectorCase[] = [
  ...['sprint', 'updatedAt', 'ref', 'constructor'].map(
    (key): ConnectorCase => ({
      name: `a patch with the key ${key} is refused before any effect`,
      when: writes,
      async run(world) {
        const ref = await world.seedOne({ title: 'As it was' });
        const before = await world.get(ref);
        const patch: IssuePatch = { title: 'Half done', ...{ [key]: 'x' } };
        const call = (): Promise<unknown> => world.connector.updateIssue(ref, patch);
        const error = await refusal(call, `a patch with ${key}`, ['issue_payload_contract']);
        equal((error as TrackerContractError).reason, 'PK-001', 'the reason');
        equal(await world.get(ref), before, 'the issue after a refused patch');
      },
    }),
  ),
  {
    name: 'several fields are written together',
    when: writes,
    async run(world) {
      const ref = await world.seedOne({ title: 'Before' });
      const patch: IssuePatch = { title: 'After' };
      if (world.support('body') === 'full') patch.body = 'A new body';
      if (world.support('labels') === 'full') patch.labels = ['new'];
      await world.connector.updateIssue(ref, patch);
      const after = await world.get(ref);
      for (const field of ['title', 'body', 'labels'] as const) {
        if (patch[field] === undefined || world.support(field) !== 'full') continue;
        check(world.same(field, after[field], patch[field]), `${field} was not written`);
      }
    },
  },
  {
    name: 'a patch that names nothing changes nothing',
    when: writes,
    async run(world) {
      const ref = await world.seedOne({ title: 'As it was', labels: ['kept'] });
      const before = await world.get(ref);
      await world.connector.updateIssue(ref, {});
      equal(await world.get(ref), before, 'the issue after an empty patch');
    },
  },
  {
    name: 'what is written is copied',
    when: (capabilities) => writes(capabilities) && capabilities.fields?.labels !== 'none',
    async run(world) {
      const ref = await world.seedOne();
      const labels = ['given'];
      await world.connector.updateIssue(ref, { labels });
      const before = await world.get(ref);
      labels.push('by the caller');
      equal(await world.get(ref), before, 'the issue after a caller changed its patch');
    },
  },
  {
    name: 'writes to an unknown ref are issue_not_found',
    when: writes,
    async run(world) {
      const ref = world.unknownRef(await world.seedOne());
      const { connector } = world;
      const calls: [string, () => Promise<unknown>][] = [
        ['updateIssue', () => connector.updateIssue(ref, { title: 'x' })],
        ['transitionIssue', () => connector.transitionIssue(ref, 'in_progress')],
      ];
      if (world.capabilities.supportsComments)
        calls.push(['addComment', () => connector.addComment(ref, 'x')]);
      for (const [name, call] of calls) await refusal(call, `${name} of an unknown ref`, ['issue_not_found']);
    },
  },
  {
    name: 'writes to another workspace are refused',
    when: writes,
    async run(world) {
      const ref = await world.seedOne({ title: 'As it was' });
      const before = await world.get(ref);
      const foreign = { ...ref, workspace: `${ref.workspace}-other` };
      const codes = ['scope_violation', 'issue_not_found'];
      await refusal(() => world.connector.updateIssue(foreign, { title: 'x' }), 'updateIssue', codes);
      const draft = world.draft({ title: 'Elsewhere' });
      const elsewhere = { ...draft, ref: { ...draft.ref, workspace: foreign.workspace } };
      await refusal(() => world.connector.createIssue(elsewhere), 'createIssue', codes);
      equal(await world.get(ref), before, 'the issue of the same id here');
    },
  },
  {
    name: 'transitionIssue changes the status alone',
    when: (capabilities) => writes(capabilities) && capabilities.fields?.status !== 'none',
    async run(world) {
      const ref = await world.seedOne({ title: 'Moves on', body: 'The same' });
      const before = await world.get(ref);
      const answer = world.verify(
        await world.connector.transitionIssue(ref, 'in_progress'),
        'transitionIssue',
      );
      const after = await world.get(ref);
      equal(answer.status, after.status, 'the status in the answer');
      if (world.support('status') === 'full') equal(after.status, 'in_progress', 'the status');
      world.unchanged(before, after, ['status'], ['title', 'body', 'status', 'labels', 'issueType']);
    },
  },
  {
    name: 'an issue is done and opened again',
    when: (capabilities) => writes(capabilities) && capabilities.supportsTerminalTransition,
    async run(world) {
      const ref = await world.seedOne();
      for (const status of ['done', 'todo'] as const) {
        await world.connector.transitionIssue(ref, status);
        equal((await world.get(ref)).status, status, 'the status');
      }
    },
  },
  {
    name: 'ifVersion writes onto that version only',
    when: (capabilities) => writes(capabilities) && capabilities.supportsOptimisticConcurrency === true,
    async run(world) {
      const { connector } = world;
      const ref = await world.seedOne({ title: 'First' });
      const version = present((await world.get(ref)).version, 'an issue has a version');
      const second = await connector.updateIssue(ref, { title: 'Second' }, { ifVersion: version });
      equal(second.title, 'Second', 'the title under the present version');
      check(second.version !== version, 'the version is the same after a change');
      const stale = (): Promise<unknown> =>
        connector.updateIssue(ref, { title: 'Third' }, { ifVersion: version });
      await refusal(stale, 'a write onto an old version', ['sync_conflict']);
      equal((await world.get(ref)).title, 'Second', 'the title after a refused write');
      await connector.updateIssue(ref, { title: 'Third' }, { ifVersion: second.version ?? '' });
      equal((await world.get(ref)).title, 'Third', 'the title under the answered version');
    },
  },
];
