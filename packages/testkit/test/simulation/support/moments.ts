import { writeSync } from 'node:fs';

/**
 * Where a process can be when it is killed: between two runs; between two steps of one; with a transaction open; with
 * a request sent that has no effect yet; with one that has, whose answer did not come or was not taken in yet.
 */
export const PLACES = ['idle', 'between_steps', 'in_commit', 'before_effect', 'after_effect'] as const;
export type Place = (typeof PLACES)[number];

declare global {
  /** Told of every moment by the store, whose source is changed for it in the child alone. */
  var killMoment: (place: Place) => void;
}

/** Where the moments inside of the store are told: after each statement that writes, and after each transaction. */
export const TOLD_BY_THE_STORE = [
  {
    file: 'stores/sqlite/src/statements.ts',
    find: 'this.#statement(name).run(...values);',
    replace: "this.#statement(name).run(...values); globalThis.killMoment('in_commit');",
  },
  {
    file: 'stores/sqlite/src/connection.ts',
    find: 'this.#commit.run();',
    replace: "this.#commit.run(); globalThis.killMoment('between_steps');",
  },
];

/** The `nth` moment of a run at which the process is at `place`. */
export interface LastMoment {
  place: Place;
  nth: number;
}

/** Counts the moments of a process, notes the last one where its parent finds it, and ends the process at one of them. */
export class Moments {
  readonly #file: number;
  readonly #met = new Map<Place, number>();
  #last: LastMoment | undefined;

  /** `file` is open for writing; what is written there outlives the process. */
  constructor(file: number) {
    this.#file = file;
  }

  met(place: Place): number {
    return this.#met.get(place) ?? 0;
  }

  /** Without a last moment there is none. */
  begin(last: LastMoment | undefined): void {
    this.#met.clear();
    this.#last = last;
  }

  at(place: Place): void {
    this.note(place);
    if (this.isLast(place)) process.kill(process.pid, 'SIGKILL');
  }

  note(place: Place): void {
    writeSync(this.#file, String(PLACES.indexOf(place)), 0);
  }

  /** Counts a moment at which somebody else ends the process. */
  isLast(place: Place): boolean {
    const met = this.met(place) + 1;
    this.#met.set(place, met);
    return place === this.#last?.place && met === this.#last.nth;
  }
}
