/** Where a tracker keeps its state between two calls. */
export interface TrackerStorage {
  /** Runs `work` on the latest state. */
  read<T>(work: () => T): Promise<T>;
  /** Runs `work` on the latest state, alone, and keeps what it changed, also when it throws. */
  write<T>(work: () => T): Promise<T>;
}

/** Nothing to do: the state lives in this process. */
export const processStorage: TrackerStorage = {
  read: async (work) => work(),
  write: async (work) => work(),
};
