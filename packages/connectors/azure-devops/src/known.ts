import type { RawItem } from './answers.ts';

/** How long an item that was read need not be read again to be written: its revision is tested then. */
const RECENT_MS = 60_000;
/** How long an item of which a query says that its revision is the same need not be read again. */
const SAME_MS = 3_600_000;
const MAX_ITEMS = 1000;
/** More of them are read anyway. */
const MAX_NAMED = 50;

interface Held {
  raw: RawItem;
  readAt: number;
}

/** The items that were read last. */
export class Known {
  readonly #items = new Map<number, Held>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  keep(raw: RawItem, readAt: number): void {
    this.#items.delete(raw.id);
    this.#items.set(raw.id, { raw, readAt });
    const [oldest] = this.#items.keys();
    if (this.#items.size > MAX_ITEMS && oldest !== undefined) this.#items.delete(oldest);
  }

  forget(id: string): void {
    this.#items.delete(Number(id));
  }

  recent(id: string): RawItem | undefined {
    const held = this.#items.get(Number(id));
    return held && this.#now() - held.readAt <= RECENT_MS ? held.raw : undefined;
  }

  /** Items that were changed at or after a time, as far as they are few. */
  changedSince(from: number): RawItem[] {
    const now = this.#now();
    const found = [...this.#items.values()].filter(
      ({ raw, readAt }) => now - readAt <= SAME_MS && Date.parse(raw.fields['System.ChangedDate']) >= from,
    );
    return found.length > MAX_NAMED ? [] : found.map(({ raw }) => raw);
  }
}
