import { comparePositions, type Position, type Version, type Visible } from './versions.ts';

/** Earlier versions that are kept of each issue, for readers that lag behind. */
const REMEMBERED_VERSIONS = 16;
/** Stale entries of the order are dropped when they outnumber the issues, and this many more. */
const SLACK = 64;

export const SPELLED_FIELDS = ['labels', 'assignees'] as const;
export type SpelledField = (typeof SPELLED_FIELDS)[number];

const ownerKey = (account: string, key: string): string => `${account}\u0000${key}`;

/** The issues of one workspace, ended ones included, in the order in which listings show them. */
export class IssueShelf {
  /** The number of the next key, `WORKSPACE-<number>`. */
  nextNumber = 1;
  /** How each label and assignee was spelled first, by its folded form. */
  readonly spellings: Record<SpelledField, Map<string, string>> = { labels: new Map(), assignees: new Map() };
  readonly #current = new Map<string, Version>();
  readonly #past = new Map<string, Version[]>();
  readonly #ids = new Map<string, string>();
  readonly #idOfRequest = new Map<string, string>();
  /** Sorted. An entry that is no current version is stale and skipped: an edit need not look for the old one. */
  #order: Version[] = [];

  get(id: string): Version | undefined {
    return this.#current.get(id);
  }

  byKey(key: string): Version | undefined {
    const id = this.#ids.get(key);
    return id === undefined ? undefined : this.#current.get(id);
  }

  byIdempotencyKey(account: string, key: string): Version | undefined {
    const id = this.#idOfRequest.get(ownerKey(account, key));
    return id === undefined ? undefined : this.#current.get(id);
  }

  all(): Iterable<Version> {
    return this.#current.values();
  }

  /** Makes `version` the current one of its issue. */
  put(version: Version): void {
    const { id, key } = version.ref;
    const before = this.#current.get(id);
    if (before) {
      const past = this.#past.get(id) ?? [];
      past.push(before);
      if (past.length > REMEMBERED_VERSIONS) past.shift();
      this.#past.set(id, past);
    }
    this.#current.set(id, version);
    if (key !== undefined) this.#ids.set(key, id);
    if (version.idempotencyKey !== undefined) {
      const owner = ownerKey(version.account, version.idempotencyKey);
      // A tracker that does not tell repeats may hold several: the first one answers.
      if (!this.#idOfRequest.has(owner)) this.#idOfRequest.set(owner, id);
    }
    this.#insert(version);
  }

  /** The newest version of an issue that `visible` lets through. */
  seen(id: string, visible?: Visible): Version | undefined {
    const current = this.#current.get(id);
    if (!current || !visible || visible(current)) return current;
    return this.#past.get(id)?.findLast(visible);
  }

  /** The version before the current one, or the current one where none is remembered. */
  previous(id: string): Version | undefined {
    return this.#past.get(id)?.at(-1) ?? this.#current.get(id);
  }

  /** Versions after a position, in order: the current ones, or for each issue the newest that `visible` lets through. */
  *after(start: Position, visible?: Visible): Generator<Version> {
    const older = visible ? this.#olderAfter(start, visible) : [];
    let next = 0;
    for (let i = this.#firstAfter(start); i < this.#order.length; i++) {
      const version = this.#order[i];
      if (!version || this.#current.get(version.ref.id) !== version) continue;
      if (visible && !visible(version)) continue;
      for (let old = older[next]; old && comparePositions(old, version) < 0; old = older[next]) {
        yield old;
        next += 1;
      }
      yield version;
    }
    yield* older.slice(next);
  }

  #olderAfter(start: Position, visible: Visible): Version[] {
    const older: Version[] = [];
    for (const id of this.#past.keys()) {
      const version = this.seen(id, visible);
      if (version && version !== this.#current.get(id) && comparePositions(version, start) > 0)
        older.push(version);
    }
    return older.sort(comparePositions);
  }

  #insert(version: Version): void {
    if (this.#order.length > 2 * this.#current.size + SLACK) {
      this.#order = this.#order.filter((entry) => this.#current.get(entry.ref.id) === entry);
    }
    const last = this.#order.at(-1);
    if (!last || comparePositions(last, version) < 0) this.#order.push(version);
    // The tracker's clock went back: rare, and moving pointers is cheap.
    else this.#order.splice(this.#firstAfter(version), 0, version);
  }

  #firstAfter(position: Position): number {
    let low = 0;
    let high = this.#order.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const entry = this.#order[middle];
      if (entry && comparePositions(entry, position) <= 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
