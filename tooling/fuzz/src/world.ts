import {
  type Clock,
  type Ids,
  InMemoryIssueStore,
  OwnershipPolicy,
  type Sleep,
  SyncEngine,
  type SyncEngineOptions,
  type SyncStore,
  type TaskTrackerConnector,
} from '@spec-kitty/tracker-core';

const BEGIN = Date.parse('2026-03-01T00:00:00.000Z');
const LONGEST_WAIT_MS = 3_600_000;

/** A clock that moves with every look, ids that count, and waits that take no time. */
export interface Surroundings {
  clock: Clock;
  ids: Ids;
  sleep: Sleep;
  /** Waits for what is no time, or too long. */
  badWaits: unknown[];
  pass(ms: number): void;
}

export function surroundings(prefix = 'id'): Surroundings {
  let now = BEGIN;
  let made = 0;
  const badWaits: unknown[] = [];
  return {
    badWaits,
    clock: {
      now: () => {
        now += 1000;
        return new Date(now).toISOString();
      },
    },
    ids: () => `${prefix}-${++made}`,
    sleep: async (ms) => {
      if (ms >= 0 && ms <= LONGEST_WAIT_MS) now += ms;
      else badWaits.push(ms);
    },
    pass: (ms) => {
      now += ms;
    },
  };
}

export function emptyStore({ clock, ids }: Surroundings = surroundings('store')): SyncStore {
  return new InMemoryIssueStore({ clock, ids });
}

export function engineFor(
  connector: TaskTrackerConnector,
  store: SyncStore,
  change: Partial<SyncEngineOptions> = surroundings('run'),
): SyncEngine {
  return new SyncEngine({
    connector,
    store,
    policy: OwnershipPolicy.split({ fieldOwners: {} }),
    strategy: 'manual_review',
    ...change,
  });
}

/** Everything that hosts and engines read of a store. */
export async function contentOf(store: SyncStore): Promise<string> {
  const { backend } = store;
  const bindings = await backend.bindings();
  return JSON.stringify([
    await store.listIssues(),
    await store.listIssues({ deleted: true }),
    await store.listConflicts(),
    await store.getPeople(),
    await store.listRuns(),
    await store.listOverrides(),
    await backend.changed(0, 1000),
    bindings,
    await Promise.all(bindings.map(({ id }) => backend.intents(id))),
    await Promise.all(bindings.map(({ id }) => backend.rereads(id, { after: 0, limit: 1000 }))),
  ]);
}
