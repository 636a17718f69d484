import { connectorConformance } from '@spec-kitty/tracker-testkit';
import { describe, test } from 'vitest';
import { manifest } from '../src/index.ts';
import { connectorOf, emulatorOf, opened } from './fixtures.ts';

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
