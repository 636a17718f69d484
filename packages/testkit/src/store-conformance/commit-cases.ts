import { type Commit, type CommitResult, recordWrite } from '@spec-kitty/tracker-core';
import { check, equal, present } from '../support/check.ts';
import type { StoreCase } from './case.ts';
import {
  agreed,
  bindingOf,
  conflictOf,
  contentOf,
  identityOf,
  intentOf,
  issueOf,
  refOf,
  type StoreWorld,
  TARGET,
} from './world.ts';

/** Everything that one commit can hold beside records: none of it may be there after a commit that was refused. */
const everythingElse = (): Commit => ({
  binding: bindingOf('b1', { checkpoint: { cursor: 'from the refused commit' } }),
  putIntents: [intentOf('k1')],
  putConflicts: [conflictOf('c1')],
  putRereads: [{ bindingId: 'b1', ref: refOf('9'), reason: 'event' }],
  overrides: [
    {
      id: 'o1',
      bindingId: 'b1',
      issueRef: refOf('1'),
      field: 'title',
      kept: 'external',
      keptValue: 'a',
      lostValue: 'b',
      at: '2030-01-01T00:00:00.000Z',
    },
  ],
  run: {
    id: 'r1',
    bindingId: 'b1',
    operation: 'sync',
    startedAt: '2030-01-01T00:00:00.000Z',
    finishedAt: '2030-01-01T00:00:00.000Z',
    stats: {},
    conflicts: 0,
    overrides: 0,
    failures: [],
  },
  people: [{ id: 'ada', ids: {} }],
});

async function nothingWritten({ backend, store }: StoreWorld): Promise<void> {
  equal(await backend.bindings(), [], 'bindings');
  equal(await backend.intents('b1'), [], 'intents');
  equal(await backend.conflicts({}), [], 'conflicts');
  equal(await backend.rereads('b1', { after: 0, limit: 10 }), [], 'rereads');
  equal(await backend.overrides({}), [], 'overrides');
  equal(await backend.runs({}), [], 'runs');
  equal(await store.getPeople(), [], 'people');
}

function refused(result: CommitResult, moved: number[], taken: string[]): void {
  equal(result, { ok: false, movedRecords: moved, takenIdentities: taken }, 'the answer to a commit');
}

export const commitCases: StoreCase[] = [
  {
    name: 'answers to lists of keys have their order and length',
    async run(world) {
      const { backend } = world;
      equal([await backend.lookup([]), await backend.load([])], [[], []], 'answers to no keys');
      await world.commit({ records: [agreed('a'), agreed('b')] });
      const [a, b] = [(await world.record('a')).id, (await world.record('b')).id];
      const found = await backend.lookup([
        identityOf('b'),
        identityOf('none'),
        identityOf('a'),
        identityOf('b'),
      ]);
      const ids = found.map((entry) => entry?.recordId ?? null);
      equal(ids, [b, null, a, b], 'records found');
      const loaded = await backend.load([b, 987_654, a, b]);
      equal(
        loaded.map((record) => record?.issue.title ?? null),
        ['Issue b', null, 'Issue a', 'Issue b'],
        'records loaded',
      );
      equal(found[0]?.seen, 'seen b', 'the fingerprint of the state that was seen');
    },
  },
  {
    name: 'a record is read as it was written, whatever text is in it',
    async run(world) {
      const issue = issueOf('a', {
        title: 'emoji 🐈 NUL \u0000 \u202e',
        body: 'quotes \' " ` \\ and\r\nlines\n',
        labels: ['%', '_', "x' OR '1'='1"],
        customFields: { nested: [{ deep: [null, 1.5, 'ü'] }], __proto: 'x', 'a.b': true },
        links: [{ type: 'blocks', target: refOf('b') }],
        parent: refOf('c'),
      });
      const content = contentOf(issue, {
        fieldTimes: { title: '2030-01-01T00:00:01.000Z' },
        aliases: { 'first:w:draft%3Ax': identityOf('a') },
      });
      await world.commit({ records: [recordWrite(content)] });
      const { id: _id, stamp: _stamp, ...held } = await world.record('a');
      equal(held, content, 'the record');
    },
  },
  {
    name: 'ids ascend in order of creation, and stamps grow with every write',
    async run(world) {
      await world.commit({ records: [agreed('a'), agreed('b')] });
      await world.commit({ records: [agreed('c')] });
      const [a, b, c] = [await world.record('a'), await world.record('b'), await world.record('c')];
      check(a.id < b.id && b.id < c.id, 'ids do not ascend in order of creation');
      await world.commit({ records: [recordWrite(contentOf(a.issue), a)] });
      const again = await world.record('a');
      equal(again.id, a.id, 'the id after another write');
      check(again.stamp > a.stamp, 'the stamp did not grow with a write');
    },
  },
  {
    name: 'a commit on a record that moved writes nothing at all',
    async run(world) {
      await world.commit({ records: [agreed('a'), agreed('b')] });
      const [a, b] = [await world.record('a'), await world.record('b')];
      await world.commit({ records: [recordWrite(contentOf(issueOf('a', { title: 'Newer' })), a)] });
      const stale = recordWrite(contentOf(issueOf('a', { title: 'Stale' })), a);
      const fresh = recordWrite(contentOf(issueOf('b', { title: 'Fresh' })), b);
      const records = [fresh, stale, agreed('new')];
      refused(await world.backend.commit({ ...everythingElse(), records }), [a.id], []);
      equal((await world.record('a')).issue.title, 'Newer', 'the record that moved');
      equal(await world.record('b'), b, 'the record that did not');
      check(await world.missing('new'), 'a new record of a refused commit is there');
      await nothingWritten(world);
    },
  },
  {
    name: 'a commit on a record that was removed writes nothing at all',
    async run(world) {
      await world.commit({ records: [agreed('a')] });
      const a = await world.record('a');
      await world.commit({ removeRecords: [{ id: a.id, stamp: a.stamp }] });
      check(await world.missing('a'), 'a removed record is found');
      equal(await world.backend.load([a.id]), [undefined], 'a removed record is loaded');
      const records = [recordWrite(contentOf(a.issue), a)];
      refused(await world.backend.commit({ ...everythingElse(), records }), [a.id], []);
      refused(await world.backend.commit({ removeRecords: [{ id: a.id, stamp: a.stamp }] }), [a.id], []);
      check(await world.missing('a'), 'a removed record came back');
      await nothingWritten(world);
    },
  },
  {
    name: 'a commit with a stale removal writes nothing at all',
    async run(world) {
      await world.commit({ records: [agreed('a')] });
      const a = await world.record('a');
      await world.commit({ records: [recordWrite(contentOf(issueOf('a', { title: 'Newer' })), a)] });
      const removeRecords = [{ id: a.id, stamp: a.stamp }];
      refused(await world.backend.commit({ ...everythingElse(), removeRecords }), [a.id], []);
      equal((await world.record('a')).issue.title, 'Newer', 'the record');
      await nothingWritten(world);
    },
  },
  {
    name: 'a commit that takes another record’s identity writes nothing at all',
    async run(world) {
      await world.commit({ records: [agreed('a')] });
      const before = await world.record('a');
      const records = [agreed('new'), agreed('a', { title: 'Thief' })];
      refused(await world.backend.commit({ ...everythingElse(), records }), [], [identityOf('a')]);
      equal(await world.record('a'), before, 'the holder of the identity');
      check(await world.missing('new'), 'another record of a refused commit is there');
      await nothingWritten(world);
    },
  },
  {
    name: 'two records of one commit cannot take one identity',
    async run(world) {
      const result = await world.backend.commit({ records: [agreed('a'), agreed('a', { title: 'Twin' })] });
      refused(result, [], [identityOf('a')]);
      check(await world.missing('a'), 'one of two records with one identity was written');
    },
  },
  {
    name: 'a record may take the identities of one that it takes in',
    async run(world) {
      await world.commit({ records: [agreed('a'), agreed('b')] });
      const [a, b] = [await world.record('a'), await world.record('b')];
      const joined = contentOf(a.issue, { aliases: { [identityOf('b')]: identityOf('a') } });
      await world.commit({
        records: [recordWrite(joined, a)],
        removeRecords: [{ id: b.id, stamp: b.stamp }],
      });
      const found = await world.backend.lookup([identityOf('a'), identityOf('b')]);
      equal(
        found.map((entry) => entry?.recordId),
        [a.id, a.id],
        'what both identities lead to',
      );
      equal(await world.refs(), [identityOf('a')], 'refs without the alias');
    },
  },
  {
    name: 'an identity that a record gave up is free',
    async run(world) {
      await world.commit({ records: [agreed('a')] });
      const a = await world.record('a');
      const renamed = issueOf('z', { title: 'Renamed' });
      await world.commit({ records: [recordWrite(contentOf(renamed), a)] });
      check(await world.missing('a'), 'an identity that was given up leads somewhere');
      await world.commit({ records: [agreed('a', { title: 'Another' })] });
      equal((await world.record('a')).issue.title, 'Another', 'the new holder');
      equal((await world.record('z')).id, a.id, 'the record under its new identity');
      equal(await world.refs(TARGET), [identityOf('a'), identityOf('z')], 'refs');
    },
  },
  {
    name: 'answers are copies, and so is what is written',
    async run(world) {
      const write = agreed('a', { labels: ['kept'] });
      await world.commit({ records: [write], binding: bindingOf('b1'), putIntents: [intentOf('k1')] });
      write.record.issue.labels.push('after the commit');
      const first = await world.record('a');
      first.issue.labels.push('in the answer');
      first.agreements.length = 0;
      present((await world.backend.bindings())[0], 'the binding').checkpoint.cursor = 'in the answer';
      present((await world.backend.intents('b1'))[0], 'the intent').paths.push('in the answer');
      const again = await world.record('a');
      equal([again.issue.labels, again.agreements.length], [['kept'], 1], 'the record');
      equal((await world.backend.bindings())[0]?.checkpoint, {}, 'the checkpoint');
      equal((await world.backend.intents('b1'))[0]?.paths, ['title'], 'the intent');
    },
  },
  {
    name: 'of many commits on one stamp, one is written',
    async run(world) {
      await world.commit({ records: [agreed('a')] });
      const a = await world.record('a');
      const results = await Promise.all(
        Array.from({ length: 10 }, (_, i) =>
          world.backend.commit({ records: [recordWrite(contentOf(issueOf('a', { title: `Try ${i}` })), a)] }),
        ),
      );
      equal(results.filter(({ ok }) => ok).length, 1, 'commits that were written');
      equal((await world.record('a')).issue.title, `Try ${results.findIndex(({ ok }) => ok)}`, 'the title');
    },
  },
];
