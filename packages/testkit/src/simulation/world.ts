import {
  type CanonicalIssue,
  type ConflictResolver,
  type ConflictStrategy,
  type DeletionMode,
  type ExternalRef,
  InMemoryIssueStore,
  OwnershipPolicy,
  RecordStore,
  refIdentity,
  type StoreBackend,
  type StrategyOption,
  type SyncCheckpoint,
  type SyncResult,
  type SyncStore,
} from '@spec-kitty/tracker-core';
import { type Counts, FAULT_KINDS, type HistoryOptions, type MaskedKind, type Owner } from './kinds.ts';
import { Ledger } from './ledger.ts';
import { Random } from './random.ts';
import { SimulatedTracker } from './simulated-tracker.ts';
import { someTraits } from './tracker-traits.ts';

/** Makes the store that a history is played over; the clock and the ids are the history's. */
export type OpenStore = (tools: { clock: { now(): string }; ids: () => string }) => SyncStore;

/** Stands between the engine and the store: how a store is broken on purpose. */
export type WrapBackend = (backend: StoreBackend, pause: () => Promise<void>) => StoreBackend;

/** What a history is played with. Default: a store in memory, nothing in between, no trace. */
export interface HistoryTools {
  openStore?: OpenStore;
  wrapBackend?: WrapBackend;
  /** Told what happens, line by line. */
  trace?: (line: string) => void;
}

const FIELDS = ['title', 'body', 'status', 'priority', 'assignees', 'labels', 'links', 'parent'] as const;
const OWNERS: readonly Owner[] = ['external', 'local', 'shared'];

/** The host's own function: it must depend on nothing but what it is given. */
const hostDecides: ConflictResolver = ({ field, local, external }) =>
  field === 'deleted' || field === 'status' || field === 'priority'
    ? 'external'
    : String(local).length % 2 === String(external).length % 2
      ? 'local'
      : 'open';

/** What a history is played in: one clock, one store, trackers, and the book of who did what. */
export class World {
  readonly options: HistoryOptions;
  readonly ledger: Ledger;
  readonly trackers: SimulatedTracker[];
  readonly store: SyncStore;
  readonly backend: StoreBackend;
  readonly counts: Counts = {};
  readonly results: SyncResult[] = [];
  readonly problems: string[] = [];
  readonly owners: Map<string, Owner> = new Map();
  readonly defaultOwner: Owner;
  readonly strategy: StrategyOption;
  readonly deletions: DeletionMode;
  /** How far listings look back; undefined: as the engine does by itself. */
  readonly overlapMs: number | undefined;
  /** The issue that each ref leads to, by the title it was born with. */
  readonly marks: Map<string, string> = new Map();
  readonly forbidden: ExternalRef[] = [];
  /** Issues whose host gave them up while nobody could tell whether their create had worked: what was made is another issue. */
  readonly givenUp: Set<string> = new Set();
  /** Issues that were deleted before the store knew of them. */
  readonly untold: Set<string> = new Set();
  readonly wrapBackend: WrapBackend | undefined;
  /** Copies that the host read at some time and has not saved yet. */
  copies: CanonicalIssue[] = [];
  random: Random;
  millis: number = Date.parse('2026-03-01T12:00:00.000Z');
  calm = false;
  /** How often somebody acted. */
  acts = 0;
  /** By tracker, the checkpoint of a run that is long past. */
  readonly restorable: Map<string, SyncCheckpoint> = new Map();
  /** Somebody made a parent that would be a cycle. */
  tangled = false;
  readonly #masked: ReadonlySet<MaskedKind>;
  /** By fault, what its probability is multiplied with. */
  readonly #weights: ReadonlyMap<MaskedKind, number>;
  readonly #trace: ((line: string) => void) | undefined;
  /** The clock is asked many times between two steps of it. */
  #told = { millis: Number.NaN, text: '' };
  #ids = 0;

  constructor(options: HistoryOptions, { openStore, wrapBackend, trace }: HistoryTools = {}) {
    this.options = options;
    this.wrapBackend = wrapBackend;
    this.#trace = trace;
    this.ledger = new Ledger((line) => this.tell(line));
    this.#masked = new Set(options.without);
    const swarm = options.swarm ? Random.of(options.seed, -3) : undefined;
    this.#weights = swarm ? someWeights(swarm) : new Map();
    this.overlapMs = swarm?.chance(0.5) ? 0 : undefined;
    const random = Random.of(options.seed, -1);
    this.random = random;
    const later = Random.of(options.seed, -4);
    const two = options.two === true;
    this.trackers = (two ? ['sim', 'bis'] : ['sim']).map(
      (name) =>
        new SimulatedTracker(someTraits(random, name, two, later), () => this.now(), {
          onPut: ({ ref, title }) => {
            if (!this.marks.has(refIdentity(ref))) this.mark(ref, this.ledger.issueOf(title));
          },
          markOf: (ref) => this.markOf(ref),
        }),
    );
    this.defaultOwner = two ? 'shared' : random.pick(['shared', 'shared', 'shared', 'external', 'local']);
    if (!two && random.chance(0.4)) for (const field of FIELDS) this.owners.set(field, random.pick(OWNERS));
    this.strategy = someStrategy(random);
    this.deletions = random.pick(['ignore', 'close', 'delete'] as const);
    const tools = { clock: { now: (): string => this.now() }, ids: (): string => this.newId() };
    const store = openStore ? openStore(tools) : new InMemoryIssueStore(tools);
    this.tell(
      () =>
        `rules: ${JSON.stringify([this.defaultOwner, ...this.owners])}, ${String(JSON.stringify(this.strategy))}, ${this.deletions}`,
    );
    for (const { traits } of this.trackers) this.tell(() => `tracker: ${JSON.stringify(traits)}`);
    this.backend = store.backend;
    this.store = new RecordStore(this.backend, tools);
  }

  now(): string {
    if (this.#told.millis !== this.millis)
      this.#told = { millis: this.millis, text: new Date(this.millis).toISOString() };
    return this.#told.text;
  }

  newId(): string {
    return `id${++this.#ids}`;
  }

  get tracker(): SimulatedTracker {
    return this.random.pick(this.trackers);
  }

  get two(): boolean {
    return this.trackers.length > 1;
  }

  ownerOf(path: string): Owner {
    return this.owners.get(path) ?? this.defaultOwner;
  }

  policy(): OwnershipPolicy {
    if (this.owners.size === 0) {
      if (this.defaultOwner === 'external') return OwnershipPolicy.externalAuthoritative();
      if (this.defaultOwner === 'local') return OwnershipPolicy.localAuthoritative();
    }
    return OwnershipPolicy.split({
      fieldOwners: Object.fromEntries(this.owners),
      defaultOwner: this.defaultOwner,
    });
  }

  bindingOf(tracker: SimulatedTracker): string {
    return `${tracker.traits.name}:w:w`;
  }

  /** The host is about to delete an issue: notes it where a tracker without ids, marks or look-up may be making it. */
  async noteGivenUp(ref: ExternalRef): Promise<void> {
    const [known] = await this.backend.lookup([refIdentity(ref)]);
    for (const tracker of this.trackers.filter(({ traits }) => traits.identity === 'none')) {
      const intents = await this.backend.intents(this.bindingOf(tracker));
      if (intents.some(({ kind, recordId }) => kind === 'create' && recordId === known?.recordId))
        this.givenUp.add(this.markOf(ref));
    }
  }

  /** A line for who reads the trace; made only where somebody does. */
  tell(line: () => string): void {
    this.#trace?.(line());
  }

  count(kind: string, times = 1): void {
    this.counts[kind] = (this.counts[kind] ?? 0) + times;
  }

  /** The probability that something has in this history. */
  odds(kind: MaskedKind, probability: number): number {
    // Where it happened each time, nothing that comes after it would be met.
    return Math.min(probability * (this.#weights.get(kind) ?? 1), Math.max(probability, 0.4));
  }

  /** Draws in any case, so that a mask changes nothing else. */
  strikes(kind: MaskedKind, probability: number): boolean {
    const drawn = this.random.chance(this.odds(kind, probability));
    if (!drawn || this.calm || this.#masked.has(kind)) return false;
    this.count(kind);
    this.tell(() => `  fault: ${kind}`);
    return true;
  }

  /** A deed that is about to be done; false where it is masked. */
  allows(kind: MaskedKind): boolean {
    if (this.calm || this.#masked.has(kind)) return false;
    this.count(kind);
    return true;
  }

  mark(ref: ExternalRef, issue: string): void {
    this.marks.set(refIdentity(ref), issue);
  }

  markOf(ref: ExternalRef): string {
    return this.marks.get(refIdentity(ref)) ?? refIdentity(ref);
  }
}

const WEIGHTS: readonly number[] = [0, 0.5, 1, 1, 3, 8];

function someWeights(random: Random): Map<MaskedKind, number> {
  return new Map([...FAULT_KINDS, 'meanwhile' as const].map((kind) => [kind, random.pick(WEIGHTS)]));
}

function someStrategy(random: Random): StrategyOption {
  const names: readonly ConflictStrategy[] = [
    'external_wins',
    'local_wins',
    'newer_timestamp',
    'manual_review',
  ];
  const kind = random.below(7);
  const named = names[kind];
  if (named !== undefined) return named;
  const fields = { body: random.pick(names), deleted: random.pick(names) };
  if (kind === 4) return { default: 'merge', fallback: random.pick(names) as 'manual_review' };
  return kind === 5 ? { default: random.pick(names), fields } : hostDecides;
}

/** Joins what both hold: three-way merging of texts made of parts. */
export function joinTexts(_base: string, local: string, external: string): string | undefined {
  if (local === '' || external === '') return undefined;
  return [...new Set([...local.split('|'), ...external.split('|')])].join('|');
}
