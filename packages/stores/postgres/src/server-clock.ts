import { type Clock, systemClock } from '@spec-kitty/tracker-core';

/**
 * The server's time, which all machines of a store share: what the server last said, and what has passed since by a
 * clock that nobody sets. It is late by up to the time that the answer took. Before the first answer, the machine's.
 */
export class ServerClock implements Clock {
  #heard: { serverTime: number; at: number } | undefined;

  now(): string {
    if (!this.#heard) return systemClock.now();
    const { serverTime, at } = this.#heard;
    return new Date(serverTime + (performance.now() - at)).toISOString();
  }

  /** What the server said, in milliseconds of the epoch. */
  hear(serverTime: number): void {
    this.#heard = { serverTime, at: performance.now() };
  }
}
