import { z } from 'zod';
import { operation, type RestOperation } from '../rest-endpoint.ts';
import { type AdfNode, checkAdf } from './adf-check.ts';
import { type JiraSeat, pageOf } from './operations.ts';
import { JiraRefusal } from './refusal.ts';

const CommentSchema = z.strictObject({
  body: z.unknown(),
  properties: z.optional(z.array(z.strictObject({ key: z.string(), value: z.unknown() }))),
});
const MAX_LISTED = 1000;

/** The operations on comments. */
export function commentOperations({ state, views, viewer, now }: JiraSeat): RestOperation[] {
  return [
    operation({
      method: 'GET',
      path: '/issue/{issueIdOrKey}/comment',
      kind: 'read',
      query: z.object({
        startAt: z.optional(z.string()),
        maxResults: z.optional(z.string()),
        orderBy: z.optional(z.enum(['created', '-created', '+created'])),
      }),
      handle({ params, query }) {
        const { id } = state.issue(params['issueIdOrKey'] ?? '');
        const all = [...state.comments.values()].filter(({ issue }) => issue === id);
        if (query.orderBy === '-created') all.reverse();
        const { values, ...page } = pageOf(all, query, 100);
        return { status: 200, body: { ...page, comments: values.map((one) => views.comment(one, false)) } };
      },
    }),
    operation({
      method: 'POST',
      path: '/comment/list',
      kind: 'read',
      query: z.object({ expand: z.optional(z.string()) }),
      body: z.strictObject({ ids: z.array(z.int()).max(MAX_LISTED) }),
      handle({ query, body }) {
        const withProperties = (query.expand ?? '').split(',').includes('properties');
        const found = body.ids.flatMap((id) => state.comments.get(String(id)) ?? []);
        const values = found.map((one) => views.comment(one, withProperties));
        return {
          status: 200,
          body: { startAt: 0, maxResults: MAX_LISTED, total: values.length, isLast: true, values },
        };
      },
    }),
    operation({
      method: 'POST',
      path: '/issue/{issueIdOrKey}/comment',
      kind: 'write',
      body: CommentSchema,
      handle({ params, body }) {
        const made = state.comment(
          viewer,
          params['issueIdOrKey'] ?? '',
          body.body as AdfNode,
          body.properties,
        );
        return { status: 201, body: views.comment(made, false) };
      },
    }),
    operation({
      method: 'PUT',
      path: '/issue/{issueIdOrKey}/comment/{id}',
      kind: 'write',
      query: z.object({ notifyUsers: z.optional(z.enum(['true', 'false'])) }),
      body: CommentSchema,
      handle({ params, body }) {
        const issue = state.issue(params['issueIdOrKey'] ?? '');
        const comment = state.comments.get(params['id'] ?? '');
        if (comment?.issue !== issue.id)
          throw new JiraRefusal(404, `Can not find a comment for the id: ${params['id']}.`);
        checkAdf(body.body, 'comment');
        const kept = comment.properties.filter(({ key }) => !body.properties?.some((one) => one.key === key));
        Object.assign(comment, {
          body: body.body,
          properties: [...kept, ...(body.properties ?? [])],
          updated: now(),
        });
        state.touch(issue);
        return { status: 200, body: views.comment(comment, false) };
      },
    }),
  ];
}
