import {
  type CanonicalIssue,
  type ConflictStrategy,
  ConnectorRequestError,
  type IssuePatch,
  type JsonValue,
  MemoryBackend,
  type OverrideRecord,
  OwnershipPolicy,
  RecordStore,
  refIdentity,
  type StoreBackend,
  SyncEngine,
  type SyncResult,
} from '../../src/index.ts';
import { Random } from './random.ts';
import { lost, SimTracker, type SimTrackerOptions, STURDY, simConnector } from './sim-tracker.ts';

/** The process is gone: nothing that it was doing goes on. */
export class Crash extends Error {}

/** One edit by somebody, and what it replaced as far as they could see. */
interface LedgerEntry {
  side: 'host' | 'person';
  /** The issue by the title it was born with. */
  issue: string;
  path: string;
  value: string;
  replaced?: string;
  kind: 'set' | 'add' | 'remove';
}

export interface SimulationCounts {
  faults: Record<string, number>;
  crashes: number;
  conflicts: number;
  exempt: number;
}

const STATUSES = ['todo', 'in_progress', 'blocked', 'done'] as const;

/** One history from one seed: people, a host, a tracker with faults, and the real engine over a real store. */
export class Simulation {
  readonly random: Random;
  readonly trackers: SimTracker[];
  readonly ledger: LedgerEntry[] = [];
  readonly results: SyncResult[] = [];
  readonly counts: SimulationCounts = { faults: {}, crashes: 0, conflicts: 0, exempt: 0 };
  readonly #backend: MemoryBackend;
  readonly #strategy: ConflictStrategy;
  readonly store: RecordStore;
  #millis = Date.parse('2026-03-01T12:00:00.000Z');
  #token = 0;
  #ids = 0;
  #crashed = false;
  #calm = false;

  /** With `several`, two trackers share the store, and every issue is enrolled in both. */
  constructor(seed: number, several = false) {
    this.random = new Random(seed);
    const r = this.random;
    const kinds = several ? ['sim', 'bis'] : ['sim'];
    this.trackers = kinds.map((name) => new SimTracker(this.#kind(name, several), () => this.now()));
    this.#backend = new MemoryBackend({ now: () => this.now() });
    this.#strategy = r.pick(['external_wins', 'local_wins', 'newer_timestamp', 'manual_review'] as const);
    this.store = this.#open(this.#backend);
  }

  #kind(name: string, several: boolean): SimTrackerOptions {
    const r = this.random;
    return {
      ...STURDY,
      name,
      cas: r.chance(0.5),
      bulk: r.chance(0.5),
      ...r.pick([
        { lookup: true, clientIds: false, idempotent: false },
        { lookup: false, clientIds: true, idempotent: false },
        { lookup: false, clientIds: false, idempotent: true },
        { lookup: false, clientIds: false, idempotent: false },
      ]),
      lossyStatus: r.chance(0.3),
      customFields: several || r.chance(0.8),
      granularityMs: r.pick([1, 1000]),
      lagMs: r.pick([0, 0, 5000]),
      skewMs: r.pick([0, 3 * 3_600_000, -5 * 3_600_000]),
    };
  }

  get tracker(): SimTracker {
    return this.random.pick(this.trackers);
  }

  now(): string {
    return new Date(this.#millis).toISOString();
  }

  #open(backend: StoreBackend): RecordStore {
    return new RecordStore(backend, {
      clock: { now: () => this.now() },
      ids: () => `id${++this.#ids}`,
    });
  }

  /** The backend as one process sees it: before and after every write that process may die. */
  #crashing(backend: MemoryBackend): StoreBackend {
    const alive = (): void => {
      if (this.#crashed) throw new Crash();
    };
    return new Proxy(backend, {
      get: (target, name: keyof MemoryBackend) => {
        const method: unknown = target[name];
        if (typeof method !== 'function') return method;
        return async (...args: unknown[]): Promise<unknown> => {
          alive();
          this.#mayCrash();
          const answer: unknown = await Reflect.apply(method, target, args);
          this.#mayCrash();
          return answer;
        };
      },
    });
  }

  #mayCrash(): void {
    if (this.#calm || !this.random.chance(0.004)) return;
    this.#crashed = true;
    this.counts.crashes++;
    throw new Crash();
  }

  #engine(tracker: SimTracker): SyncEngine {
    const connector = simConnector(tracker, async (operation, moment, write) => {
      if (this.#crashed) throw new Crash();
      this.#millis += 1 + this.random.below(400);
      if (this.#calm) return;
      if (this.random.chance(0.15)) await this.#interfere();
      this.#mayCrash();
      const fault = this.random.next();
      if (fault < 0.04) {
        this.#count(write ? `lost_${moment}` : 'read_lost');
        throw lost();
      }
      if (fault < 0.05 && moment === 'before') {
        this.#count('rate_limit');
        throw new ConnectorRequestError('slow down', { statusCode: 429, retryAfterMs: 1000 });
      }
      void operation;
    });
    return new SyncEngine({
      connector,
      store: this.#open(this.#crashing(this.#backend)),
      policy: OwnershipPolicy.split({ fieldOwners: {} }),
      strategy: this.#strategy,
      pageSize: 3,
      ...(this.trackers.length > 1 ? { enrol: {} } : {}),
      clock: { now: () => this.now() },
      ids: () => `id${++this.#ids}`,
      sleep: async (ms) => {
        this.#millis += ms;
      },
    });
  }

  #count(fault: string): void {
    this.counts.faults[fault] = (this.counts.faults[fault] ?? 0) + 1;
  }

  /** Somebody acts while a request is under way. */
  async #interfere(): Promise<void> {
    await this.act(this.random.chance(0.5) ? 'host' : 'person');
  }

  token(prefix: string): string {
    return `${prefix}${++this.#token}`;
  }

  /** One random deed of one side. */
  async act(side: 'host' | 'person'): Promise<void> {
    this.#millis += this.random.below(2000);
    if (side === 'host') await this.#hostActs();
    else this.#personActs();
  }

  async #hostActs(): Promise<void> {
    const issues = await this.store.listIssues();
    if (issues.length === 0 || (issues.length < 6 && this.random.chance(0.15))) {
      const title = this.token('h');
      const parent = issues.length > 0 && this.random.chance(0.3) ? this.random.pick(issues).ref : null;
      const tracker = this.tracker;
      const place = { system: tracker.options.name, workspace: 'w' };
      await this.store.createDraft(place, { title, customFields: birth(tracker, title), parent });
      return;
    }
    const issue = this.random.pick(issues);
    const { patch, entry } = this.#edit('host', issue);
    await this.store.editIssue(issue.ref, patch);
    this.ledger.push(...entry);
  }

  #personActs(): void {
    const tracker = this.tracker;
    const ids = tracker.ids();
    if (ids.length === 0 || (ids.length < 6 && this.random.chance(0.15))) {
      const title = this.token('p');
      const id = tracker.make(title);
      if (tracker.options.customFields) tracker.edit(id, { customFields: birth(tracker, title) });
      return;
    }
    const issue = tracker.get(this.random.pick(ids));
    const { patch, entry } = this.#edit('person', issue);
    tracker.edit(issue.ref.id, patch);
    this.ledger.push(...entry);
  }

  #edit(side: 'host' | 'person', issue: CanonicalIssue): { patch: IssuePatch; entry: LedgerEntry[] } {
    const key = this.identity(issue);
    const note = (
      path: string,
      kind: LedgerEntry['kind'],
      value: string,
      replaced?: string,
    ): LedgerEntry => ({
      side,
      issue: key,
      path,
      kind,
      value,
      ...(replaced === undefined ? {} : { replaced }),
    });
    switch (this.random.below(6)) {
      case 0: {
        const body = this.token('b');
        return { patch: { body }, entry: [note('body', 'set', body, issue.body ?? '')] };
      }
      case 1: {
        const label = this.token('l');
        return { patch: { labels: [...issue.labels, label] }, entry: [note('labels', 'add', label)] };
      }
      case 2: {
        const [gone, ...labels] = issue.labels;
        if (gone === undefined) break;
        return { patch: { labels }, entry: [note('labels', 'remove', gone)] };
      }
      case 3:
        return { patch: { status: this.random.pick(STATUSES) }, entry: [] };
      case 4: {
        if (!this.trackers.every(({ options }) => options.customFields)) break;
        const value = this.token('c');
        const before = issue.customFields.x;
        return {
          patch: { customFields: { ...issue.customFields, x: value } },
          entry: [note('customFields.x', 'set', value, typeof before === 'string' ? before : '')],
        };
      }
    }
    const title = this.token('t');
    return { patch: { title }, entry: [note('title', 'set', title, issue.title)] };
  }

  /** What an issue is known by on both sides: its refs at the tracker, or what it was born as. */
  identity(issue: CanonicalIssue): string {
    const born = issue.customFields.born;
    return typeof born === 'string' ? born : refIdentity(issue.ref);
  }

  async sync(full = false, tracker: SimTracker = this.tracker): Promise<SyncResult | undefined> {
    try {
      const engine = this.#engine(tracker);
      const result = await engine.sync({ full });
      this.results.push(result);
      this.counts.conflicts += result.conflicts.length;
      return result;
    } catch (error) {
      if (!this.#crashed) throw error;
      this.#crashed = false;
      // The next process waits for the dead one's lease to end.
      this.#millis += 61_000;
      return undefined;
    }
  }

  async play(steps: number): Promise<void> {
    for (let step = 0; step < steps; step++) {
      const deed = this.random.next();
      if (deed < 0.35) await this.act('host');
      else if (deed < 0.7) await this.act('person');
      else if (deed < 0.97) await this.sync(this.random.chance(0.1));
      else await this.#resolveOne();
    }
  }

  async #resolveOne(): Promise<void> {
    const [conflict] = await this.store.listConflicts({ status: 'open' });
    if (conflict)
      await this.store.resolveConflict(conflict.id, this.random.chance(0.5) ? 'local' : 'external');
  }

  /** Edits and faults end. Answers how many syncs it took until one wrote nothing anywhere. */
  async settle(): Promise<number> {
    this.#calm = true;
    for (const { id } of await this.store.listConflicts({ status: 'open' }))
      await this.store.resolveConflict(id, 'local');
    for (let rounds = 1; rounds <= 15; rounds++) {
      this.#millis += 200_000;
      const writes = this.#writes();
      const before = await this.#content();
      let failures = 0;
      for (const tracker of this.trackers) {
        const result = await this.sync(false, tracker);
        await this.#decideUnclear(result, tracker);
        failures += result?.failures.length ?? 1;
      }
      for (const { id } of await this.store.listConflicts({ status: 'open' }))
        await this.store.resolveConflict(id, 'local');
      if (this.#writes() === writes && (await this.#content()) === before && failures === 0) return rounds;
    }
    return Number.POSITIVE_INFINITY;
  }

  #writes(): number {
    return this.trackers.reduce((sum, tracker) => sum + tracker.writes, 0);
  }

  /** A person looks at the tracker where the engine could not tell whether a create had taken effect. */
  async #decideUnclear(result: SyncResult | undefined, tracker: SimTracker): Promise<void> {
    const unclear = result?.failures.filter(({ code }) => code === 'create_unclear') ?? [];
    const intents = await this.#backend.intents(`${tracker.options.name}:w:w`);
    for (const { issueRef } of unclear) {
      const intent = intents.find(
        ({ ref }) => issueRef !== null && refIdentity(ref) === refIdentity(issueRef),
      );
      if (!intent || !issueRef) continue;
      const id = tracker.keys.get(intent.key);
      if (id === undefined) await this.store.retryRefused(issueRef);
      else await this.store.linkRef(issueRef, tracker.ref(id));
    }
  }

  async #content(): Promise<string> {
    return JSON.stringify(await this.store.listIssues());
  }

  /** Every way in which the final state breaks an invariant. */
  async violations(): Promise<string[]> {
    const problems: string[] = [];
    const issues = await this.store.listIssues();
    for (const tracker of this.trackers) problems.push(...(await this.#differences(tracker, issues)));
    const records = await this.store.listConflicts();
    const overrides = await this.store.listOverrides({ limit: 100_000 });
    const recorded = new Set(
      [
        ...records.flatMap((conflict) => [conflict.localValue, conflict.externalValue]),
        ...overrides.map((override) => override.lostValue),
      ].map((value) => JSON.stringify(value)),
    );
    for (const entry of this.ledger) {
      if (entry.kind === 'set') this.#checkSet(entry, issues, recorded, problems);
      else this.#checkElement(entry, issues, overrides, problems);
    }
    return problems;
  }

  async #differences(tracker: SimTracker, issues: readonly CanonicalIssue[]): Promise<string[]> {
    const problems: string[] = [];
    const { name } = tracker.options;
    const remote = tracker.ids().map((id) => tracker.get(id));
    const born = remote.map((issue) => this.identity(issue));
    for (const known of new Set(born)) {
      const times = born.filter((other) => other === known).length;
      if (times > 1) problems.push(`doubled: ${known} is ${times} times at ${name}`);
    }
    if (issues.length !== remote.length)
      problems.push(`${issues.length} records and ${remote.length} issues at ${name}`);
    for (const issue of issues) {
      const refs = await this.store.refsOf(issue.ref);
      const there = remote.find((other) => refs.some((ref) => refIdentity(ref) === refIdentity(other.ref)));
      if (!there) problems.push(`not at ${name}: ${refIdentity(issue.ref)} ${issue.title}`);
      else if (there.title !== issue.title || there.body !== issue.body)
        problems.push(`differs at ${name}: ${issue.title}`);
    }
    if (tracker.options.cas && tracker.overwritten.length > 0)
      problems.push('a write passed compare-and-set unseen');
    return problems;
  }

  #checkSet(
    entry: LedgerEntry,
    issues: readonly CanonicalIssue[],
    recorded: ReadonlySet<string>,
    problems: string[],
  ): void {
    const { path, value } = entry;
    const held = issues.some(
      (issue) => issue.title === value || issue.body === value || issue.customFields.x === value,
    );
    const replaced = this.ledger.some((later) => later.path === path && later.replaced === value);
    if (held || replaced || recorded.has(JSON.stringify(value))) return;
    if (this.trackers.some(({ overwritten }) => overwritten.some((loss) => loss.value === value))) {
      this.counts.exempt++;
      return;
    }
    problems.push(`lost edit: ${entry.side} set ${path} of ${entry.issue} to ${value}`);
  }

  #checkElement(
    entry: LedgerEntry,
    issues: readonly CanonicalIssue[],
    overrides: readonly OverrideRecord[],
    problems: string[],
  ): void {
    const includes = (value: JsonValue): boolean => Array.isArray(value) && value.includes(entry.value);
    // Recorded: the set that lost is the one in which this edit was done.
    const recorded = overrides.some(
      ({ field, keptValue, lostValue }) =>
        field === entry.path &&
        includes(lostValue) === (entry.kind === 'add') &&
        includes(keptValue) !== includes(lostValue),
    );
    if (recorded) return;
    const held = issues.some((issue) => issue.labels.includes(entry.value));
    const removed = this.ledger.some((other) => other.kind === 'remove' && other.value === entry.value);
    if (entry.kind === 'add' && !held && !removed)
      problems.push(`lost label: ${entry.side} added ${entry.value} to ${entry.issue}`);
    if (entry.kind === 'remove' && held)
      problems.push(`label is back: ${entry.side} removed ${entry.value} from ${entry.issue}`);
  }
}

/** A mark by which the simulation knows an issue on both sides, where the tracker can keep one. */
function birth(tracker: SimTracker, title: string): Record<string, string> {
  return tracker.options.customFields ? { born: title } : {};
}
