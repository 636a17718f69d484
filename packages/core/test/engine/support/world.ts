import {
  type CanonicalIssue,
  type Commit,
  type IssueFields,
  MemoryBackend,
  OwnershipPolicy,
  RecordStore,
  type StoreBackend,
  SyncEngine,
  type SyncEngineOptions,
  type SyncResult,
} from '../../../src/index.ts';
import { StrictTracker, type StrictTrackerOptions, strictConnector } from './strict-tracker.ts';

export const SHARED: OwnershipPolicy = OwnershipPolicy.split({ fieldOwners: {} });

/** What commits wrote beyond a binding's row. */
export function contents(commit: Commit): string[] {
  const { lease: _lease, binding: _binding, ...rest } = commit;
  return Object.entries(rest).flatMap(([name, value]) =>
    (Array.isArray(value) ? value.length > 0 : value !== undefined) ? [name] : [],
  );
}

/** A clock, a store whose commits are kept, and trackers, all without chance. */
export class World {
  readonly commits: Commit[] = [];
  readonly slept: number[] = [];
  readonly memory: MemoryBackend;
  readonly backend: StoreBackend;
  readonly store: RecordStore;
  readonly tracker: StrictTracker;
  /** Runs before each commit that an engine makes. */
  onCommit: ((commit: Commit) => Promise<void>) | undefined;
  #millis = Date.parse('2026-03-01T12:00:00.000Z');
  #ids = 0;

  constructor(options: StrictTrackerOptions = {}) {
    this.memory = new MemoryBackend(this.clock);
    this.backend = this.#watched(this.memory);
    this.store = this.open();
    this.tracker = this.another(options);
  }

  readonly clock: { now: () => string } = { now: () => this.now() };
  readonly now = (): string => new Date(this.#millis).toISOString();
  readonly ids = (): string => `id${++this.#ids}`;

  open(): RecordStore {
    return new RecordStore(this.backend, { clock: this.clock, ids: this.ids });
  }

  another(options: StrictTrackerOptions): StrictTracker {
    return new StrictTracker(() => this.now(), options);
  }

  pass(ms: number): void {
    this.#millis += ms;
  }

  engine(options: Partial<SyncEngineOptions> = {}, tracker: StrictTracker = this.tracker): SyncEngine {
    return new SyncEngine({
      connector: strictConnector(tracker),
      store: this.store,
      policy: SHARED,
      clock: this.clock,
      ids: this.ids,
      sleep: async (ms) => {
        this.slept.push(ms);
        this.pass(ms);
      },
      ...options,
    });
  }

  /** Time passes, then a sync with a new engine, as of another process. */
  async sync(options: Partial<SyncEngineOptions> = {}, tracker?: StrictTracker): Promise<SyncResult> {
    this.pass(1000);
    return this.engine(options, tracker).sync();
  }

  /** An issue that a person made and that was pulled. Answers it as the store holds it. */
  async imported(
    fields: Partial<IssueFields> = {},
    options: Partial<SyncEngineOptions> = {},
    tracker: StrictTracker = this.tracker,
  ): Promise<CanonicalIssue> {
    const id = tracker.make(fields);
    await this.sync(options, tracker);
    return this.local(id, tracker);
  }

  async local(id: string, tracker: StrictTracker = this.tracker): Promise<CanonicalIssue> {
    const issue = await this.store.getIssue(tracker.ref(id));
    if (!issue) throw new Error(`the store has no ${id}`);
    return issue;
  }

  draft(fields: Partial<IssueFields> = {}, tracker: StrictTracker = this.tracker): Promise<CanonicalIssue> {
    return this.store.createDraft(
      { system: tracker.name, workspace: tracker.workspace },
      { title: 'a draft', ...fields },
    );
  }

  /** What was written by `act`, beyond checkpoints: names of what commits held, and remote writes. */
  async written(act: () => Promise<unknown>): Promise<string[]> {
    const from = this.commits.length;
    const writes = this.tracker.writes;
    await act();
    const local = this.commits.slice(from).flatMap(contents);
    return [...local, ...Array.from({ length: this.tracker.writes - writes }, () => 'remote')];
  }

  #watched(memory: MemoryBackend): StoreBackend {
    return new Proxy<StoreBackend>(memory, {
      get: (target, name: keyof StoreBackend) => {
        const method: unknown = target[name];
        if (typeof method !== 'function') return method;
        if (name !== 'commit') return method.bind(target);
        return async (commit: Commit): Promise<unknown> => {
          if (commit.lease) await this.onCommit?.(commit);
          this.commits.push(structuredClone(commit));
          return target.commit(commit);
        };
      },
    });
  }
}

export const codes = (result: SyncResult): string[] => result.failures.map(({ code }) => code);
