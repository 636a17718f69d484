import type { StoreWorld } from './world.ts';

/** One thing that is tested of a store. */
export interface StoreCase {
  name: string;
  run(world: StoreWorld): Promise<void>;
}
