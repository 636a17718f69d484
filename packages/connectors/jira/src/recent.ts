import type { Clock } from '@spec-kitty/tracker-core';
import type { RawIssue } from './answers.ts';

/** How long an issue that was read need not be read again to be written, and how long a search may not show a write. */
const RECENT_MS = 60_000;
const MAX_READ = 1000;
/** https://developer.atlassian.com/cloud/jira/platform/search-and-reconcile/ */
const MAX_WRITTEN = 50;

/** What was read and written of late. */
export class Recent {
  readonly #clock: Clock;
  readonly #read = new Map<string, { raw: RawIssue; at: number }>();
  readonly #written = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  keep(raw: RawIssue): void {
    this.#read.delete(raw.id);
    this.#read.set(raw.id, { raw, at: this.#now() });
    const [oldest] = this.#read.keys();
    if (this.#read.size > MAX_READ && oldest !== undefined) this.#read.delete(oldest);
  }

  /** Each is given once. */
  take(id: string): RawIssue | undefined {
    const held = this.#read.get(id);
    this.#read.delete(id);
    return held && this.#now() - held.at <= RECENT_MS ? held.raw : undefined;
  }

  wrote(id: string): void {
    this.#written.delete(id);
    this.#written.set(id, this.#now());
    const [oldest] = this.#written.keys();
    if (this.#written.size > MAX_WRITTEN && oldest !== undefined) this.#written.delete(oldest);
  }

  forget(id: string): void {
    this.#read.delete(id);
    this.#written.delete(id);
  }

  /** The ids of what a search may not show yet as it is. */
  written(): number[] {
    const now = this.#now();
    return [...this.#written]
      .filter(([id, at]) => now - at <= RECENT_MS && Number.isSafeInteger(Number(id)))
      .map(([id]) => Number(id));
  }

  #now(): number {
    return Date.parse(this.#clock.now());
  }
}
