import {
  type Commit,
  type ExternalRef,
  type GuardLimits,
  isTrackerError,
  RecordStore,
  type RunOptions,
  refIdentity,
  type StoreBackend,
  SyncEngine,
  type SyncResult,
} from '@spec-kitty/tracker-core';
import { act } from './deeds.ts';
import { PlanCheck } from './plan-check.ts';
import { type SentWrite, simulatedConnector, type Wire } from './simulated-connector.ts';
import type { SimulatedTracker } from './simulated-tracker.ts';
import { someEvents } from './some-events.ts';
import { faultAfter, faultBefore, lost } from './wire-faults.ts';
import { joinTexts, type World } from './world.ts';

/** The process is gone: nothing that it was doing goes on. */
class Crash extends Error {}

const LEASE_MS = 60_000;
/** Steps that few runs take: a process dies there more often, or it hardly ever would. */
const RARE_STEPS: Readonly<Record<string, number>> = {
  refs: 0.03,
  find: 0.15,
  delete: 0.2,
  link: 0.05,
  unlink: 0.5,
};

/** What a process does with its engine. */
export type RunKind = 'sync' | 'events' | 'planned_run' | 'guarded_run';

/** One process that runs an engine once, and may die before and after everything it waits for. */
class EngineProcess {
  readonly world: World;
  readonly tracker: SimulatedTracker;
  readonly full: boolean;
  readonly depth: number;
  dead = false;
  /** It held the lease at some time, and it holds it now as far as it knows. */
  leased = false;
  holds = false;
  /** Another process has run on its binding since: whatever it commits now must be refused. */
  outrun = false;
  readonly #hidden: boolean;
  readonly #abort = new AbortController();
  #planning = false;
  /** It hung for longer than its lease lasts. */
  #overdue = false;
  #writes = 0;
  #planned: PlanCheck | undefined;
  /** Something went wrong on the wire: not everything is done. */
  #troubled: boolean;

  constructor(world: World, tracker: SimulatedTracker, full: boolean, depth: number) {
    this.world = world;
    this.tracker = tracker;
    this.full = full;
    this.depth = depth;
    this.#hidden = world.strikes('hidden', 0.02);
    this.#troubled = this.#hidden;
  }

  mayCrash(point: string, probability: number): void {
    if (this.dead) throw new Crash();
    if (!this.world.strikes('crash', probability)) return;
    this.world.count(`crash ${point}`);
    this.dead = true;
    throw new Crash();
  }

  #engine(limits?: GuardLimits): SyncEngine {
    const { world, tracker } = this;
    const tools = { clock: { now: (): string => world.now() }, ids: (): string => world.newId() };
    return new SyncEngine({
      connector: simulatedConnector(tracker, this.#wire()),
      store: new RecordStore(this.#backend(), tools),
      policy: world.policy(),
      strategy: world.strategy,
      mergeText: joinTexts,
      deletions: world.deletions,
      ...(limits ? { limits } : {}),
      leaseMs: LEASE_MS,
      pageSize: 3,
      ...(world.overlapMs === undefined ? {} : { overlapMs: world.overlapMs }),
      ...(world.two ? { enrol: {} } : {}),
      ...tools,
      sleep: async (ms) => {
        world.millis += ms;
      },
    });
  }

  #backend(): StoreBackend {
    const { world } = this;
    const pause = async (): Promise<void> => this.mayCrash('between two commits', 0.1);
    const backend = world.wrapBackend ? world.wrapBackend(world.backend, pause) : world.backend;
    return new Proxy(backend, {
      get: (target, name: keyof StoreBackend) => {
        const method: unknown = target[name];
        if (typeof method !== 'function') return method;
        return async (...args: unknown[]): Promise<unknown> => {
          const odds = RARE_STEPS[String(name)] ?? 0.004;
          this.mayCrash(`before ${String(name)}`, odds);
          if (name === 'commit' && this.#planning) world.problems.push('planning wrote to the store');
          const answer: unknown = await Reflect.apply(method, target, args);
          if (name === 'acquireLease') this.leased = true;
          if (name === 'acquireLease' || name === 'releaseLease') this.holds = name === 'acquireLease';
          if (name === 'commit' && this.outrun && (args[0] as Commit).lease)
            world.problems.push('a run that had lost its lease wrote to the store');
          this.mayCrash(`after ${String(name)}`, odds);
          return answer;
        };
      },
    });
  }

  #wire(): Wire {
    const { world } = this;
    return {
      full: this.full,
      strikes: (kind, probability) => {
        const struck = world.strikes(kind, probability);
        this.#troubled ||= struck;
        return struck;
      },
      seenAt: (ref) => this.#seenAt(ref),
      hidden: this.#hidden,
      writes: (write) => this.#check(write),
      pass: async (moment, operation, write) => {
        if (this.dead) throw new Crash();
        world.millis += 1 + world.random.below(400);
        if (world.random.chance(world.odds('meanwhile', 0.12)) && world.allows('meanwhile'))
          await act(world, world.random.chance(0.5) ? 'host' : 'person');
        const mayMeet = this.depth === 0 && this.holds;
        if (mayMeet && world.strikes('second_engine', 0.004)) await this.#second(false);
        // A write that hangs before its effect would take effect when nobody expects it any more.
        if (mayMeet && (!write || moment === 'after'))
          if (world.strikes('stalled', 0.003)) await this.#second(true);
        this.mayCrash(`${moment} ${operation}`, RARE_STEPS[operation] ?? (write ? 0.015 : 0.004));
        if (moment === 'between') return;
        if (world.strikes('abort', 0.002)) this.#abort.abort();
        try {
          if (this.#abort.signal.aborted) throw lost();
          if (moment === 'before') faultBefore(world);
          else faultAfter(world, write);
        } catch (error) {
          this.#troubled = true;
          throw error;
        }
      },
    };
  }

  /** Another process of the same binding: let in only once this one's lease has run out. */
  async #second(late: boolean): Promise<void> {
    const { world, tracker } = this;
    if (late) world.millis += LEASE_MS * 1.5;
    this.#overdue ||= late;
    const other = new EngineProcess(world, tracker, false, 1);
    await other.run('sync');
    if (!other.leased) return;
    if (!this.#overdue && !this.outrun)
      world.problems.push('a second run was let in while the first held the lease');
    this.outrun = true;
  }

  async #seenAt(ref: ExternalRef): Promise<string | undefined> {
    const [entry] = await this.world.backend.lookup([refIdentity(ref)]);
    const [record] = entry ? await this.world.backend.load([entry.recordId]) : [];
    return record?.agreements.find((one) => refIdentity(one.ref) === refIdentity(ref))?.remoteUpdatedAt;
  }

  /** What a write must not carry: fields of the other side, and fields of which a person has yet to decide. */
  async #check(write: SentWrite): Promise<void> {
    const { world, tracker } = this;
    const { operation, ref, paths } = write;
    world.tell(() => `  ${operation} ${ref.id} ${JSON.stringify(write.sent)}`);
    this.#writes++;
    if (this.#planning) world.problems.push('planning wrote to the tracker');
    this.#planned?.sends(write);
    for (const path of paths) {
      if (world.ownerOf(path) === 'external')
        world.problems.push(`${operation} carried ${path}, which the tracker owns`);
    }
    if (operation === 'create' || this.outrun) return;
    const [entry] = await world.backend.lookup([refIdentity(ref)]);
    const [record] = entry ? await world.backend.load([entry.recordId]) : [];
    // A deletion that closes the issue leaves nothing to decide.
    if (!entry || record?.deleted) return;
    const open = await world.backend.conflicts({ recordIds: [entry.recordId], status: 'open' });
    for (const { field, bindingId } of open)
      if (paths.includes(field) && bindingId === world.bindingOf(tracker))
        world.problems.push(`${field} was written while its conflict was open`);
  }

  /** The run as a whole: what came of it, or why there was none. */
  async run(how: RunKind): Promise<SyncResult | 'busy' | 'crashed' | 'refused'> {
    const { world } = this;
    world.tell(
      () => `  ${how}${this.full ? ' (full)' : ''} of ${this.tracker.traits.name}, depth ${this.depth}`,
    );
    try {
      const result = await this.#do(how);
      world.results.push(result);
      world.tell(() => `  ran: ${JSON.stringify(result)}`);
      for (const { code } of result.failures) world.count(`failure ${code}`);
      for (const { field, strategy } of result.conflicts) {
        world.count(`conflict of ${field.startsWith('customFields') ? 'customFields' : field}`);
        world.count(`conflict by ${strategy}`);
      }
      world.count('override', result.overrides.length);
      return result;
    } catch (error) {
      world.tell(() => `  run ended: ${this.dead ? 'crash' : String(error)}`);
      if (this.dead) return 'crashed';
      if (!isTrackerError(error)) throw error;
      if (error.code === 'sync_busy') return 'busy';
      const answered = how === 'guarded_run' ? 'sync_guard' : 'sync_conflict';
      if (how === 'sync' || how === 'events' || (error.code !== answered && !this.#troubled)) throw error;
      world.count(`refused ${error.code}`);
      return 'refused';
    }
  }

  async #do(how: RunKind): Promise<SyncResult> {
    const { world, tracker, full } = this;
    const options: RunOptions = { full, signal: this.#abort.signal };
    if (world.strikes('out_of_time', 0.02)) options.timeBudgetMs = world.random.below(2000);
    if (how === 'events') return this.#engine().applyEvents(someEvents(world, tracker));
    if (how === 'guarded_run') {
      const result = await this.#engine({ maxCreates: 0, maxUpdates: 0, maxDeletes: 0 }).sync(options);
      if (this.#writes > 0) world.problems.push('a run with limits of nought wrote');
      return result;
    }
    const engine = this.#engine();
    const old = world.restorable.get(tracker.traits.name);
    if (old && world.strikes('restored_checkpoint', 0.02)) engine.restoreCheckpoint(old);
    if (how === 'sync') return engine.sync(options);
    this.#planning = true;
    const plan = await engine.plan(options);
    this.#planning = false;
    if (world.random.chance(0.3)) await act(world, world.random.chance(0.5) ? 'host' : 'person');
    const begun = world.acts;
    this.#planned = new PlanCheck(world, plan);
    const result = await engine.apply(plan, options);
    if (result.failures.length === 0 && world.acts === begun && !this.#troubled) this.#planned.isDone();
    return result;
  }
}

/** One sync of one tracker; after a crash the next process waits for the dead one's lease to end. */
export async function syncOnce(
  world: World,
  tracker: SimulatedTracker,
  full: boolean,
  how: RunKind = 'sync',
): Promise<SyncResult | undefined> {
  const result = await new EngineProcess(world, tracker, full, 0).run(how);
  if (typeof result === 'object') {
    const { name } = tracker.traits;
    if (!world.restorable.has(name)) world.restorable.set(name, result.checkpoint);
    return result;
  }
  if (result === 'refused') return undefined;
  world.millis += LEASE_MS + 5000;
  return undefined;
}
