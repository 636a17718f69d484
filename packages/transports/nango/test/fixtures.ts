import {
  createGithubEmulator,
  createGitlabEmulator,
  createJiraEmulator,
  createLinearEmulator,
  createNangoEmulator,
  type GithubEmulator,
  type GitlabEmulator,
  githubPerson,
  gitlabPerson,
  type JiraEmulator,
  jiraPerson,
  type LinearEmulator,
  linearPerson,
  type NangoConnection,
  type NangoEmulator,
  type Person,
  VirtualTime,
} from '@spec-kitty/tooling-emulators';
import azureDevOps from '@spec-kitty/tracker-azure-devops';
import { ConnectorRegistry, type JsonObject, type TaskTrackerConnector } from '@spec-kitty/tracker-core';
import github from '@spec-kitty/tracker-github';
import gitlab from '@spec-kitty/tracker-gitlab';
import jira from '@spec-kitty/tracker-jira';
import linear from '@spec-kitty/tracker-linear';
import memory from '@spec-kitty/tracker-memory';
import { createHostedConnector, type HostedOptions, type NangoContext } from '../src/index.ts';

export const NANGO_URL = 'http://127.0.0.1:3003/nango';
export const PROVIDERS = ['github', 'gitlab', 'jira', 'linear'] as const;
export type Provider = (typeof PROVIDERS)[number];

const CLOUD_ID = '11223344-a1b2-3b33-c444-def123456789';

export interface World {
  github: GithubEmulator;
  gitlab: GitlabEmulator;
  jira: JiraEmulator;
  linear: LinearEmulator;
  nango: NangoEmulator;
  people: Readonly<Record<Provider, Person>>;
  /** What must be on no wire to the proxy. */
  secrets: readonly string[];
  options: HostedOptions;
  contextOf(provider: Provider, changes?: Partial<NangoContext>): NangoContext;
  connect(provider: Provider): Promise<TaskTrackerConnector>;
}

export function world(): World {
  const time = new VirtualTime();
  const trackers = {
    github: createGithubEmulator({ time, limits: false, types: ['Task', 'Bug', 'Feature'] }),
    gitlab: createGitlabEmulator({ time, limits: false }),
    jira: createJiraEmulator({ time, limits: false, basePath: `/ex/jira/${CLOUD_ID}` }),
    linear: createLinearEmulator({ time }),
  };
  const params: Record<Provider, JsonObject> = {
    github: { owner: 'acme', repo: 'shop' },
    gitlab: { projectId: 42 },
    jira: { cloudId: CLOUD_ID, site: 'acme.atlassian.net', projectKey: 'SHOP' },
    linear: { teamId: trackers.linear.teamId },
  };
  const connections: Record<Provider, Pick<NangoConnection, 'base' | 'headers'>> = {
    github: {
      base: 'https://api.github.com',
      headers: { authorization: `Bearer ${trackers.github.token}` },
    },
    gitlab: {
      base: 'https://gitlab.com',
      headers: { authorization: `Bearer ${trackers.gitlab.token}` },
    },
    jira: {
      base: 'https://api.atlassian.com',
      headers: { authorization: `Bearer ${trackers.jira.accessToken}` },
    },
    linear: {
      base: 'https://api.linear.app',
      headers: { authorization: `Bearer ${trackers.linear.apiKey}` },
    },
  };
  const nango = createNangoEmulator({ time });
  for (const provider of PROVIDERS)
    nango.connections.set(`user-1-${provider}`, {
      providerConfigKey: `${provider}-app`,
      provider: trackers[provider],
      ...connections[provider],
    });
  const registry = new ConnectorRegistry();
  for (const plugin of [azureDevOps, github, gitlab, jira, linear, memory]) registry.register(plugin);
  // The emulator has no place for the path that the proxy is reached under.
  const fetch: typeof globalThis.fetch = (input, init) => {
    const request = new Request(input, init);
    return nango.fetch(new Request(request.url.replace(NANGO_URL, 'http://127.0.0.1:3003'), request));
  };
  const { clock, sleep } = time;
  const env = {
    GITHUB_TOKEN: 'a token of the host',
    GITLAB_TOKEN: 'another token of the host',
    JIRA_ACCESS_TOKEN: 'a third token of the host',
    LINEAR_API_KEY: 'a key of the host',
  };
  const options = { registry, context: { fetch, clock, sleep, env } };
  const contextOf = (provider: Provider, changes: Partial<NangoContext> = {}): NangoContext => ({
    connectionId: `user-1-${provider}`,
    providerConfigKey: `${provider}-app`,
    nangoSecretKey: nango.secret,
    nangoBaseUrl: NANGO_URL,
    ...changes,
  });
  return {
    ...trackers,
    nango,
    people: {
      github: githubPerson(trackers.github),
      gitlab: gitlabPerson(trackers.gitlab),
      jira: jiraPerson(trackers.jira),
      linear: linearPerson(trackers.linear),
    },
    secrets: [
      trackers.github.token,
      trackers.gitlab.token,
      trackers.jira.accessToken,
      trackers.linear.apiKey,
      ...Object.values(env),
      'hosted',
    ],
    options,
    contextOf,
    connect: (provider) =>
      createHostedConnector(
        { provider, nangoContext: contextOf(provider), params: params[provider] },
        options,
      ),
  };
}
