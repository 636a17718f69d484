import { CANONICAL_STATUSES, type ExternalRef, type IssueFilters } from '@spec-kitty/tracker-core';
import { equal, present, refusal } from '../support/check.ts';
import type { ConnectorCase } from './case.ts';
import { HOSTILE_TEXTS } from './hostile-texts.ts';
import { outcome, type World } from './world.ts';

const ids = (refs: ExternalRef[]): string[] => refs.map(({ id }) => id).sort();

/** That each filter gives just the issues named. */
async function gives(
  world: World,
  cases: readonly (readonly [IssueFilters, ExternalRef[]])[],
): Promise<void> {
  for (const [filters, wanted] of cases) {
    equal(await world.idsOf(filters), ids(wanted), `issues under ${JSON.stringify(filters)}`);
  }
}

export const filterCases: ConnectorCase[] = [
  {
    name: 'queryKey gives one issue, whatever the other filters',
    async run(world) {
      const [a, b] = await world.seed({ title: 'Wanted', labels: ['x'] }, { title: 'Other' });
      const issue = await world.get(present(a, 'a seed'));
      const queryKey = issue.ref.key ?? issue.ref.id;
      await gives(world, [
        [{ queryKey }, [issue.ref]],
        [{ queryKey, queryText: 'zqxjkvwyq', labels: ['nowhere'] }, [issue.ref]],
      ]);
      const other = (await world.get(present(b, 'a seed'))).ref;
      await gives(world, [[{ queryKey: other.key ?? other.id }, [other]]]);
    },
  },
  {
    name: 'queryKey of another workspace, or of nothing, gives an empty page',
    async run(world) {
      await world.seedOne();
      for (const queryKey of ['ZZQNOSUCH-987654', 'other/repository#1', '-1', "x' OR '1'='1", '"']) {
        const page = await world.page({ limit: 5, filters: { queryKey } });
        equal([page.items, page.nextCursor ?? null], [[], null], `the page of ${queryKey}`);
      }
    },
  },
  {
    name: 'queryText looks in title and body',
    when: (capabilities) => capabilities.fields?.body !== 'none',
    async run(world) {
      const [a, b, c] = await world.seed(
        { title: 'The quixotic heron', body: 'nothing' },
        { title: 'Something else', body: 'a quixotic body' },
        { title: 'Unrelated', body: null },
      );
      const [inTitle, inBody, neither] = [a, b, c].map((ref) => present(ref, 'a seed'));
      await gives(world, [
        [{ queryText: 'quixotic' }, [inTitle, inBody].map((ref) => present(ref, 'a seed'))],
        [{ queryText: 'heron' }, [present(inTitle, 'a seed')]],
        [{ queryText: 'Unrelated' }, [present(neither, 'a seed')]],
        [{ queryText: 'zqxjkvwyq' }, []],
      ]);
    },
  },
  {
    name: 'queryText takes any text as text',
    async run(world) {
      await world.seedOne({ title: 'Zebra' });
      for (const queryText of HOSTILE_TEXTS) {
        const done = await outcome(() => world.page({ limit: 5, filters: { queryText } }));
        if ('answer' in done)
          equal(done.answer.items, [], `issues with the text ${JSON.stringify(queryText)}`);
      }
    },
  },
  {
    name: 'status gives the issues of these statuses',
    async run(world) {
      const statuses = ['todo', 'in_progress', 'done'] as const;
      const refs = await world.seed(...statuses.map((status) => ({ title: `It is ${status}`, status })));
      const issues = await Promise.all(refs.map((ref) => world.get(ref)));
      // What a lossy tracker reads as counts, not what was asked of it.
      for (const status of CANONICAL_STATUSES) {
        const wanted = issues.filter((issue) => issue.status === status).map(({ ref }) => ref);
        await gives(world, [[{ status: [status] }, wanted]]);
      }
      await gives(world, [[{ status: [...CANONICAL_STATUSES] }, refs]]);
    },
  },
  {
    name: 'labels gives the issues that have all of them',
    when: (capabilities) => capabilities.fields?.labels !== 'none',
    async run(world) {
      const refs = await world.seed(
        { title: 'Both', labels: ['alpha', 'beta'] },
        { title: 'One', labels: ['alpha'] },
        { title: 'None', labels: [] },
      );
      const [both, one] = refs.map((ref) => present(ref, 'a seed'));
      await gives(world, [
        [{ labels: ['alpha'] }, [present(both, 'a seed'), present(one, 'a seed')]],
        [{ labels: ['beta', 'alpha'] }, [present(both, 'a seed')]],
        [{ labels: ['gamma'] }, []],
        [{ labels: ['alph'] }, []],
      ]);
    },
  },
  {
    name: 'assignee gives the issues of that person',
    when: (capabilities) => capabilities.supportsAssignment && capabilities.fields?.assignees !== 'none',
    async run(world) {
      const [first = '', second = ''] = world.assignees;
      const refs = await world.seed(
        { title: 'Of the first', assignees: [first] },
        { title: 'Of the second', assignees: [second] },
        { title: 'Of nobody' },
      );
      const [a, b] = refs.map((ref) => present(ref, 'a seed'));
      await gives(world, [
        [{ assignee: first }, [present(a, 'a seed')]],
        [{ assignee: second }, [present(b, 'a seed')]],
      ]);
    },
  },
  {
    name: 'filters hold on every page, and together',
    when: (capabilities) => capabilities.fields?.labels !== 'none',
    async run(world) {
      const seeds = Array.from({ length: 6 }, (_, i) => ({
        title: `${i < 4 ? 'Marmot' : 'Otter'} ${i}`,
        labels: [i % 2 === 0 ? 'even' : 'odd'],
      }));
      const refs = await world.seed(...seeds);
      const wanted = [refs[0], refs[2]].map((ref) => present(ref, 'a seed'));
      const filters = { queryText: 'Marmot', labels: ['even'] };
      const pages = await world.pages({ limit: 1, filters });
      equal(ids(pages.flatMap(({ items }) => items.map(({ ref }) => ref))), ids(wanted), 'pages of 1');
    },
  },
  {
    name: 'a filter that nobody knows is refused',
    async run(world) {
      await world.seedOne();
      const filters = { conformanceNoSuchFilter: 'x' };
      const call = (): Promise<unknown> => world.connector.listIssues({ limit: 1, filters });
      await refusal(call, 'an unknown filter', ['capability_not_supported', 'connector_config']);
    },
  },
];
