import { connectorConformance } from '@spec-kitty/tracker-testkit';
import { describe, test } from 'vitest';
import { manifest } from '../src/index.ts';
import { connectorOf, emulatorOf, opened } from './fixtures.ts';

describe('at a tier that has what is paid for', () => {
  connectorConformance({
    test,
    plugin: { manifest },
    open: async () => {
      // The suite writes faster than GitLab lets anybody create.
      const emulator = emulatorOf({ limits: false });
      return opened(emulator, connectorOf(emulator));
    },
  });
});

describe('at the free tier', () => {
  connectorConformance({
    test,
    plugin: { manifest },
    open: async () => {
      const emulator = emulatorOf({ limits: false, tier: 'free' });
      return opened(emulator, connectorOf(emulator));
    },
  });
});

describe('at a server of its own with a path, by the path of the project, behind a proxy, and late', () => {
  connectorConformance({
    test,
    plugin: { manifest },
    open: async () => {
      const url = 'https://git.example.com/gitlab';
      const emulator = emulatorOf({ limits: false, pageHeaders: false, listLagMs: 4000, url });
      return opened(emulator, connectorOf(emulator, { baseUrl: `${url}/`, projectId: 'acme/shop' }));
    },
  });
});
