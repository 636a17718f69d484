import { connectorConformance } from '@spec-kitty/tracker-testkit';
import { test } from 'vitest';
import { plugin } from '../src/index.ts';
import { personally, refOf, world } from './fixtures.ts';

connectorConformance({
  test,
  plugin,
  async open() {
    const { emulator, connector } = world();
    const { people } = emulator;
    return {
      connector,
      seed: async (issues) =>
        issues.map(({ title, ...fields }) => refOf(people.createIssue({ ...personally(fields), title }))),
      edit: async (ref, patch) => people.edit(ref.id, personally(patch)),
      remove: async (ref) => people.remove(ref.id),
      signedWebhook: async (ref) => emulator.delivery({ type: 'Issue', action: 'update', id: ref.id }),
      advance: async (ms) => emulator.time.advance(ms),
      values: {
        assignees: [...emulator.memberIds],
        customFields: { spec_kitty_mission: { mission_id: 'm-1', nested: { list: [1, 'two', null] } } },
        lossy: { body: '- one\n- two', status: 'blocked', priority: 4, customFields: { other: 1 } },
      },
      dispose: async () => {},
    };
  },
});
