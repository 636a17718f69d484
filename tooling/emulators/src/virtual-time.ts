/** Time that passes only where somebody says so: limits, lags and timestamps of an emulator run in it. */
export class VirtualTime {
  #ms: number;

  constructor(start = '2026-01-05T09:00:00.000Z') {
    this.#ms = Date.parse(start);
  }

  /** Milliseconds since 1970. */
  get ms(): number {
    return this.#ms;
  }

  /** The clock of a connector or an engine. */
  readonly clock: { now(): string } = { now: () => new Date(this.#ms).toISOString() };

  /** The sleep of a connector or an engine: nobody waits, the time passes. */
  readonly sleep = async (ms: number, signal?: AbortSignal): Promise<void> => {
    signal?.throwIfAborted();
    this.advance(ms);
  };

  advance(ms: number): void {
    this.#ms += Math.max(0, ms);
  }
}
