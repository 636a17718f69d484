import { z } from 'zod';
import { operation, type RestAnswer, type RestOperation } from '../rest-endpoint.ts';
import { JiraRefusal } from './refusal.ts';
import { type JiraIssue, type JiraState, LINK_TYPES } from './state.ts';
import type { JiraViews } from './views.ts';
import { fieldsOf, type IssueBody, IssueBodySchema, propertiesOf } from './writes.ts';

export interface JiraSeat {
  state: JiraState;
  views: JiraViews;
  /** The account that asks. */
  viewer: string;
  now(): number;
}

const MAX_CREATES = 50;
const MAX_FETCHED = 100;
const AT = { startAt: z.optional(z.string()), maxResults: z.optional(z.string()) };

/** A page by its offset. */
export function pageOf<T>(
  all: readonly T[],
  { startAt = '0', maxResults = '50' }: { startAt?: string | undefined; maxResults?: string | undefined },
  most = 200,
): { startAt: number; maxResults: number; total: number; values: T[]; isLast: boolean } {
  const [from, size] = [Number(startAt), Math.min(Number(maxResults), most)];
  if (!Number.isInteger(from) || !Number.isInteger(size) || from < 0 || size < 0)
    throw new JiraRefusal(400, 'startAt and maxResults must be numbers');
  const values = all.slice(from, from + size);
  return {
    startAt: from,
    maxResults: size,
    total: all.length,
    values,
    isLast: from + values.length >= all.length,
  };
}

/** The operations on issues. */
export function issueOperations(seat: JiraSeat): RestOperation[] {
  const { state, views, viewer } = seat;
  const create = (body: IssueBody): JiraIssue => {
    if (body.transition) throw new JiraRefusal(400, 'this emulator creates in the first status alone');
    const { project, type, summary, ...rest } = fieldsOf(body, state);
    if (project === undefined) throw new JiraRefusal(400, { project: 'Specify a valid project ID or key' });
    if (type === undefined) throw new JiraRefusal(400, { issuetype: 'Specify an issue type' });
    if (summary === undefined)
      throw new JiraRefusal(400, { summary: 'You must specify a summary of the issue.' });
    return state.create(viewer, { project, type, summary, ...rest, properties: propertiesOf(body) });
  };
  const created = ({ id, key }: JiraIssue): object => ({ id, key, self: `/rest/api/3/issue/${id}` });
  return [
    operation({
      method: 'POST',
      path: '/issue',
      kind: 'write',
      body: IssueBodySchema,
      handle: ({ body }) => ({ status: 201, body: created(create(body)) }),
    }),
    operation({
      method: 'POST',
      path: '/issue/bulk',
      kind: 'write',
      body: z.strictObject({ issueUpdates: z.array(IssueBodySchema) }),
      handle: ({ body: { issueUpdates } }) => bulkCreate(issueUpdates, (one) => created(create(one))),
    }),
    operation({
      method: 'POST',
      path: '/issue/bulkfetch',
      kind: 'read',
      body: z.strictObject({
        issueIdsOrKeys: z.array(z.string()).min(1).max(MAX_FETCHED),
        fields: z.optional(z.array(z.string())),
        properties: z.optional(z.array(z.string()).max(5)),
        expand: z.optional(z.array(z.string())),
        fieldsByKeys: z.optional(z.boolean()),
      }),
      handle({ body: { issueIdsOrKeys, fields = ['*all'], properties = [] } }) {
        const found = issueIdsOrKeys.map((one) => [one, state.find(one)] as const);
        const issues = [...new Set(found.flatMap(([, issue]) => (issue ? [issue] : [])))];
        return {
          status: 200,
          body: {
            expand: 'names,schema',
            // In the order of ids, each once, whatever was asked for.
            issues: issues
              .sort((a, b) => Number(a.id) - Number(b.id))
              .map((issue) => views.issue(issue, fields, properties)),
            issueErrors: found
              .filter(([, issue]) => !issue)
              .map(([id]) => ({
                id,
                errorMessage: 'Issue does not exist or you do not have permission to see it.',
              })),
          },
        };
      },
    }),
    operation({
      method: 'PUT',
      path: '/issue/{issueIdOrKey}',
      kind: 'write',
      query: z.object({ notifyUsers: z.optional(z.enum(['true', 'false'])) }),
      body: IssueBodySchema,
      handle({ params, body }) {
        const issue = state.issue(params['issueIdOrKey'] ?? '');
        // As the vendor's page says, a transition in an edit is ignored.
        const properties = propertiesOf(body);
        state.change(issue.id, fieldsOf(body, state, issue));
        Object.assign(issue.properties, properties);
        return { status: 204 };
      },
    }),
    operation({
      method: 'DELETE',
      path: '/issue/{issueIdOrKey}',
      kind: 'write',
      query: z.object({ deleteSubtasks: z.optional(z.enum(['true', 'false'])) }),
      handle({ params, query }) {
        const issue = state.issue(params['issueIdOrKey'] ?? '');
        const subtasks = state.children(issue.id).filter(({ type }) => (state.level(type) ?? 0) < 0);
        if (subtasks.length > 0 && query.deleteSubtasks !== 'true')
          throw new JiraRefusal(
            400,
            `The issue '${issue.key}' has subtasks. You must specify the 'deleteSubtasks' parameter to delete this issue and all its subtasks.`,
          );
        for (const { id } of subtasks) state.delete(id);
        state.delete(issue.id);
        return { status: 204 };
      },
    }),
    operation({
      method: 'GET',
      path: '/issue/{issueIdOrKey}/transitions',
      kind: 'read',
      handle: ({ params }) => ({
        status: 200,
        body: {
          expand: 'transitions',
          transitions: state
            .transitionsOf(state.issue(params['issueIdOrKey'] ?? ''))
            .map(({ id, name, to }) => ({
              id,
              name,
              to: views.status(state.site.statuses.find((status) => status.name === to)?.id ?? ''),
              isAvailable: true,
            })),
        },
      }),
    }),
    operation({
      method: 'POST',
      path: '/issue/{issueIdOrKey}/transitions',
      kind: 'write',
      body: z.strictObject({ transition: z.strictObject({ id: z.string() }) }),
      handle({ params, body }) {
        const issue = state.issue(params['issueIdOrKey'] ?? '');
        const found = state.transitionsOf(issue).find(({ id }) => id === body.transition.id);
        if (!found)
          throw new JiraRefusal(400, `Transition id '${body.transition.id}' is not valid for this issue.`);
        const status = state.site.statuses.find(({ name }) => name === found.to)?.id ?? '';
        state.change(issue.id, { status });
        return { status: 204 };
      },
    }),
    operation({
      method: 'POST',
      path: '/issueLink',
      kind: 'write',
      body: z.strictObject({
        type: z.strictObject({ id: z.optional(z.string()), name: z.optional(z.string()) }),
        inwardIssue: z.strictObject({ id: z.optional(z.string()), key: z.optional(z.string()) }),
        outwardIssue: z.strictObject({ id: z.optional(z.string()), key: z.optional(z.string()) }),
      }),
      handle({ body: { type, inwardIssue, outwardIssue } }) {
        const known = LINK_TYPES.find(({ id, name }) => id === type.id || name === type.name);
        if (!known)
          throw new JiraRefusal(404, `No issue link type with name '${type.name ?? type.id}' found.`);
        const end = (one: { id?: string | undefined; key?: string | undefined }): string =>
          one.id ?? one.key ?? '';
        state.link(known.name, end(inwardIssue), end(outwardIssue));
        return { status: 201 };
      },
    }),
    operation({
      method: 'DELETE',
      path: '/issueLink/{linkId}',
      kind: 'write',
      handle({ params }) {
        state.unlink(params['linkId'] ?? '');
        return { status: 204 };
      },
    }),
  ];
}

/** Item by item, and refused as a whole only where every item is. */
function bulkCreate(items: readonly IssueBody[], create: (body: IssueBody) => object): RestAnswer {
  if (items.length === 0 || items.length > MAX_CREATES)
    throw new JiraRefusal(400, `Between 1 and ${MAX_CREATES} issues can be created at once.`);
  const issues: object[] = [];
  const errors: object[] = [];
  for (const [index, body] of items.entries()) {
    try {
      issues.push(create(body));
    } catch (error) {
      if (!(error instanceof JiraRefusal)) throw error;
      errors.push({ status: error.status, elementErrors: error.body, failedElementNumber: index });
    }
  }
  return { status: issues.length === 0 ? 400 : 201, body: { issues, errors } };
}

/** The operations that say what a site is like. */
export function siteOperations({ state, views, viewer }: JiraSeat): RestOperation[] {
  const { site } = state;
  const projectIn = (params: Readonly<Record<string, string>>): string => {
    const found = site.projects.find((one) => one === params['projectIdOrKey']);
    if (found !== undefined) return found;
    throw new JiraRefusal(404, `No project could be found with key '${params['projectIdOrKey']}'.`);
  };
  return [
    operation({
      method: 'GET',
      path: '/myself',
      kind: 'read',
      handle: () => ({ status: 200, body: views.user(viewer) }),
    }),
    operation({
      method: 'GET',
      path: '/project/search',
      kind: 'read',
      query: z.object({ ...AT, orderBy: z.optional(z.enum(['key', '-key', '+key', 'name'])) }),
      handle({ query }) {
        const all = site.projects.map((key, index) => ({ id: String(10_100 + index), key, name: key }));
        return { status: 200, body: pageOf(all, query, 50) };
      },
    }),
    operation({
      method: 'GET',
      path: '/priority/search',
      kind: 'read',
      query: z.object({ ...AT, projectId: z.optional(z.string()) }),
      handle({ query }) {
        const all = site.priorities.map((_, index) => views.priority(String(index + 1)));
        return { status: 200, body: pageOf(all, query, 50) };
      },
    }),
    operation({
      method: 'GET',
      path: '/project/{projectIdOrKey}/statuses',
      kind: 'read',
      handle({ params }) {
        projectIn(params);
        const statuses = site.statuses.map(({ id }) => views.status(id));
        return { status: 200, body: site.types.map(({ id }) => ({ ...views.type(id), statuses })) };
      },
    }),
    operation({
      method: 'GET',
      path: '/issue/createmeta/{projectIdOrKey}/issuetypes',
      kind: 'read',
      query: z.object(AT),
      handle({ params, query }) {
        projectIn(params);
        const { values, ...page } = pageOf(
          site.types.map(({ id }) => views.type(id)),
          query,
        );
        return { status: 200, body: { ...page, issueTypes: values } };
      },
    }),
    operation({
      method: 'GET',
      path: '/issue/createmeta/{projectIdOrKey}/issuetypes/{issueTypeId}',
      kind: 'read',
      query: z.object(AT),
      handle({ params, query }) {
        projectIn(params);
        const type = params['issueTypeId'] ?? '';
        if (state.level(type) === undefined) throw new JiraRefusal(404, 'Issue type not found.');
        const own = site.customFields.map(({ id, name, requiredFor, kind }) => ({
          fieldId: id,
          key: id,
          name,
          required: requiredFor?.includes(type) ?? false,
          hasDefaultValue: false,
          operations: ['set'],
          schema: { type: 'string', custom: `com.atlassian.jira.plugin.system.customfieldtypes:${kind}` },
        }));
        const system = ['summary', 'issuetype', 'project'].map((id) => ({
          fieldId: id,
          key: id,
          name: id === 'issuetype' ? 'Issue Type' : id === 'project' ? 'Project' : 'Summary',
          required: true,
          hasDefaultValue: false,
          operations: ['set'],
          schema: { type: 'string', system: id },
        }));
        const { values, ...page } = pageOf([...system, ...own], query);
        return { status: 200, body: { ...page, fields: values } };
      },
    }),
    operation({
      method: 'GET',
      path: '/issueLinkType',
      kind: 'read',
      handle: () => ({ status: 200, body: { issueLinkTypes: LINK_TYPES } }),
    }),
  ];
}
