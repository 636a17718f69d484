import { z } from 'zod';
import { operation, type RestOperation } from '../rest-endpoint.ts';
import { paged, pageQuery } from './listing.ts';
import { refuse } from './refusal.ts';
import type { GitlabProject, GitlabState } from './state.ts';

const flag = z.optional(z.enum(['true', 'false']));

export const projectView = ({ id, path }: GitlabProject): Record<string, unknown> => ({
  id,
  path: path.split('/').at(-1),
  path_with_namespace: path,
  issues_enabled: true,
});

const ownerOf = ({ path }: GitlabProject): string => path.split('/').slice(0, -1).join('/');

/** Whose projects there are: those of groups, each with an id of its own, and those of people. */
export function groupOperations(state: GitlabState): RestOperation[] {
  const isPersonal = (owner: string): boolean => state.users.some(({ username }) => username === owner);
  const groups = (): { id: number; path: string }[] =>
    [...new Set(state.projects.map(ownerOf))]
      .filter((path) => !isPersonal(path))
      .map((path, index) => ({ id: 900 + index, path }));
  const projectsOf = (owner: string): Record<string, unknown>[] =>
    state.projects.filter((project) => ownerOf(project) === owner).map(projectView);
  return [
    operation({
      method: 'GET',
      path: '/groups',
      kind: 'read',
      query: z.object({ ...pageQuery, min_access_level: z.optional(z.string().regex(/^[1-5]0$/)) }),
      handle: ({ query }) =>
        paged(
          groups().map(({ id, path }) => ({ id, path, name: path, full_path: path, full_name: path })),
          query,
        ),
    }),
    operation({
      method: 'GET',
      path: '/groups/{id}/projects',
      kind: 'read',
      query: z.object({ ...pageQuery, with_issues_enabled: flag, with_shared: flag, archived: flag }),
      handle: ({ params, query }) => {
        const group = groups().find(({ id, path }) => [String(id), path].includes(params['id'] ?? ''));
        return group ? paged(projectsOf(group.path), query) : refuse(404, '404 Group Not Found');
      },
    }),
    operation({
      method: 'GET',
      path: '/users/{user_id}/projects',
      kind: 'read',
      query: z.object({ ...pageQuery, with_issues_enabled: flag, archived: flag }),
      handle: ({ params, query }) => {
        const user = state.users.find(({ id }) => String(id) === params['user_id']);
        return user ? paged(projectsOf(user.username), query) : refuse(404, '404 User Not Found');
      },
    }),
  ];
}
