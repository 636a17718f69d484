import {
  createGithubEmulator,
  createLinearEmulator,
  createNangoEmulator,
  type GithubEmulator,
  type LinearEmulator,
  type NangoEmulator,
  VirtualTime,
} from '@spec-kitty/tooling-emulators';
import { ConnectorRegistry, type TaskTrackerConnector } from '@spec-kitty/tracker-core';
import github from '@spec-kitty/tracker-github';
import linear from '@spec-kitty/tracker-linear';
import memory from '@spec-kitty/tracker-memory';
import { createHostedConnector, type HostedOptions, type NangoContext } from '../src/index.ts';

export const NANGO_URL = 'http://127.0.0.1:3003/nango';

export interface World {
  github: GithubEmulator;
  linear: LinearEmulator;
  nango: NangoEmulator;
  options: HostedOptions;
  contextOf(provider: 'github' | 'linear', changes?: Partial<NangoContext>): NangoContext;
  connect(provider: 'github' | 'linear'): Promise<TaskTrackerConnector>;
}

export function world(): World {
  const time = new VirtualTime();
  const emulated = createGithubEmulator({ time, limits: false, types: ['Task', 'Bug', 'Feature'] });
  const team = createLinearEmulator({ time });
  const nango = createNangoEmulator({ time });
  nango.connections.set('user-1-github', {
    providerConfigKey: 'github-app',
    provider: emulated,
    base: 'https://api.github.com',
    headers: { authorization: `Bearer ${emulated.token}` },
  });
  nango.connections.set('user-1-linear', {
    providerConfigKey: 'linear-app',
    provider: team,
    base: 'https://api.linear.app',
    headers: { authorization: `Bearer ${team.apiKey}` },
  });
  const registry = new ConnectorRegistry();
  for (const plugin of [github, linear, memory]) registry.register(plugin);
  // The emulator has no place for the path that the proxy is reached under.
  const fetch: typeof globalThis.fetch = (input, init) => {
    const request = new Request(input, init);
    return nango.fetch(new Request(request.url.replace(NANGO_URL, 'http://127.0.0.1:3003'), request));
  };
  const { clock, sleep } = time;
  const context = {
    fetch,
    clock,
    sleep,
    env: { GITHUB_TOKEN: 'a token of the host', LINEAR_API_KEY: 'a key of the host' },
  };
  const options = { registry, context };
  const contextOf = (provider: 'github' | 'linear', changes: Partial<NangoContext> = {}): NangoContext => ({
    connectionId: `user-1-${provider}`,
    providerConfigKey: `${provider}-app`,
    nangoSecretKey: nango.secret,
    nangoBaseUrl: NANGO_URL,
    ...changes,
  });
  const params = { github: { owner: 'acme', repo: 'shop' }, linear: { teamId: team.teamId } };
  return {
    github: emulated,
    linear: team,
    nango,
    options,
    contextOf,
    connect: (provider) =>
      createHostedConnector(
        { provider, nangoContext: contextOf(provider), params: params[provider] },
        options,
      ),
  };
}
