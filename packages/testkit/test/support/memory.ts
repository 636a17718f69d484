import { shiftTimestamp, type TaskTrackerConnector } from '@spec-kitty/tracker-core';
import {
  InMemoryConnector,
  type InMemoryOptions,
  InMemoryTracker,
  signedDelivery,
} from '@spec-kitty/tracker-memory';
import type { OpenedConnector } from '../../src/index.ts';

const SECRET = 'a secret for tests';

/** A memory tracker with everything that the suite needs of the outside, its connector wrapped by `wrap`. */
export async function openMemory(
  options: InMemoryOptions = {},
  wrap: (connector: InMemoryConnector) => TaskTrackerConnector = (connector) => connector,
): Promise<OpenedConnector> {
  let now = '2030-01-01T00:00:00.000Z';
  const advance = async (ms: number): Promise<void> => {
    now = shiftTimestamp(now, ms);
  };
  // Every look at the clock is a millisecond later: no two changes are of one time, as at a real tracker they may be.
  const clock = {
    now: (): string => {
      now = shiftTimestamp(now, 1);
      return now;
    },
  };
  const tracker = new InMemoryTracker({ clock });
  const withSecret = options.capabilities?.supportsWebhooks === false ? {} : { webhookSecret: SECRET };
  const connector = new InMemoryConnector(withSecret, { clock }, tracker, options);
  return {
    connector: wrap(connector),
    seed: async (issues) => issues.map((issue) => tracker.create(issue).ref),
    edit: async (ref, patch) => {
      tracker.edit(ref, patch);
    },
    remove: async (ref) => tracker.remove(ref),
    signedWebhook: (issueRef) =>
      signedDelivery(SECRET, [
        { eventId: '1-updated', eventType: 'updated', issueRef, timestamp: now, payload: {} },
      ]),
    advance,
    dispose: async () => {},
  };
}
