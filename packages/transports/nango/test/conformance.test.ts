import { githubPerson, linearPerson, type Person } from '@spec-kitty/tooling-emulators';
import type { PluginManifest } from '@spec-kitty/tracker-core';
import { manifest as github } from '@spec-kitty/tracker-github';
import { manifest as linear } from '@spec-kitty/tracker-linear';
import { connectorConformance, type OpenedConnector } from '@spec-kitty/tracker-testkit';
import { describe, test } from 'vitest';
import { type World, world } from './fixtures.ts';

/** Webhooks come to the host and not through the proxy: a hosted connector has no secret for them. */
const hosted = (manifest: PluginManifest): PluginManifest => ({
  ...manifest,
  capabilities: { ...manifest.capabilities, supportsWebhooks: false },
});

async function opened(
  held: World,
  provider: 'github' | 'linear',
  person: Person,
  more: Pick<OpenedConnector, 'remove' | 'values'>,
): Promise<OpenedConnector> {
  const connector = await held.connect(provider);
  const { name: system, workspace } = connector;
  return {
    connector,
    async seed(issues) {
      return issues.map((issue) => {
        const id = person.create(issue);
        held.nango.time.advance(1000);
        return { system, workspace, id };
      });
    },
    edit: async (ref, patch) => person.edit(ref.id, patch),
    advance: async (ms) => held.nango.time.advance(ms),
    dispose: async () => {},
    ...more,
  };
}

describe('GitHub through the proxy', () => {
  connectorConformance({
    test,
    plugin: { manifest: hosted(github) },
    async open() {
      const held = world();
      const ref = { system: 'github', workspace: 'acme/shop', id: 'I_1' };
      return opened(held, 'github', githubPerson(held.github), {
        remove: async ({ id }) => void held.github.state.delete(id),
        values: {
          assignees: ['ada', 'grace'],
          lossy: { issueType: 'chore', links: [{ type: 'relates_to', target: ref }] },
        },
      });
    },
  });
});

describe('Linear through the proxy', () => {
  connectorConformance({
    test,
    plugin: { manifest: hosted(linear) },
    async open() {
      const held = world();
      return opened(held, 'linear', linearPerson(held.linear), {
        remove: async ({ id }) => held.linear.people.remove(id),
        values: {
          assignees: [...held.linear.memberIds],
          customFields: { spec_kitty_mission: { mission_id: 'm-1' } },
          lossy: { body: '- one\n- two', status: 'blocked', priority: 4, customFields: { other: 1 } },
        },
      });
    },
  });
});
