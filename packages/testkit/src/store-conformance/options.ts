import type { Clock, Ids, SyncStore } from '@spec-kitty/tracker-core';
import type { TestFunction } from '../support/runner.ts';

/** What a store is opened with. */
export interface StoreContext {
  /** The store's clock: it stands still unless a case moves it. */
  clock: Clock;
  /** Ids of drafts and overrides, counted. */
  ids: Ids;
}

/** An empty store that no other case uses. */
export interface OpenedStore {
  store: SyncStore;
  /** Closes what was opened, and leaves nothing behind. */
  dispose(): Promise<void>;
}

/** A test runner, and a way to open an empty store. */
export interface StoreConformanceOptions<Opened extends OpenedStore = OpenedStore> {
  test: TestFunction;
  /** Called once for each case. */
  open(context: StoreContext): Promise<Opened>;
  /**
   * What another process finds after this one died: the same data, opened again while the first store was not closed.
   * The suite disposes of what it answers. Absent for a store that keeps nothing.
   */
  reopen?(opened: Opened, context: StoreContext): Promise<SyncStore>;
  /** How many records the case of many records writes. Default 2,000. */
  records?: number;
}
