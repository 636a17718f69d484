import { z } from 'zod';
import { operation, type RestOperation } from '../rest-endpoint.ts';
import { searchOf } from './jql.ts';
import type { JiraSeat } from './operations.ts';
import { JiraRefusal } from './refusal.ts';
import { pageToken, placeIn } from './views.ts';

const MOST_RECONCILED = 50;
const MOST_WITH_FIELDS = 100;
const MOST_IDS = 5000;
/** Every so many full pages, one holds fewer than it could. */
const SHORT_EVERY = 4;

export interface SearchOptions {
  timeZone: string;
  /** How long a change is in no search. */
  indexLagMs: number;
  /** Whether some pages hold fewer than were asked for. */
  shortPages: boolean;
}

/** https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-search/ */
export function searchOperations(seat: JiraSeat, options: SearchOptions): RestOperation[] {
  const { state, views, now } = seat;
  let fullPages = 0;
  return [
    operation({
      method: 'POST',
      path: '/search/jql',
      kind: 'read',
      body: z.strictObject({
        jql: z.string(),
        nextPageToken: z.optional(z.string()),
        maxResults: z.optional(z.int().min(1).max(MOST_IDS)),
        fields: z.optional(z.array(z.string())),
        properties: z.optional(z.array(z.string()).max(5)),
        reconcileIssues: z.optional(z.array(z.int()).max(MOST_RECONCILED)),
        expand: z.optional(z.string()),
        fieldsByKeys: z.optional(z.boolean()),
      }),
      handle({ body }) {
        const {
          jql,
          nextPageToken,
          maxResults = 50,
          fields = ['id'],
          properties = [],
          reconcileIssues = [],
        } = body;
        const search = searchOf(jql, state, options.timeZone);
        const reconciled = new Set(reconcileIssues.map(String));
        const listing = JSON.stringify([jql, [...reconciled].sort()]);
        const from = nextPageToken === undefined ? '' : placeIn(nextPageToken, listing, now());
        const found = state
          .indexedAt(now() - options.indexLagMs, reconciled)
          .filter(search.matches)
          .map((issue) => ({ place: search.placeOf(issue), issue }))
          .filter(({ place }) => place > from)
          .sort((a, b) => (a.place < b.place ? -1 : 1));
        const onlyIds = fields.every((name) => name === 'id' || name === 'key');
        let size = Math.min(maxResults, onlyIds ? MOST_IDS : MOST_WITH_FIELDS);
        if (options.shortPages && found.length > size && size > 20) {
          fullPages += 1;
          if (fullPages % SHORT_EVERY === 0) size = Math.floor(size * 0.8);
        }
        const page = found.slice(0, size);
        const last = found.length > page.length ? page.at(-1) : undefined;
        const shown = onlyIds ? [] : fields;
        return {
          status: 200,
          body: {
            issues: page.map(({ issue }) => views.issue(issue, shown, properties)),
            isLast: last === undefined,
            ...(last ? { nextPageToken: pageToken(listing, last.place, now()) } : {}),
          },
        };
      },
    }),
    ...(['GET', 'POST'] as const).map((method) =>
      operation({
        method,
        path: '/search',
        kind: 'read',
        handle() {
          throw new JiraRefusal(
            410,
            'The requested API has been removed. Please migrate to the /rest/api/3/search/jql API.',
          );
        },
      }),
    ),
  ];
}
