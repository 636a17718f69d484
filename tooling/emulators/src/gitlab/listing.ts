import { z } from 'zod';
import type { RestAnswer } from '../rest-endpoint.ts';
import { GitlabRefusal } from './refusal.ts';
import { type GitlabIssue, type GitlabState, type GitlabUser, ISSUE_TYPES } from './state.ts';

const count = z
  .string()
  .regex(/^[1-9]\d{0,8}$/, 'is invalid')
  .transform(Number);
const time = z.iso.datetime({ offset: true, error: 'is invalid' }).transform((text) => Date.parse(text));
const numbers = z
  .union([z.string(), z.array(z.string())])
  .transform((given) => [given].flat().flatMap((text) => text.split(',').map(Number)))
  .check(z.refine((all) => all.every((one) => Number.isSafeInteger(one)), 'is invalid'));

export const pageQuery = { page: z.optional(count), per_page: z.optional(count) };

export const listQuery = z.object({
  ...pageQuery,
  scope: z.optional(z.enum(['created_by_me', 'assigned_to_me', 'all'])),
  state: z.optional(z.enum(['opened', 'closed', 'all'])),
  order_by: z.optional(z.enum(['created_at', 'updated_at'])),
  sort: z.optional(z.enum(['asc', 'desc'])),
  'iids[]': z.optional(numbers),
  'not[iids][]': z.optional(numbers),
  labels: z.optional(z.string().transform((text) => text.split(','))),
  author_id: z.optional(count),
  confidential: z.optional(z.enum(['true', 'false'])),
  issue_type: z.optional(z.enum(ISSUE_TYPES)),
  updated_after: z.optional(time),
  updated_before: z.optional(time),
});
export type ListQuery = z.infer<typeof listQuery>;

const MAX_PER_PAGE = 100;
const MAX_OFFSET = 50_000;

/** Times are told in milliseconds and kept more exactly: a bound that is a told time includes what was told with it. */
export function lister(state: GitlabState, me: GitlabUser) {
  return (issues: readonly GitlabIssue[], query: ListQuery): GitlabIssue[] => {
    const { labels = [], updated_after: after, updated_before: before } = query;
    const { order_by: by = 'created_at', sort = 'desc', scope = 'all' } = query;
    // A time as old as the epoch is taken as it is written.
    const key = by === 'created_at' ? 'createdAt' : 'updatedAt';
    return issues
      .filter(
        (one) =>
          (query.state === undefined || query.state === 'all' || one.state === query.state) &&
          (!query['iids[]'] || query['iids[]'].includes(one.iid)) &&
          !query['not[iids][]']?.includes(one.iid) &&
          labels.every((label) => meetsLabel(one, label)) &&
          (query.author_id === undefined || one.author === query.author_id) &&
          (scope !== 'created_by_me' || one.author === me.id) &&
          (scope !== 'assigned_to_me' || one.assignees.includes(me.id)) &&
          (query.confidential === undefined || String(one.confidential) === query.confidential) &&
          (query.issue_type === undefined || one.type === query.issue_type) &&
          (after === undefined || one.updatedAt >= after) &&
          (before === undefined || one.updatedAt <= before) &&
          state.issues.has(one.id),
      )
      .sort((a, b) => (a[key] - b[key] || a.id - b.id) * (sort === 'asc' ? 1 : -1));
  };
}

/** `None` and `Any` are words of the filter. */
function meetsLabel({ labels }: GitlabIssue, wanted: string): boolean {
  if (/^none$/i.test(wanted)) return labels.length === 0;
  if (/^any$/i.test(wanted)) return labels.length > 0;
  return labels.includes(wanted);
}

/** A page by its number. More than a hundred is a hundred. */
export function paged(
  all: readonly unknown[],
  { page = 1, per_page: given = 20 }: { page?: number | undefined; per_page?: number | undefined },
): RestAnswer {
  const per = Math.min(given, MAX_PER_PAGE);
  const from = (page - 1) * per;
  if (from >= MAX_OFFSET)
    throw new GitlabRefusal(405, {
      error: `Offset pagination has a maximum allowed offset of ${MAX_OFFSET} for requests that return objects of type Issue. Remaining records can be retrieved using keyset pagination.`,
    });
  const more = from + per < all.length;
  return {
    status: 200,
    body: all.slice(from, from + per),
    headers: {
      'x-page': String(page),
      'x-per-page': String(per),
      'x-total': String(all.length),
      'x-total-pages': String(Math.max(1, Math.ceil(all.length / per))),
      'x-next-page': more ? String(page + 1) : '',
    },
  };
}
