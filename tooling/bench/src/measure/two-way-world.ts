import {
  type CanonicalIssue,
  type Clock,
  type ExternalRef,
  fieldsOf,
  OwnershipPolicy,
  SyncEngine,
  type SyncResult,
  type SyncStore,
  type TaskTrackerConnector,
} from '@spec-kitty/tracker-core';
import { InMemoryConnector, InMemoryTracker } from '@spec-kitty/tracker-memory';
import { randomStream } from '../synthetic/random.ts';
import { SYSTEM, syntheticIssue, WORKSPACE } from '../synthetic/synthetic-issue.ts';
import { requireCount } from './pull.ts';
import { Stopwatch } from './stopwatch.ts';

/** Changed before each sync, half of them here and half at the tracker. */
export const CHANGES = 100;

/** Between two syncs: more than the engine's overlap, so that a listing goes back no further than the last one. */
const PAUSE_MS = 3_600_000;
const BEGIN: number = Date.parse('2026-01-01T00:00:00.000Z');

/** The connector with the time of its calls taken. */
function timed(connector: TaskTrackerConnector, watch: Stopwatch): TaskTrackerConnector {
  return new Proxy(connector, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]) => watch.timeAsync(async () => Reflect.apply(member, target, args));
    },
  });
}

/** A store and a tracker of `size` issues that are in step, and an engine between them. */
export class TwoWayWorld {
  readonly clock: Clock = { now: () => new Date(this.#millis).toISOString() };
  readonly #size: number;
  readonly #tracker: InMemoryTracker;
  readonly #answering = new Stopwatch();
  readonly #refs: ExternalRef[] = [];
  #kept: { store: SyncStore; engine: SyncEngine } | undefined;
  #millis = BEGIN;
  #round = 0;

  constructor(size: number) {
    this.#size = size;
    this.#tracker = new InMemoryTracker({ system: SYSTEM, workspace: WORKSPACE, clock: this.clock });
    for (let index = 0; index < size; index++) {
      const issue = syntheticIssue(index, size);
      this.#millis += 1000;
      this.#refs.push(this.#tracker.create(fieldsOf(issue), { id: issue.ref.id }).ref);
    }
  }

  get store(): SyncStore {
    return this.#filled().store;
  }

  /** The first sync, which brings everything into the store. */
  async fill(store: SyncStore): Promise<void> {
    const connector = new InMemoryConnector(
      { name: SYSTEM, workspace: WORKSPACE },
      { clock: this.clock },
      this.#tracker,
    );
    const engine = new SyncEngine({
      connector: timed(connector, this.#answering),
      store,
      policy: OwnershipPolicy.split({ fieldOwners: {}, defaultOwner: 'shared' }),
      clock: this.clock,
    });
    requireCount('issues created by a first sync', (await engine.sync()).stats.pulledCreated, this.#size);
    this.#kept = { store, engine };
  }

  #filled(): { store: SyncStore; engine: SyncEngine } {
    if (!this.#kept) throw new Error('fill it first');
    return this.#kept;
  }

  /** {@link CHANGES} changes on either side, no two of one issue, then a sync. In milliseconds. */
  async timedSync(): Promise<{ sync: number; tracker: number }> {
    const { store, engine } = this.#filled();
    const random = randomStream(++this.#round);
    const share = this.#size / CHANGES;
    this.#millis += PAUSE_MS;
    for (let change = 0; change < CHANGES; change++) {
      const ref = this.#refs[Math.floor((change + random()) * share)];
      if (!ref) throw new RangeError(`no issue for change ${change}`);
      const patch: Pick<CanonicalIssue, 'title' | 'priority'> = {
        title: `Changed in round ${this.#round}`,
        priority: this.#round % 2 === 0 ? 1 : 2,
      };
      if (change % 2 === 0) await store.editIssue(ref, patch);
      else this.#tracker.edit(ref, patch);
    }
    const before = this.#answering.milliseconds;
    const start = performance.now();
    const result = await engine.sync();
    const sync = performance.now() - start;
    requireInStep(result);
    return { sync, tracker: this.#answering.milliseconds - before };
  }
}

function requireInStep({ stats, conflicts, failures }: SyncResult): void {
  if (failures.length > 0) throw new Error(`the sync failed: ${failures[0]?.message}`);
  requireCount('conflicts of a sync', conflicts.length, 0);
  requireCount('issues pulled', stats.pulledUpdated, CHANGES / 2);
  requireCount('issues pushed', stats.pushedUpdated, CHANGES / 2);
}
