import type {
  ConnectorContext,
  DiscoveredResource,
  DiscoveredWorkspace,
  DiscoveryResult,
  HostedSupport,
} from '@spec-kitty/tracker-core';
import * as z from 'zod';
import { LinearClient } from './client.ts';
import { DEFAULT_BASE_URL, HostedParamsSchema, type LinearConfig, LinearConfigSchema } from './config.ts';
import { ORGANIZATION, TEAMS } from './documents.ts';
import { SYSTEM } from './system.ts';

/** Stands where a credential is wanted. A hosted transport takes it off every request and puts the connection's own there. */
const NO_TOKEN = 'hosted';
const PAGES = 10;

const OrganizationSchema = z.object({
  organization: z.object({ id: z.string(), name: z.string(), urlKey: z.string() }),
});
const TeamsSchema = z.object({
  teams: z.object({
    nodes: z.array(z.object({ id: z.string(), key: z.string(), name: z.string() })),
    pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.nullable(z.string()) }),
  }),
});

function clientOf(context: ConnectorContext): LinearClient {
  const config = { accessToken: NO_TOKEN, baseUrl: DEFAULT_BASE_URL, teamId: '', workspace: SYSTEM };
  return new LinearClient(config, context);
}

/** A connection reaches one workspace of Linear. */
async function discoverWorkspaces(context: ConnectorContext): Promise<DiscoveryResult<DiscoveredWorkspace>> {
  const { organization } = await clientOf(context).ask(ORGANIZATION, {}, OrganizationSchema, { reads: true });
  const { id, name, urlKey } = organization;
  const item = { id, name: urlKey, display: name, kind: 'organization', provider: SYSTEM };
  return { items: [item], truncated: false };
}

/** The teams that the connection may see. */
async function discoverResources(
  { id: parentWorkspaceId }: DiscoveredWorkspace,
  context: ConnectorContext,
): Promise<DiscoveryResult<DiscoveredResource>> {
  const client = clientOf(context);
  const items: DiscoveredResource[] = [];
  let after: string | null = null;
  for (let pages = 0; pages < PAGES; pages += 1) {
    const { teams }: z.infer<typeof TeamsSchema> = await client.ask(TEAMS, { after }, TeamsSchema, {
      reads: true,
    });
    for (const { id, key, name } of teams.nodes)
      items.push({
        provider: SYSTEM,
        parentWorkspaceId,
        resourceType: 'team',
        stableRef: id,
        displayName: `${name} (${key})`,
        connectorParams: { teamId: id },
        routingMetadata: { teamKey: key },
      });
    if (!teams.pageInfo.hasNextPage) return { items, truncated: false };
    after = teams.pageInfo.endCursor;
  }
  return { items, truncated: true };
}

export const hosted: HostedSupport<LinearConfig> = {
  paramsSchema: HostedParamsSchema,
  configFrom: (params) =>
    LinearConfigSchema.parse({ ...HostedParamsSchema.parse(params), accessToken: NO_TOKEN }),
  discoverWorkspaces,
  discoverResources,
};
