import { manifest as github } from '@spec-kitty/tracker-github';
import { manifest as gitlab } from '@spec-kitty/tracker-gitlab';
import { manifest as jira } from '@spec-kitty/tracker-jira';
import { manifest as linear } from '@spec-kitty/tracker-linear';
import { connectorConformance, type OpenedConnector } from '@spec-kitty/tracker-testkit';
import { describe, test } from 'vitest';
import { PROVIDERS, type Provider, type World, world } from './fixtures.ts';

const MANIFESTS = { github, gitlab, jira, linear };

type Tools = Pick<OpenedConnector, 'remove' | 'values'>;

const TOOLS: Readonly<Record<Provider, (held: World) => Tools>> = {
  github: ({ github: { state } }) => ({
    remove: async ({ id }) => void state.delete(id),
    values: {
      assignees: ['ada', 'grace'],
      lossy: {
        issueType: 'chore',
        links: [{ type: 'relates_to', target: { system: 'github', workspace: 'acme/shop', id: 'I_1' } }],
      },
    },
  }),
  gitlab: ({ gitlab: { state } }) => ({
    remove: async ({ id }) => state.delete(state.byNumber(state.project, Number(id)).id),
    values: {
      assignees: ['ada', 'grace'],
      lossy: { links: [{ type: 'duplicates', target: { system: 'gitlab', workspace: '42', id: '1' } }] },
    },
  }),
  jira: ({ jira: { state, people } }) => ({
    remove: async ({ id }) => state.delete(id),
    values: { assignees: [...people] },
  }),
  linear: ({ linear: { people, memberIds } }) => ({
    remove: async ({ id }) => people.remove(id),
    values: {
      assignees: [...memberIds],
      customFields: { spec_kitty_mission: { mission_id: 'm-1' } },
      lossy: { body: '- one\n- two', status: 'blocked', priority: 4, customFields: { other: 1 } },
    },
  }),
};

describe.each(PROVIDERS)('%s through the proxy', (provider) => {
  const { capabilities, ...manifest } = MANIFESTS[provider];
  connectorConformance({
    test,
    // Webhooks come to the host and not through the proxy: a hosted connector has no secret for them. Nor is there a
    // field for missions in these params of Jira's.
    plugin: {
      manifest: {
        ...manifest,
        capabilities: {
          ...capabilities,
          supportsWebhooks: false,
          supportsCustomFields: capabilities.supportsCustomFields && provider !== 'jira',
        },
      },
    },
    async open() {
      const held = world();
      const connector = await held.connect(provider);
      const { name: system, workspace } = connector;
      const person = held.people[provider];
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
        ...TOOLS[provider](held),
      };
    },
  });
});
