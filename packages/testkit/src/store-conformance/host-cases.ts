import { isDraftRef, recordWrite, refIdentity } from '@spec-kitty/tracker-core';
import { check, equal, present, refusal } from '../support/check.ts';
import type { StoreCase } from './case.ts';
import {
  agreed,
  agreementOf,
  bindingOf,
  contentOf,
  issueOf,
  OTHER_PLACE,
  OTHER_TARGET,
  PLACE,
  refOf,
  TARGET,
} from './world.ts';

export const hostCases: StoreCase[] = [
  {
    name: 'an issue is saved, read, edited and deleted',
    async run({ store, clock }) {
      await store.upsertIssue(issueOf('a', { title: 'First', labels: ['x'] }));
      const first = present(await store.getIssue(refOf('a')), 'the issue');
      equal([first.title, first.localRevision], ['First', 1], 'the issue saved');
      clock.advance(5000);
      const edited = await store.editIssue(refOf('a'), { title: 'Second' });
      equal([edited.title, edited.labels, edited.localRevision], ['Second', ['x'], 2], 'the issue edited');
      equal(edited.updatedAt, clock.now(), 'the time of the edit');
      await refusal(() => store.upsertIssue({ ...first, title: 'Stale' }), 'a stale save', ['sync_conflict']);
      equal((await store.getIssue(refOf('a')))?.title, 'Second', 'the title after a stale save');
      await store.deleteIssue(refOf('a'));
      equal(await store.getIssue(refOf('a')), undefined, 'the issue deleted');
      await refusal(() => store.editIssue(refOf('a'), { title: 'x' }), 'an edit', ['issue_not_found']);
      equal((await store.listIssues({ deleted: true })).length, 1, 'tombstones');
    },
  },
  {
    name: 'what the store answers is a copy',
    async run({ store }) {
      const given = issueOf('a', { labels: ['kept'] });
      await store.upsertIssue(given);
      given.labels.push('after the save');
      present(await store.getIssue(refOf('a')), 'the issue').labels.push('in the answer');
      for (const issue of await store.listIssues()) issue.labels.push('in the list');
      equal((await store.getIssue(refOf('a')))?.labels, ['kept'], 'the labels');
    },
  },
  {
    name: 'listings go on over many pages',
    async run(world) {
      await world.commit({ records: Array.from({ length: 450 }, (_, i) => agreed(String(i))) });
      const titles: string[] = [];
      for await (const issue of world.store.iterateIssues()) titles.push(issue.title);
      equal(titles.length, 450, 'issues');
      equal(titles[449], 'Issue 449', 'the last issue');
      equal((await world.store.listIssues({ limit: 3 })).length, 3, 'issues at most');
    },
  },
  {
    name: 'a draft answers under its own ref before and after it is created',
    async run(world) {
      const { store, backend } = world;
      await world.commit({ binding: bindingOf('b1') });
      const draft = await store.createDraft(PLACE, { title: 'A draft', labels: ['x'] });
      check(isDraftRef(draft.ref), 'the ref of a draft is none');
      equal((await store.getIssue(draft.ref))?.title, 'A draft', 'the draft');
      equal((await world.pending()).length, 1, 'pending drafts');
      equal(await world.refs(), [], 'refs of the tracker');
      const [entry] = await backend.lookup([refIdentity(draft.ref)]);
      const [record] = await backend.load([present(entry, 'the draft').recordId]);
      const held = present(record, 'the record');
      const issue = { ...held.issue, ref: refOf('7') };
      const aliases = { [refIdentity(draft.ref)]: refIdentity(issue.ref) };
      await world.commit({ records: [recordWrite({ ...contentOf(issue), aliases }, held)] });
      equal((await store.getIssue(draft.ref))?.ref, refOf('7'), 'the ref under which the draft answers');
      equal(await store.refsOf(draft.ref), [refOf('7')], 'the refs of the settled draft');
      equal([await world.pending(), await world.refs()], [[], ['first:w:7']], 'pending and refs');
    },
  },
  {
    name: 'two records become one when their refs are linked',
    async run(world) {
      const { store } = world;
      const here = issueOf('a', { title: 'Here' });
      const there = issueOf('x', { ref: refOf('x', OTHER_PLACE), title: 'There', body: 'Only there' });
      await world.commit({
        records: [
          recordWrite(contentOf(here)),
          recordWrite(contentOf(there, { agreements: [agreementOf(there, { target: OTHER_TARGET })] })),
        ],
      });
      await store.linkRef(here.ref, there.ref);
      for (const ref of [here.ref, there.ref]) {
        const issue = present(await store.getIssue(ref), 'the issue');
        equal([issue.title, issue.body, issue.ref], ['Here', 'Only there', ref], 'the issue under each ref');
      }
      equal(await store.refsOf(there.ref), [here.ref, there.ref], 'the refs of the one record');
      equal((await store.listIssues()).length, 1, 'the number of issues');
      equal(
        [await world.refs(TARGET), await world.refs(OTHER_TARGET)],
        [['first:w:a'], ['second:w:x']],
        'refs',
      );
    },
  },
  {
    name: 'an issue is enrolled at a second tracker, and unlinked again',
    async run(world) {
      const { store } = world;
      // A ref does not say its scope: it is that of the one binding there.
      await world.commit({ binding: bindingOf('b2', OTHER_PLACE) });
      await store.upsertIssue(issueOf('a'));
      await store.enrol(refOf('a'), OTHER_PLACE);
      const refs = await store.refsOf(refOf('a'));
      equal(refs.length, 2, 'refs after enrolling');
      const draft = present(refs[1], 'the second ref');
      equal([draft.system, isDraftRef(draft)], ['second', true], 'the second ref');
      equal((await world.pending([OTHER_TARGET])).length, 1, 'pending for the second tracker');
      await store.linkRef(refOf('a'), refOf('x', OTHER_PLACE));
      await store.unlinkRef(refOf('a'));
      equal((await store.refsOf(refOf('x', OTHER_PLACE))).length, 1, 'refs after unlinking');
      equal(await store.getIssue(refOf('a')), undefined, 'the issue under the ref that was unlinked');
    },
  },
  {
    name: 'edits of one issue at the same time are all kept',
    async run({ store }) {
      await store.upsertIssue(issueOf('a'));
      const patches = [
        { title: 'T' },
        { body: 'B' },
        { labels: ['L'] },
        { priority: 1 },
        { status: 'done' },
      ] as const;
      await Promise.all(
        patches.map((patch) => store.editIssue(refOf('a'), 'labels' in patch ? { labels: ['L'] } : patch)),
      );
      const issue = present(await store.getIssue(refOf('a')), 'the issue');
      const { title, body, labels, priority, status } = issue;
      equal([title, body, labels, priority, status], ['T', 'B', ['L'], 1, 'done'], 'the fields');
      equal(issue.localRevision, 6, 'the revision');
    },
  },
];
