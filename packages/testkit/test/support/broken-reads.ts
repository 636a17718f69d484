import type { CanonicalIssue } from '@spec-kitty/tracker-core';
import type { InMemoryConnector } from '@spec-kitty/tracker-memory';
import { type Breakage, everything, type Overrides } from './broken.ts';

/** Pages by counting: what comes or goes before the position moves everything after it. */
const byOffset = (right: InMemoryConnector): Overrides => ({
  async listIssues(query) {
    const all = (await everything(right, query)).sort((a, b) => Number(a.ref.id) - Number(b.ref.id));
    const offset = Number(query.cursor ?? 0);
    const items = all.slice(offset, offset + query.limit);
    const next = offset + query.limit;
    return { items, ...(next < all.length ? { nextCursor: String(next) } : {}) };
  },
});

const reading =
  (change: (issue: CanonicalIssue) => CanonicalIssue) =>
  (right: InMemoryConnector): Overrides => ({
    getIssue: async (ref, options) => change(await right.getIssue(ref, options)),
  });

/** Mistakes of reading and listing. */
export const BROKEN_READS: Breakage[] = [
  { mistake: 'pages by offset', found: 'others come and go between pages', overrides: byOffset },
  { mistake: 'takes any cursor', found: 'malformed or negative', overrides: byOffset },
  {
    mistake: 'leaves the last page out',
    found: 'pages of 2',
    overrides: (right) => ({
      async listIssues(query) {
        const { nextCursor: _cursor, ...page } = await right.listIssues(query);
        return page;
      },
    }),
  },
  {
    mistake: 'gives more than the limit',
    found: 'pages of 1',
    overrides: (right) => ({ listIssues: (query) => right.listIssues({ ...query, limit: query.limit + 1 }) }),
  },
  {
    mistake: 'lists without end',
    found: 'pages of 3',
    overrides: (right) => ({
      async listIssues(query) {
        const page = await right.listIssues(query);
        return { ...page, nextCursor: page.nextCursor ?? 'again' };
      },
    }),
  },
  {
    mistake: 'lists what changed after the time, not at it',
    found: 'updatedSince is inclusive',
    overrides: (right) => ({
      async listIssues(query) {
        const page = await right.listIssues(query);
        const since = Date.parse(query.updatedSince ?? '1970-01-01T00:00:00Z');
        return { ...page, items: page.items.filter((each) => Date.parse(each.updatedAt ?? '') > since) };
      },
    }),
  },
  {
    mistake: 'forgets the time zone of updatedSince',
    found: 'in every time zone',
    overrides: (right) => ({
      listIssues: ({ updatedSince, ...query }) =>
        right.listIssues({
          ...query,
          ...(updatedSince === undefined ? {} : { updatedSince: `${updatedSince.slice(0, 23)}Z` }),
        }),
    }),
  },
  {
    mistake: 'ignores filters',
    found: 'labels gives',
    overrides: (right) => ({ listIssues: ({ filters: _filters, ...query }) => right.listIssues(query) }),
  },
  {
    mistake: 'ignores a filter that it does not know',
    found: 'a filter that nobody knows',
    overrides: (right) => ({
      listIssues({ filters = {}, ...query }) {
        const { conformanceNoSuchFilter: _unknown, ...known } = filters;
        return right.listIssues({ ...query, filters: known });
      },
    }),
  },
  {
    mistake: 'takes other filters along with queryKey',
    found: 'queryKey gives one issue',
    overrides: (right) => ({
      async listIssues(query) {
        const page = await right.listIssues(query);
        if (query.filters?.queryKey === undefined || query.filters.labels === undefined) return page;
        return { items: [] };
      },
    }),
  },
  {
    mistake: 'answers an unknown ref with a plain error',
    found: 'an unknown ref is issue_not_found',
    overrides: (right) => ({
      getIssue: (ref, options) =>
        right.getIssue(ref, options).catch(() => {
          throw new Error('not found');
        }),
    }),
  },
  {
    mistake: 'shares what it holds',
    found: 'what is read is a copy',
    overrides(right) {
      const held = new Map<string, CanonicalIssue>();
      return {
        async getIssue(ref) {
          const issue = held.get(ref.id) ?? (await right.getIssue(ref));
          held.set(ref.id, issue);
          return issue;
        },
      };
    },
  },
  {
    mistake: 'reads other workspaces too',
    found: 'another workspace or tracker',
    overrides: (right) => ({
      getIssue: (ref, options) => right.getIssue({ ...ref, workspace: right.workspace }, options),
    }),
  },
  {
    mistake: 'tells times without milliseconds',
    found: 'an issue is read',
    overrides: reading((issue) => ({ ...issue, updatedAt: '2030-01-01T00:00:00Z' })),
  },
  {
    mistake: 'answers fields that are undefined',
    found: 'an issue is read',
    overrides: reading((issue) => {
      Reflect.set(issue, 'version', undefined);
      return issue;
    }),
  },
  {
    mistake: 'answers getIssues in its own order',
    found: 'getIssues answers in order',
    overrides: (right) => ({
      getIssues: async (refs, options) => (await right.getIssues(refs, options)).reverse(),
    }),
  },
  {
    mistake: 'leaves unknown issues out of getIssues',
    found: 'getIssues answers in order',
    overrides: (right) => ({
      getIssues: async (refs, options) => (await right.getIssues(refs, options)).filter(Boolean),
    }),
  },
];
