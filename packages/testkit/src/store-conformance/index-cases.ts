import { recordWrite } from '@spec-kitty/tracker-core';
import { check, equal, present } from '../support/check.ts';
import type { StoreCase } from './case.ts';
import {
  agreed,
  agreementOf,
  contentOf,
  identityOf,
  issueOf,
  OTHER_PLACE,
  OTHER_TARGET,
  pendingWrite,
  refOf,
  TARGET,
} from './world.ts';

const OTHER = (id: string): string => `second:w:${id}`;

export const indexCases: StoreCase[] = [
  {
    name: 'pending lists the records with a change, in order, page by page',
    async run(world) {
      const writes = Array.from({ length: 8 }, (_, i) =>
        i % 2 === 0 ? pendingWrite(`${i}`) : agreed(`${i}`),
      );
      await world.commit({ records: writes });
      const ids: number[] = [];
      for (const i of [0, 2, 4, 6]) ids.push((await world.record(`${i}`)).id);
      for (const limit of [1, 2, 3, 4, 100]) equal(await world.pending([TARGET], limit), ids, 'pending');
      equal(await world.pending([OTHER_TARGET]), [], 'pending for another target');
      equal(await world.pending([]), [], 'pending for no target');
      const second = await world.record('2');
      await world.commit({ records: [recordWrite(contentOf(second.issue), second)] });
      equal(await world.pending(), [ids[0], ids[2], ids[3]], 'pending after one was agreed');
      const first = await world.record('0');
      await world.commit({ removeRecords: [{ id: first.id, stamp: first.stamp }] });
      equal(await world.pending(), [ids[2], ids[3]], 'pending after one was removed');
    },
  },
  {
    name: 'a record that is pending for several targets is listed once',
    async run(world) {
      const issue = issueOf('a');
      const agreements = [
        { ref: issue.ref, target: TARGET },
        { ref: refOf('x', OTHER_PLACE), target: OTHER_TARGET },
      ];
      await world.commit({
        records: [recordWrite(contentOf(issue, { agreements })), pendingWrite('b'), pendingWrite('c')],
      });
      const ids = [(await world.record('a')).id, (await world.record('b')).id, (await world.record('c')).id];
      for (const limit of [1, 2, 3, 10]) {
        equal(await world.pending([TARGET, OTHER_TARGET], limit), ids, 'pending for both targets');
      }
      equal(await world.pending([OTHER_TARGET]), ids.slice(0, 1), 'pending for the second target');
    },
  },
  {
    name: 'several refs lead to one record, and each target lists its own',
    async run(world) {
      const issue = issueOf('a');
      const second = agreementOf(issue, {
        ref: refOf('x', OTHER_PLACE),
        target: OTHER_TARGET,
        seen: 'there',
      });
      await world.commit({
        records: [recordWrite(contentOf(issue, { agreements: [agreementOf(issue), second] }))],
      });
      const found = await world.backend.lookup([identityOf('a'), OTHER('x'), OTHER('a')]);
      check(
        found[0] !== undefined && found[0].recordId === found[1]?.recordId,
        'the refs lead to two records',
      );
      equal([found[0]?.seen, found[1]?.seen, found[2] ?? null], ['seen a', 'there', null], 'what was seen');
      equal(await world.refs(TARGET), [identityOf('a')], 'refs of the first target');
      equal(await world.refs(OTHER_TARGET), [OTHER('x')], 'refs of the second target');
      const record = await world.record('a');
      await world.commit({ records: [recordWrite(contentOf(issue), record)] });
      equal(await world.refs(OTHER_TARGET), [], 'refs after one was forgotten');
      equal(await world.backend.lookup([OTHER('x')]), [undefined], 'a ref that was forgotten');
    },
  },
  {
    name: 'refs come in code-unit order, without drafts and aliases',
    async run(world) {
      const ids = ['b', 'a', 'B', 'é', 'Z', '10', '9', '🐈', '\uffee', 'a b', '_'];
      const draft = issueOf('x', { ref: refOf('draft:x') });
      const withAlias = contentOf(issueOf('aliased'), {
        aliases: { 'first:w:former': identityOf('aliased') },
      });
      await world.commit({
        records: [
          ...ids.map((id) => agreed(id)),
          recordWrite(contentOf(draft, { agreements: [{ ref: draft.ref, target: TARGET }] })),
          recordWrite(withAlias),
        ],
      });
      const wanted = [...ids, 'aliased'].map(identityOf).sort();
      for (const limit of [1, 2, 5, 100]) equal(await world.refs(TARGET, limit), wanted, 'refs');
      const found = await world.backend.lookup(['first:w:former', 'first:w:draft%3Ax']);
      check(
        found.every((entry) => entry !== undefined),
        'an alias or a draft leads nowhere',
      );
    },
  },
  {
    name: 'changed tells each written record once, at its last write',
    async run(world) {
      const { backend } = world;
      equal(await backend.changed(0, 10), { ids: [], sequence: 0 }, 'changes of an empty store');
      await world.commit({ records: [agreed('a'), agreed('b'), agreed('c')] });
      const [a, b, c] = [await world.record('a'), await world.record('b'), await world.record('c')];
      const first = await backend.changed(0, 2);
      const rest = await backend.changed(first.sequence, 2);
      equal([...first.ids, ...rest.ids], [a.id, b.id, c.id], 'changes in pages');
      const end = await backend.changed(rest.sequence, 10);
      equal(end, { ids: [], sequence: rest.sequence }, 'changes after the last one');
      await world.commit({ records: [recordWrite(contentOf(a.issue), a)] });
      const again = await backend.changed(rest.sequence, 10);
      equal(again.ids, [a.id], 'changes since then');
      check(again.sequence > rest.sequence, 'the sequence did not grow');
      equal((await backend.changed(0, 10)).ids, [b.id, c.id, a.id], 'all changes');
      await world.commit({ removeRecords: [{ id: b.id, stamp: b.stamp }] });
      equal((await backend.changed(0, 10)).ids, [c.id, a.id], 'changes without a removed record');
    },
  },
  {
    name: 'query gives records after an id, in order, that meet all that is asked',
    async run(world) {
      const issues = [
        issueOf('1', { title: 'Alpha 100%', status: 'todo', labels: ['x', 'y'] }),
        issueOf('2', { title: 'beta', body: 'ALPHA in the body', status: 'done', labels: ['x'] }),
        issueOf('3', { title: 'Gamma_', status: 'todo' }),
      ];
      await world.commit({
        records: [...issues.map((each) => recordWrite(contentOf(each))), pendingWrite('4')],
      });
      const tombstone = contentOf(issueOf('5'), {
        deleted: { at: '2030-01-01T00:00:00.000Z', by: 'external' },
      });
      await world.commit({ records: [recordWrite(tombstone)] });
      const ask = async (query: Parameters<typeof world.backend.query>[0]): Promise<string[]> =>
        (await world.backend.query(query, { after: 0, limit: 100 })).map(({ issue }) => issue.ref.id);
      equal(await ask({}), ['1', '2', '3', '4'], 'no condition');
      equal(await ask({ text: 'alpha' }), ['1', '2'], 'text in title or body, any case');
      equal(await ask({ text: '100%' }), ['1'], 'text with %');
      equal(await ask({ text: 'a_' }), ['3'], 'text with _');
      equal(await ask({ status: 'done' }), ['2'], 'a status');
      equal(await ask({ status: ['todo', 'done'], labels: ['x'] }), ['1', '2'], 'statuses and a label');
      equal(await ask({ labels: ['x', 'y'] }), ['1'], 'all of the labels');
      equal(await ask({ pending: true }), ['4'], 'pending');
      equal(await ask({ pending: false }), ['1', '2', '3'], 'not pending');
      equal(await ask({ deleted: true }), ['5'], 'tombstones');
      equal(await ask({ system: 'first', workspace: 'w' }), ['1', '2', '3', '4'], 'a place');
      equal(await ask({ workspace: 'elsewhere' }), [], 'another place');
      const ids: string[] = [];
      for (let after = 0; ; ) {
        const page = await world.backend.query({}, { after, limit: 3 });
        ids.push(...page.map(({ issue }) => issue.ref.id));
        if (page.length < 3) break;
        const last = present(page.at(-1), 'a record').id;
        check(last > after, 'a page of records does not go on after the one before');
        after = last;
      }
      equal(ids, ['1', '2', '3', '4'], 'in pages of 3');
    },
  },
];
