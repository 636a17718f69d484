import { connectorConformance } from '@spec-kitty/tracker-testkit';
import { describe, test } from 'vitest';
import { JiraConnector, manifest } from '../src/index.ts';
import { connectorOf, emulatorOf, opened, SECRET, WORKSPACE } from './fixtures.ts';

describe.each([
  ['America/New_York', 0],
  ['Europe/Moscow', 8000],
  ['Asia/Kolkata', 25_000],
])('for an account in %s, with an index that lags for %i ms', (timeZone, indexLagMs) => {
  connectorConformance({
    test,
    plugin: { manifest },
    open: async () => {
      const emulator = emulatorOf({ timeZone, indexLagMs });
      return opened(emulator, connectorOf(emulator));
    },
  });
});

describe('with a token of OAuth at a gateway, and without a field for missions', () => {
  const narrowed = { ...manifest.capabilities, supportsCustomFields: false };
  connectorConformance({
    test,
    plugin: { manifest: { ...manifest, capabilities: narrowed } },
    open: async () => {
      const basePath = '/ex/jira/cloud-1';
      const emulator = emulatorOf({ basePath });
      const { fetch, accessToken } = emulator;
      const { clock, sleep } = emulator.time;
      const connector = new JiraConnector(
        {
          baseUrl: `https://api.atlassian.com${basePath}`,
          site: WORKSPACE,
          projectKey: 'SHOP',
          accessToken,
          webhookSecret: SECRET,
        },
        { fetch, clock, sleep },
      );
      return opened(emulator, connector);
    },
  });
});
