import { connectorConformance } from '@spec-kitty/tracker-testkit';
import { describe, test } from 'vitest';
import { manifest } from '../src/index.ts';
import { connectorOf, emulatorOf, opened } from './fixtures.ts';

describe('against a project whose links make no revision', () => {
  connectorConformance({
    test,
    plugin: { manifest },
    open: async () => {
      // The suite writes faster than Azure DevOps lets anybody.
      const emulator = emulatorOf({ limits: false });
      return opened(emulator, connectorOf(emulator));
    },
  });
});

describe('against one whose links make revisions, and whose queries lag', () => {
  connectorConformance({
    test,
    plugin: { manifest },
    open: async () => {
      const emulator = emulatorOf({ limits: false, linksMakeRevisions: true, queryLagMs: 4000 });
      return opened(emulator, connectorOf(emulator));
    },
  });
});
