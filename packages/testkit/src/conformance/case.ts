import type { TrackerCapabilities } from '@spec-kitty/tracker-core';
import type { World } from './world.ts';

/** One thing that is tested of a connector. */
export interface ConnectorCase {
  name: string;
  /** Whether it is a test of a tracker with these capabilities; without it, of every tracker. */
  when?: (capabilities: TrackerCapabilities) => boolean;
  run(world: World): Promise<void>;
}

export const writes = (capabilities: TrackerCapabilities): boolean => capabilities.supportsWrite !== false;
