import type {
  ConnectorContext,
  DiscoveredResource,
  DiscoveredWorkspace,
  DiscoveryResult,
  HostedSupport,
} from '@spec-kitty/tracker-core';
import { createTrackerFetch } from '@spec-kitty/tracker-http';
import * as z from 'zod';
import { GitHubClient, meaningOf, RATE_HEADERS } from './client.ts';
import { DEFAULT_BASE_URL, type GitHubConfig, GitHubConfigSchema, HostedParamsSchema } from './config.ts';
import { OWNERS, REPOSITORIES } from './queries.ts';
import { SYSTEM } from './to-canonical.ts';

/** Stands where a token is wanted. A hosted transport takes it off every request and puts the connection's own there. */
const NO_TOKEN = 'hosted';
const PAGES = 10;

const PageInfoSchema = z.object({ hasNextPage: z.boolean(), endCursor: z.nullable(z.string()) });
const OwnerSchema = z.object({ id: z.string(), login: z.string() });
const OwnersSchema = z.object({
  viewer: z.object({
    ...OwnerSchema.shape,
    organizations: z.object({ nodes: z.array(z.nullable(OwnerSchema)), pageInfo: PageInfoSchema }),
  }),
});
const RepositoriesSchema = z.object({
  repositoryOwner: z.nullable(
    z.object({
      repositories: z.object({
        nodes: z.array(
          z.nullable(
            z.object({
              id: z.string(),
              name: z.string(),
              nameWithOwner: z.string(),
              hasIssuesEnabled: z.boolean(),
            }),
          ),
        ),
        pageInfo: PageInfoSchema,
      }),
    }),
  ),
});

function clientOf({ fetch, clock, logger }: ConnectorContext): GitHubClient {
  const trackerFetch = createTrackerFetch({
    provider: SYSTEM,
    fetch,
    clock,
    logger,
    rateHeaders: RATE_HEADERS,
    meaningOf,
  });
  return new GitHubClient({ baseUrl: DEFAULT_BASE_URL, token: NO_TOKEN }, trackerFetch);
}

type Owners = z.infer<typeof OwnersSchema>;
type Repositories = z.infer<typeof RepositoriesSchema>;

const ownersAfter = (client: GitHubClient, after: string | null): Promise<Owners> =>
  client.read(OwnersSchema, OWNERS, { after });

const repositoriesAfter = (
  client: GitHubClient,
  login: string,
  after: string | null,
): Promise<Repositories> => client.read(RepositoriesSchema, REPOSITORIES, { login, after });

/** The user of the connection, and the organisations that it shows. */
async function discoverWorkspaces(context: ConnectorContext): Promise<DiscoveryResult<DiscoveredWorkspace>> {
  const client = clientOf(context);
  const items: DiscoveredWorkspace[] = [];
  let after: string | null = null;
  for (let pages = 0; pages < PAGES; pages += 1) {
    const { viewer } = await ownersAfter(client, after);
    if (pages === 0) items.push(workspaceOf(viewer, 'user'));
    const { nodes, pageInfo } = viewer.organizations;
    items.push(...nodes.flatMap((node) => (node ? [workspaceOf(node, 'organization')] : [])));
    if (!pageInfo.hasNextPage) return { items, truncated: false };
    after = pageInfo.endCursor;
  }
  return { items, truncated: true };
}

/** The repositories of a user or an organisation that have issues. */
async function discoverResources(
  { id, name }: DiscoveredWorkspace,
  context: ConnectorContext,
): Promise<DiscoveryResult<DiscoveredResource>> {
  const client = clientOf(context);
  const items: DiscoveredResource[] = [];
  let after: string | null = null;
  for (let pages = 0; pages < PAGES; pages += 1) {
    const { repositoryOwner } = await repositoriesAfter(client, name, after);
    if (!repositoryOwner) return { items, truncated: false };
    const { nodes, pageInfo } = repositoryOwner.repositories;
    for (const node of nodes)
      if (node?.hasIssuesEnabled)
        items.push({
          provider: SYSTEM,
          parentWorkspaceId: id,
          resourceType: 'repository',
          stableRef: node.id,
          displayName: node.nameWithOwner,
          connectorParams: { owner: name, repo: node.name },
          routingMetadata: { fullName: node.nameWithOwner },
        });
    if (!pageInfo.hasNextPage) return { items, truncated: false };
    after = pageInfo.endCursor;
  }
  return { items, truncated: true };
}

const workspaceOf = ({ id, login }: { id: string; login: string }, kind: string): DiscoveredWorkspace => ({
  id,
  name: login,
  display: login,
  kind,
  provider: SYSTEM,
});

export const hosted: HostedSupport<GitHubConfig> = {
  paramsSchema: HostedParamsSchema,
  configFrom: (params) => GitHubConfigSchema.parse({ ...HostedParamsSchema.parse(params), token: NO_TOKEN }),
  discoverWorkspaces,
  discoverResources,
};
