import {
  type Commit,
  ConnectorRequestError,
  type ExternalRef,
  isTrackerError,
  RecordStore,
  refIdentity,
  type StoreBackend,
  SyncEngine,
  type SyncResult,
} from '@spec-kitty/tracker-core';
import { act } from './deeds.ts';
import { simulatedConnector, type Wire } from './simulated-connector.ts';
import type { SimulatedTracker } from './simulated-tracker.ts';
import { joinTexts, type World } from './world.ts';

/** The process is gone: nothing that it was doing goes on. */
class Crash extends Error {}

const LEASE_MS = 60_000;

/** One process that runs an engine once, and may die before and after everything it waits for. */
class EngineProcess {
  readonly world: World;
  readonly tracker: SimulatedTracker;
  readonly full: boolean;
  readonly depth: number;
  dead = false;
  leased = false;
  /** Another process has run on its binding since: whatever it commits now must be refused. */
  outrun = false;

  constructor(world: World, tracker: SimulatedTracker, full: boolean, depth: number) {
    this.world = world;
    this.tracker = tracker;
    this.full = full;
    this.depth = depth;
  }

  mayCrash(probability = 0.004): void {
    if (this.dead) throw new Crash();
    if (!this.world.strikes('crash', probability)) return;
    this.dead = true;
    throw new Crash();
  }

  engine(): SyncEngine {
    const { world, tracker } = this;
    const tools = { clock: { now: (): string => world.now() }, ids: (): string => world.newId() };
    return new SyncEngine({
      connector: simulatedConnector(tracker, this.#wire()),
      store: new RecordStore(this.#backend(), tools),
      policy: world.policy(),
      strategy: world.strategy,
      mergeText: joinTexts,
      deletions: world.deletions,
      leaseMs: LEASE_MS,
      pageSize: 3,
      ...(world.two ? { enrol: {} } : {}),
      ...tools,
      sleep: async (ms) => {
        world.millis += ms;
      },
    });
  }

  #backend(): StoreBackend {
    const { world } = this;
    const pause = async (): Promise<void> => this.mayCrash(0.1);
    const backend = world.wrapBackend ? world.wrapBackend(world.backend, pause) : world.backend;
    return new Proxy(backend, {
      get: (target, name: keyof StoreBackend) => {
        const method: unknown = target[name];
        if (typeof method !== 'function') return method;
        return async (...args: unknown[]): Promise<unknown> => {
          this.mayCrash();
          const answer: unknown = await Reflect.apply(method, target, args);
          if (name === 'acquireLease') this.leased = true;
          if (name === 'commit' && this.outrun && (args[0] as Commit).lease)
            world.problems.push('a run that had lost its lease wrote to the store');
          this.mayCrash();
          return answer;
        };
      },
    });
  }

  #wire(): Wire {
    const { world } = this;
    return {
      full: this.full,
      strikes: (kind, probability) => world.strikes(kind, probability),
      seenAt: (ref) => this.#seenAt(ref),
      writes: (ref, paths, creates) => this.#check(ref, paths, creates),
      tell: (line) => world.tell(line),
      pass: async (moment, write) => {
        if (this.dead) throw new Crash();
        world.millis += 1 + world.random.below(400);
        if (world.random.chance(0.12) && world.allows('meanwhile'))
          await act(world, world.random.chance(0.5) ? 'host' : 'person');
        if (this.depth === 0 && world.strikes('second_engine', 0.004)) await this.#second(false);
        // A write that hangs before its effect would take effect when nobody expects it any more.
        if (this.depth === 0 && (!write || moment === 'after'))
          if (world.strikes('stalled', 0.003)) await this.#second(true);
        this.mayCrash();
        if (moment !== 'between') this.#fault(moment, write);
      },
    };
  }

  /** Another process of the same binding: let in only once this one's lease has run out. */
  async #second(late: boolean): Promise<void> {
    const { world, tracker } = this;
    if (late) world.millis += LEASE_MS * 1.5;
    const other = new EngineProcess(world, tracker, false, 1);
    await other.run();
    if (!other.leased) return;
    if (!late && !this.outrun) world.problems.push('a second run was let in while the first held the lease');
    this.outrun = true;
  }

  #fault(moment: 'before' | 'after', write: boolean): void {
    const { world } = this;
    const strikes = (kind: Parameters<World['strikes']>[0], probability: number): boolean =>
      world.strikes(kind, probability);
    if (moment === 'before') {
      if (strikes('lost_before', 0.02)) throw lost();
      if (strikes('server_error', 0.01)) throw new ConnectorRequestError('unavailable', { statusCode: 503 });
      const retryAfterMs = 1000;
      const failureClass = 'rate_limit';
      if (strikes('limit_429', 0.006))
        throw new ConnectorRequestError('slow down', { statusCode: 429, retryAfterMs });
      if (strikes('limit_400', 0.003))
        throw new ConnectorRequestError('slow down', { statusCode: 400, failureClass, retryAfterMs });
      if (strikes('limit_200', 0.003))
        throw new ConnectorRequestError('slow down', { statusCode: 200, failureClass });
    } else if (strikes('lost_after', write ? 0.03 : 0.01)) throw lost();
    if (strikes('time_out', 0.003)) {
      world.millis += 5000;
      throw new ConnectorRequestError('no answer in time', { failureClass: 'transient' });
    }
  }

  async #seenAt(ref: ExternalRef): Promise<string | undefined> {
    const [entry] = await this.world.backend.lookup([refIdentity(ref)]);
    const [record] = entry ? await this.world.backend.load([entry.recordId]) : [];
    return record?.agreements.find((one) => refIdentity(one.ref) === refIdentity(ref))?.remoteUpdatedAt;
  }

  /** What a write must not carry: fields of the other side, and fields of which a person has yet to decide. */
  async #check(ref: ExternalRef, paths: readonly string[], creates: boolean): Promise<void> {
    const { world, tracker } = this;
    for (const path of paths) {
      if (world.ownerOf(path) === 'external')
        world.problems.push(`a ${creates ? 'create' : 'update'} carried ${path}, which the tracker owns`);
    }
    if (creates || this.outrun) return;
    const [entry] = await world.backend.lookup([refIdentity(ref)]);
    if (!entry) return;
    const open = await world.backend.conflicts({ recordIds: [entry.recordId], status: 'open' });
    for (const { field, bindingId } of open)
      if (paths.includes(field) && bindingId === world.bindingOf(tracker))
        world.problems.push(`${field} was written while its conflict was open`);
  }

  async run(): Promise<SyncResult | 'busy' | 'crashed'> {
    const { world } = this;
    world.tell(
      () => `  run${this.full ? ' (full)' : ''} of ${this.tracker.traits.name}, depth ${this.depth}`,
    );
    try {
      const result = await this.engine().sync({ full: this.full });
      world.results.push(result);
      world.tell(() => `  ran: ${JSON.stringify(result)}`);
      for (const { code } of result.failures) world.count(`failure ${code}`);
      for (const { field, strategy } of result.conflicts)
        world.count(`conflict ${field.startsWith('customFields') ? 'customFields' : field} ${strategy}`);
      world.count('override', result.overrides.length);
      return result;
    } catch (error) {
      world.tell(() => `  run ended: ${this.dead ? 'crash' : String(error)}`);
      if (this.dead) return 'crashed';
      if (isTrackerError(error) && error.code === 'sync_busy') return 'busy';
      throw error;
    }
  }
}

const lost = (): ConnectorRequestError =>
  new ConnectorRequestError('connection reset', { failureClass: 'transient' });

/** One sync of one tracker; after a crash the next process waits for the dead one's lease to end. */
export async function syncOnce(
  world: World,
  tracker: SimulatedTracker,
  full: boolean,
): Promise<SyncResult | undefined> {
  const result = await new EngineProcess(world, tracker, full, 0).run();
  if (typeof result === 'object') return result;
  world.millis += LEASE_MS + 5000;
  return undefined;
}
