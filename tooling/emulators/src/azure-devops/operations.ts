import { z } from 'zod';
import { operation, type RestAnswer, type RestOperation } from '../rest-endpoint.ts';
import { JsonPatchSchema, patched } from './patch.ts';
import { AzureRefusal, noSuchItem } from './refusal.ts';
import type { AzureDevOpsState, AzureItem, AzureUser } from './state.ts';
import { type AzureViews, dated } from './views.ts';
import { parseWiql } from './wiql.ts';

export interface AzureWorld {
  state: AzureDevOpsState;
  views: AzureViews;
  viewer: AzureUser;
  project: string;
  now(): number;
  /** How long a query shows what was before a change. */
  queryLagMs: number;
  /** Ids that a query answers at most. */
  maxIds: number;
}

const WIT = '/{organization}/{project}/_apis/wit';
const MAX_BATCH = 200;
const MAX_COMMENTS = 200;

const version = { 'api-version': z.literal('7.1') };
const preview = { 'api-version': z.literal('7.1-preview.4') };
const expand = { $expand: z.optional(z.enum(['none', 'relations', 'all'])) };
const format = { format: z.optional(z.enum(['markdown', 'html'])) };
const CommentSchema = z.strictObject({ text: z.string().min(1) });
/** A word of a template, written apart so that it is not taken for one here. */
const TYPE = '$' + '{type}';

function idOf(text: string | undefined): number {
  if (text === undefined || !/^\d{1,10}$/.test(text))
    throw new AzureRefusal(400, 'VssPropertyValidationException', `The id ${text} is not valid.`);
  return Number(text);
}

const shown = (given: string | undefined): { relations: boolean } => ({
  relations: given === 'relations' || given === 'all',
});

/** What Azure DevOps can be asked, as its description has it. */
export function azureOperations(world: AzureWorld): RestOperation[] {
  const { state, views, viewer } = world;
  const author = viewer.uniqueName;
  const list = (value: unknown[]): RestAnswer => ({ status: 200, body: { count: value.length, value } });

  return [
    operation({
      method: 'POST',
      path: `${WIT}/wiql`,
      kind: 'read',
      query: z.object({
        ...version,
        timePrecision: z.optional(z.enum(['true', 'false'])),
        $top: z.optional(z.coerce.number<string>().int().min(1)),
      }),
      body: z.strictObject({ query: z.string().min(1) }),
      handle: ({ query, body }) => ({ status: 200, body: asked(world, body.query, query) }),
    }),
    operation({
      method: 'POST',
      path: `${WIT}/workitemsbatch`,
      kind: 'read',
      query: z.object(version),
      body: z.strictObject({
        ids: z.array(z.int().min(1)).min(1).max(MAX_BATCH),
        fields: z.optional(z.array(z.string())),
        $expand: z.optional(z.enum(['none', 'relations', 'fields', 'links', 'all'])),
        errorPolicy: z.optional(z.enum(['fail', 'omit'])),
      }),
      handle({ body }) {
        if (body.fields && body.$expand !== undefined && body.$expand !== 'none')
          throw new AzureRefusal(
            400,
            'ConflictingParametersException',
            'The expand parameter can not be used with the fields parameter.',
          );
        const found = body.ids.map((id) => {
          const item = state.items.get(id);
          if (item && item.deletedAt === undefined) return views.item(item, shown(body.$expand));
          if (body.errorPolicy !== 'omit') throw noSuchItem(id);
          return null;
        });
        return list(found);
      },
    }),
    operation({
      method: 'POST',
      path: `${WIT}/workitems/${TYPE}`,
      kind: 'write',
      query: z.object({ ...version, ...expand }),
      body: JsonPatchSchema,
      handle: ({ params, query, body }) => {
        const made = state.create(author, params['type'] ?? '', patched(state, undefined, body));
        return { status: 200, body: views.item(made, shown(query.$expand)) };
      },
    }),
    operation({
      method: 'PATCH',
      path: `${WIT}/workitems/{id}`,
      kind: 'write',
      query: z.object({ ...version, ...expand }),
      body: JsonPatchSchema,
      handle: ({ params, query, body }) => {
        const item = state.item(idOf(params['id']));
        const changed = state.change(item.id, patched(state, item, body));
        return { status: 200, body: views.item(changed, shown(query.$expand)) };
      },
    }),
    operation({
      method: 'DELETE',
      path: `${WIT}/workitems/{id}`,
      kind: 'write',
      query: z.object(version),
      handle: ({ params }) => ({ status: 200, body: views.deleted(state.delete(idOf(params['id']))) }),
    }),
    operation({
      method: 'GET',
      path: `${WIT}/recyclebin`,
      kind: 'read',
      query: z.object(version),
      handle: () => {
        const gone = [...state.items.values()].filter(({ deletedAt }) => deletedAt !== undefined);
        return list(gone.map(({ id }) => ({ id, url: views.deleted(itemOf(state, id))['url'] })));
      },
    }),
    operation({
      method: 'GET',
      path: `${WIT}/workitemtypes`,
      kind: 'read',
      query: z.object(version),
      handle: () => list(views.types()),
    }),
    operation({
      method: 'GET',
      path: `${WIT}/workItems/{workItemId}/comments`,
      kind: 'read',
      query: z.object({
        ...preview,
        $top: z.optional(z.coerce.number<string>().int().min(1).max(MAX_COMMENTS)),
        continuationToken: z.optional(z.string().regex(/^\d+$/)),
        order: z.optional(z.enum(['asc', 'desc'])),
      }),
      handle: ({ params, query }) => {
        const { id } = state.item(idOf(params['workItemId']));
        const ascending = [...state.comments.values()].filter(({ item }) => item === id);
        const all = query.order === 'asc' ? ascending : ascending.toReversed();
        const from = Number(query.continuationToken ?? 0);
        const some = all.slice(from, from + (query.$top ?? MAX_COMMENTS));
        const next = from + some.length;
        return {
          status: 200,
          body: {
            totalCount: all.length,
            count: some.length,
            comments: some.map((one) => views.comment(one)),
            ...(next < all.length ? { continuationToken: String(next) } : {}),
          },
        };
      },
    }),
    operation({
      method: 'POST',
      path: `${WIT}/workItems/{workItemId}/comments`,
      kind: 'write',
      query: z.object({ ...preview, ...format }),
      body: CommentSchema,
      handle: ({ params, query, body }) => {
        const made = state.comment(author, idOf(params['workItemId']), body.text, query.format ?? 'html');
        return { status: 200, body: views.comment(made) };
      },
    }),
    operation({
      method: 'PATCH',
      path: `${WIT}/workItems/{workItemId}/comments/{commentId}`,
      kind: 'write',
      query: z.object({ ...preview, ...format }),
      body: CommentSchema,
      handle: ({ params, query, body }) => {
        const [id, comment] = [idOf(params['workItemId']), idOf(params['commentId'])];
        const edited = state.editComment(id, comment, body.text, query.format ?? 'html');
        return { status: 200, body: views.comment(edited) };
      },
    }),
  ];
}

function itemOf(state: AzureDevOpsState, id: number): AzureItem {
  const found = state.items.get(id);
  if (!found) throw noSuchItem(id);
  return found;
}

/** A query answers ids, and nothing of what they stand for. */
function asked(
  { state, views, viewer, project, now, queryLagMs, maxIds }: AzureWorld,
  text: string,
  { timePrecision, $top }: { timePrecision?: string | undefined; $top?: number | undefined },
): Record<string, unknown> {
  const query = parseWiql(text, {
    project,
    me: viewer.displayName,
    timePrecision: timePrecision === 'true',
  });
  const shownUntil = now() - queryLagMs;
  const found = [...state.items.values()]
    .flatMap((item) => {
      const then = item.deletedAt === undefined ? state.asOf(item, shownUntil) : undefined;
      return then ? [{ id: item.id, values: views.values(then) }] : [];
    })
    .filter(({ values }) => query.matches(values))
    .sort((a, b) => query.compare(a.values, b.values));
  if (found.length > maxIds && ($top ?? Number.POSITIVE_INFINITY) > maxIds)
    throw new AzureRefusal(
      400,
      'WorkItemTrackingQueryResultSizeLimitExceededException',
      `VS402337: The number of work items returned exceeds the size limit of ${maxIds}. Change your query to return fewer results.`,
    );
  return {
    queryType: 'flat',
    queryResultType: 'workItem',
    asOf: dated(now()),
    columns: [{ referenceName: 'System.Id', name: 'ID', url: `${views.url(0)}/fields/System.Id` }],
    workItems: found.slice(0, $top ?? found.length).map(({ id }) => ({ id, url: views.url(id) })),
  };
}
