import type {
  ConnectorContext,
  DiscoveredResource,
  DiscoveredWorkspace,
  DiscoveryResult,
  HostedSupport,
} from '@spec-kitty/tracker-core';
import { createTrackerFetch, parseAnswer, type TrackerFetch } from '@spec-kitty/tracker-http';
import * as z from 'zod';
import { JiraClient, jsonIn, RATE_HEADERS, withRefusals } from './client.ts';
import { CLOUD_ID, HostedParamsSchema, type JiraConfig, JiraConfigSchema } from './config.ts';
import { SYSTEM } from './system.ts';

/** Stands where a token is wanted. A hosted transport takes it off every request and puts the connection's own there. */
const NO_TOKEN = 'hosted';
const PAGES = 20;
const AT_ONCE = 50;
const GATEWAY = 'https://api.atlassian.com';

/** https://developer.atlassian.com/cloud/jira/platform/oauth-2-3lo-apps/#3-1-get-the-cloudid-for-your-site */
const SitesSchema = z.array(
  z.object({
    id: z.string().regex(CLOUD_ID),
    url: z.url(),
    name: z.string(),
    scopes: z._default(z.array(z.string()), []),
  }),
);
const ProjectsSchema = z.object({
  values: z.array(z.object({ id: z.string(), key: z.string(), name: z.string() })),
  isLast: z._default(z.boolean(), true),
});

function fetchOf({ fetch, clock, logger }: ConnectorContext): TrackerFetch {
  const rateHeaders = RATE_HEADERS;
  return createTrackerFetch({ provider: SYSTEM, fetch: withRefusals(fetch), clock, logger, rateHeaders });
}

const baseUrlOf = (cloudId: string): string => `${GATEWAY}/ex/jira/${cloudId}`;

/** The sites with a Jira that the connection was allowed to reach. */
async function discoverWorkspaces(context: ConnectorContext): Promise<DiscoveryResult<DiscoveredWorkspace>> {
  const headers = { accept: 'application/json', authorization: `Bearer ${NO_TOKEN}` };
  const answer = await fetchOf(context)(`${GATEWAY}/oauth/token/accessible-resources`, { headers });
  const sites = parseAnswer(SitesSchema, jsonIn(await answer.text()), SYSTEM);
  const items = sites
    .filter(({ scopes }) => scopes.some((scope) => scope.includes('jira')))
    .map(({ id, url, name }) => ({
      id,
      name: new URL(url).host,
      display: name,
      kind: 'site',
      provider: SYSTEM,
    }));
  return { items, truncated: false };
}

/** The projects of a site. */
async function discoverResources(
  { id: cloudId, name: site }: DiscoveredWorkspace,
  context: ConnectorContext,
): Promise<DiscoveryResult<DiscoveredResource>> {
  const items: DiscoveredResource[] = [];
  if (!CLOUD_ID.test(cloudId)) return { items, truncated: false };
  const client = new JiraClient({ baseUrl: baseUrlOf(cloudId), accessToken: NO_TOKEN }, fetchOf(context));
  for (let page = 0; page < PAGES; page += 1) {
    const query = { startAt: String(page * AT_ONCE), maxResults: String(AT_ONCE), orderBy: 'key' };
    const { values, isLast } = await client.read(ProjectsSchema, 'GET', '/project/search', { query });
    for (const { id, key, name } of values)
      items.push({
        provider: SYSTEM,
        parentWorkspaceId: cloudId,
        resourceType: 'project',
        stableRef: id,
        displayName: `${name} (${key})`,
        connectorParams: { cloudId, site, projectKey: key },
        routingMetadata: { projectKey: key },
      });
    if (isLast || values.length === 0) return { items, truncated: false };
  }
  return { items, truncated: true };
}

export const hosted: HostedSupport<JiraConfig> = {
  paramsSchema: HostedParamsSchema,
  configFrom(params) {
    const { cloudId, ...rest } = HostedParamsSchema.parse(params);
    return JiraConfigSchema.parse({ ...rest, baseUrl: baseUrlOf(cloudId), accessToken: NO_TOKEN });
  },
  discoverWorkspaces,
  discoverResources,
};
