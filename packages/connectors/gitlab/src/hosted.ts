import type {
  ConnectorContext,
  DiscoveredResource,
  DiscoveredWorkspace,
  DiscoveryResult,
  HostedSupport,
} from '@spec-kitty/tracker-core';
import { createTrackerFetch } from '@spec-kitty/tracker-http';
import * as z from 'zod';
import { ProjectSchema, ViewerSchema } from './answers.ts';
import { GitLabClient, meaningOf, type Query, RATE_HEADERS } from './client.ts';
import { DEFAULT_BASE_URL, type GitLabConfig, GitLabConfigSchema, HostedParamsSchema } from './config.ts';
import { SYSTEM } from './to-canonical.ts';

/** Stands where a token is wanted. A hosted transport takes it off every request and puts the connection's own there. */
const NO_TOKEN = 'hosted';
const PAGES = 10;
const AT_ONCE = 100;
/** Those of whom the connection may edit issues: a Reporter at least. */
const REPORTER = 20;

const GroupsSchema = z.array(z.object({ id: z.int(), full_path: z.string(), full_name: z.string() }));
const ProjectsSchema = z.array(ProjectSchema);

function clientOf({ fetch, clock, logger }: ConnectorContext): GitLabClient {
  const trackerFetch = createTrackerFetch({
    provider: SYSTEM,
    fetch,
    clock,
    logger,
    rateHeaders: RATE_HEADERS,
    meaningOf,
  });
  return new GitLabClient({ baseUrl: DEFAULT_BASE_URL, token: NO_TOKEN }, trackerFetch);
}

/** Pages of a list, as long as they are full, and not without end. */
async function pages<T>(
  client: GitLabClient,
  schema: z.ZodType<T[]>,
  path: string,
  query: Query,
): Promise<DiscoveryResult<T>> {
  const items: T[] = [];
  for (let page = 1; page <= PAGES; page += 1) {
    const found = await client.read(schema, path, { ...query, per_page: AT_ONCE, page }, {});
    items.push(...found);
    if (found.length < AT_ONCE) return { items, truncated: false };
  }
  return { items, truncated: true };
}

/** The user of the connection, and the groups that it shows. */
async function discoverWorkspaces(context: ConnectorContext): Promise<DiscoveryResult<DiscoveredWorkspace>> {
  const client = clientOf(context);
  const { id, username } = await client.read(ViewerSchema, '/user', {}, {});
  const groups = await pages(client, GroupsSchema, '/groups', { min_access_level: REPORTER });
  const items = [
    workspaceOf('user', id, username, username),
    ...groups.items.map((group) => workspaceOf('group', group.id, group.full_path, group.full_name)),
  ];
  return { items, truncated: groups.truncated };
}

/** The projects of a user or a group that have issues. */
async function discoverResources(
  { id, kind }: DiscoveredWorkspace,
  context: ConnectorContext,
): Promise<DiscoveryResult<DiscoveredResource>> {
  const owner = `/${kind === 'user' ? 'users' : 'groups'}/${encodeURIComponent(id)}`;
  const query = {
    with_issues_enabled: 'true',
    archived: 'false',
    ...(kind === 'user' ? {} : { with_shared: 'false' }),
  };
  const { items, truncated } = await pages(clientOf(context), ProjectsSchema, `${owner}/projects`, query);
  return {
    truncated,
    items: items.map(({ id: projectId, path_with_namespace: path }) => ({
      provider: SYSTEM,
      parentWorkspaceId: id,
      resourceType: 'project',
      stableRef: String(projectId),
      displayName: path,
      connectorParams: { projectId },
      routingMetadata: { fullPath: path },
    })),
  };
}

const workspaceOf = (kind: string, id: number, name: string, display: string): DiscoveredWorkspace => ({
  id: String(id),
  name,
  display,
  kind,
  provider: SYSTEM,
});

export const hosted: HostedSupport<GitLabConfig> = {
  paramsSchema: HostedParamsSchema,
  configFrom: (params) => GitLabConfigSchema.parse({ ...HostedParamsSchema.parse(params), token: NO_TOKEN }),
  discoverWorkspaces,
  discoverResources,
};
