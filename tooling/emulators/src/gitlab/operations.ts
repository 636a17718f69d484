import { z } from 'zod';
import { operation, type RestAnswer, type RestOperation } from '../rest-endpoint.ts';
import { quickActions as quickActionsOf } from './edits.ts';
import { groupOperations, projectView } from './groups.ts';
import { lister, listQuery, paged, pageQuery } from './listing.ts';
import { GitlabRefusal, refuse } from './refusal.ts';
import {
  type GitlabIssue,
  type GitlabNote,
  type GitlabProject,
  type GitlabState,
  ISSUE_TYPES,
  type IssueWrite,
  LINK_TYPES,
} from './state.ts';
import type { GitlabViews } from './views.ts';

export interface OperationParts {
  state: GitlabState;
  views: GitlabViews;
  /** Whose token it is. */
  viewer: string;
  /** What the viewer may do: a guest sets no labels and no assignees, and only an owner deletes. */
  role: 'owner' | 'reporter' | 'guest';
  /** How long a created issue is in no listing. */
  listLagMs: number;
}

const ISSUES = '/projects/{id}/issues';
const ISSUE = '/projects/{id}/issues/{issue_iid}';
/** Lists of names are written with commas; as JSON they may be lists, too. */
const names = z.union([z.string().transform((text) => text.split(',')), z.array(z.string())]);

const write = {
  description: z.optional(z.string()),
  labels: z.optional(names),
  add_labels: z.optional(names),
  remove_labels: z.optional(names),
  assignee_ids: z.optional(z.array(z.int())),
  confidential: z.optional(z.boolean()),
  issue_type: z.optional(z.enum(ISSUE_TYPES)),
};
const createBody = z.strictObject({ title: z.string(), ...write });
const updateBody = z.strictObject({
  title: z.optional(z.string()),
  state_event: z.optional(z.enum(['close', 'reopen'])),
  ...write,
});
const linkBody = z.strictObject({
  target_project_id: z.union([z.string(), z.int()]),
  target_issue_iid: z.union([z.string(), z.int()]),
  link_type: z.optional(z.enum(LINK_TYPES)),
});
const noteBody = z.strictObject({ body: z.string().max(1_000_000) });
const sort = z.optional(z.enum(['asc', 'desc']));

/** GitLab's REST API, as far as it is emulated. A test holds it against the vendor's own description. */
export function gitlabOperations({ state, views, viewer, role, listLagMs }: OperationParts): RestOperation[] {
  const me = state.user(viewer);
  const sees = (issue: GitlabIssue): boolean =>
    !issue.confidential || role !== 'guest' || issue.author === me.id || issue.assignees.includes(me.id);
  const find = (params: Readonly<Record<string, string>>): { project: GitlabProject; issue: GitlabIssue } => {
    const project = state.projectNamed(params['id'] ?? '');
    const issue = state.byNumber(project, Number(params['issue_iid']));
    return sees(issue) ? { project, issue } : refuse(404, '404 Issue Not Found');
  };
  const mayEdit = (issue: GitlabIssue): void => {
    if (role === 'guest' && issue.author !== me.id) refuse(403, '403 Forbidden');
  };
  /** What the viewer may not set is left out, and nothing is said of it. */
  const permitted = <T extends IssueWrite>(given: T): T => {
    if (role !== 'guest') return given;
    const { labels: _, add_labels: __, remove_labels: ___, assignee_ids: ____, ...rest } = given;
    return rest as T;
  };
  const noteOf = (params: Readonly<Record<string, string>>): GitlabNote => {
    const { issue } = find(params);
    const note = state.notes.get(Number(params['note_id']));
    return note?.issue === issue.id ? note : refuse(404, '404 Note Not Found');
  };
  const ok = (body: unknown, status = 200): RestAnswer => ({ status, body });

  return [
    operation({ method: 'GET', path: '/user', kind: 'read', handle: () => ok(views.user(me.id)) }),
    ...groupOperations(state),
    operation({
      method: 'GET',
      path: '/projects/{id}',
      kind: 'read',
      handle: ({ params }) => {
        return ok(projectView(state.projectNamed(params['id'] ?? '')));
      },
    }),
    operation({
      method: 'GET',
      path: '/projects/{id}/members/all',
      kind: 'read',
      query: z.object({ ...pageQuery, query: z.optional(z.string()) }),
      handle: ({ params, query: { query = '', ...page } }) => {
        state.projectNamed(params['id'] ?? '');
        const wanted = query.toLowerCase();
        const found = state.users.filter(({ username }) => username.toLowerCase().includes(wanted));
        return paged(
          found.map(({ id }) => ({ ...views.user(id), access_level: 30 })),
          page,
        );
      },
    }),
    operation({
      method: 'GET',
      path: ISSUES,
      kind: 'read',
      query: listQuery,
      handle: ({ params, query }) => {
        const project = state.projectNamed(params['id'] ?? '');
        const listed = [...state.issues.values()].filter(
          (one) => one.project === project.id && sees(one) && one.createdAt <= state.now - listLagMs,
        );
        const found = lister(state, me)(listed, query);
        return paged(
          found.map((one) => views.issue(one)),
          query,
        );
      },
    }),
    operation({
      method: 'POST',
      path: ISSUES,
      kind: 'write',
      body: createBody,
      handle: ({ params, body }) => {
        const project = state.projectNamed(params['id'] ?? '');
        return ok(
          views.issue(state.create(viewer, permitted(body as IssueWrite & { title: string }), project)),
          201,
        );
      },
    }),
    operation({
      method: 'GET',
      path: ISSUE,
      kind: 'read',
      handle: ({ params }) => ok(views.issue(find(params).issue)),
    }),
    operation({
      method: 'PUT',
      path: ISSUE,
      kind: 'write',
      body: updateBody,
      handle: ({ params, body }) => {
        const { issue } = find(params);
        mayEdit(issue);
        if (Object.keys(body).length === 0)
          throw new GitlabRefusal(400, {
            error: 'title, description, … are missing, at least one parameter must be provided',
          });
        if (body.issue_type === 'requirement')
          throw new GitlabRefusal(400, { message: { issue_type: ['cannot be changed'] } });
        return ok(views.issue(state.change(issue.id, permitted(body as IssueWrite))));
      },
    }),
    operation({
      method: 'DELETE',
      path: ISSUE,
      kind: 'write',
      handle: ({ params }) => {
        const { issue } = find(params);
        if (role !== 'owner') refuse(403, '403 Forbidden');
        state.delete(issue.id);
        return { status: 204 };
      },
    }),
    operation({
      method: 'GET',
      path: `${ISSUE}/links`,
      kind: 'read',
      handle: ({ params }) => {
        const { issue } = find(params);
        return ok(state.linksOf(issue.id).map((link) => views.related(issue, link)));
      },
    }),
    operation({
      method: 'POST',
      path: `${ISSUE}/links`,
      kind: 'write',
      body: linkBody,
      handle: ({ params, body }) => {
        const { issue } = find(params);
        const { link_type: type = 'relates_to' } = body;
        if (state.tier === 'ce' && type !== 'relates_to')
          throw new GitlabRefusal(400, { error: 'link_type does not have a valid value' });
        const target = find({
          id: String(body.target_project_id),
          issue_iid: String(body.target_issue_iid),
        });
        return ok(views.link(state.link(issue.id, target.issue.id, type)), 201);
      },
    }),
    operation({
      method: 'DELETE',
      path: `${ISSUE}/links/{issue_link_id}`,
      kind: 'write',
      handle: ({ params }) => {
        const { issue } = find(params);
        const link = state.linksOf(issue.id).find(({ id }) => String(id) === params['issue_link_id']);
        if (!link) return refuse(404, '404 Not found');
        const view = views.link(link);
        state.unlink(link.id);
        return ok(view);
      },
    }),
    operation({
      method: 'GET',
      path: `${ISSUE}/notes`,
      kind: 'read',
      query: z.object({ ...pageQuery, sort, order_by: z.optional(z.enum(['created_at', 'updated_at'])) }),
      handle: ({ params, query }) => {
        const { issue } = find(params);
        const { order_by: by = 'created_at', sort: direction = 'desc' } = query;
        const key = by === 'created_at' ? 'createdAt' : 'updatedAt';
        const found = [...state.notes.values()]
          .filter((note) => note.issue === issue.id)
          .sort((a, b) => (a[key] - b[key] || a.id - b.id) * (direction === 'asc' ? 1 : -1));
        return paged(
          found.map((note) => views.note(note)),
          query,
        );
      },
    }),
    operation({
      method: 'POST',
      path: `${ISSUE}/notes`,
      kind: 'write',
      body: noteBody,
      handle: ({ params, body }) => {
        const { issue } = find(params);
        const { text, edits } = quickActionsOf(body.body);
        if (text === '' && body.body.trim() !== '') {
          state.change(issue.id, {
            add_labels: edits.labels,
            ...(edits.event ? { state_event: edits.event } : {}),
          });
          return ok({ commands_changes: edits, summary: ['Commands applied'] }, 202);
        }
        return ok(views.note(state.note(viewer, issue.id, text)), 201);
      },
    }),
    operation({
      method: 'PUT',
      path: `${ISSUE}/notes/{note_id}`,
      kind: 'write',
      body: noteBody,
      handle: ({ params, body }) => {
        const note = noteOf(params);
        if (note.author !== me.id || note.system) return refuse(403, '403 Forbidden');
        return ok(views.note(state.editNote(note.id, body.body)));
      },
    }),
  ];
}
