import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { SyncStore } from '@spec-kitty/tracker-core';
import { openSqliteStore } from '@spec-kitty/tracker-store-sqlite';
import { Random } from '../../../src/simulation/random.ts';
import { simulatedConnector } from '../../../src/simulation/simulated-connector.ts';
import { SimulatedTracker } from '../../../src/simulation/simulated-tracker.ts';
import type { TrackerTraits } from '../../../src/simulation/tracker-traits.ts';
import { type Child, Children } from './children.ts';
import type { ChildTask } from './killed-child.ts';
import { type LastMoment, PLACES, type Place } from './moments.ts';
import { People } from './people.ts';
import { answerOf, type Request } from './remote-tracker.ts';

export const TRAITS: TrackerTraits = {
  name: 'sim',
  compareAndSet: true,
  bulk: false,
  identity: 'lookup',
  lossyBody: false,
  lossyStatus: false,
  customFields: true,
  priority: true,
  wholeSets: false,
  answersLate: false,
  tellsGone: false,
  listsById: false,
  granularityMs: 1,
  lagMs: 0,
  skewMs: 0,
  pageSize: 3,
  refusesToken: false,
  setsLater: ['body'],
  foldsLabels: false,
};

export interface KillOptions {
  seed: number;
  kills: number;
  traits?: Partial<TrackerTraits>;
  /**
   * At a moment counted by the seed, so that the same seed kills at the same moments; or at any instant, some random
   * time after some request, which no seed repeats.
   */
  when: 'counted' | 'any_instant';
  /** Breaks the store on purpose. */
  wrap?: ChildTask['wrap'];
  /** What the children run. */
  bundle: string;
}

/** What so many kills did. */
export interface KillReport {
  landed: Record<Place, number>;
  /** Where each of them landed, in order. */
  places: Place[];
  /** Restarts that met the lease of the killed process, and waited for its end. */
  busy: number;
  /** Runs to the end, after which both sides were compared. */
  compared: number;
  issues: number;
  problems: string[];
}

/** Longer than a lease lasts, and than a request may still take effect. */
const A_WHILE_MS = 200_000;
/** About how many moments of each kind a run has. */
const MOMENTS = { between_steps: 60, in_commit: 40, before_effect: 8, after_effect: 16 } as const;
/** About how many milliseconds there are between two requests, and how many the tracker takes for half of one. */
const STEP_MS = 5;
const TRACKER_MS = 3;
/** Runs after which both sides must hold the same. */
const RUNS_TO_SETTLE = 3;

/** A request was cut in the middle: some of its items are done. */
class Cut extends Error {}

class Lives {
  readonly report: KillReport;
  readonly #options: KillOptions;
  readonly #directory: string = mkdtempSync(join(tmpdir(), 'killed-'));
  readonly #children: Children;
  readonly #tracker: SimulatedTracker;
  readonly #people: People;
  readonly #connector: ReturnType<typeof simulatedConnector>;
  #random: Random;
  #millis: number = Date.parse('2030-01-01T00:00:00.000Z');
  #ids = 0;
  #prefix = 0;
  /** Items of a bulk write until it is cut. */
  #untilCut = Number.POSITIVE_INFINITY;
  /** The request that the child waits for had its effect. */
  #effected = false;
  /** The tracker at its work. */
  #answering: Promise<void> = Promise.resolve();
  /** What is still on its way when the child dies, and may arrive afterwards. */
  #late: Request | undefined;

  constructor(options: KillOptions) {
    this.#options = options;
    this.#random = Random.of(options.seed, 0);
    const traits = { ...TRAITS, ...options.traits };
    const { wrap, bundle } = options;
    const task = { file: this.#file, traits, ...(wrap === undefined ? {} : { wrap }) };
    this.#children = new Children(bundle, this.#directory, task);
    this.#tracker = new SimulatedTracker(traits, () => this.#now(), {
      onPut: () => {},
      markOf: ({ id }) => id,
    });
    this.#people = new People(this.#tracker);
    this.#connector = simulatedConnector(this.#tracker, {
      full: false,
      hidden: false,
      pass: async (moment) => {
        if (moment === 'between' && --this.#untilCut < 0) throw new Cut();
      },
      strikes: () => false,
      seenAt: async () => undefined,
      writes: async () => {},
    });
    this.report = {
      landed: Object.fromEntries(PLACES.map((place) => [place, 0])) as Record<Place, number>,
      places: [],
      busy: 0,
      compared: 0,
      issues: 0,
      problems: [],
    };
  }

  get #file(): string {
    return join(this.#directory, 'store.db');
  }

  #now(): string {
    return new Date(++this.#millis).toISOString();
  }

  /** Opened for each use, so that a killed process was the only one and leaves its log to be recovered. */
  async #withStore<T>(use: (store: SyncStore) => Promise<T>): Promise<T> {
    const ids = (): string => `host-${++this.#ids}`;
    const store = openSqliteStore(this.#file, { clock: { now: () => this.#now() }, ids });
    try {
      return await use(store);
    } finally {
      await store[Symbol.asyncDispose]();
    }
  }

  async #act(times: number): Promise<void> {
    await this.#withStore(async (store) => {
      for (let i = 0; i < times; i++) await this.#people.act(this.#random, store);
    });
  }

  async #answer(child: Child, request: Request, disturbed: boolean): Promise<void> {
    this.#effected = false;
    this.#late = request;
    if (request.killed === 'before_effect') return child.kill();
    if (disturbed && this.#random.chance(0.1)) await this.#act(1);
    const cut = request.killed === 'after_effect' && this.#random.chance(0.5);
    this.#untilCut = cut ? this.#random.below(3) : Number.POSITIVE_INFINITY;
    try {
      await this.#pause();
      const answer = await answerOf(this.#connector, request);
      this.#effected = true;
      await this.#pause();
      if (request.killed === undefined) return child.send(answer);
    } catch (error) {
      if (!(error instanceof Cut)) throw error;
      this.#effected = true;
    }
    child.kill();
  }

  /** The tracker takes its time, so that a child is killed at any instant of a request. */
  async #pause(): Promise<void> {
    if (this.#options.when === 'counted') return;
    await setTimeout(this.#random.below(TRACKER_MS));
  }

  #go(child: Child, last?: LastMoment): void {
    child.send({
      now: this.#millis,
      prefix: `run-${++this.#prefix}`,
      ...(last === undefined ? {} : { last }),
    });
  }

  /** Lets the child sync undisturbed until both sides hold the same. */
  async #settle(child: Child, life: string): Promise<void> {
    let differences: string[] = [];
    for (let runs = 0; runs < RUNS_TO_SETTLE; runs++) {
      child.onRequest = (request) => {
        this.#answering = this.#answer(child, request, false);
      };
      this.#go(child);
      let news = await child.next();
      if (news && 'busy' in news) {
        this.report.busy++;
        this.#millis += A_WHILE_MS;
        this.#go(child);
        news = await child.next();
      }
      this.#millis += A_WHILE_MS;
      if (!news || !('finished' in news)) {
        this.report.problems.push(
          `${life}: ${news ? 'the lease of a dead process did not end' : 'it ended by itself'}`,
        );
        return;
      }
      differences = await this.#withStore((store) => this.#people.differences(store));
      if (differences.length === 0) differences = news.finished;
      if (differences.length === 0) break;
    }
    this.report.compared++;
    this.report.problems.push(...differences.map((one) => `${life}, when it was settled: ${one}`));
  }

  #moment(): LastMoment {
    const place = this.#random.pick(Object.keys(MOMENTS) as (keyof typeof MOMENTS)[]);
    return { place, nth: 1 + this.#random.below(MOMENTS[place]) };
  }

  /** Lets the child sync, with people about, until it is killed. */
  async #killed(child: Child): Promise<void> {
    const { when } = this.#options;
    const last = when === 'counted' ? this.#moment() : undefined;
    let left = when === 'counted' ? -1 : this.#random.below(MOMENTS.before_effect);
    const soon = async (): Promise<void> => {
      await setTimeout(this.#random.below(STEP_MS));
      child.kill();
    };
    child.onRequest = (request) => {
      this.#answering = this.#answer(child, request, true);
      if (--left === 0) void soon();
    };
    if (left === 0) void soon();
    for (;;) {
      this.#go(child, last);
      const news = await child.next();
      if (!news) break;
      this.#millis += A_WHILE_MS;
      if ('busy' in news) this.report.busy++;
      if ('ready' in news || 'busy' in news) continue;
      if (last !== undefined) last.nth -= news.met;
      await this.#act(2);
    }
  }

  async life(number: number): Promise<void> {
    this.#random = Random.of(this.#options.seed, number);
    const life = `life ${number} of seed ${this.#options.seed}`;
    const child = await this.#children.take();
    this.#millis += this.#random.chance(0.3) ? 5000 : A_WHILE_MS;
    if (this.#random.chance(0.6)) await this.#settle(child, life);
    await this.#act(1 + this.#random.below(3));
    this.#late = undefined;
    await this.#killed(child);
    const signal = await child.gone();
    // What is under way has its effect soon, and not whenever this machine comes to it: no later life sees it come.
    await this.#answering;
    if (signal !== 'SIGKILL') this.report.problems.push(`${life}: it ended with ${signal}`);
    await this.#bury(child, life);
  }

  async #bury(child: Child, life: string): Promise<void> {
    const noted = child.place();
    const place = noted === 'before_effect' && this.#effected ? 'after_effect' : noted;
    this.report.landed[place]++;
    this.report.places.push(place);
    // What was sent may still arrive, although nobody waits for the answer.
    if (place === 'before_effect' && this.#late && this.#random.chance(0.5))
      await answerOf(this.#connector, this.#late);
    const problems = await this.#withStore((store) => this.#people.problems(store));
    this.report.problems.push(...problems.map((one) => `${life}, killed ${place}: ${one}`));
  }

  async end(): Promise<void> {
    const child = await this.#children.take();
    this.#random = Random.of(this.#options.seed, -1);
    this.#millis += A_WHILE_MS;
    await this.#settle(child, `the end of seed ${this.#options.seed}`);
    this.report.issues = this.#tracker.issues().length;
    child.kill();
    await child.gone();
  }

  async clear(): Promise<void> {
    await this.#children.end();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

/**
 * A child syncs over SQLite and is killed with SIGKILL, again and again, while a host and people edit on both sides; the
 * tracker is here, and outlives it. After each death it is looked at what the store and the tracker hold, and after
 * most restarts also whether a run brings both sides together.
 */
export async function killAndRestart(options: KillOptions): Promise<KillReport> {
  const lives = new Lives(options);
  try {
    for (let life = 1; life <= options.kills && lives.report.problems.length === 0; life++)
      await lives.life(life);
    if (lives.report.problems.length === 0) await lives.end();
  } finally {
    await lives.clear();
  }
  return lives.report;
}
