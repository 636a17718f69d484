import { connectorConformance } from '@spec-kitty/tracker-testkit';
import { describe, test } from 'vitest';
import { manifest } from '../src/index.ts';
import { connectorOf, emulatorOf, opened } from './fixtures.ts';

describe('against an organisation with issue types', () => {
  connectorConformance({
    test,
    plugin: { manifest },
    open: async () => {
      // The suite writes faster than GitHub lets anybody create.
      const emulator = emulatorOf({ limits: false });
      return opened(emulator, connectorOf(emulator));
    },
  });
});

describe('against a personal account, whose issues have no types and appear late', () => {
  connectorConformance({
    test,
    plugin: { manifest },
    open: async () => {
      const emulator = emulatorOf({ limits: false, types: [], listLagMs: 4000 });
      return opened(emulator, connectorOf(emulator));
    },
  });
});
